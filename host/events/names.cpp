#include "events/names.hpp"

#include <algorithm>

namespace ombud {

Names::Names(const std::vector<std::string>& known, Persist persist) : persist_(std::move(persist)) {
    for (const std::string& name : known) {
        names_.push_back(std::make_unique<std::string>(name));
        numbers_.emplace(name, static_cast<std::uint32_t>(names_.size()));
    }
}

std::uint32_t Names::intern(std::string_view name) {
    const std::lock_guard lock(mutex_);
    if (const auto found = numbers_.find(name); found != numbers_.end())
        return found->second;
    const bool well_formed = !name.empty() && name.size() <= 64 && std::all_of(name.begin(), name.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '.';
    });
    if (!well_formed || names_.size() >= count_max)
        return 0;
    const auto number = static_cast<std::uint32_t>(names_.size() + 1);
    if (persist_ && !persist_(number, name))
        return 0;
    names_.push_back(std::make_unique<std::string>(name));
    numbers_.emplace(std::string(name), number);
    return number;
}

std::string_view Names::name(std::uint32_t number) const {
    const std::lock_guard lock(mutex_);
    if (number == 0 || number > names_.size())
        return {};
    return *names_[number - 1];
}

} // namespace ombud
