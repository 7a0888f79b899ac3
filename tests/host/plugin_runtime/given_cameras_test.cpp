#include "theatre.hpp"

#include <future>

#include <ombud/action.h>
#include <ombud/inventory.h>
#include <ombud/media.h>
#include <ombud/vocabulary.h>

#include "plugin_runtime/given_cameras.hpp"

namespace ombud {
namespace {

using Extent = GivenCameras::Extent;
using Fields = std::vector<std::pair<const char*, std::string>>;

// Entrance and yard are given; the site has a garage, too, at device 2, and the VMS a device 9 that the site does not know.
std::shared_ptr<const GivenCameras> given(Names& names) {
    return std::make_shared<const GivenCameras>(names, std::vector<GivenCameras::Camera>{{"entrance", "zm", "1"}, {"yard", "files", "yard"}});
}

EventRef event_of(Names& names, const Fields& fields, const char* type = OMBUD_EVENT_RECORDING_FINISHED) {
    EventBuilder builder(names, type, 1);
    for (const auto& [key, value] : fields)
        builder.text(key, value);
    auto built = builder.build();
    if (!built)
        FAIL(built.error().message);
    return *built;
}

TEST_CASE("what an event is about follows from every camera and device that it names", "[given]") {
    Names names;
    const auto cameras = given(names);
    struct Row {
        const char* behaviour;
        const char* attachment;
        Fields fields;
        Extent extent;
    };
    const Row rows[] = {
        {"a given device", "zm", {{"device", "1"}, {"recording", "17"}}, Extent::given},
        {"another camera's device", "zm", {{"device", "2"}, {"recording", "17"}}, Extent::others},
        {"a device that is no camera of the site", "zm", {{"device", "9"}}, Extent::others},
        {"a given device's id at another attachment", "files", {{"device", "1"}}, Extent::others},
        {"a given camera and its device", "zm", {{"camera", "entrance"}, {"device", "1"}}, Extent::given},
        {"a given camera, and the device of another", "zm", {{"camera", "entrance"}, {"device", "2"}}, Extent::unclear},
        {"another camera", "zm", {{"camera", "garage"}, {"device", "2"}}, Extent::others},
        {"several given cameras", "", {{"cameras", "entrance\nyard"}}, Extent::given},
        {"an export of a given camera and of another", "", {{"cameras", "entrance\ngarage"}, {"devices", "1\n2"}}, Extent::unclear},
        {"devices of which the site does not know one", "zm", {{"devices", "1\n9"}, {"cameras", "entrance"}}, Extent::unclear},
        {"only others", "zm", {{"devices", "2\n9"}, {"cameras", "garage"}}, Extent::others},
        {"recordings without their cameras", "zm", {{"recordings", "17\n18"}}, Extent::unclear},
        {"a recording without its camera", "zm", {{"recording", "17"}}, Extent::unclear},
        {"a push to a person's device", "", {{"device", "phone"}, {"person", "Ada"}}, Extent::no_camera},
        {"a mail", "", {{"stage", "message"}}, Extent::no_camera},
        {"a connection", "zm", {{"state", "up"}}, Extent::no_camera},
        {"a login", "zm", {{"act", "login"}, {"devices", ""}}, Extent::no_camera},
    };
    for (const Row& row : rows)
        DYNAMIC_SECTION(row.behaviour) {
            CHECK(cameras->extent(*event_of(names, row.fields), row.attachment) == row.extent);
        }
}

// Devices 0 to 5, of which 1 and 4 are given; recording N is of device N % 6, and goes by the name "rN".
struct Whole final : InventoryReader {
    explicit Whole(Names& interned) : names(interned) {}
    Names& names;
    std::uint64_t count = 60;
    static std::pair<std::string, std::string> place(std::uint64_t device) {
        const std::pair<std::string, std::string> places[] = {{"zm", "2"}, {"zm", "1"}, {"zm", "9"}, {"files", "1"}, {"files", "yard"}, {"zm", "3"}};
        return places[device % 6];
    }
    EventRef record(const char* type, std::uint64_t device, const std::string& recording) const {
        const auto [attachment, id] = place(device);
        return event_of(names, {{"attachment", attachment}, {"device", id}, {"recording", recording}, {"path", "/rec/" + recording}}, type);
    }
    Result<std::size_t> scan(std::uint64_t after, std::span<ombud_recording> rows) override {
        std::size_t filled = 0;
        for (std::uint64_t id = after + 1; id <= count && filled < rows.size(); ++id)
            rows[filled++] = {id, static_cast<std::uint32_t>(id % 6), 0, 0, 0, 0, 0};
        return filled;
    }
    Result<std::uint64_t> recording_count() override { return count; }
    Result<EventRef> recording(std::uint64_t id) override {
        return id > count ? Result<EventRef>(fail(ErrorCode::not_found, "none")) : record(OMBUD_RECORD_RECORDING, id, "r" + std::to_string(id));
    }
    Result<EventRef> device(std::uint32_t number) override {
        return number >= 6 ? Result<EventRef>(fail(ErrorCode::not_found, "none")) : record(OMBUD_RECORD_DEVICE, number, "");
    }
    Result<EventRef> storage(std::uint32_t) override { return event_of(names, {{"storage", "s"}}, OMBUD_RECORD_STORAGE); }
    std::uint32_t coverage(std::string_view, std::string_view) override { return OMBUD_COVERAGE_OBSERVABLE; }
    Result<std::optional<std::string>> device_of(const std::string& attachment, const std::string& recording) override {
        const std::uint64_t id = std::stoull(recording.substr(1));
        const auto [at, device] = place(id);
        return id <= count && at == attachment ? std::optional(device) : std::nullopt;
    }
};

TEST_CASE("a part of the inventory holds the recordings and devices of given cameras alone", "[given]") {
    Names names;
    const auto part = given_part_of(std::make_unique<Whole>(names), given(names));

    std::vector<std::uint64_t> ids;
    std::set<std::uint32_t> devices;
    std::vector<ombud_recording> rows(GENERATE(1U, 7U, 100U));
    for (std::uint64_t after = 0;;) {
        const auto got = part->scan(after, rows);
        REQUIRE(got);
        if (*got == 0)
            break;
        for (std::size_t i = 0; i < *got; ++i) {
            ids.push_back(rows[i].id);
            devices.insert(rows[i].device);
        }
        after = rows[*got - 1].id;
    }

    CHECK(ids == std::vector<std::uint64_t>{1, 4, 7, 10, 13, 16, 19, 22, 25, 28, 31, 34, 37, 40, 43, 46, 49, 52, 55, 58});
    CHECK(part->recording_count() == 20U);
    CHECK(devices == std::set<std::uint32_t>{0, 1}); // numbers without gaps, which device() understands
    const auto device_name = [&](std::uint32_t number) { return std::string((*part->device(number))->text(names.intern("device")).value_or("")); };
    CHECK(device_name(0) == "1");
    CHECK(device_name(1) == "yard");
    CHECK(part->device(2).error().code == ErrorCode::not_found);
    CHECK(part->recording(7));
    CHECK(part->recording(8).error().code == ErrorCode::not_found);
    CHECK(part->recording(61).error().code == ErrorCode::not_found);
    CHECK(*part->device_of("zm", "r7") == "1");
    CHECK(*part->device_of("zm", "r6") == std::nullopt);
    CHECK(part->storage(0));
    CHECK(part->coverage("zm", "RET-3") == OMBUD_COVERAGE_OBSERVABLE);
}

struct Limited {
    Lent lent;
    Hands hands;
    std::shared_ptr<Instance> instance;
    Limited() {
        lent.services.open_inventory = [this] { return std::make_unique<Whole>(lent.own_names); };
        lent.services.probe = [](const std::filesystem::path&) -> Result<MediaInfo> { return MediaInfo{.size_bytes = 5, .container = "mp4", .tracks = "video/h264"}; };
        auto options = options_of(hands);
        options.cameras = given(lent.own_names);
        auto made = Instance::create(std::move(options), lent.services);
        if (!made)
            FAIL(made.error().message);
        instance = *made;
    }
    ~Limited() { instance->stop(); }

    /// Runs work in a call about that event; what the call left.
    Outbox during(const EventRef& event, const std::function<void()>& work) {
        hands.observe = [&](const ombud_event&) { return work(), OMBUD_OK; };
        auto call = std::make_shared<EventCall>();
        std::promise<void> done;
        call->event = event;
        call->observe = true;
        call->deadline_ns = 1'000'000'000;
        call->done = [&] { done.set_value(); };
        instance->submit(call);
        done.get_future().wait();
        return std::move(call->outbox);
    }
    ombud_status ask(std::string_view kind, std::string_view attachment, std::string_view device, std::string_view recording, std::string_view export_id = "") {
        ombud_action action{};
        action.struct_size = sizeof action;
        action.kind = view(kind);
        action.attachment = view(attachment);
        action.device = view(device);
        action.recording = view(recording);
        action.export_id = view(export_id);
        return hands.service<ombud_actions>(OMBUD_ACTIONS_ID).request(hands.host->ctx, &action);
    }
    ombud_status probe(std::string_view path) {
        ombud_media_info info{};
        info.struct_size = sizeof info;
        return hands.service<ombud_media>(OMBUD_MEDIA_ID).probe(hands.host->ctx, view(path), &info);
    }
};

TEST_CASE("a request for an action reaches given cameras alone, by where the recording really is", "[given]") {
    Limited module;
    Names& names = module.lent.own_names;
    const EventRef finished = event_of(names, {{"attachment", "zm"}, {"device", "1"}, {"recording", "r999"}});
    const EventRef seen = event_of(names, {{"attachment", "zm"}, {"devices", "1"}, {"export", "5"}}, OMBUD_EVENT_EXPORT_SEEN);
    const EventRef mixed = event_of(names, {{"attachment", "zm"}, {"devices", "1\n2"}, {"export", "5"}}, OMBUD_EVENT_EXPORT_SEEN);
    struct Row {
        const char* behaviour;
        const EventRef& during;
        const char *kind, *attachment, *device, *recording, *export_id;
        bool is_taken;
    };
    const Row rows[] = {
        {"a recording of a given camera", finished, "recording.delete", "zm", "1", "r7", "", true},
        {"the same without its device", finished, "recording.delete", "zm", "", "r7", "", true},
        {"the same, its attachment being the event's", finished, "recording.delete", "", "1", "r7", "", true},
        {"a recording of another camera", finished, "recording.delete", "zm", "2", "r6", "", false},
        {"a recording of another camera under a given one's name", finished, "recording.delete", "zm", "1", "r6", "", false},
        {"a recording of a given camera under another one's name", finished, "recording.delete", "zm", "2", "r7", "", false},
        {"a recording that nobody knows", finished, "recording.delete", "zm", "1", "r777", "", false},
        {"a recording that only the event under way tells of", finished, "recording.clean", "", "", "r999", "", true},
        {"a given device", finished, "device.audio.off", "zm", "1", "", "", true},
        {"another device", finished, "device.audio.off", "zm", "9", "", "", false},
        {"no subject at all", finished, "device.audio.off", "zm", "", "", "", false},
        {"an account", finished, "account.disable", "zm", "", "", "", true},
        {"the export of the event under way", seen, "export.remove", "", "", "", "5", true},
        {"another export", seen, "export.remove", "", "", "", "6", false},
        {"an export with another camera in it", mixed, "export.remove", "", "", "", "5", false},
    };
    for (const Row& row : rows)
        DYNAMIC_SECTION(row.behaviour) {
            ombud_status status = OMBUD_INTERNAL;
            const Outbox left = module.during(row.during, [&] { status = module.ask(row.kind, row.attachment, row.device, row.recording, row.export_id); });

            CHECK((status == OMBUD_OK) == row.is_taken);
            CHECK(left.actions.size() == (row.is_taken ? 1U : 0U));
            REQUIRE(left.refused.size() == (row.is_taken ? 0U : 1U));
            if (row.is_taken)
                CHECK(left.actions[0].attachment == "zm");
            else
                CHECK_THAT(left.refused[0], Catch::Contains(row.kind) && Catch::Contains("of no camera that the site gives it"));
        }
}

TEST_CASE("a file is looked into when the event under way or the record read last names it", "[given]") {
    Limited module;
    Names& names = module.lent.own_names;
    const EventRef finished = event_of(names, {{"attachment", "zm"}, {"device", "1"}, {"recording", "r999"}, {"path", "/rec/r999"}});
    const EventRef unknown = event_of(names, {{"attachment", "zm"}, {"path", "/etc/passwd"}}, "door.opened");
    const auto read = [&](std::uint64_t id) {
        const ombud_event* record = nullptr;
        return module.hands.service<ombud_inventory>(OMBUD_INVENTORY_ID).recording(module.hands.host->ctx, id, &record);
    };

    const Outbox left = module.during(finished, [&] {
        CHECK(module.probe("/rec/r999") == OMBUD_OK);
        CHECK(module.probe("/rec/r7") == OMBUD_NOT_FOUND); // given, and not read yet
        CHECK(read(7) == OMBUD_OK);
        CHECK(module.probe("/rec/r7") == OMBUD_OK);
        CHECK(read(6) == OMBUD_NOT_FOUND);
        CHECK(module.probe("/rec/r6") == OMBUD_NOT_FOUND);
    });
    CHECK(left.refused.size() == 1); // the same is said once in a call
    CHECK(module.lent.was_logged("looks into a file that is of no camera that the site gives it; refused"));

    const Outbox other = module.during(unknown, [&] { CHECK(module.probe("/etc/passwd") == OMBUD_NOT_FOUND); });
    CHECK(other.refused.size() == 1);
}

} // namespace
} // namespace ombud
