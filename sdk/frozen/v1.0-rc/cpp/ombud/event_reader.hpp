#pragma once
// Checked reading of the flat blob that is an event or an inventory record.

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <iterator>
#include <ombud/event.h>
#include <ombud/result.hpp>
#include <ombud/view.hpp>
#include <optional>
#include <string_view>

namespace ombud::sdk {

/// Says what is wrong with a blob, or nullptr when every access that its offsets promise stays inside it.
///
/// Fields of unknown type or key are fine: newer writers have them.
/// @param blob  8-byte aligned; anything, nothing about it is believed
/// @param size  bytes that may be read at `blob`; must be its total_size exactly
[[nodiscard]] inline const char* malformation(const void* blob, std::size_t size) noexcept {
    if (!blob || reinterpret_cast<std::uintptr_t>(blob) % alignof(ombud_event) != 0)
        return "no blob, or one that is not 8-byte aligned";
    if (size < sizeof(ombud_event))
        return "shorter than an event's head";
    if (size > OMBUD_EVENT_SIZE_MAX)
        return "longer than OMBUD_EVENT_SIZE_MAX";
    ombud_event head;
    std::memcpy(&head, blob, sizeof head);
    if (head.total_size != size)
        return "total_size is not the number of bytes";
    if (head.struct_size < sizeof(ombud_event) || head.struct_size > size)
        return "struct_size is out of range";
    if (head.type_id == 0)
        return "no type";
    if (head.field_count == 0)
        return nullptr;
    if (head.field_off % 8 != 0 || head.field_off < head.struct_size)
        return "field_off is inside the head or not a multiple of 8";
    if (head.field_stride % 8 != 0 || head.field_stride < sizeof(ombud_field))
        return "field_stride is too small or not a multiple of 8";
    if (head.field_off + std::uint64_t{head.field_count} * head.field_stride > size)
        return "fields end behind the blob";
    for (std::uint32_t i = 0; i < head.field_count; ++i) {
        ombud_field field;
        const char* const bytes = static_cast<const char*>(blob);
        std::memcpy(&field, bytes + head.field_off + std::size_t{i} * head.field_stride, sizeof field);
        if (field.key_id == 0)
            return "a field without a key";
        if (field.type != OMBUD_FIELD_TEXT && field.type != OMBUD_FIELD_BYTES)
            continue;
        if (std::uint64_t{field.v.s.off} + field.v.s.len > size)
            return "a text or bytes field ends behind the blob";
        if (field.type == OMBUD_FIELD_TEXT && !is_utf8({bytes + field.v.s.off, field.v.s.len}))
            return "a text field is not UTF-8";
    }
    return nullptr;
}

[[nodiscard]] inline bool is_well_formed(const void* blob, std::size_t size) noexcept {
    return malformation(blob, size) == nullptr;
}

/// One field; text and bytes are borrowed from the event.
class Field {
  public:
    Field(const ombud_field& field, const char* blob) noexcept : field_(field), blob_(blob) {}

    [[nodiscard]] std::uint32_t key() const noexcept { return field_.key_id; }
    [[nodiscard]] std::uint16_t type() const noexcept {
        return field_.type;
    } ///< OMBUD_FIELD_*, or one of a newer minor
    [[nodiscard]] bool is_personal() const noexcept { return (field_.flags & OMBUD_FIELD_PERSONAL) != 0; }

    /// Each: empty when the field is of another type. as_i64 also reads a U64 that fits.
    [[nodiscard]] std::optional<std::int64_t> as_i64() const noexcept {
        if (field_.type == OMBUD_FIELD_I64)
            return field_.v.i;
        if (field_.type == OMBUD_FIELD_U64 && field_.v.u <= static_cast<std::uint64_t>(INT64_MAX))
            return static_cast<std::int64_t>(field_.v.u);
        return std::nullopt;
    }
    [[nodiscard]] std::optional<std::uint64_t> as_u64() const noexcept {
        return field_.type == OMBUD_FIELD_U64 ? std::optional(field_.v.u) : std::nullopt;
    }
    [[nodiscard]] std::optional<double> as_f64() const noexcept {
        return field_.type == OMBUD_FIELD_F64 ? std::optional(field_.v.d) : std::nullopt;
    }
    [[nodiscard]] std::optional<std::string_view> as_text() const noexcept {
        return field_.type == OMBUD_FIELD_TEXT ? std::optional(span()) : std::nullopt;
    }
    [[nodiscard]] std::optional<std::string_view> as_bytes() const noexcept {
        return field_.type == OMBUD_FIELD_BYTES ? std::optional(span()) : std::nullopt;
    }

  private:
    [[nodiscard]] std::string_view span() const noexcept { return {blob_ + field_.v.s.off, field_.v.s.len}; }

    ombud_field field_;
    const char* blob_;
};

/// A well-formed event or record, borrowed: valid as long as the blob. Cheap to copy. Thread: any.
class EventReader {
  public:
    /// Checks first. Errors: invalid_input (what is wrong), too_new (head grown by members that are set).
    [[nodiscard]] static Result<EventReader> open(const void* blob, std::size_t size) {
        if (const char* problem = malformation(blob, size))
            return fail(ErrorCode::invalid_input, std::string("event: ") + problem);
        const EventReader reader(static_cast<const ombud_event*>(blob));
        const auto* bytes = static_cast<const unsigned char*>(blob);
        for (std::size_t i = sizeof(ombud_event); i < reader.raw()->struct_size; ++i)
            if (bytes[i] != 0)
                return fail(ErrorCode::too_new, "event: its head has members that this SDK does not know");
        return reader;
    }
    /// The same for a blob whose own total_size may be believed, as for one lent by the host.
    [[nodiscard]] static Result<EventReader> open(const ombud_event* event) {
        if (!event)
            return fail(ErrorCode::invalid_input, "event: NULL");
        return open(event, event->total_size);
    }

    /// @param event  already known to be well formed
    explicit EventReader(const ombud_event* event) noexcept : event_(event) {}

    [[nodiscard]] const ombud_event* raw() const noexcept { return event_; }
    [[nodiscard]] std::uint32_t type() const noexcept { return event_->type_id; }
    [[nodiscard]] std::int64_t utc_ns() const noexcept { return event_->utc_ns; }
    [[nodiscard]] std::uint64_t seq() const noexcept { return event_->seq; }
    [[nodiscard]] const ombud_id& source() const noexcept { return event_->source; }
    [[nodiscard]] const ombud_id& correlation() const noexcept { return event_->correlation; }
    [[nodiscard]] bool is_redelivery() const noexcept { return (event_->flags & OMBUD_EVENT_REDELIVERY) != 0; }
    [[nodiscard]] bool is_synthetic() const noexcept { return (event_->flags & OMBUD_EVENT_SYNTHETIC) != 0; }
    [[nodiscard]] std::size_t field_count() const noexcept { return event_->field_count; }

    /// @param index  below field_count()
    [[nodiscard]] Field field(std::size_t index) const noexcept {
        const char* const blob = reinterpret_cast<const char*>(event_);
        ombud_field field;
        std::memcpy(&field, blob + event_->field_off + index * event_->field_stride, sizeof field);
        return Field(field, blob);
    }

    /// The first field of that key; empty when there is none (a key of 0 is never there).
    [[nodiscard]] std::optional<Field> find(std::uint32_t key) const noexcept {
        for (std::size_t i = 0; i < field_count(); ++i)
            if (const Field candidate = field(i); candidate.key() == key)
                return candidate;
        return std::nullopt;
    }

    /// Empty when the key is not there or of another type.
    [[nodiscard]] std::optional<std::string_view> get_text(std::uint32_t key) const noexcept {
        const auto found = find(key);
        return found ? found->as_text() : std::nullopt;
    }
    [[nodiscard]] std::optional<std::int64_t> get_i64(std::uint32_t key) const noexcept {
        const auto found = find(key);
        return found ? found->as_i64() : std::nullopt;
    }
    [[nodiscard]] std::optional<double> get_f64(std::uint32_t key) const noexcept {
        const auto found = find(key);
        return found ? found->as_f64() : std::nullopt;
    }
    [[nodiscard]] std::optional<std::string_view> get_bytes(std::uint32_t key) const noexcept {
        const auto found = find(key);
        return found ? found->as_bytes() : std::nullopt;
    }
    [[nodiscard]] bool is_set(std::uint32_t key) const noexcept { return get_i64(key).value_or(0) != 0; }

    /// `for (const Field field : event)`
    class Iterator {
      public:
        using iterator_category = std::input_iterator_tag;
        using value_type = Field;
        using difference_type = std::ptrdiff_t;
        using pointer = void;
        using reference = Field;

        Iterator(const EventReader& event, std::size_t index) noexcept : event_(event.event_), index_(index) {}
        Field operator*() const noexcept { return EventReader(event_).field(index_); }
        Iterator& operator++() noexcept { return ++index_, *this; }
        Iterator operator++(int) noexcept { return Iterator(EventReader(event_), index_++); }
        bool operator==(const Iterator& other) const noexcept { return index_ == other.index_; }
        bool operator!=(const Iterator& other) const noexcept { return index_ != other.index_; }

      private:
        const ombud_event* event_;
        std::size_t index_;
    };
    [[nodiscard]] Iterator begin() const noexcept { return {*this, 0}; }
    [[nodiscard]] Iterator end() const noexcept { return {*this, field_count()}; }

  private:
    const ombud_event* event_;
};

} // namespace ombud::sdk
