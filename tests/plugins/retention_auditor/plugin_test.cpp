#include "site_of_tests.hpp"

#include "loaded_plugin.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <random>

namespace ombud::retention {

namespace {

using testing::LoadedPlugin;
using testing::PluginHost;

/// A host with the entrance, cam1 of attachment files, kept for 7 days.
struct Bed {
    PluginHost host;

    Bed() {
        host.utc_ns = now;
        set("site/cameras/0/id", "entrance");
        set("site/cameras/0/attachment", "files");
        set("site/cameras/0/device", "cam1");
        set("site/cameras/0/name", "Entrance");
        set("site/cameras/0/area", "private");
        set("site/cameras/0/purpose", "security of the entrance");
        set("site/cameras/0/retention_s", 7 * 86'400);
    }
    void set(const std::string& path, const char* text) { host.settings[path] = std::string(text); }
    void set(const std::string& path, int64_t number) { host.settings[path] = number; }
    void lock_by_site(const char* recording) {
        set("site/locks/0/attachment", "files");
        set("site/locks/0/recording", recording);
        set("site/locks/0/reason", "theft");
        set("site/locks/0/case", "case 7");
        set("site/locks/0/owner", "security officer");
        set("site/locks/0/review_utc_ns", now + day);
    }
    void document_records() {
        int64_t index = 0;
        for (const char* kind : {"audit-log", "alarm", "mailbox", "mobile", "backup"}) {
            const std::string place = "site/records/" + std::to_string(index++);
            set(place + "/kind", kind);
            set(place + "/retention_s", 7 * 86'400);
        }
    }
    sdk::EventBuilder about(const char* type, const char* device = "cam1") {
        sdk::EventBuilder builder(host.id(type), host.utc_ns);
        builder.add_text(host.id("attachment"), "files").add_text(host.id("device"), device);
        return builder;
    }
    sdk::EventBuilder recording(const char* type, int64_t age) {
        auto builder = about(type);
        builder.add_text(host.id("recording"), "r1").add_i64(host.id("begin_utc_ns"), now - age - hour);
        builder.add_i64(host.id("end_utc_ns"), now - age);
        return builder;
    }
    void add_device(const char* device) { host.devices.push_back(*about("inventory.device", device).finish()); }
    void add_row(uint64_t id, int64_t age, uint32_t flags = 0) {
        host.rows.push_back({id, 0, flags, now - age - hour, now - age, 1'000'000, 0});
        auto builder = about("inventory.recording");
        host.recordings.emplace(id, *builder.add_text(host.id("recording"), "r" + std::to_string(id)).finish());
    }
    void add_storage(int64_t capacity, std::optional<int64_t> encrypted) {
        sdk::EventBuilder builder(host.id("inventory.storage"), now);
        builder.add_text(host.id("attachment"), "files").add_text(host.id("storage"), "disk1");
        builder.add_i64(host.id("capacity_bytes"), capacity);
        if (encrypted)
            builder.add_i64(host.id("encrypted"), *encrypted);
        host.storages.push_back(*builder.finish());
    }
    std::vector<std::string> open_keys() const {
        std::vector<std::string> keys;
        for (const auto& [key, finding] : host.open_findings)
            keys.push_back(key);
        return keys;
    }
};

/// Makes the double's inventory hand out at most `rows` a call, as a host may.
void limit_batches(PluginHost& host, uint64_t rows) {
    static decltype(ombud_host::get_extension) lend;
    static ombud_inventory table;
    static ombud_status (*scan)(void*, uint64_t, ombud_recording*, uint64_t, uint32_t, uint64_t*);
    static uint64_t room_max;
    room_max = rows;
    lend = host.host()->get_extension;
    table = *static_cast<const ombud_inventory*>(lend(host.host()->ctx, OMBUD_INVENTORY_ID));
    scan = table.scan;
    table.scan = [](void* ctx, uint64_t after, ombud_recording* out, uint64_t room, uint32_t stride, uint64_t* count) {
        return scan(ctx, after, out, std::min(room, room_max), stride, count);
    };
    const_cast<ombud_host*>(host.host())->get_extension = [](void* ctx, const char* id) -> const void* {
        return std::string_view(id) == OMBUD_INVENTORY_ID ? &table : lend(ctx, id);
    };
}

using Keys = std::vector<std::string>;

} // namespace

TEST_CASE("the hook denies what is locked or not yet due", "[plugin][RET-4][RET-5]") {
    Bed bed;
    bed.lock_by_site("r9");
    LoadedPlugin auditor(AUDITOR_FILE, bed.host);
    REQUIRE(auditor.start() == OMBUD_OK);
    const auto ask = [&](sdk::EventBuilder about) {
        return auditor.judge(OMBUD_HOOK_RECORDING_DELETE, *about.finish());
    };

    const auto due = ask(bed.recording("recording.delete", 8 * day));
    CHECK(due.action == OMBUD_ALLOW);
    CHECK(due.rule_id == "RET-3");
    const auto young = ask(bed.recording("recording.delete", day));
    CHECK(young.action == OMBUD_DENY);
    CHECK(young.rule_id == "RET-4");
    CHECK_THAT(young.reason, Catch::Contains("period is 7 days"));
    const auto locked = ask(bed.recording("recording.delete", 8 * day).add_i64(bed.host.id("locked"), 1));
    CHECK(locked.action == OMBUD_DENY);
    CHECK(locked.rule_id == "RET-5");
    auto by_site = bed.about("recording.delete");
    by_site.add_text(bed.host.id("recording"), "r9").add_i64(bed.host.id("end_utc_ns"), now - 8 * day);
    CHECK(ask(by_site).action == OMBUD_DENY);
    CHECK(auditor.judge(OMBUD_HOOK_EXPORT_RELEASE, *bed.about("export.release").finish()).action == OMBUD_ABSTAIN);
    CHECK(bed.host.breaches.empty());
}

TEST_CASE("a recording gone before its period is lost evidence at once", "[plugin][RET-4]") {
    Bed bed;
    LoadedPlugin auditor(AUDITOR_FILE, bed.host);
    REQUIRE(auditor.start() == OMBUD_OK);
    auto gone = bed.recording("recording.gone", day);
    gone.add_text(bed.host.id("user"), "guard07", sdk::Privacy::personal);

    SECTION("by somebody") {
        REQUIRE(auditor.observe(*gone.finish()) == OMBUD_OK);
        REQUIRE(bed.open_keys() == Keys{"RET-4/gone/files/recording/r1"});
        CHECK(bed.host.findings[0].person == "guard07");
    }
    SECTION("not by us") {
        REQUIRE(auditor.observe(*gone.add_text(bed.host.id("cause"), "ombud").finish()) == OMBUD_OK);
        CHECK(bed.host.findings.empty());
    }
    SECTION("and while locked it is a matter of the lock, too") {
        REQUIRE(auditor.observe(*gone.add_i64(bed.host.id("locked"), 1).finish()) == OMBUD_OK);
        CHECK(bed.open_keys() == Keys{"RET-4/gone/files/recording/r1", "RET-5/gone/files/recording/r1"});
    }
    SECTION("after its period nothing is lost") {
        REQUIRE(auditor.observe(*bed.recording("recording.gone", 8 * day).finish()) == OMBUD_OK);
        CHECK(bed.host.findings.empty());
    }
}

TEST_CASE("a lock is judged as it is set, and the finding goes with it", "[plugin][RET-5]") {
    Bed bed;
    LoadedPlugin auditor(AUDITOR_FILE, bed.host);
    REQUIRE(auditor.start() == OMBUD_OK);
    const auto locked = [&] { return bed.recording("recording.changed", day).add_i64(bed.host.id("locked"), 1); };
    REQUIRE(auditor.observe(*locked().finish()) == OMBUD_OK);
    REQUIRE(bed.open_keys() == Keys{"RET-5/recording/files/recording/r1"});

    SECTION("released") {
        REQUIRE(auditor.observe(*bed.recording("recording.changed", day).finish()) == OMBUD_OK);
        CHECK(bed.host.open_findings.empty());
    }
    SECTION("documented") {
        auto documented = locked();
        documented.add_text(bed.host.id("lock_reason"), "theft").add_text(bed.host.id("lock_case"), "case 7");
        documented.add_text(bed.host.id("lock_owner"), "security officer");
        documented.add_i64(bed.host.id("lock_review_utc_ns"), now + day);
        REQUIRE(auditor.observe(*documented.finish()) == OMBUD_OK);
        CHECK(bed.host.open_findings.empty());
    }
    SECTION("the audit names the same matter by the same key") {
        bed.add_device("cam1");
        bed.add_row(1, day, OMBUD_RECORDING_LOCKED);
        bed.document_records();
        bed.host.findings.clear();
        REQUIRE(auditor.audit(false) == OMBUD_OK);
        REQUIRE(bed.host.findings.size() == 6); // and five records, since the plugin read its site before
        CHECK(bed.host.findings[0].key == "RET-5/recording/files/recording/r1");
    }
}

TEST_CASE("a new device without a record is told at once", "[plugin][RET-1]") {
    Bed bed;
    LoadedPlugin auditor(AUDITOR_FILE, bed.host);
    REQUIRE(auditor.start() == OMBUD_OK);
    REQUIRE(auditor.observe(*bed.about("device.changed", "cam2").finish()) == OMBUD_OK);
    REQUIRE(auditor.observe(*bed.about("device.changed", "cam1").finish()) == OMBUD_OK);
    CHECK(bed.open_keys() == Keys{"RET-1/files/camera/cam2"});
}

TEST_CASE("an audit tells what is wrong and corrects only when asked to", "[plugin][RET-3]") {
    Bed bed;
    bed.document_records();
    bed.lock_by_site("r4");
    bed.add_device("cam1");
    bed.add_row(1, day);
    bed.add_row(2, 8 * day);
    bed.add_row(3, 8 * day, OMBUD_RECORDING_LOCKED);
    bed.add_row(4, 8 * day); // locked by the site
    LoadedPlugin auditor(AUDITOR_FILE, bed.host);
    REQUIRE(auditor.start() == OMBUD_OK);
    const bool corrects = GENERATE(false, true);

    REQUIRE(auditor.audit(corrects) == OMBUD_OK);

    CHECK(bed.open_keys() == Keys{"RET-3/over-retained-lock/files/recording/r3",
                                  "RET-3/over-retained/files/recording/r2", "RET-5/recording/files/recording/r3"});
    REQUIRE(bed.host.requests.size() == (corrects ? 1 : 0));
    if (corrects) {
        CHECK(bed.host.requests[0].kind == "recording.delete");
        CHECK(bed.host.requests[0].recording == "r2");
        CHECK(bed.host.requests[0].control == "RET-3");
    }
    CHECK(bed.host.breaches.empty());
}

TEST_CASE("storage is judged by its encryption and its size", "[plugin][RET-6][RET-7]") {
    Bed bed;
    bed.document_records();
    bed.add_device("cam1");
    for (uint64_t id = 1; id <= 7; ++id)
        bed.add_row(id, static_cast<int64_t>(id) * day - hour); // 7 MB within 7 days
    SECTION("neither") {
        bed.add_storage(14'000'000, 0);
        LoadedPlugin auditor(AUDITOR_FILE, bed.host);
        REQUIRE(auditor.start() == OMBUD_OK);
        REQUIRE(auditor.audit(false) == OMBUD_OK);
        CHECK(bed.open_keys() == Keys{"RET-6/files", "RET-7/files/storage/disk1"});
    }
    SECTION("both") {
        bed.add_storage(8'000'000, 2);
        LoadedPlugin auditor(AUDITOR_FILE, bed.host);
        REQUIRE(auditor.start() == OMBUD_OK);
        REQUIRE(auditor.audit(false) == OMBUD_OK);
        CHECK(bed.host.open_findings.empty());
    }
}

TEST_CASE("an audit says where it is blind", "[plugin]") {
    Bed bed;
    bed.host.inventory_coverage["RET-3"] = OMBUD_COVERAGE_CORRECTABLE;
    LoadedPlugin auditor(AUDITOR_FILE, bed.host);
    REQUIRE(auditor.start() == OMBUD_OK);
    REQUIRE(auditor.audit(false) == OMBUD_OK);
    const auto line = std::find_if(bed.host.log.begin(), bed.host.log.end(),
                                   [](const auto& of) { return of.message.find("blind") != std::string::npos; });
    REQUIRE(line != bed.host.log.end());
    CHECK_THAT(line->message, Catch::Contains("'files'") && Catch::Contains("RET-7") && !Catch::Contains("RET-3"));
}

TEST_CASE("a cancelled audit raises and asks nothing", "[plugin]") {
    Bed bed;
    bed.add_device("cam1");
    bed.add_row(1, 8 * day);
    LoadedPlugin auditor(AUDITOR_FILE, bed.host);
    REQUIRE(auditor.start() == OMBUD_OK);
    CHECK(auditor.audit(true, 1) == OMBUD_CANCELLED);
    CHECK(bed.host.findings.empty());
    CHECK(bed.host.requests.empty());
}

TEST_CASE("findings and corrections do not depend on how many rows the host hands out at once", "[plugin][property]") {
    const auto audited = [](uint64_t batch) {
        std::mt19937_64 random(Catch::rngSeed());
        Bed bed;
        bed.set("options/findings-per-camera-max", 10);
        bed.lock_by_site("r7");
        for (const char* device : {"cam0", "cam1", "cam2"})
            bed.add_device(device);
        for (uint64_t id = 1; id <= 500; ++id) {
            bed.add_row(id * 3, static_cast<int64_t>(random() % 20) * day, static_cast<uint32_t>(random() % 1024));
            bed.host.rows.back().device = static_cast<uint32_t>(random() % 3);
        }
        limit_batches(bed.host, batch);
        LoadedPlugin auditor(AUDITOR_FILE, bed.host);
        REQUIRE(auditor.start() == OMBUD_OK);
        REQUIRE(auditor.audit(true) == OMBUD_OK);
        Keys told;
        for (const auto& finding : bed.host.findings)
            told.push_back(finding.key + finding.text + finding.evidence_json);
        for (const auto& request : bed.host.requests)
            told.push_back(request.kind + request.recording + request.reason);
        return told;
    };
    const Keys whole = audited(100'000);
    CHECK(whole.size() > 20);
    for (const uint64_t batch : {uint64_t{1}, uint64_t{2}, uint64_t{7}, uint64_t{499}, uint64_t{500}})
        CHECK(audited(batch) == whole);
}

TEST_CASE("wrong settings are refused with their path", "[plugin]") {
    struct Row {
        const char* behaviour;
        const char* path;
        testing::Setting value;
    };
    const Row rows[] = {
        {"a text where a number belongs", "site/cameras/0/retention_s", std::string("7d")},
        {"a period below zero", "site/cameras/0/retention_s", int64_t{-1}},
        {"a period beyond all time", "site/cameras/0/retention_s", int64_t{10'000'000'000}},
        {"more findings than anybody reads", "options/findings-per-camera-max", int64_t{1'000'000}},
    };
    for (const Row& row : rows) {
        DYNAMIC_SECTION(row.behaviour) {
            Bed bed;
            bed.host.settings[row.path] = row.value;
            CHECK(LoadedPlugin::try_create(AUDITOR_FILE, bed.host) == OMBUD_INVALID_INPUT);
            CHECK_THAT(bed.host.error, Catch::Contains(row.path));
        }
    }
}

} // namespace ombud::retention
