#include "free_mail.hpp"

namespace ombud::email_whitelist {

namespace {
constexpr std::string_view shipped[] = {
#include "free_mail_domains.inc"
};
} // namespace

FreeMail::FreeMail() {
    for (const std::string_view domain : shipped)
        domains_.emplace(domain);
}

void FreeMail::add(std::string_view domain) { domains_.emplace(domain); }

bool FreeMail::holds(std::string_view domain) const {
    for (; !domain.empty(); domain = parent_of(domain))
        if (domains_.count(std::string(domain)) != 0)
            return true;
    return false;
}

std::string_view parent_of(std::string_view domain) {
    const size_t dot = domain.find('.');
    return dot == std::string_view::npos ? std::string_view() : domain.substr(dot + 1);
}

} // namespace ombud::email_whitelist
