#include "events/event.hpp"

#include <boost/json/serialize.hpp>
#include <catch2/catch.hpp>
#include <cstring>
#include <random>

namespace ombud {
namespace {

EventRef sample(Names& names) {
    auto event = EventBuilder(names, "recording.gone", 1'000)
                     .text("recording", "r1")
                     .text("user", "Ada", true)
                     .integer("size_bytes", -7)
                     .build();
    REQUIRE(event);
    return *event;
}

TEST_CASE("an event comes back from its bytes with every field", "[event]") {
    Names names;
    const EventRef event = sample(names);

    const auto back = Event::from_bytes(event->bytes());

    REQUIRE(back);
    CHECK((*back)->type() == names.intern("recording.gone"));
    CHECK((*back)->header().utc_ns == 1'000);
    CHECK((*back)->text(names.intern("recording")) == "r1");
    CHECK((*back)->integer(names.intern("size_bytes")) == -7);
    CHECK_FALSE((*back)->text(names.intern("device")));
}

TEST_CASE("stamping makes a new event and leaves the old one alone", "[event]") {
    Names names;
    const EventRef event = sample(names);
    ombud_id source{};
    source.b[0] = 9;

    const EventRef stamped = event->stamped(42, 7, source, OMBUD_EVENT_REDELIVERY);

    CHECK(stamped->seq() == 42);
    CHECK(stamped->header().mono_ns == 7);
    CHECK(stamped->header().source.b[0] == 9);
    CHECK(stamped->header().flags == OMBUD_EVENT_REDELIVERY);
    CHECK(stamped->text(names.intern("recording")) == "r1");
    CHECK(event->seq() == 0);
    CHECK(event->header().flags == 0);
}

TEST_CASE("personal fields are shown only to whoever may see them", "[event]") {
    Names names;
    const EventRef event = sample(names);

    CHECK(boost::json::serialize(to_json(*event, names, false)).find("Ada") == std::string::npos);
    CHECK(to_json(*event, names, false).at("fields").at("user") == "(personal)");
    CHECK(to_json(*event, names, true).at("fields").at("user") == "Ada");
}

TEST_CASE("an event with a name that cannot be interned is not built", "[event]") {
    Names names;

    const auto event = EventBuilder(names, "Not A Name", 0).text("recording", "r1").build();

    REQUIRE_FALSE(event);
    CHECK(event.error().code == ErrorCode::invalid_input);
}

TEST_CASE("a null pointer is no event", "[event]") { CHECK_FALSE(Event::copy(nullptr)); }

TEST_CASE("every shortened event is refused", "[event]") {
    Names names;
    const EventRef event = sample(names);

    for (std::size_t length = 0; length < event->bytes().size(); ++length) {
        const std::vector<std::uint8_t> part(event->bytes().begin(), event->bytes().begin() + static_cast<std::ptrdiff_t>(length));
        REQUIRE_FALSE(Event::from_bytes(part));
    }
}

TEST_CASE("an event whose size field lies is refused", "[event]") {
    Names names;
    const EventRef event = sample(names);
    for (const std::uint32_t lie : {std::uint32_t{0}, std::uint32_t{8}, event->header().total_size - 8, event->header().total_size + 8,
                                    OMBUD_EVENT_SIZE_MAX + 8u, UINT32_MAX}) {
        std::vector<std::uint8_t> bytes(event->bytes().begin(), event->bytes().end());
        std::memcpy(bytes.data() + offsetof(ombud_event, total_size), &lie, sizeof lie);
        CHECK_FALSE(Event::from_bytes(bytes));
    }
}

// Under the address sanitizer this also shows that reading an accepted event stays within it.
TEST_CASE("damaged events are refused or can be read to the end", "[event]") {
    Names names;
    const EventRef event = sample(names);
    std::mt19937 random(3);
    int refused = 0, accepted = 0;
    for (int round = 0; round < 20'000; ++round) {
        std::vector<std::uint8_t> bytes(event->bytes().begin(), event->bytes().end());
        for (std::uint32_t changes = 1 + random() % 4; changes > 0; --changes)
            bytes[random() % bytes.size()] = static_cast<std::uint8_t>(random());

        const auto read = Event::from_bytes(bytes);

        if (!read) {
            ++refused;
            REQUIRE(read.error().code == ErrorCode::invalid_input);
            continue;
        }
        ++accepted;
        REQUIRE(to_json(**read, names, true).size() == 4);
    }
    CHECK(refused > 0);
    CHECK(accepted > 0);
}

} // namespace
} // namespace ombud
