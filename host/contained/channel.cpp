#include "contained/channel.hpp"

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstring>
#include <ctime>
#include <fcntl.h>
#include <linux/futex.h>
#include <new>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <utility>

namespace ombud::contained {
namespace {

constexpr int spins_awake = 512;    // pauses, some 10 microseconds: for an answer of a side that is awake
constexpr int spins_waking = 8192;  // some 160: for as long as waking the other side and its next question take
constexpr std::int64_t short_wait_ns = 200'000;
constexpr std::uint32_t most_skipped = 255;

void pause_once() {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    asm volatile("yield");
#endif
}

// Shared between processes, so never FUTEX_PRIVATE_FLAG.
void futex_wake(std::atomic<std::uint32_t>& word) { ::syscall(SYS_futex, &word, FUTEX_WAKE, 1, nullptr, nullptr, 0); }

void futex_wait(std::atomic<std::uint32_t>& word, std::uint32_t expected, std::int64_t until_mono_ns) {
    timespec until{};
    until.tv_sec = until_mono_ns / 1'000'000'000;
    until.tv_nsec = until_mono_ns % 1'000'000'000;
    ::syscall(SYS_futex, &word, FUTEX_WAIT_BITSET, expected, until_mono_ns == INT64_MAX ? nullptr : &until, nullptr,
              FUTEX_BITSET_MATCH_ANY);
}

} // namespace

// One direction: how many messages were put into its box, and whether its reader sleeps. On a cache line of its own.
struct alignas(64) Channel::Bell {
    std::atomic<std::uint32_t> count{0};
    std::atomic<std::uint32_t> sleeps{0};
};

struct Channel::Boxes {
    struct Box {
        // Atomic, so that each is read once: it may change under our eyes.
        std::atomic<std::uint32_t> kind, function;
        std::atomic<std::uint64_t> size;
        std::byte bytes[box_bytes];
    };
    Bell to_runner, to_host;
    alignas(4096) Box for_runner;
    alignas(4096) Box for_host;
};

struct Channel::Shared {
    Boxes lanes[2];
    alignas(4096) std::byte arena[arena_bytes];
};
static_assert(std::atomic<std::uint32_t>::is_always_lock_free);

std::int64_t machine_mono_ns() {
    timespec now{};
    ::clock_gettime(CLOCK_MONOTONIC, &now);
    return std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

Channel::Channel(int descriptor, Shared* shared, bool is_host, Lane lane)
    : descriptor_(descriptor), shared_(shared), is_host_(is_host), lane_(lane), private_(box_bytes) {}

Channel::Channel(Channel&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)), shared_(std::exchange(other.shared_, nullptr)), is_host_(other.is_host_),
      lane_(other.lane_), sent_(other.sent_), received_(other.received_), private_(std::move(other.private_)) {}

Channel::~Channel() {
    if (descriptor_ < 0)
        return;
    ::munmap(shared_, sizeof(Shared));
    ::close(descriptor_);
}

Channel::Boxes& Channel::boxes() const { return shared_->lanes[static_cast<unsigned>(lane_)]; }

Result<Channel> Channel::create() {
    const int raw = ::memfd_create("ombud-channel", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    const int descriptor = raw < 0 ? -1 : ::fcntl(raw, F_DUPFD_CLOEXEC, 16); // clear of the numbers that a runner expects
    if (raw >= 0)
        ::close(raw);
    if (descriptor < 0)
        return fail(ErrorCode::unavailable, std::string("memory for a runner: ") + std::strerror(errno));
    void* at = MAP_FAILED;
    if (::ftruncate(descriptor, sizeof(Shared)) == 0 && ::fcntl(descriptor, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) == 0)
        at = ::mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, descriptor, 0);
    if (at == MAP_FAILED) {
        const std::string why = std::strerror(errno);
        ::close(descriptor);
        return fail(ErrorCode::unavailable, "memory for a runner: " + why);
    }
    auto* shared = static_cast<Shared*>(at); // zero, which is where every member begins
    return Channel(descriptor, shared, true, Lane::calls);
}

Result<Channel> Channel::attach(int descriptor) {
    struct stat info{};
    if (::fstat(descriptor, &info) != 0 || info.st_size != static_cast<off_t>(sizeof(Shared)))
        return fail(ErrorCode::invalid_input, "descriptor " + std::to_string(descriptor) + " is no channel of an Ombud host");
    void* at = ::mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, descriptor, 0);
    if (at == MAP_FAILED)
        return fail(ErrorCode::unavailable, std::string("the host's memory cannot be mapped: ") + std::strerror(errno));
    return Channel(descriptor, static_cast<Shared*>(at), false, Lane::calls);
}

std::span<std::byte> Channel::outgoing() const { return is_host_ ? boxes().for_runner.bytes : boxes().for_host.bytes; }
std::span<std::byte> Channel::arena() const { return shared_->arena; }

void Channel::send(Kind kind, std::uint32_t function, std::size_t size) {
    Bell& bell = is_host_ ? boxes().to_runner : boxes().to_host;
    Boxes::Box& box = is_host_ ? boxes().for_runner : boxes().for_host;
    box.kind.store(static_cast<std::uint32_t>(kind), std::memory_order_relaxed);
    box.function.store(function, std::memory_order_relaxed);
    box.size.store(size, std::memory_order_relaxed);
    bell.count.store(++sent_, std::memory_order_seq_cst);
    woke_other_ = bell.sleeps.exchange(0, std::memory_order_seq_cst) != 0;
    if (woke_other_)
        futex_wake(bell.sleeps);
}

void Channel::ring() {
    Bell& bell = is_host_ ? boxes().to_host : boxes().to_runner;
    bell.sleeps.store(0, std::memory_order_seq_cst);
    futex_wake(bell.sleeps);
}

// A side that is awake answers within microseconds, if it lately did. One that had to be woken does not: a host that waited awake
// for it would burn what its sleep saves. But if both sides only ever slept after waking the other, questions asked without a pause
// would cost two wake-ups each for ever. So the runner, whose waits tell whether questions come without a pause, now and then stays
// awake until the host has woken; from then on neither finds the other asleep. Where that fails it is tried ever more seldom.
int Channel::spins_worth(bool woke_other) {
    if (!waited_shortly_)
        return 0;
    if (!woke_other)
        return spins_awake;
    if (is_host_ || skip_ > 0) {
        skip_ -= skip_ > 0 ? 1 : 0;
        return 0;
    }
    return spins_waking;
}

// Whoever sleeps waits on a flag of its own: it raises the flag, looks once more, and sleeps only while the flag stands. The
// sender puts the message first and takes the flag down after it, so one of the two always sees the other.
Channel::Arrival Channel::receive(Message& message, std::int64_t until_mono_ns, const std::atomic<bool>* is_gone) {
    Bell& bell = is_host_ ? boxes().to_host : boxes().to_runner;
    const std::uint32_t wanted = received_ + 1;
    const auto arrived = [&] { return bell.count.load(std::memory_order_seq_cst) == wanted; };
    bool here = arrived();
    if (!here) {
        const bool woke = std::exchange(woke_other_, false);
        const int spins = spins_worth(woke);
        for (int i = 0; i < spins && !here; ++i) {
            pause_once();
            here = arrived();
        }
        if (woke && spins > 0)
            skip_ = skipped_ = std::min(skipped_ * 2 + 1, most_skipped);
        else if (here)
            skip_ = skipped_ = 0;
    }
    const std::int64_t asleep_since = here ? 0 : machine_mono_ns();
    while (!here) {
        bell.sleeps.store(1, std::memory_order_seq_cst);
        if (arrived()) {
            bell.sleeps.store(0, std::memory_order_seq_cst);
            break;
        }
        if (is_gone != nullptr && is_gone->load(std::memory_order_seq_cst))
            return Arrival::gone;
        if (machine_mono_ns() >= until_mono_ns)
            return Arrival::timed_out;
        futex_wait(bell.sleeps, 1, until_mono_ns);
        here = arrived();
    }
    waited_shortly_ = asleep_since == 0 || machine_mono_ns() - asleep_since < short_wait_ns;
    received_ = wanted;
    const Boxes::Box& box = is_host_ ? boxes().for_host : boxes().for_runner;
    const std::uint32_t kind = box.kind.load(std::memory_order_relaxed), function = box.function.load(std::memory_order_relaxed);
    const std::uint64_t size = box.size.load(std::memory_order_relaxed);
    if (size > box_bytes || (kind != static_cast<std::uint32_t>(Kind::call) && kind != static_cast<std::uint32_t>(Kind::answer)))
        return Arrival::garbage;
    std::memcpy(private_.data(), box.bytes, size);
    message = {static_cast<Kind>(kind), function, std::span(private_).first(size)};
    return Arrival::message;
}

} // namespace ombud::contained
