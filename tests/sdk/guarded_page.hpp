#pragma once
// Memory that ends where the next byte faults.

#include <cassert>
#include <cstddef>
#include <sys/mman.h>
#include <unistd.h>

namespace ombud::testing {

class GuardedPage {
  public:
    GuardedPage()
        : page_bytes_(static_cast<std::size_t>(sysconf(_SC_PAGESIZE))),
          memory_(static_cast<char*>(
              mmap(nullptr, 2 * page_bytes_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0))) {
        assert(memory_ != MAP_FAILED);
        [[maybe_unused]] const int guarded = mprotect(memory_ + page_bytes_, page_bytes_, PROT_NONE);
        assert(guarded == 0);
    }
    ~GuardedPage() { munmap(memory_, 2 * page_bytes_); }
    GuardedPage(const GuardedPage&) = delete;
    GuardedPage& operator=(const GuardedPage&) = delete;

    /// The last `bytes` before the guard, zeroed, as a T that may be cut off.
    template <class T>
    T* last(std::size_t bytes) {
        return reinterpret_cast<T*>(memory_ + page_bytes_ - bytes);
    }

  private:
    std::size_t page_bytes_;
    char* memory_;
};

} // namespace ombud::testing
