#pragma once
// What host and runner say to each other, as bytes: the functions of the ABI by number, and how their arguments are laid out.
// Both are always of one build, so nothing here is versioned. Neither believes a length or number of the other.

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <type_traits>

#include <ombud/base.h>

namespace ombud::contained {

/// What the host has a runner do. Each is answered once; in between the runner may ask.
enum class Call : std::uint32_t { confine = 1, load, create, start, stop, destroy, judge, observe, audit, look };

/// What a plugin asks of the host, during a call or from a thread of its own.
enum class Ask : std::uint32_t {
    log = 1, set_error, now, intern, name, raise, clear, request, scan, recording_count, recording, device, storage, coverage,
    register_revision, register_find, register_next, state_put, state_next, probe, progress,
};

/// Host tables that an instance is lent, as bits.
enum Lent : std::uint32_t {
    lent_findings = 1, lent_actions = 2, lent_inventory = 4, lent_registers = 8, lent_state = 16, lent_media = 32, lent_clock = 64,
};

/// Plugin tables that a library has, as bits.
enum Has : std::uint32_t { has_hook = 1, has_observer = 2, has_audit = 4, has_frames = 8, has_connector = 16, has_web = 32 };

enum class Kind : std::uint32_t { call = 1, answer = 2 };

/// Appends to memory of a fixed size; what does not fit is not written, and the whole counts as too large.
class Writer {
  public:
    explicit Writer(std::span<std::byte> to) : to_(to) {}

    template <class T>
    Writer& put(const T& value) requires std::is_trivially_copyable_v<T> {
        return raw(&value, sizeof value);
    }
    /// Length and bytes.
    Writer& bytes(const void* from, std::size_t size) { return put(std::uint64_t{size}), raw(from, size); }
    Writer& text(std::string_view text) { return bytes(text.data(), text.size()); }
    /// A plugin's view as it is: one that is longer than `most`, or points nowhere, goes without its bytes, so that the
    /// other side refuses it in the words that it has for that.
    Writer& view(const ombud_view& given, std::size_t most) {
        const bool whole = given.ptr != nullptr && given.len <= most;
        put(given.len).put(std::uint8_t{whole});
        return whole ? raw(given.ptr, given.len) : *this;
    }

    [[nodiscard]] std::size_t size() const { return at_; }
    [[nodiscard]] bool fits() const { return fits_; }

  private:
    Writer& raw(const void* from, std::size_t size) {
        fits_ = fits_ && size <= to_.size() - at_;
        if (fits_ && size > 0 && from != nullptr) {
            std::memcpy(to_.data() + at_, from, size);
            at_ += size;
        }
        return *this;
    }
    std::span<std::byte> to_;
    std::size_t at_ = 0;
    bool fits_ = true;
};

/// Reads what a Writer wrote, from memory that nobody else can change meanwhile. Past the end everything is zero, and ok() false.
class Reader {
  public:
    explicit Reader(std::span<const std::byte> from) : from_(from) {}

    template <class T>
    T get() requires std::is_trivially_copyable_v<T> {
        T value{};
        if (const std::byte* at = take(sizeof value))
            std::memcpy(&value, at, sizeof value);
        return value;
    }
    std::span<const std::byte> bytes() {
        const auto size = get<std::uint64_t>();
        const std::byte* at = take(size);
        return at == nullptr ? std::span<const std::byte>{} : std::span(at, size);
    }
    std::string_view text() {
        const auto all = bytes();
        return {reinterpret_cast<const char*>(all.data()), all.size()};
    }
    /// Borrowed from the memory read; `ptr` is null where the bytes were not sent.
    ombud_view view() {
        const auto size = get<std::uint64_t>();
        if (get<std::uint8_t>() == 0)
            return {nullptr, size};
        const std::byte* at = take(size);
        return at == nullptr ? ombud_view{} : ombud_view{at, size};
    }

    [[nodiscard]] bool ok() const { return ok_; }
    /// Whether all was read, and nothing was missing.
    [[nodiscard]] bool ended() const { return ok_ && at_ == from_.size(); }

  private:
    const std::byte* take(std::uint64_t size) {
        ok_ = ok_ && size <= from_.size() - at_;
        if (!ok_)
            return nullptr;
        const std::byte* at = from_.data() + at_;
        at_ += size;
        return at;
    }
    std::span<const std::byte> from_;
    std::size_t at_ = 0;
    bool ok_ = true;
};

} // namespace ombud::contained
