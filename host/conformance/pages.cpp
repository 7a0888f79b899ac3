#include "conformance/pages.hpp"

#include <cstring>
#include <new>
#include <sys/mman.h>
#include <unistd.h>

namespace ombud::conformance {

Pages::Pages(const void* from, std::size_t bytes) {
    const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
    mapped_ = (bytes + page - 1) / page * page;
    memory_ = ::mmap(nullptr, mapped_ + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory_ == MAP_FAILED || ::mprotect(static_cast<char*>(memory_) + mapped_, page, PROT_NONE) != 0)
        throw std::bad_alloc();
    at_ = static_cast<char*>(memory_) + mapped_ - bytes;
    if (bytes > 0) // `from` may be null then
        std::memcpy(at_, from, bytes);
    mapped_ += page;
}

Pages::~Pages() { ::munmap(memory_, mapped_); }

void Pages::forbid_writing() { ::mprotect(memory_, mapped_ - static_cast<std::size_t>(::sysconf(_SC_PAGESIZE)), PROT_READ); }

void Pages::take_back() { ::mprotect(memory_, mapped_, PROT_NONE); }

} // namespace ombud::conformance
