#pragma once
// One anchor on a thread of its own. Private to this folder.

#include "anchors/anchor.hpp"
#include "anchors/anchors.hpp"

#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>

namespace ombud::anchors {

/// Hands an anchor the newest checkpoint, at most one in `every`; one that was not kept is tried again, or its successor.
/// Bounded: what waits is one checkpoint, since a newer one vouches for those before it.
/// Thread  any
class Lane {
  public:
    Lane(config::Anchor wanted, std::unique_ptr<Anchor> anchor, const Clock& clock);
    /// Tries once more to keep what waits, unless the last attempt failed; gives up after some seconds.
    ~Lane();

    void offer(const Offered& offered);
    [[nodiscard]] AnchorStatus status() const;
    [[nodiscard]] const config::Anchor& wanted() const { return wanted_; }

  private:
    void run();
    void try_once(std::unique_lock<std::mutex>& lock);

    const config::Anchor wanted_;
    const std::unique_ptr<Anchor> anchor_;
    const Clock& clock_;
    mutable std::mutex mutex_;
    std::condition_variable wake_;
    std::optional<Offered> waiting_;
    std::int64_t waiting_since_mono_ns_ = 0;
    std::int64_t due_mono_ns_; // not before
    AnchorStatus status_;
    bool stopping_ = false, ended_ = false;
    std::thread thread_;
};

} // namespace ombud::anchors
