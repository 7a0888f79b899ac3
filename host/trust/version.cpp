#include "trust/version.hpp"

#include <algorithm>

namespace ombud::trust {
namespace {

/// The part before the next `divider`, which is taken off.
std::string_view take(std::string_view& rest, char divider) {
    const auto end = std::min(rest.find(divider), rest.size());
    const auto part = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    return part;
}

bool is_number(std::string_view text) {
    return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

// However long they are: without leading zeros the longer number is the larger one.
std::strong_ordering compare_numbers(std::string_view left, std::string_view right) {
    left.remove_prefix(std::min(left.find_first_not_of('0'), left.size()));
    right.remove_prefix(std::min(right.find_first_not_of('0'), right.size()));
    return left.size() != right.size() ? left.size() <=> right.size() : left.compare(right) <=> 0;
}

std::strong_ordering compare_identifiers(std::string_view left, std::string_view right) {
    if (is_number(left) && is_number(right))
        return compare_numbers(left, right);
    if (is_number(left) != is_number(right))
        return is_number(left) ? std::strong_ordering::less : std::strong_ordering::greater;
    return left.compare(right) <=> 0;
}

} // namespace

std::strong_ordering compare_versions(std::string_view left, std::string_view right) {
    std::string_view left_suffix = left, right_suffix = right;
    std::string_view left_core = take(left_suffix, '-'), right_core = take(right_suffix, '-');
    for (int i = 0; i < 3; ++i)
        if (const auto order = compare_numbers(take(left_core, '.'), take(right_core, '.')); order != 0)
            return order;
    if (left_suffix.empty() || right_suffix.empty()) // whoever has none is the release itself
        return left_suffix.empty() <=> right_suffix.empty();
    while (!left_suffix.empty() && !right_suffix.empty())
        if (const auto order = compare_identifiers(take(left_suffix, '.'), take(right_suffix, '.')); order != 0)
            return order;
    return left_suffix.empty() == right_suffix.empty() ? std::strong_ordering::equal
           : left_suffix.empty()                       ? std::strong_ordering::less
                                                       : std::strong_ordering::greater;
}

} // namespace ombud::trust
