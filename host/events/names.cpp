#include "events/names.hpp"

#include <algorithm>

namespace ombud {

Names::Names(const std::vector<std::string>& known, Persist persist) : persist_(std::move(persist)) {
    for (const std::string& name : known) {
        names_.push_back(std::make_unique<std::string>(name));
        numbers_.emplace(name, static_cast<std::uint32_t>(names_.size()));
    }
}

std::uint32_t Names::find(std::string_view name) const {
    const std::shared_lock lock(mutex_);
    const auto found = numbers_.find(name);
    return found == numbers_.end() ? 0 : found->second;
}

std::uint32_t Names::intern(std::string_view name) {
    if (const std::uint32_t known = find(name); known != 0)
        return known;
    const bool well_formed = !name.empty() && name.size() <= 64 && std::all_of(name.begin(), name.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '.';
    });
    if (!well_formed)
        return 0;
    const std::lock_guard one_at_a_time(storing_);
    if (const std::uint32_t known = find(name); known != 0)
        return known;
    const auto number = static_cast<std::uint32_t>(names_.size() + 1); // nobody else adds to it
    if (number > count_max || (persist_ && !persist_(number, name)))
        return 0;
    const std::unique_lock lock(mutex_);
    names_.push_back(std::make_unique<std::string>(name));
    numbers_.emplace(std::string(name), number);
    return number;
}

std::string_view Names::name(std::uint32_t number) const {
    const std::shared_lock lock(mutex_);
    if (number == 0 || number > names_.size())
        return {};
    return *names_[number - 1];
}

} // namespace ombud
