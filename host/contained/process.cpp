#include "contained/process.hpp"

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <spawn.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace ombud::contained {
namespace {

constexpr int clear_of_runners = 16;

std::string reason() { return std::strerror(errno); }

std::string words_of(const siginfo_t& info) {
    if (info.si_code == CLD_EXITED)
        return "it ended by itself with exit status " + std::to_string(info.si_status);
    std::string words = "killed by signal " + std::to_string(info.si_status) + " (" + ::strsignal(info.si_status) + ")";
    if (info.si_status == SIGSYS)
        words += ": a system call that no module may make";
    return words;
}

} // namespace

std::filesystem::path runner_program() {
    std::error_code error;
    return std::filesystem::read_symlink("/proc/self/exe", error).parent_path() / "ombud-runner";
}

Descriptor& Descriptor::operator=(Descriptor&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
}
Descriptor::~Descriptor() {
    if (number_ >= 0)
        ::close(number_);
}

Result<Descriptor> Descriptor::open(const std::filesystem::path& file) {
    const Descriptor opened(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
    Descriptor moved(opened.number() < 0 ? -1 : ::fcntl(opened.number(), F_DUPFD_CLOEXEC, clear_of_runners));
    if (moved.number() < 0)
        return fail(ErrorCode::unavailable, file.string() + ": " + reason());
    return moved;
}

Result<Descriptor> Descriptor::sealed(const std::string& name, const std::string& text) {
    const Descriptor made(::memfd_create(name.c_str(), MFD_CLOEXEC | MFD_ALLOW_SEALING));
    Descriptor moved(made.number() < 0 ? -1 : ::fcntl(made.number(), F_DUPFD_CLOEXEC, clear_of_runners));
    bool written = moved.number() >= 0;
    for (std::size_t done = 0; written && done < text.size();) {
        const ssize_t put = ::write(moved.number(), text.data() + done, text.size() - done);
        written = put > 0 || (put < 0 && errno == EINTR);
        done += put > 0 ? static_cast<std::size_t>(put) : 0;
    }
    if (!written || ::fcntl(moved.number(), F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL) != 0)
        return fail(ErrorCode::unavailable, "memory for a runner's " + name + ": " + reason());
    return moved;
}

Process::State::~State() {
    if (bell >= 0)
        ::close(bell);
}

Process::~Process() {
    {
        const std::lock_guard lock(state_->mutex);
        state_->on_end = nullptr;
        state_->on_bell = nullptr;
    }
    kill("it was no longer needed");
}

void Process::kill(const std::string& why) {
    const std::lock_guard watched(watch_->mutex_); // while it is watched, its pidfd is open
    if (const auto found = watch_->living_.find(pidfd_); found == watch_->living_.end() || found->second != state_)
        return;
    const std::lock_guard lock(state_->mutex);
    if (state_->why.empty())
        state_->why = why;
    ::syscall(SYS_pidfd_send_signal, pidfd_, SIGKILL, nullptr, 0);
}

void Process::on_bell(std::function<void()> call) {
    const std::lock_guard lock(state_->mutex);
    state_->on_bell = std::move(call);
}

std::string Process::ending() const {
    const std::lock_guard lock(state_->mutex);
    return state_->why.empty() ? state_->ending : state_->why;
}

void Process::wait_for_ending(std::int64_t most_ns) const {
    std::unique_lock lock(state_->mutex);
    state_->changed.wait_for(lock, std::chrono::nanoseconds(most_ns), [&] { return !state_->ending.empty(); });
}

Result<std::shared_ptr<ProcessWatch>> ProcessWatch::open(std::filesystem::path program) {
    if (::access(program.c_str(), X_OK) != 0)
        return fail(ErrorCode::not_found, program.string() + ": " + reason() + "; it runs modules in processes of their own and belongs beside ombud");
    std::shared_ptr<ProcessWatch> watch(new ProcessWatch(std::move(program)));
    watch->epoll_ = ::epoll_create1(EPOLL_CLOEXEC);
    watch->wake_ = ::eventfd(0, EFD_CLOEXEC);
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.fd = watch->wake_;
    if (watch->epoll_ < 0 || watch->wake_ < 0 || ::epoll_ctl(watch->epoll_, EPOLL_CTL_ADD, watch->wake_, &event) != 0)
        return fail(ErrorCode::unavailable, "runners cannot be watched: " + reason());
    watch->thread_ = std::thread([raw = watch.get()] { raw->loop(); });
    return watch;
}

ProcessWatch::~ProcessWatch() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    const std::uint64_t one = 1;
    (void)!::write(wake_, &one, sizeof one);
    if (thread_.joinable())
        thread_.join();
    for (const auto& [pidfd, state] : living_) {
        siginfo_t info{};
        ::syscall(SYS_waitid, 3 /* P_PIDFD */, pidfd, &info, WEXITED, nullptr); // each Process killed its own
        ::close(pidfd);
    }
    for (const int fd : {epoll_, wake_})
        if (fd >= 0)
            ::close(fd);
}

Result<std::unique_ptr<Process>> ProcessWatch::start(const std::string& name, int channel, int library, int document,
                                                     std::function<void()> on_end) {
    const Descriptor made(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    auto state = std::make_shared<Process::State>();
    state->bell = made.number() < 0 ? -1 : ::fcntl(made.number(), F_DUPFD_CLOEXEC, clear_of_runners);
    if (state->bell < 0)
        return fail(ErrorCode::unavailable, "a bell for a runner: " + reason());
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attributes;
    ::posix_spawn_file_actions_init(&files);
    ::posix_spawnattr_init(&attributes);
    for (const int standard : {0, 1, 2})
        ::posix_spawn_file_actions_addopen(&files, standard, "/dev/null", O_RDWR, 0);
    ::posix_spawn_file_actions_adddup2(&files, channel, channel_descriptor);
    ::posix_spawn_file_actions_adddup2(&files, library, library_descriptor);
    ::posix_spawn_file_actions_adddup2(&files, document, document_descriptor);
    ::posix_spawn_file_actions_adddup2(&files, state->bell, bell_descriptor);
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    ::posix_spawnattr_setsigmask(&attributes, &none);
    ::posix_spawnattr_setsigdefault(&attributes, &all);
    ::posix_spawnattr_setpgroup(&attributes, 0); // a terminal's Ctrl-C is for the host alone
    ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
    std::string program = "ombud-runner", shown = name;
    std::array<char*, 3> arguments{program.data(), shown.data(), nullptr};
    std::array<char*, 1> environment{nullptr};
    pid_t pid = -1;
    const int failed = ::posix_spawn(&pid, program_.c_str(), &files, &attributes, arguments.data(), environment.data());
    ::posix_spawn_file_actions_destroy(&files);
    ::posix_spawnattr_destroy(&attributes);
    if (failed != 0)
        return fail(ErrorCode::unavailable, program_.string() + ": cannot be started: " + std::strerror(failed));
    // Ours and not yet waited for, so the number cannot have been given to another process.
    const int pidfd = static_cast<int>(::syscall(SYS_pidfd_open, pid, 0));
    if (pidfd < 0) {
        const std::string why = reason();
        ::kill(pid, SIGKILL);
        ::waitpid(pid, nullptr, 0);
        return fail(ErrorCode::unavailable, "a runner cannot be watched: " + why);
    }
    state->on_end = std::move(on_end);
    std::unique_ptr<Process> process(new Process(shared_from_this(), pid, pidfd, state));
    const std::lock_guard lock(mutex_);
    living_.emplace(pidfd, state);
    bells_.emplace(state->bell, state);
    for (const int fd : {pidfd, state->bell}) {
        epoll_event event{};
        event.events = EPOLLIN;
        event.data.fd = fd;
        ::epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event);
    }
    return process;
}

void ProcessWatch::ended(int pidfd) {
    {
        const std::lock_guard lock(mutex_);
        if (!living_.contains(pidfd))
            return; // a bell
    }
    siginfo_t info{};
    if (::syscall(SYS_waitid, 3 /* P_PIDFD */, pidfd, &info, WEXITED | WNOHANG, nullptr) != 0 || info.si_pid == 0)
        return;
    std::shared_ptr<Process::State> state;
    {
        const std::lock_guard lock(mutex_);
        state = std::move(living_.extract(pidfd).mapped());
        ::close(pidfd); // leaves the epoll set, too
        ::epoll_ctl(epoll_, EPOLL_CTL_DEL, state->bell, nullptr);
        bells_.erase(state->bell);
    }
    state->gone.store(true, std::memory_order_seq_cst);
    const std::lock_guard lock(state->mutex);
    state->ending = words_of(info);
    state->changed.notify_all();
    if (state->on_end)
        state->on_end();
}

void ProcessWatch::rang(int bell) {
    std::shared_ptr<Process::State> state;
    {
        const std::lock_guard lock(mutex_);
        const auto found = bells_.find(bell);
        if (found == bells_.end())
            return; // it ended meanwhile
        state = found->second;
    }
    std::uint64_t count = 0;
    (void)!::read(bell, &count, sizeof count);
    const std::lock_guard lock(state->mutex);
    if (state->on_bell)
        state->on_bell();
}

void ProcessWatch::loop() {
    while (true) {
        std::array<epoll_event, 16> events{};
        const int count = ::epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), -1);
        for (int i = 0; i < count; ++i)
            if (const int fd = events[static_cast<std::size_t>(i)].data.fd; fd != wake_) {
                rang(fd);
                ended(fd);
            }
        const std::lock_guard lock(mutex_);
        if (stopping_)
            return;
    }
}

} // namespace ombud::contained
