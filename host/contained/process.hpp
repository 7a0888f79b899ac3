#pragma once
// Runners as processes: started with nothing but what they need, watched for their end.

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "events/result.hpp"

namespace ombud::contained {

/// A descriptor that is closed once. Numbers are 16 or above, clear of those that a runner expects.
class Descriptor {
  public:
    Descriptor() = default;
    explicit Descriptor(int number) : number_(number) {}
    Descriptor(Descriptor&& other) noexcept : number_(other.number_) { other.number_ = -1; }
    Descriptor& operator=(Descriptor&& other) noexcept;
    ~Descriptor();
    int number() const { return number_; }

    /// Opens a file for reading. Errors  unavailable
    static Result<Descriptor> open(const std::filesystem::path& file);
    /// Memory that holds `text` and that nobody can change any more. Errors  unavailable
    static Result<Descriptor> sealed(const std::string& name, const std::string& text);

  private:
    int number_ = -1;
};

/// What a runner finds open, by number. Everything else is closed in it; 0, 1 and 2 lead nowhere.
inline constexpr int channel_descriptor = 3, library_descriptor = 4, document_descriptor = 5, bell_descriptor = 6, descriptors_end = 7;

/// The program ombud-runner, beside the one that runs.
std::filesystem::path runner_program();

class ProcessWatch;

/// One runner. Thread  any
class Process {
  public:
    /// Kills it if it still lives; its end is seen to elsewhere.
    ~Process();
    Process(const Process&) = delete;
    Process& operator=(const Process&) = delete;

    /// Ends it now, even when it is stopped; `why` becomes what ending() says. A runner that has ended stays as it is.
    void kill(const std::string& why);
    /// Set once it has ended or was killed; never goes back.
    const std::atomic<bool>& is_gone() const { return state_->gone; }
    /// How it ended, in words for people: "killed by signal 11 (Segmentation fault)"; empty while it lives.
    std::string ending() const;
    /// Waits until the system has told how it ended, at most so long.
    void wait_for_ending(std::int64_t most_ns) const;
    int pid() const { return pid_; }
    /// What is called, on the watch's thread, when the runner writes to its bell descriptor.
    void on_bell(std::function<void()> call);

  private:
    friend class ProcessWatch;
    struct State {
        std::atomic<bool> gone{false};
        mutable std::mutex mutex; // the rest
        mutable std::condition_variable changed;
        std::string why;     // given to kill()
        std::string ending;  // told by the system
        std::function<void()> on_end, on_bell;
        int bell = -1;
        ~State();
    };
    Process(std::shared_ptr<ProcessWatch> watch, int pid, int pidfd, std::shared_ptr<State> state)
        : watch_(std::move(watch)), pid_(pid), pidfd_(pidfd), state_(std::move(state)) {}
    std::shared_ptr<ProcessWatch> watch_;
    const int pid_;
    const int pidfd_; // watched and closed by the watch
    std::shared_ptr<State> state_;
};

/// Starts runners and sees them end, on one thread for all of them.
class ProcessWatch : public std::enable_shared_from_this<ProcessWatch> {
  public:
    /// @param program  ombud-runner
    /// Errors  not_found  there is no such program, or it may not be run
    static Result<std::shared_ptr<ProcessWatch>> open(std::filesystem::path program);
    ~ProcessWatch();

    /// Starts a runner whose first three descriptors are those given.
    ///
    /// @param name    what process listings show
    /// @param on_end  called once, on the watch's thread, after is_gone() is set; not after the Process has gone
    /// Errors  unavailable  the system starts no further process
    Result<std::unique_ptr<Process>> start(const std::string& name, int channel, int library, int document, std::function<void()> on_end);

    /// An account that no other runner of this host has, from numbers that no system gives to anybody.
    std::uint32_t next_user() { return 0x7000'0000U + (++users_ & 0x00FF'FFFFU); }

  private:
    friend class Process;
    explicit ProcessWatch(std::filesystem::path program) : program_(std::move(program)) {}
    void loop();
    void ended(int pidfd);
    void rang(int bell);

    const std::filesystem::path program_;
    std::atomic<std::uint32_t> users_{0};
    int epoll_ = -1, wake_ = -1;
    std::mutex mutex_;
    std::map<int, std::shared_ptr<Process::State>> living_; // by pidfd
    std::map<int, std::shared_ptr<Process::State>> bells_;  // by bell
    bool stopping_ = false;
    std::thread thread_;
};

} // namespace ombud::contained
