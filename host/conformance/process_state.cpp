#include "conformance/process_state.hpp"

#include <cerrno>
#include <clocale>
#include <filesystem>
#include <malloc.h>
#include <sys/stat.h>
#include <sys/wait.h>

namespace ombud::conformance {

namespace fs = std::filesystem;

ProcessState ProcessState::now() {
    ProcessState state;
    std::error_code error;
    for ([[maybe_unused]] const auto& task : fs::directory_iterator("/proc/self/task", error))
        ++state.threads;
    for (const auto& entry : fs::directory_iterator("/proc/self/fd", error)) {
        const auto target = fs::read_symlink(entry.path(), error);
        if (!error && !target.string().ends_with("/fd")) // the one that lists them
            state.descriptors.insert(entry.path().filename().string() + " -> " + target.string());
    }
    const char* locale = std::setlocale(LC_ALL, nullptr);
    state.locale = locale == nullptr ? "" : locale;
    state.folder = fs::current_path(error).string();
    state.file_mask = ::umask(0);
    ::umask(state.file_mask);
    for (std::size_t signal = 1; signal < state.handlers.size(); ++signal) {
        struct sigaction action {};
        if (::sigaction(static_cast<int>(signal), nullptr, &action) == 0)
            state.handlers[signal] = reinterpret_cast<void*>(action.sa_handler);
    }
    siginfo_t info{};
    state.has_children = ::waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0 || errno != ECHILD;
    return state;
}

std::string ProcessState::grown_since(const ProcessState& before) const {
    std::string text;
    if (threads > before.threads)
        text += std::to_string(threads - before.threads) + " more threads";
    std::size_t count = 0;
    std::string first;
    for (const std::string& one : descriptors)
        if (!before.descriptors.contains(one)) {
            ++count;
            if (first.empty())
                first = one;
        }
    if (count > 0)
        text += (text.empty() ? "" : ", ") + std::to_string(count) + " more descriptors, the first " + first;
    return text;
}

std::string ProcessState::changed_since(const ProcessState& before) const {
    if (locale != before.locale)
        return "the locale became " + locale;
    if (folder != before.folder)
        return "the working folder became " + folder;
    if (file_mask != before.file_mask)
        return "the file mask was changed (umask)";
    for (std::size_t signal = 1; signal < handlers.size(); ++signal)
        if (handlers[signal] != before.handlers[signal])
            return "a handler of signal " + std::to_string(signal) + " was installed";
    if (has_children && !before.has_children)
        return "a process was started";
    return {};
}

std::size_t heap_bytes() {
    const auto info = ::mallinfo2();
    return info.uordblks + info.hblkhd;
}

} // namespace ombud::conformance
