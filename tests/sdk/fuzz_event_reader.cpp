// Whatever the bytes are: either the reader refuses them, or every access that it offers stays inside them.
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <ombud/event_builder.hpp>
#include <ombud/event_reader.hpp>

using namespace ombud::sdk;

namespace {
std::uint64_t touch(std::string_view bytes) {
    std::uint64_t sum = 0;
    for (const char byte : bytes)
        sum += static_cast<unsigned char>(byte);
    return sum;
}

void require(bool condition) {
    if (!condition)
        std::abort();
}
} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 1)
        return 0;
    // Random sizes are refused at once; putting them right lets half of the inputs reach what is behind.
    const bool repairs = data[0] % 2 == 0;
    const std::size_t length = size - 1;
    // An allocation of exactly that size, so that ASan sees the first byte behind it.
    const std::unique_ptr<char, decltype(&std::free)> blob(static_cast<char*>(std::malloc(length)), &std::free);
    if (length)
        std::memcpy(blob.get(), data + 1, length);
    if (repairs && length >= sizeof(ombud_event)) {
        ombud_event head;
        std::memcpy(&head, blob.get(), sizeof head);
        head.struct_size = sizeof head;
        head.total_size = static_cast<std::uint32_t>(length);
        head.field_off = static_cast<std::uint32_t>(sizeof head) + head.field_off % 4 * 8;
        head.field_stride = static_cast<std::uint32_t>(sizeof(ombud_field)) + head.field_stride % 3 * 8;
        head.field_count %= 32;
        std::memcpy(blob.get(), &head, sizeof head);
    }

    const auto event = EventReader::open(blob.get(), length);
    require(event.has_value() || malformation(blob.get(), length) || !event.error().message.empty());
    if (!event)
        return 0;

    std::uint64_t sum = 0;
    for (const Field field : *event) {
        sum += touch(field.as_text().value_or("")) + touch(field.as_bytes().value_or(""));
        sum += static_cast<std::uint64_t>(field.as_i64().value_or(0)) + field.as_u64().value_or(0);
        require(event->find(field.key()).has_value());
        require(is_utf8(field.as_text().value_or("")));
    }
    const Event copy = Event::copy_of(*event);
    require(is_well_formed(copy.get(), copy.size_bytes()));
    require(std::memcmp(copy.get(), blob.get(), length) == 0);
    static volatile std::uint64_t used; // or the reads above could be left out
    used = sum;
    return 0;
}
