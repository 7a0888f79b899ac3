#include "contained/sandbox.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <grp.h>
#include <linux/landlock.h>
#include <malloc.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <utility>

#include "contained/process.hpp"

namespace ombud::contained {
namespace {

constexpr std::array<std::string_view, 9> names{"own-user", "no-new-privileges", "limits", "descriptors", "network-namespace",
                                                "landlock", "landlock-network", "landlock-scope", "seccomp"};

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool is_sanitized = true; // its shadow memory is larger than any limit that says something
#else
constexpr bool is_sanitized = false;
#endif

bool limit(__rlimit_resource what, rlim_t most) {
    const rlimit both{most, most};
    return ::setrlimit(what, &both) == 0;
}

// Address space has room for the arena, libraries and stacks; what is written to counts as data. No limit on processor
// time: a call's deadline ends what computes for ever.
bool set_limits(bool has_own_user) {
    ::mallopt(M_ARENA_MAX, 2); // each arena reserves 64 MiB of address space
    const bool memory = is_sanitized || (limit(RLIMIT_AS, rlim_t{2} << 30) && limit(RLIMIT_DATA, rlim_t{512} << 20));
    const bool threads = !has_own_user || limit(RLIMIT_NPROC, 64); // counted by user: the host's own would count, too
    return threads && limit(RLIMIT_CORE, 0) && limit(RLIMIT_FSIZE, 0) && limit(RLIMIT_NOFILE, 64) &&
           limit(RLIMIT_MEMLOCK, 0) && limit(RLIMIT_MSGQUEUE, 0) && memory;
}

bool become(std::uint32_t user) {
    if (user == 0 || ::geteuid() != 0)
        return false;
    return ::setgroups(0, nullptr) == 0 && ::setresgid(user, user, user) == 0 && ::setresuid(user, user, user) == 0;
}

// As linux/landlock.h has it since ABI 6; Debian 12's stops at ABI 2. The kernel takes the size that it knows.
struct Ruleset {
    std::uint64_t files = 0, network = 0, scope = 0;
};
constexpr std::array<unsigned, 6> file_rights{0, 13, 14, 15, 15, 16}; // number of rights known to an ABI; they are bits from 0 on
constexpr std::uint64_t tcp_bind_and_connect = 3, abstract_sockets_and_signals = 3;

void allow_below(int ruleset, int descriptor, std::uint64_t rights) {
    landlock_path_beneath_attr beneath{};
    beneath.allowed_access = rights;
    beneath.parent_fd = descriptor;
    ::syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &beneath, 0); // one that fails allows less
}

std::uint32_t set_landlock() {
    const long abi = ::syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION);
    if (abi < 1)
        return 0;
    const auto known = static_cast<std::size_t>(abi);
    Ruleset wanted;
    wanted.files = (std::uint64_t{1} << file_rights[std::min(known, file_rights.size() - 1)]) - 1;
    wanted.network = known >= 4 ? tcp_bind_and_connect : 0;
    wanted.scope = known >= 6 ? abstract_sockets_and_signals : 0;
    const std::size_t size = known >= 6 ? 24 : known >= 4 ? 16 : 8;
    const auto ruleset = static_cast<int>(::syscall(SYS_landlock_create_ruleset, &wanted, size, 0));
    if (ruleset < 0)
        return 0;
    constexpr std::uint64_t read = LANDLOCK_ACCESS_FS_READ_FILE, walk = read | LANDLOCK_ACCESS_FS_READ_DIR;
    for (const auto& [path, rights] : {std::pair{"/lib", walk}, {"/lib64", walk}, {"/usr/lib", walk}, {"/usr/lib64", walk},
                                       {"/usr/local/lib", walk}, {"/etc/ld.so.cache", read}, {"/usr/share/zoneinfo", walk}})
        if (const Descriptor place(::open(path, O_PATH | O_CLOEXEC)); place.number() >= 0)
            allow_below(ruleset, place.number(), rights);
    allow_below(ruleset, library_descriptor, read);
    const bool held = ::syscall(SYS_landlock_restrict_self, ruleset, 0) == 0;
    ::close(ruleset);
    if (!held)
        return 0;
    return layer_landlock | (wanted.network != 0 ? layer_landlock_network : 0U) | (wanted.scope != 0 ? layer_landlock_scope : 0U);
}

// What computing, allocating, loading a library and telling the time take.
constexpr std::array allowed{
    SCMP_SYS(read), SCMP_SYS(pread64), SCMP_SYS(readv), SCMP_SYS(write), SCMP_SYS(writev), SCMP_SYS(close), SCMP_SYS(lseek),
    SCMP_SYS(open), SCMP_SYS(openat), SCMP_SYS(fstat), SCMP_SYS(stat), SCMP_SYS(lstat), SCMP_SYS(newfstatat), SCMP_SYS(statx),
    SCMP_SYS(access), SCMP_SYS(faccessat), SCMP_SYS(faccessat2), SCMP_SYS(readlink), SCMP_SYS(readlinkat), SCMP_SYS(getdents64), SCMP_SYS(getcwd),
    SCMP_SYS(fcntl), SCMP_SYS(mmap), SCMP_SYS(mprotect), SCMP_SYS(munmap), SCMP_SYS(mremap), SCMP_SYS(madvise), SCMP_SYS(brk),
    SCMP_SYS(futex), SCMP_SYS(nanosleep), SCMP_SYS(clock_nanosleep), SCMP_SYS(clock_gettime), SCMP_SYS(clock_getres), SCMP_SYS(gettimeofday),
    SCMP_SYS(time), SCMP_SYS(getrandom), SCMP_SYS(getpid), SCMP_SYS(gettid), SCMP_SYS(getppid), SCMP_SYS(getuid), SCMP_SYS(geteuid),
    SCMP_SYS(getgid), SCMP_SYS(getegid), SCMP_SYS(uname), SCMP_SYS(sysinfo), SCMP_SYS(getrlimit), SCMP_SYS(getrusage), SCMP_SYS(getcpu),
    SCMP_SYS(sched_yield), SCMP_SYS(sched_getaffinity), SCMP_SYS(sched_getparam), SCMP_SYS(sched_getscheduler), SCMP_SYS(membarrier),
    SCMP_SYS(rt_sigaction), SCMP_SYS(rt_sigprocmask), SCMP_SYS(rt_sigreturn), SCMP_SYS(sigaltstack), SCMP_SYS(restart_syscall),
    SCMP_SYS(set_robust_list), SCMP_SYS(set_tid_address), SCMP_SYS(rseq), SCMP_SYS(arch_prctl), SCMP_SYS(exit), SCMP_SYS(exit_group),
};
// What no innocent library tries: the attempt ends the process, so that it is seen.
constexpr std::array deadly{
    SCMP_SYS(ptrace), SCMP_SYS(process_vm_readv), SCMP_SYS(process_vm_writev), SCMP_SYS(execve), SCMP_SYS(execveat), SCMP_SYS(mount),
    SCMP_SYS(umount2), SCMP_SYS(pivot_root), SCMP_SYS(chroot), SCMP_SYS(setns), SCMP_SYS(unshare), SCMP_SYS(bpf), SCMP_SYS(init_module),
    SCMP_SYS(finit_module), SCMP_SYS(kexec_load), SCMP_SYS(keyctl), SCMP_SYS(add_key), SCMP_SYS(request_key), SCMP_SYS(perf_event_open),
    SCMP_SYS(userfaultfd), SCMP_SYS(io_uring_setup), SCMP_SYS(pidfd_getfd), SCMP_SYS(reboot),
};

bool set_seccomp() {
    // Anything else fails with EPERM: libraries try what they can do without, and then do without.
    const scmp_filter_ctx filter = ::seccomp_init(SCMP_ACT_ERRNO(EPERM));
    if (filter == nullptr)
        return false;
    bool made = true;
    for (const int call : allowed)
        made = made && ::seccomp_rule_add(filter, SCMP_ACT_ALLOW, call, 0) == 0;
    for (const int call : deadly)
        made = made && ::seccomp_rule_add(filter, SCMP_ACT_KILL_PROCESS, call, 0) == 0;
    // Threads, never processes. glibc takes ENOSYS for an older kernel, and then calls clone, whose flags can be looked at.
    made = made && ::seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0) == 0;
    made = made && ::seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(clone), 1, SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_THREAD, CLONE_THREAD)) == 0;
    // abort() signals itself; nobody else may be signalled.
    made = made && ::seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(tgkill), 1, SCMP_A0(SCMP_CMP_EQ, static_cast<scmp_datum_t>(::getpid()))) == 0;
    made = made && ::seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(prctl), 1, SCMP_A0(SCMP_CMP_EQ, PR_SET_NAME)) == 0;
    made = made && ::seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(prlimit64), 1, SCMP_A0(SCMP_CMP_EQ, 0)) == 0;
    const bool held = made && ::seccomp_load(filter) == 0;
    ::seccomp_release(filter);
    return held;
}

} // namespace

std::string layer_words(std::uint32_t layers) {
    std::string words;
    for (std::size_t i = 0; i < names.size(); ++i)
        if ((layers >> i & 1U) != 0)
            words += (words.empty() ? "" : " ") + std::string(names[i]);
    return words;
}

Result<std::uint32_t> parse_layers(const std::vector<std::string>& words) {
    std::uint32_t layers = 0;
    for (const std::string& word : words) {
        std::size_t at = 0;
        while (at < names.size() && names[at] != word)
            ++at;
        if (at == names.size())
            return fail(ErrorCode::invalid_input, "'" + word + "' is no layer of a sandbox; see manifests/schema/module.xsd");
        layers |= 1U << at;
    }
    return layers;
}

Result<std::uint32_t> confine(const Terms& terms, int last_descriptor) {
    std::uint32_t layers = 0;
    const auto take = [&](Layer layer, bool holds) { layers |= holds ? layer : 0U; };
    take(layer_descriptors, ::close_range(static_cast<unsigned>(last_descriptor), ~0U, 0) == 0);
    take(layer_network_namespace, ::geteuid() == 0 && ::unshare(CLONE_NEWNET | CLONE_NEWIPC) == 0);
    take(layer_own_user, become(terms.user));
    take(layer_limits, set_limits((layers & layer_own_user) != 0));
    ::prctl(PR_SET_PDEATHSIG, SIGKILL); // after it, too: it clears this
    if (terms.host != 0 && ::getppid() != terms.host)
        return fail(ErrorCode::unavailable, "the host has gone");
    take(layer_no_new_privileges, ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
    ::prctl(PR_SET_DUMPABLE, 1, 0, 0, 0); // the change of user shut /proc/self/fd, by which the library is opened
    layers |= set_landlock();
    take(layer_seccomp, set_seccomp());
    return layers;
}

} // namespace ombud::contained
