#include "gates/push/push_services.hpp"

#include <algorithm>

namespace ombud::push {
namespace {

// A leading dot stands for any one or more labels before it.
struct Service {
    std::string_view provider, host;
};
constexpr Service services[] = {
    {"mozilla", ".push.services.mozilla.com"},
    {"google", "fcm.googleapis.com"},
    {"apple", ".push.apple.com"},
    {"microsoft", ".notify.windows.com"},
};

bool equals(std::string_view text, std::string_view lower) {
    return std::equal(text.begin(), text.end(), lower.begin(), lower.end(), [](char a, char b) {
        return (a >= 'A' && a <= 'Z' ? static_cast<char>(a - 'A' + 'a') : a) == b;
    });
}

} // namespace

bool is_known_provider(std::string_view provider) {
    return std::any_of(std::begin(services), std::end(services),
                       [&](const Service& one) { return equals(provider, one.provider); });
}

bool is_host_of(std::string_view provider, std::string_view host) {
    return std::any_of(std::begin(services), std::end(services), [&](const Service& one) {
        if (!equals(provider, one.provider))
            return false;
        return one.host.front() == '.' ? host.size() > one.host.size() && host.ends_with(one.host) : host == one.host;
    });
}

} // namespace ombud::push
