#include <catch2/catch.hpp>
#include <cstddef>
#include <cstring>
#include <functional>
#include <ombud/event_builder.hpp>
#include <string>
#include <vector>

using namespace ombud::sdk;

namespace {
constexpr std::uint32_t type = 7, path = 1, size = 2, user = 3, ratio = 4, blob_key = 5;

Event sample() {
    return *EventBuilder(type, 42)
                .add_text(path, "/srv/häuser/1.mp4")
                .add_i64(size, -5)
                .add_text(user, "ada", Privacy::personal)
                .add_f64(ratio, 0.5)
                .add_bytes(blob_key, std::string_view("\xFF\x00z", 3))
                .finish();
}

/// The bytes of sample(), changed by the test.
struct Bytes {
    std::vector<std::uint64_t> words;
    std::size_t size;

    Bytes() : size(sample().size_bytes()) {
        words.resize((size + 7) / 8);
        std::memcpy(words.data(), sample().get(), size);
    }
    ombud_event& head() { return *reinterpret_cast<ombud_event*>(words.data()); }
    ombud_field& field(std::size_t index) {
        return *reinterpret_cast<ombud_field*>(reinterpret_cast<char*>(words.data()) + head().field_off +
                                               index * head().field_stride);
    }
};
} // namespace

TEST_CASE("what a builder was given is read back") {
    const Event event = sample();

    const auto opened = EventReader::open(event.get(), event.size_bytes());

    REQUIRE(opened);
    CHECK(opened->type() == type);
    CHECK(opened->utc_ns() == 42);
    CHECK(opened->get_text(path) == "/srv/häuser/1.mp4");
    CHECK(opened->get_i64(size) == -5);
    CHECK(opened->get_f64(ratio) == 0.5);
    CHECK(opened->get_bytes(blob_key) == std::string_view("\xFF\x00z", 3));
    CHECK(opened->find(user)->is_personal());
    CHECK_FALSE(opened->find(path)->is_personal());
}

TEST_CASE("equal calls make equal bytes") {
    const Event one = sample(), other = sample();

    REQUIRE(one.size_bytes() == other.size_bytes());
    CHECK(std::memcmp(one.get(), other.get(), one.size_bytes()) == 0);
}

TEST_CASE("fields come in the order in which they were added") {
    const Event event = sample();
    std::vector<std::uint32_t> keys;

    for (const Field field : event.reader())
        keys.push_back(field.key());

    CHECK(keys == std::vector<std::uint32_t>{path, size, user, ratio, blob_key});
}

TEST_CASE("a field of another type or key is not there") {
    const Event event = sample();

    CHECK_FALSE(event.reader().get_i64(path));
    CHECK_FALSE(event.reader().get_text(size));
    CHECK_FALSE(event.reader().get_text(99));
    CHECK_FALSE(event.reader().get_text(0));
}

TEST_CASE("an unsigned number reads as signed only when it fits") {
    const Event event = *EventBuilder(type, 0).add_u64(1, INT64_MAX).add_u64(2, UINT64_MAX).finish();

    CHECK(event.reader().get_i64(1) == INT64_MAX);
    CHECK_FALSE(event.reader().get_i64(2));
}

TEST_CASE("an event without fields is well formed") {
    const Event event = *EventBuilder(type, 0).finish();

    CHECK(is_well_formed(event.get(), event.size_bytes()));
    CHECK(event.reader().begin() == event.reader().end());
}

TEST_CASE("a malformed blob is refused, and the message says why") {
    struct Row {
        const char* behaviour;
        std::function<void(Bytes&)> damage;
        const char* says;
    };
    const Row rows[] = {
        {"cut off", [](Bytes& b) { b.size -= 1; }, "total_size"},
        {"shorter than a head", [](Bytes& b) { b.size = 40; }, "shorter"},
        {"empty", [](Bytes& b) { b.size = 0; }, "shorter"},
        {"total_size too large", [](Bytes& b) { b.head().total_size += 8; }, "total_size"},
        {"struct_size below the first version", [](Bytes& b) { b.head().struct_size = 80; }, "struct_size"},
        {"struct_size behind the blob", [](Bytes& b) { b.head().struct_size = 5000; }, "struct_size"},
        {"no type", [](Bytes& b) { b.head().type_id = 0; }, "no type"},
        {"fields inside the head", [](Bytes& b) { b.head().field_off = 80; }, "field_off"},
        {"fields at an odd offset", [](Bytes& b) { b.head().field_off += 4; }, "field_off"},
        {"fields behind the blob", [](Bytes& b) { b.head().field_off = 0xFFFFFFF8; }, "behind the blob"},
        {"a stride of 0", [](Bytes& b) { b.head().field_stride = 0; }, "field_stride"},
        {"a stride that is no multiple of 8", [](Bytes& b) { b.head().field_stride = 17; }, "field_stride"},
        {"more fields than bytes", [](Bytes& b) { b.head().field_count = 1000; }, "fields end behind"},
        {"a count that overflows 32 bits", [](Bytes& b) { b.head().field_count = 0x10000001; }, "fields end behind"},
        {"a text behind the blob", [](Bytes& b) { b.field(0).v.s.off = 60000; }, "text or bytes"},
        {"a text whose end overflows 32 bits", [](Bytes& b) { b.field(0).v.s.len = 0xFFFFFFFF; }, "text or bytes"},
        {"bytes behind the blob", [](Bytes& b) { b.field(4).v.s.len = 60000; }, "text or bytes"},
        {"a text that is not UTF-8", [](Bytes& b) { b.field(0).v.s = b.field(4).v.s; }, "UTF-8"},
        {"a field without a key", [](Bytes& b) { b.field(1).key_id = 0; }, "without a key"},
    };
    for (const Row& row : rows) {
        DYNAMIC_SECTION(row.behaviour) {
            Bytes bytes;
            row.damage(bytes);

            const auto opened = EventReader::open(bytes.words.data(), bytes.size);

            REQUIRE_FALSE(opened);
            CHECK(opened.error().code == ErrorCode::invalid_input);
            CHECK_THAT(opened.error().message, Catch::Contains(row.says));
        }
    }
}

TEST_CASE("a blob that is not aligned is refused") {
    const Event event = sample();
    std::vector<std::uint64_t> words(event.size_bytes() / 8 + 2);
    char* const odd = reinterpret_cast<char*>(words.data()) + 4;
    std::memcpy(odd, event.get(), event.size_bytes());

    CHECK_FALSE(is_well_formed(odd, event.size_bytes()));
    CHECK_FALSE(is_well_formed(nullptr, 0));
}

TEST_CASE("a field of a type that a newer minor brings is passed over") {
    Bytes bytes;
    bytes.field(0).type = 99;

    const auto opened = EventReader::open(bytes.words.data(), bytes.size);

    REQUIRE(opened);
    CHECK_FALSE(opened->get_text(path));
    CHECK(opened->get_i64(size) == -5);
}

TEST_CASE("fields that grew are read by their stride") {
    Bytes bytes;
    const ombud_field first = bytes.field(0), second = bytes.field(1);
    bytes.head().field_count = 2;
    bytes.head().field_stride = 2 * sizeof(ombud_field);
    bytes.field(0) = first;
    bytes.field(1) = second;

    const auto opened = EventReader::open(bytes.words.data(), bytes.size);

    REQUIRE(opened);
    CHECK(opened->get_i64(size) == -5);
}

TEST_CASE("a head that grew is read when what is new is zero, and refused when it is not") {
    const Event old = *EventBuilder(type, 1).finish();
    std::vector<std::uint64_t> words(sizeof(ombud_event) / 8 + 1);
    std::memcpy(words.data(), old.get(), old.size_bytes());
    auto& head = *reinterpret_cast<ombud_event*>(words.data());
    head.struct_size = head.total_size = sizeof(ombud_event) + 8;

    CHECK(EventReader::open(words.data(), head.total_size));
    words.back() = 1;

    const auto opened = EventReader::open(words.data(), head.total_size);
    REQUIRE_FALSE(opened);
    CHECK(opened.error().code == ErrorCode::too_new);
}

TEST_CASE("a builder refuses what no reader would take") {
    CHECK_FALSE(EventBuilder(0, 0).finish());
    CHECK_FALSE(EventBuilder(type, 0).add_i64(0, 1).finish());
    CHECK_FALSE(EventBuilder(type, 0).add_text(path, "\xFF").finish());
    CHECK_FALSE(EventBuilder(type, 0).add_text(path, std::string(OMBUD_EVENT_SIZE_MAX, 'a')).finish());
}

TEST_CASE("the largest event is exactly OMBUD_EVENT_SIZE_MAX bytes") {
    const std::size_t room = OMBUD_EVENT_SIZE_MAX - sizeof(ombud_event) - sizeof(ombud_field);

    const auto full = EventBuilder(type, 0).add_text(path, std::string(room, 'a')).finish();
    const auto over = EventBuilder(type, 0).add_text(path, std::string(room + 1, 'a')).finish();

    REQUIRE(full);
    CHECK(full->size_bytes() == OMBUD_EVENT_SIZE_MAX);
    REQUIRE_FALSE(over);
    CHECK_THAT(over.error().message, Catch::Contains("65537 bytes"));
}
