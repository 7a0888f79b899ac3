#pragma once
// The desk's threads, and the steps that they take. Internal to this folder.

#include <atomic>
#include <condition_variable>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <thread>

#include "gates/export/custody.hpp"
#include "gates/export/desk.hpp"
#include "gates/export/destination.hpp"

namespace ombud::exports {

constexpr std::int64_t answer_time_ns = 5'000'000'000; // a person waits at the command line

class Work {
  public:
    Work(Options options, ExportDesk::Parts parts) : parts_(std::move(parts)), options_(std::make_shared<const Options>(std::move(options))) {}
    ~Work();
    Result<void> begin();

    Result<void> apply(Options options);
    void wake();
    void reconsider();
    [[nodiscard]] std::shared_ptr<const Options> options() const;
    [[nodiscard]] std::vector<Left> left() const;
    [[nodiscard]] std::optional<Covering> covering() const;
    [[nodiscard]] Result<Export> find(std::int64_t id) const;
    [[nodiscard]] ExportDesk::Parts& parts() { return parts_; }

    /// Records an export whose files are then taken over. Errors  refused  waiting_max
    Result<Export> open(Export fresh);
    /// Stores `next` in place of `was`, together with an entry, where one is given.
    /// Errors  refused  it is no longer as it was read
    using Also = std::function<Result<void>(ledger::Ledger::Transaction&, Export& next)>;
    Result<Export> change(const Export& was, Export next, const std::optional<ledger::Entry>& entry = {}, const Also& also = {});
    /// Waits until an export does not move by itself any more, or that long. Not for the desk's own thread.
    Result<Export> settled(std::int64_t id, std::int64_t time_max_ns) const;

    /// Why an export is refused that a person looked through and rejected.
    [[nodiscard]] static std::string rejected_words(const Export& one);
    /// An entry about an export, with who asked for it.
    [[nodiscard]] static ledger::Entry entry(std::string_view kind, const Export& one);
    [[nodiscard]] std::filesystem::path folder_of(const Options& options, const Export& one) const {
        return options.hold / std::to_string(one.id);
    }
    [[nodiscard]] std::filesystem::path path_of(const Options& options, const Export& one, std::size_t file) const {
        const std::string& covered = one.files[file].covered;
        return folder_of(options, one) / (covered.empty() ? std::to_string(file) : covered);
    }

  private:
    enum class Moved { no, yes };
    using Stepped = Result<Moved>;

    void run();
    void round();
    void go_on(const Export& listed);
    void wait(std::int64_t time_max_ns);
    Stepped step(const Export& one);
    /// @return whether it moved
    bool take_step(const Export& one);
    // steps.cpp: one for each state that moves by itself
    Stepped take(const Export& one);
    Stepped not_taken(const Export& one, std::size_t held, const Error& why);
    Stepped judge(const Export& one);
    // covering.cpp: on a thread of its own, since copies of pictures take as long as recordings, and other exports do not wait for them
    /// Whether pictures have to be copied before it can be judged.
    [[nodiscard]] bool has_to_cover(const Export& one) const;
    /// Has the other thread judge an export that it covers; when it is at another one, later.
    void hand_over(const Export& one);
    /// Whether the other thread has it; one that was changed meanwhile is given up there.
    bool is_handed_over(const Export& one);
    void run_covering();
    [[nodiscard]] bool may_cover() const { return may_go_on() && !covering_ends_.load(std::memory_order_relaxed); }
    /// What has to be covered is, or `masks` and `pixelated` say that it is not. Moved::yes: the export was stored.
    Stepped cover(const Export& one);
    struct Wanted;
    [[nodiscard]] Wanted wanted_of(const Export& one, const Options& options) const;
    /// What HeldFile::covered of a file has to be.
    [[nodiscard]] static std::string covered_as(const Export& one, std::size_t file, const Wanted& wanted);
    /// @return  what was kept or masked, in words
    Result<void> cover_file(const Options& options, Export& next, std::size_t file, const Wanted& wanted);
    Result<void> uncover_file(const Options& options, Export& next, std::size_t file);
    Stepped follow_proposal(const Export& one);
    Stepped let_expire(const Export& one);
    /// Of one that nobody describes.
    Stepped remind(const Export& one);
    Stepped clear(const Export& one);
    Stepped propose(const Export& judged, const Place& place, const Decision& decision);
    Stepped hold(const Export& one, Export next, State state, const std::string& why, const std::string& rule = {});
    Stepped block(const Export& one, const Error& why);
    Result<EventRef> question(const Export& one, const Place& place) const;
    // release.cpp
    Stepped release(const Export& one);
    Stepped deliver(const Export& one);
    Result<seal::SealRequest> request(const Export& one, const Options& options, const std::filesystem::path& folder) const;
    // drop.cpp
    void look_into_drop();
    void take_dropped(const std::string& name, const std::set<std::string>& names);
    void take_description(const std::string& name, const std::set<std::string>& names);
    enum class Leave { until_it_changes, for_now };
    void leave(const std::string& name, const std::string& why, Leave until = Leave::until_it_changes);
    Result<std::optional<Fields>> description_of(const std::string& name, uid_t owner);
    void watch(const std::filesystem::path& folder);

    [[nodiscard]] bool may_go_on() const { return !stopping_.load(std::memory_order_relaxed); }

    ExportDesk::Parts parts_;
    mutable std::mutex mutex_; // the members below
    mutable std::condition_variable changed_;
    std::shared_ptr<const Options> options_;
    std::map<std::string, std::pair<std::string, std::string>> left_; // name in the drop folder: what it was then, why
    std::optional<Covering> covering_;
    std::string covering_as_; // to_stored() of it
    std::condition_variable handed_over_;
    std::atomic<bool> covering_ends_{false};
    std::atomic<bool> stopping_{false};
    int wake_fd_ = -1, inotify_fd_ = -1; // of the desk's thread
    std::filesystem::path watched_;
    std::thread thread_, covering_thread_;
};

} // namespace ombud::exports
