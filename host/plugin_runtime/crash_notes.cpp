#include "plugin_runtime/crash_notes.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <fstream>
#include <sys/uio.h>
#include <unistd.h>

namespace ombud::crash_notes {
namespace {

constexpr std::array<int, 6> deadly{SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGTRAP};
constexpr std::size_t library_digits = 64;

std::atomic<int> note_descriptor{-1};
std::array<struct sigaction, deadly.size()> before{};
thread_local const std::string* in_plugin = nullptr;

// Of this process's own making: not a signal that somebody sent, such as a watchdog's SIGABRT, which comes to any thread.
bool is_own(const siginfo_t& info) { return info.si_code > 0 || info.si_pid == ::getpid(); }

void note(int signal, siginfo_t* info, void*) {
    const int saved = errno;
    if (in_plugin != nullptr && is_own(*info)) {
        std::array<char, 3> number{static_cast<char>('0' + signal / 10), static_cast<char>('0' + signal % 10), '\n'};
        const std::array<iovec, 2> parts{iovec{const_cast<char*>(in_plugin->data()), in_plugin->size()}, iovec{number.data(), number.size()}};
        (void)!::writev(note_descriptor.load(), parts.data(), parts.size());
    }
    for (std::size_t i = 0; i < deadly.size(); ++i)
        if (deadly[i] == signal)
            ::sigaction(signal, &before[i], nullptr);
    if (info->si_code <= 0) // a fault comes again when its instruction does; what was sent does not
        ::raise(signal);
    errno = saved;
}

} // namespace

Result<std::vector<Note>> read(const std::filesystem::path& file) {
    std::vector<Note> notes;
    std::error_code error;
    if (!std::filesystem::exists(file, error))
        return error ? fail(ErrorCode::unavailable, file.string() + ": " + error.message()) : Result<std::vector<Note>>(notes);
    std::ifstream in(file);
    if (!in)
        return fail(ErrorCode::unavailable, file.string() + ": cannot be read");
    constexpr std::size_t line_max = 512;
    for (std::string line; std::getline(in, line);) {
        const auto first = line.find(' '), last = line.rfind(' ');
        if (line.size() > line_max || first != library_digits || last <= first + 1 || last + 3 != line.size())
            continue;
        const auto digit = [&](std::size_t at) { return line[at] >= '0' && line[at] <= '9' ? line[at] - '0' : 100; };
        const int signal = digit(last + 1) * 10 + digit(last + 2);
        if (std::find(deadly.begin(), deadly.end(), signal) != deadly.end())
            notes.push_back({line.substr(first + 1, last - first - 1), line.substr(0, first), signal});
    }
    return notes;
}

Result<void> begin(const std::filesystem::path& file) {
    const int descriptor = ::open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (descriptor < 0)
        return fail(ErrorCode::unavailable, file.string() + ": cannot be written: " + std::strerror(errno));
    if (const int old = note_descriptor.exchange(descriptor); old >= 0) {
        ::close(old);
        return {};
    }
    struct sigaction action{};
    action.sa_sigaction = &note;
    action.sa_flags = SA_SIGINFO | SA_ONSTACK;
    sigemptyset(&action.sa_mask);
    for (std::size_t i = 0; i < deadly.size(); ++i)
        ::sigaction(deadly[i], &action, &before[i]);
    return {};
}

std::string line_for(const std::string& plugin, const std::string& library) { return library + " " + plugin + " "; }

Scope::Scope(const std::string* line) { in_plugin = line; }
Scope::~Scope() { in_plugin = nullptr; }

OwnStack::OwnStack() {
    const auto size = std::max<std::size_t>(64 * 1024, 2 * static_cast<std::size_t>(std::max(::sysconf(_SC_SIGSTKSZ), 0L)));
    bytes_ = std::make_unique_for_overwrite<std::byte[]>(size); // untouched until it is needed
    stack_t own{};
    own.ss_sp = bytes_.get();
    own.ss_size = size;
    ::sigaltstack(&own, &was_);
}

OwnStack::~OwnStack() { ::sigaltstack(&was_, nullptr); }

} // namespace ombud::crash_notes
