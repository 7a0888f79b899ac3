#pragma once
// The bytes of one message or of one file in it, with bounded memory.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "events/result.hpp"

namespace ombud::mail {

/// Keeps bytes in memory up to a limit, all of them in a temporary file without a name (mode 0600) beyond it.
/// Thread  one at a time
class Spool {
  public:
    static constexpr std::size_t memory_bytes_max = 1024 * 1024;

    Spool() = default;
    ~Spool();
    Spool(Spool&& other) noexcept;
    Spool& operator=(Spool&& other) noexcept;

    /// Errors  unavailable  no temporary file can be made or written; what came before is kept
    Result<void> append(std::string_view bytes);
    /// @return  bytes read, 0 at the end
    Result<std::size_t> read_at(std::uint64_t offset, char* into, std::size_t room) const;

    [[nodiscard]] std::uint64_t size() const { return size_; }
    /// Everything, as long as no file was needed.
    [[nodiscard]] std::string_view memory() const { return memory_; }
    /// Owned by this object; -1: all is in memory().
    [[nodiscard]] int file() const { return file_; }

  private:
    Result<void> write(std::string_view bytes);

    std::string memory_;
    std::uint64_t size_ = 0;
    int file_ = -1;
};

} // namespace ombud::mail
