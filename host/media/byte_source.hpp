#pragma once
// Bytes to parse, wherever they lie, read by offset and never past their end.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "events/result.hpp"

namespace ombud::media {

using Bytes = std::vector<std::uint8_t>;

/// A stretch of a file, in bytes from its beginning.
struct Range {
    std::uint64_t offset = 0;
    std::uint64_t length = 0;

    [[nodiscard]] std::uint64_t end() const { return offset + length; }
    bool operator==(const Range&) const = default;
};

/// Sorts ranges by offset, drops empty ones and joins those that touch or overlap.
[[nodiscard]] std::vector<Range> coalesced(std::vector<Range> ranges);

/// The first stretch that both lists hold; an empty range when they have none in common.
/// @param a, b  as `coalesced` returns them
[[nodiscard]] Range first_overlap(const std::vector<Range>& a, const std::vector<Range>& b);

/// What a parser reads from: an open file, or memory in tests and the fuzzer.
/// Thread  one reader may be shared; implementations keep no position
class ByteSource {
  public:
    ByteSource() = default;
    ByteSource(const ByteSource&) = delete;
    ByteSource& operator=(const ByteSource&) = delete;
    virtual ~ByteSource() = default;

    /// Length in bytes, fixed for the object's life.
    [[nodiscard]] virtual std::uint64_t size() const = 0;

    /// Fills `into` from `offset`.
    /// Errors  corrupt      the range reaches past the end: the file was cut off
    ///         unavailable  the file could not be read
    [[nodiscard]] virtual Result<> read_at(std::uint64_t offset, std::span<std::uint8_t> into) const = 0;

    /// Copies `length` bytes from `offset`, after checking that they exist.
    /// Errors  as read_at()
    [[nodiscard]] Result<Bytes> read_bytes(std::uint64_t offset, std::uint64_t length) const;
};

/// Bytes held in memory by somebody else.
class MemorySource final : public ByteSource {
  public:
    explicit MemorySource(std::span<const std::uint8_t> bytes) : bytes_(bytes) {}
    [[nodiscard]] std::uint64_t size() const override { return bytes_.size(); }
    [[nodiscard]] Result<> read_at(std::uint64_t offset, std::span<std::uint8_t> into) const override;

  private:
    std::span<const std::uint8_t> bytes_;
};

/// An open file; the descriptor stays the caller's and must outlive the object.
class FileSource final : public ByteSource {
  public:
    FileSource(int fd, std::uint64_t size) : fd_(fd), size_(size) {}
    [[nodiscard]] std::uint64_t size() const override { return size_; }
    [[nodiscard]] Result<> read_at(std::uint64_t offset, std::span<std::uint8_t> into) const override;

  private:
    int fd_;
    std::uint64_t size_;
};

/// Walks a source through one buffer, so that small reads in rising order cost few system calls.
/// Thread  one
class Window {
  public:
    Window(const ByteSource& source, std::size_t capacity) : source_(source), buffer_(capacity) {}

    /// The bytes [offset, offset + length), borrowed until the next call.
    /// @param length  at most the capacity
    /// Errors  as ByteSource::read_at()
    [[nodiscard]] Result<std::span<const std::uint8_t>> view(std::uint64_t offset, std::size_t length);

  private:
    const ByteSource& source_;
    Bytes buffer_;
    Range held_;
};

/// Big-endian numbers; the caller has checked that the bytes exist.
[[nodiscard]] std::uint64_t read_big_endian(std::span<const std::uint8_t> bytes);
inline std::uint16_t be16(std::span<const std::uint8_t> b, std::size_t at) {
    return static_cast<std::uint16_t>(read_big_endian(b.subspan(at, 2)));
}
inline std::uint32_t be32(std::span<const std::uint8_t> b, std::size_t at) {
    return static_cast<std::uint32_t>(read_big_endian(b.subspan(at, 4)));
}
inline std::uint64_t be64(std::span<const std::uint8_t> b, std::size_t at) {
    return read_big_endian(b.subspan(at, 8));
}
/// Writes the low `into.size()` bytes of `value`, highest first.
void write_big_endian(std::span<std::uint8_t> into, std::uint64_t value);

} // namespace ombud::media
