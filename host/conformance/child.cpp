#include "conformance/child.hpp"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <exception>
#include <fcntl.h>
#include <memory>
#include <poll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace ombud::conformance {
namespace {

// Shared by both processes. No pipe: a plugin that fills or closes descriptors must not cost us its verdict.
struct Page {
    std::atomic<int> is_done;
    Outcome outcome;
    char step[256];
    char what[1536];
    char advice[768];
};

template <std::size_t N>
void put(char (&into)[N], std::string_view text) {
    const std::size_t count = std::min(text.size(), N - 1);
    std::memcpy(into, text.data(), count);
    into[count] = '\0';
}

class SharedWitness final : public Witness {
  public:
    explicit SharedWitness(Page& page) : page_(page) {}
    void step(std::string_view doing) override { put(page_.step, doing); }

  private:
    Page& page_;
};

[[noreturn]] void act(Page& page, const std::function<Seen(Witness&)>& work) {
    ::setpgid(0, 0);
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    const rlimit no_core{0, 0};
    ::setrlimit(RLIMIT_CORE, &no_core);
    const int nothing = ::open("/dev/null", O_RDWR);
    for (int fd = 0; fd <= 2; ++fd)
        ::dup2(nothing, fd);
    ::syscall(SYS_close_range, 3, ~0U, 0);
    SharedWitness witness(page);
    Seen seen;
    try {
        seen = work(witness);
    } catch (const std::exception& thrown) {
        seen = fails(std::string("an exception left the plugin or the check: ") + thrown.what(),
                     "let no exception leave a function of the ABI");
    } catch (...) {
        seen = fails("an exception left the plugin", "let no exception leave a function of the ABI");
    }
    page.outcome = seen.outcome;
    put(page.what, seen.what);
    put(page.advice, seen.advice);
    page.is_done.store(1);
    ::_exit(0);
}

// Whether the process ended within the time.
bool ends_within(pid_t child, std::chrono::milliseconds timeout) {
    const int handle = static_cast<int>(::syscall(SYS_pidfd_open, child, 0));
    if (handle < 0)
        return false; // killed below: without a handle nothing can be waited for
    pollfd waiting{handle, POLLIN, 0};
    const auto until = std::chrono::steady_clock::now() + timeout;
    int ready = 0;
    do {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - std::chrono::steady_clock::now());
        ready = ::poll(&waiting, 1, static_cast<int>(std::max<std::int64_t>(0, left.count())));
    } while (ready < 0 && errno == EINTR);
    ::close(handle);
    return ready > 0;
}

std::string while_doing(const Page& page) {
    return page.step[0] == '\0' ? std::string() : std::string(" while ") + page.step;
}

} // namespace

Result<Seen> in_child(std::chrono::milliseconds timeout, const std::function<Seen(Witness&)>& work) {
    void* const memory = ::mmap(nullptr, sizeof(Page), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED)
        return fail(ErrorCode::unavailable, std::string("no memory for a check: ") + std::strerror(errno));
    const std::unique_ptr<Page, void (*)(Page*)> page(new (memory) Page{}, [](Page* one) { ::munmap(one, sizeof(Page)); });

    std::fflush(nullptr); // a plugin that calls exit() would write what is buffered once more
    const pid_t child = ::fork();
    if (child < 0)
        return fail(ErrorCode::unavailable, std::string("no process for a check: ") + std::strerror(errno));
    if (child == 0)
        act(*page, work);
    ::setpgid(child, child); // in both, so that it holds whoever comes first
    const bool ended = ends_within(child, timeout);
    ::kill(-child, SIGKILL);
    int status = 0;
    while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    if (page->is_done.load() != 0)
        return Seen{page->outcome, page->what, page->advice};
    if (!ended)
        return fails("no end within " + std::to_string(timeout.count()) + " ms" + while_doing(*page),
                     "find what it waits for; no call may wait without end");
    if (WIFSIGNALED(status)) {
        const char* name = ::sigdescr_np(WTERMSIG(status));
        return fails(std::string("crashed: ") + (name != nullptr ? name : "unknown signal") + while_doing(*page),
                     "run the same check under a debugger: gdb --args ombud plugin check FILE --only NAME, set follow-fork-mode child");
    }
    return fails("ended its process with exit code " + std::to_string(WEXITSTATUS(status)) + while_doing(*page),
                 "never call exit, _exit or abort: the process is the host's");
}

} // namespace ombud::conformance
