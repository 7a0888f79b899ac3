#pragma once
// What was answered a moment ago, so that a page with a hundred pictures is one entry in the ledger and not a hundred.

#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

namespace ombud::web {

/// Thread any.
template <class Answer>
class RecentAnswers {
  public:
    static constexpr std::size_t answers_max = 4096;

    std::optional<Answer> find(const std::string& key, std::int64_t now_mono_ns) const {
        const std::lock_guard lock(mutex_);
        const auto found = answers_.find(key);
        return found != answers_.end() && now_mono_ns < found->second.until ? std::optional(found->second.answer) : std::nullopt;
    }
    /// @param generation  from before the question was asked: what changed since is not overwritten
    void keep(const std::string& key, Answer answer, std::int64_t now_mono_ns, std::int64_t until_mono_ns, std::uint64_t generation) {
        const std::lock_guard lock(mutex_);
        if (generation != generation_)
            return;
        if (answers_.size() >= answers_max)
            std::erase_if(answers_, [&](const auto& one) { return one.second.until <= now_mono_ns; });
        if (answers_.size() >= answers_max)
            answers_.clear();
        answers_.insert_or_assign(key, Kept{std::move(answer), until_mono_ns});
    }
    std::uint64_t generation() const {
        const std::lock_guard lock(mutex_);
        return generation_;
    }
    void clear() {
        const std::lock_guard lock(mutex_);
        ++generation_;
        answers_.clear();
    }

  private:
    struct Kept {
        Answer answer;
        std::int64_t until;
    };
    mutable std::mutex mutex_;
    std::uint64_t generation_ = 0;
    std::unordered_map<std::string, Kept> answers_;
};

struct Outcome;
using Recent = RecentAnswers<Outcome>;

} // namespace ombud::web
