#include "gates/mail/magic.hpp"

#include <memory>
#include <mutex>
#include <vector>

#include <magic.h>

namespace ombud::mail {
namespace {

struct Close {
    void operator()(magic_t magic) const { magic_close(magic); }
};
using Magic = std::unique_ptr<magic_set, Close>;

// Signatures alone: what libmagic would unpack, or parse in depth, is not wanted here.
constexpr int flags = MAGIC_MIME_TYPE | MAGIC_NO_CHECK_COMPRESS | MAGIC_NO_CHECK_ELF | MAGIC_NO_CHECK_CDF | MAGIC_NO_CHECK_TEXT |
                      MAGIC_NO_CHECK_CSV | MAGIC_NO_CHECK_TOKENS | MAGIC_NO_CHECK_ENCODING | MAGIC_NO_CHECK_JSON |
                      MAGIC_NO_CHECK_APPTYPE;

// Loading the database takes milliseconds and a cookie serves one thread at a time; so they are lent out and kept.
std::mutex free_mutex;
std::vector<Magic> free_cookies;

Magic borrow() {
    {
        const std::lock_guard lock(free_mutex);
        if (!free_cookies.empty()) {
            Magic magic = std::move(free_cookies.back());
            free_cookies.pop_back();
            return magic;
        }
    }
    Magic magic(magic_open(flags));
    if (!magic || magic_load(magic.get(), nullptr) != 0)
        return nullptr;
    return magic;
}

} // namespace

std::string media_type(std::string_view head) {
    Magic magic = borrow();
    if (!magic)
        return {};
    const char* const told = magic_buffer(magic.get(), head.data(), head.size());
    std::string type = told ? told : "";
    const std::lock_guard lock(free_mutex);
    free_cookies.push_back(std::move(magic));
    return type;
}

} // namespace ombud::mail
