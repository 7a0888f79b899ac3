#include "connect/inventory.hpp"

#include <ombud/connector.h>
#include <ombud/vocabulary.h>

#include "theatre.hpp"

namespace ombud {
namespace {

using Kind = InventoryChange::Kind;

struct Stage {
    TempFolder folder;
    Names names;
    std::unique_ptr<Inventory> inventory;

    Stage() { reopen(); }
    void reopen() {
        inventory.reset();
        auto opened = Inventory::open(folder / "inventory.db", names);
        if (!opened)
            FAIL(opened.error().message);
        inventory = std::move(*opened);
    }
    EventRef recording(const std::string& id, std::int64_t size = 10, bool open = false,
                       std::string_view type = OMBUD_RECORD_RECORDING) {
        EventBuilder builder(names, type, 1);
        builder.text("recording", id).text("device", "d1").text("path", "/rec/" + id).integer("begin_utc_ns", 5).integer("size_bytes", size);
        if (!open)
            builder.integer("end_utc_ns", 9);
        auto built = builder.build();
        if (!built)
            FAIL(built.error().message);
        return *built;
    }
    EventRef gone(const std::string& id) {
        return *EventBuilder(names, OMBUD_EVENT_RECORDING_GONE, 1).text("recording", id).build();
    }
    std::int64_t begin(std::uint32_t what = OMBUD_LIST_RECORDINGS) {
        auto generation = inventory->begin_listing("cams", what);
        if (!generation)
            FAIL(generation.error().message);
        return *generation;
    }
    std::vector<InventoryChange> put(std::int64_t generation, const std::vector<EventRef>& records) {
        std::vector<InventoryChange> changes;
        auto done = inventory->put("cams", generation, records, [&](const std::vector<InventoryChange>& found) -> Result<void> {
            changes.insert(changes.end(), found.begin(), found.end());
            return {};
        });
        if (!done)
            FAIL(done.error().message);
        return changes;
    }
    std::vector<std::string> end(std::int64_t generation) {
        auto records = inventory->end_listing("cams", OMBUD_LIST_RECORDINGS, generation, 7);
        if (!records)
            FAIL(records.error().message);
        std::vector<std::string> ids;
        for (const EventRef& record : *records) {
            CHECK(names.name(record->type()) == OMBUD_EVENT_RECORDING_GONE);
            ids.emplace_back(record->text(names.intern("recording")).value_or(""));
        }
        return ids;
    }
    void list(const std::vector<EventRef>& records) {
        const auto generation = begin();
        put(generation, records);
        CHECK(end(generation).empty());
    }
    std::int64_t count() { return inventory->counts("cams")->recordings; }
};

TEST_CASE("a listing tells what is new, changed, finished, and nothing about the rest", "[inventory]") {
    Stage stage;
    stage.list({stage.recording("same"), stage.recording("grew"), stage.recording("open", 10, true)});

    const auto generation = stage.begin();
    const auto changes = stage.put(generation, {stage.recording("same"), stage.recording("grew", 20), stage.recording("open"),
                                                stage.recording("new")});

    REQUIRE(changes.size() == 3);
    CHECK(changes[0].kind == Kind::changed);
    CHECK(changes[0].record->text(stage.names.intern("recording")) == "grew");
    CHECK(changes[1].kind == Kind::finished);
    CHECK(changes[2].kind == Kind::appeared);
    CHECK(stage.end(generation).empty());
    CHECK(stage.count() == 4);
}

TEST_CASE("what a complete listing leaves out is gone, and stays known until that is told", "[inventory]") {
    Stage stage;
    stage.list({stage.recording("r1"), stage.recording("r2")});
    const auto generation = stage.begin();
    stage.put(generation, {stage.recording("r2")});

    CHECK(stage.end(generation) == std::vector<std::string>{"r1"});
    CHECK(*stage.inventory->find("cams", "r1"));
    REQUIRE(stage.inventory->apply("cams", {stage.gone("r1")}));

    CHECK_FALSE(*stage.inventory->find("cams", "r1"));
    CHECK(stage.count() == 1);
}

TEST_CASE("a listing that was broken off takes nothing as gone", "[inventory]") {
    Stage stage;
    stage.list({stage.recording("r1"), stage.recording("r2")});
    const auto broken_off = stage.begin();
    stage.put(broken_off, {stage.recording("r2")});

    const auto generation = stage.begin();
    stage.put(generation, {stage.recording("r1"), stage.recording("r2")});

    CHECK(stage.end(generation).empty());
    CHECK(stage.count() == 2);
}

TEST_CASE("a recording that an event told during a listing is not new to it, and not gone after it", "[inventory]") {
    Stage stage;
    stage.list({});
    const auto generation = stage.begin();

    REQUIRE(stage.inventory->apply("cams", {stage.recording("r1", 10, false, OMBUD_EVENT_RECORDING_FINISHED)}));
    REQUIRE(stage.inventory->apply("cams", {stage.recording("r2", 10, false, OMBUD_EVENT_RECORDING_FINISHED)}));
    const auto changes = stage.put(generation, {stage.recording("r1")});

    CHECK(changes.empty());
    CHECK(stage.end(generation).empty()); // r2 was finished after the VMS had read its list
    CHECK(stage.count() == 2);
}

TEST_CASE("the same event twice, or after the listing told it, makes no second recording", "[inventory]") {
    Stage stage;
    stage.list({stage.recording("r1")});
    const auto id = (*stage.inventory->find("cams", "r1"))->id;

    for (int i = 0; i < 2; ++i)
        REQUIRE(stage.inventory->apply("cams", {stage.recording("r1", 10, false, OMBUD_EVENT_RECORDING_FINISHED)}));

    CHECK(stage.count() == 1);
    CHECK((*stage.inventory->find("cams", "r1"))->id == id);
}

TEST_CASE("a changed recording keeps its number", "[inventory]") {
    Stage stage;
    stage.list({stage.recording("r1"), stage.recording("r2")});
    const auto id = (*stage.inventory->find("cams", "r1"))->id;

    stage.put(stage.begin(), {stage.recording("r1", 99)});

    CHECK((*stage.inventory->find("cams", "r1"))->id == id);
    CHECK((*stage.inventory->find("cams", "r1"))->size_bytes == 99);
}

TEST_CASE("one bad record refuses its batch whole", "[inventory]") {
    Stage stage;
    const auto generation = stage.begin();
    const EventRef nameless = *EventBuilder(stage.names, OMBUD_RECORD_RECORDING, 1).text("device", "d1").build();
    bool told = false;

    const auto put = stage.inventory->put("cams", generation, {stage.recording("r1"), nameless},
                                          [&](const std::vector<InventoryChange>&) -> Result<void> { return told = true, Result<void>{}; });

    REQUIRE_FALSE(put);
    CHECK(put.error().code == ErrorCode::invalid_input);
    CHECK_FALSE(told);
    CHECK(stage.count() == 0);
}

TEST_CASE("a difference that could not be told is told by the next listing", "[inventory]") {
    Stage stage;
    stage.list({});

    const auto put = stage.inventory->put("cams", stage.begin(), {stage.recording("r1")}, [](const std::vector<InventoryChange>&) -> Result<void> {
        return fail(ErrorCode::unavailable, "nothing can be recorded");
    });

    REQUIRE_FALSE(put);
    CHECK(stage.count() == 0);
    const auto changes = stage.put(stage.begin(), {stage.recording("r1")});
    REQUIRE(changes.size() == 1);
    CHECK(changes[0].kind == Kind::appeared);
}

TEST_CASE("what was listed is known after a restart", "[inventory]") {
    Stage stage;
    CHECK(stage.inventory->was_listed("cams", OMBUD_LIST_RECORDINGS) == false);
    stage.list({stage.recording("r1")});

    stage.reopen();

    CHECK(stage.inventory->was_listed("cams", OMBUD_LIST_RECORDINGS) == true);
    CHECK(stage.inventory->was_listed("cams", OMBUD_LIST_DEVICES) == false);
    CHECK(stage.inventory->was_listed("doors", OMBUD_LIST_RECORDINGS) == false);
    CHECK(stage.put(stage.begin(), {stage.recording("r1")}).empty());
}

TEST_CASE("a scan in batches of any size sees every recording once, in order", "[inventory]") {
    Stage stage;
    constexpr std::uint64_t count = 5'000;
    std::vector<EventRef> records;
    for (std::uint64_t i = 0; i < count; ++i)
        records.push_back(stage.recording("r" + std::to_string(i), static_cast<std::int64_t>(i)));
    stage.list(records);
    const auto reader = stage.inventory->reader();
    REQUIRE(reader);

    for (const std::size_t batch : {std::size_t{1}, std::size_t{7}, std::size_t{4'096}, std::size_t{10'000}}) {
        DYNAMIC_SECTION("batches of " << batch) {
            std::vector<ombud_recording> rows(batch);
            std::uint64_t after = 0, seen = 0;
            while (true) {
                const auto got = reader->scan(after, rows);
                REQUIRE(got);
                for (std::size_t i = 0; i < *got; ++i) {
                    REQUIRE(rows[i].id > after);
                    REQUIRE(rows[i].size_bytes == static_cast<std::int64_t>(seen));
                    after = rows[i].id;
                    ++seen;
                }
                if (*got < batch)
                    break;
            }
            CHECK(seen == count);
            CHECK(reader->recording_count() == count);
        }
    }
}

TEST_CASE("coverage that nobody declared is blind, and the site's is that of its worst attachment", "[inventory]") {
    Stage stage;
    stage.inventory->set_coverage("cams", "RET-3", {OMBUD_COVERAGE_CORRECTABLE, "deletes by API"});
    CHECK(stage.inventory->coverage("", "RET-3").level == OMBUD_COVERAGE_CORRECTABLE);
    stage.inventory->set_coverage("doors", "RET-3", {OMBUD_COVERAGE_OBSERVABLE, "reads only"});

    CHECK(stage.inventory->coverage("cams", "RET-3").note == "deletes by API");
    CHECK(stage.inventory->coverage("cams", "RET-4").level == OMBUD_COVERAGE_BLIND);
    CHECK(stage.inventory->coverage("", "RET-3").level == OMBUD_COVERAGE_OBSERVABLE);
    stage.inventory->forget_coverage("doors");
    CHECK(stage.inventory->coverage("", "RET-3").level == OMBUD_COVERAGE_CORRECTABLE);
}

} // namespace
} // namespace ombud
