#pragma once
// Making the flat blob that is an event or an inventory record.

#include <cstdint>
#include <cstring>
#include <ombud/event.h>
#include <ombud/event_reader.hpp>
#include <ombud/result.hpp>
#include <ombud/view.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace ombud::sdk {

/// Whether a field names or identifies a person; of those only a commitment enters the ledger.
enum class Privacy : std::uint16_t { impersonal = 0, personal = OMBUD_FIELD_PERSONAL };

/// A finished, well-formed blob that owns its bytes. Made by EventBuilder, or a copy of one that was lent.
class Event {
  public:
    /// @param event  well formed; copied whole
    [[nodiscard]] static Event copy_of(EventReader event) {
        Event copy(event.raw()->total_size);
        std::memcpy(copy.words_.data(), event.raw(), event.raw()->total_size);
        return copy;
    }

    [[nodiscard]] const ombud_event* get() const noexcept {
        return reinterpret_cast<const ombud_event*>(words_.data());
    }
    [[nodiscard]] EventReader reader() const noexcept { return EventReader(get()); }
    [[nodiscard]] std::size_t size_bytes() const noexcept { return get()->total_size; }

  private:
    friend class EventBuilder;
    explicit Event(std::size_t size_bytes) : words_((size_bytes + 7) / 8) {}

    std::vector<std::uint64_t> words_; // 8-byte words, so that the blob is aligned as ombud_event needs
};

/// Collects fields, then makes the blob. Equal calls make equal bytes.
class EventBuilder {
  public:
    /// @param type    number of the type's name (Names); 0 is refused by finish()
    /// @param utc_ns  when it happened
    EventBuilder(std::uint32_t type, std::int64_t utc_ns) {
        head_.struct_size = sizeof head_;
        head_.type_id = type;
        head_.schema = 1;
        head_.utc_ns = utc_ns;
        head_.field_stride = sizeof(ombud_field);
    }

    EventBuilder& flags(std::uint32_t flags) { return head_.flags = flags, *this; }
    EventBuilder& source(const ombud_id& id) { return head_.source = id, *this; }
    EventBuilder& correlation(const ombud_id& id) { return head_.correlation = id, *this; }

    EventBuilder& add_i64(std::uint32_t key, std::int64_t value, Privacy privacy = Privacy::impersonal) {
        ombud_field& field = add(key, OMBUD_FIELD_I64, privacy);
        field.v.i = value;
        return *this;
    }
    EventBuilder& add_u64(std::uint32_t key, std::uint64_t value, Privacy privacy = Privacy::impersonal) {
        ombud_field& field = add(key, OMBUD_FIELD_U64, privacy);
        field.v.u = value;
        return *this;
    }
    EventBuilder& add_f64(std::uint32_t key, double value, Privacy privacy = Privacy::impersonal) {
        ombud_field& field = add(key, OMBUD_FIELD_F64, privacy);
        field.v.d = value;
        return *this;
    }
    /// @param text  UTF-8; copied
    EventBuilder& add_text(std::uint32_t key, std::string_view text, Privacy privacy = Privacy::impersonal) {
        return add_span(key, OMBUD_FIELD_TEXT, text, privacy);
    }
    EventBuilder& add_bytes(std::uint32_t key, std::string_view bytes, Privacy privacy = Privacy::impersonal) {
        return add_span(key, OMBUD_FIELD_BYTES, bytes, privacy);
    }

    /// Makes the blob; the builder keeps its fields.
    /// Errors: invalid_input (type or a key is 0, a text is not UTF-8, larger than OMBUD_EVENT_SIZE_MAX).
    [[nodiscard]] Result<Event> finish() const {
        const std::size_t field_bytes = fields_.size() * sizeof(ombud_field);
        const std::size_t size = sizeof head_ + field_bytes + text_.size();
        if (size > OMBUD_EVENT_SIZE_MAX)
            return fail(ErrorCode::invalid_input, "event: " + std::to_string(size) + " bytes, at most " +
                                                      std::to_string(OMBUD_EVENT_SIZE_MAX) + " are allowed");
        Event event(size);
        ombud_event head = head_;
        head.total_size = static_cast<std::uint32_t>(size);
        head.field_off = static_cast<std::uint32_t>(sizeof head);
        head.field_count = static_cast<std::uint32_t>(fields_.size());
        auto* at = reinterpret_cast<unsigned char*>(event.words_.data());
        std::memcpy(at, &head, sizeof head);
        at += sizeof head;
        for (ombud_field field : fields_) {
            if (field.type == OMBUD_FIELD_TEXT || field.type == OMBUD_FIELD_BYTES)
                field.v.s.off += static_cast<std::uint32_t>(sizeof head + field_bytes);
            std::memcpy(at, &field, sizeof field);
            at += sizeof field;
        }
        if (!text_.empty())
            std::memcpy(at, text_.data(), text_.size());
        if (const char* problem = malformation(event.get(), size))
            return fail(ErrorCode::invalid_input, std::string("event: ") + problem);
        return event;
    }

  private:
    ombud_field& add(std::uint32_t key, std::uint16_t type, Privacy privacy) {
        ombud_field field{};
        field.key_id = key;
        field.type = type;
        field.flags = static_cast<std::uint16_t>(privacy);
        return fields_.emplace_back(field);
    }
    EventBuilder& add_span(std::uint32_t key, std::uint16_t type, std::string_view bytes, Privacy privacy) {
        // Past the limit the offsets no longer matter, since finish() refuses; cutting here keeps them in 32 bits.
        bytes = bytes.substr(0, OMBUD_EVENT_SIZE_MAX + 1);
        if (text_.size() > OMBUD_EVENT_SIZE_MAX)
            bytes = {};
        ombud_field& field = add(key, type, privacy);
        field.v.s.off = static_cast<std::uint32_t>(text_.size());
        field.v.s.len = static_cast<std::uint32_t>(bytes.size());
        text_.append(bytes);
        return *this;
    }

    ombud_event head_{};
    std::vector<ombud_field> fields_;
    std::string text_;
};

} // namespace ombud::sdk
