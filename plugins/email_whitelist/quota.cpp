#include "quota.hpp"

namespace ombud::email_whitelist {

void Quota::forget(int64_t mono_ns) {
    for (auto one = sent_.begin(); one != sent_.end();)
        if (one->second.empty() || one->second.back() <= mono_ns - hour_ns)
            one = sent_.erase(one);
        else
            ++one;
}

bool Quota::take(const std::string& recipient, int64_t mono_ns) {
    if (per_hour_ == 0)
        return true;
    if (sent_.size() >= recipients_max && sent_.count(recipient) == 0)
        forget(mono_ns);
    if (sent_.size() >= recipients_max && sent_.count(recipient) == 0)
        return false;
    std::deque<int64_t>& times = sent_[recipient];
    while (!times.empty() && times.front() <= mono_ns - hour_ns)
        times.pop_front();
    if (times.size() >= per_hour_)
        return false;
    times.push_back(mono_ns);
    return true;
}

} // namespace ombud::email_whitelist
