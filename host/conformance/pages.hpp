#pragma once
// Memory that can be made unwritable or unreadable, and that ends where the next byte faults.

#include <cstddef>

namespace ombud::conformance {

class Pages {
  public:
    /// A copy of `bytes` that ends at the end of its last page, behind which nothing can be read; 8-byte aligned when
    /// `bytes` is a multiple of 8.
    Pages(const void* from, std::size_t bytes);
    ~Pages();
    Pages(const Pages&) = delete;
    Pages& operator=(const Pages&) = delete;

    [[nodiscard]] void* get() const { return at_; }
    void forbid_writing();
    void take_back(); ///< nothing can be read any more

  private:
    std::size_t mapped_;
    void* memory_;
    void* at_;
};

} // namespace ombud::conformance
