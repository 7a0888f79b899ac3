#pragma once
// An event or record as the host holds it: the flat blob of ombud/event.h, checked once, then immutable and shared.

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include <boost/json/object.hpp>
#include <ombud/event_builder.hpp>
#include <ombud/event_reader.hpp>

#include "events/names.hpp"
#include "events/result.hpp"

namespace ombud {

class Event;
using EventRef = std::shared_ptr<const Event>;

class Event {
  public:
    /// Copies a blob that a plugin or the journal gave, after checking every offset and text in it.
    /// Errors  invalid_input  what is malformed
    static Result<EventRef> copy(const ombud_event* given);
    static Result<EventRef> from_bytes(std::span<const std::uint8_t> bytes);

    const ombud_event& header() const { return *reinterpret_cast<const ombud_event*>(words_.data()); }
    sdk::EventReader read() const { return sdk::EventReader(&header()); }
    std::span<const std::uint8_t> bytes() const {
        return {reinterpret_cast<const std::uint8_t*>(words_.data()), header().total_size};
    }
    std::uint32_t type() const { return header().type_id; }
    std::uint64_t seq() const { return header().seq; }
    std::optional<std::string_view> text(std::uint32_t key) const { return read().get_text(key); }
    std::optional<std::int64_t> integer(std::uint32_t key) const { return read().get_i64(key); }

    /// The same event with what only the host knows.
    EventRef stamped(std::uint64_t seq, std::int64_t mono_ns, const ombud_id& source, std::uint32_t flags) const;
    /// The same facts under another type: a record becomes the question about it.
    EventRef renamed(std::uint32_t type) const;

  private:
    std::vector<std::uint64_t> words_; // 8-byte aligned bytes
};

/// The SDK's builder with names in place of numbers. Thread: one.
class EventBuilder {
  public:
    EventBuilder(Names& names, std::string_view type, std::int64_t utc_ns)
        : names_(names), builder_(names.intern(type), utc_ns) {}

    EventBuilder& flags(std::uint32_t flags) { return builder_.flags(flags), *this; }
    EventBuilder& text(std::string_view key, std::string_view value, bool personal = false) {
        builder_.add_text(names_.intern(key), value, personal ? sdk::Privacy::personal : sdk::Privacy::impersonal);
        return *this;
    }
    EventBuilder& integer(std::string_view key, std::int64_t value) {
        return builder_.add_i64(names_.intern(key), value), *this;
    }
    /// Errors  invalid_input  no such type or key name, text that is not UTF-8, more than OMBUD_EVENT_SIZE_MAX bytes
    Result<EventRef> build() const;

  private:
    Names& names_;
    sdk::EventBuilder builder_;
};

/// {"type", "seq", "at_utc_ns", "fields": {...}} for people and programs; fields of bytes as their length.
/// @param personal  false: fields flagged personal are shown as "(personal)"
boost::json::object to_json(const Event& event, const Names& names, bool personal);

} // namespace ombud
