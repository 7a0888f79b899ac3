#include "likeness.hpp"

#include <unicode/uspoof.h>

#include <algorithm>
#include <vector>

namespace ombud::email_whitelist {

namespace {

const USpoofChecker* checker() {
    static const USpoofChecker* const shared = []() -> const USpoofChecker* {
        UErrorCode status = U_ZERO_ERROR;
        USpoofChecker* const opened = uspoof_open(&status);
        if (U_FAILURE(status))
            return nullptr;
        uspoof_setRestrictionLevel(opened, USPOOF_HIGHLY_RESTRICTIVE);
        uspoof_setChecks(opened, USPOOF_RESTRICTION_LEVEL | USPOOF_INVISIBLE | USPOOF_MIXED_NUMBERS, &status);
        return opened;
    }();
    return shared;
}

} // namespace

std::string skeleton(std::string_view text) {
    UErrorCode status = U_ZERO_ERROR;
    std::string result(text.size() * 4 + 64, '\0');
    const int32_t length = checker() ? uspoof_getSkeletonUTF8(checker(), 0, text.data(), static_cast<int32_t>(text.size()), result.data(),
                                                              static_cast<int32_t>(result.size()), &status)
                                     : -1;
    if (length < 0 || U_FAILURE(status))
        return std::string(text);
    result.resize(static_cast<size_t>(length));
    // Capitals fold before, but a skeleton can hold some of its own (0 becomes O, 1 becomes l).
    std::transform(result.begin(), result.end(), result.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    return result;
}

bool mixes_scripts(std::string_view domain) {
    while (!domain.empty()) {
        const std::string_view label = domain.substr(0, domain.find('.'));
        domain.remove_prefix(std::min(domain.size(), label.size() + 1));
        UErrorCode status = U_ZERO_ERROR;
        const int32_t found = checker() ? uspoof_check2UTF8(checker(), label.data(), static_cast<int32_t>(label.size()), nullptr, &status) : 1;
        if (U_FAILURE(status) || found != 0)
            return true;
    }
    return false;
}

size_t distance(std::string_view left, std::string_view right, size_t most) {
    if (left.size() > right.size())
        std::swap(left, right);
    if (right.size() - left.size() > most)
        return most + 1;
    std::vector<size_t> before(left.size() + 1), last(left.size() + 1), now(left.size() + 1);
    for (size_t j = 0; j <= left.size(); ++j)
        last[j] = j;
    for (size_t i = 1; i <= right.size(); ++i) {
        now[0] = i;
        size_t least = i;
        for (size_t j = 1; j <= left.size(); ++j) {
            now[j] = std::min({last[j] + 1, now[j - 1] + 1, last[j - 1] + (left[j - 1] == right[i - 1] ? 0U : 1U)});
            if (i > 1 && j > 1 && left[j - 1] == right[i - 2] && left[j - 2] == right[i - 1])
                now[j] = std::min(now[j], before[j - 2] + 1);
            least = std::min(least, now[j]);
        }
        if (least > most)
            return most + 1;
        std::swap(before, last);
        std::swap(last, now);
    }
    return std::min(last[left.size()], most + 1);
}

} // namespace ombud::email_whitelist
