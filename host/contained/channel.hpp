#pragma once
// Shared memory between the host and one runner: a box each way with a bell, and an arena for what is too large to copy twice.
// An instance is called one at a time and a plugin waits for what it asks, so one message is under way: a box is a ring of one.

#include <atomic>
#include <cstdint>
#include <span>
#include <vector>

#include "contained/wire.hpp"
#include "events/result.hpp"

namespace ombud::contained {

inline constexpr std::size_t box_bytes = 256 * 1024;       ///< an event, a value of state, 5,000 rows of an inventory
inline constexpr std::size_t arena_bytes = 72 * 1024 * 1024; ///< a picture of 8192 x 8192 and its squares; only what is used is backed

/// One message, copied out of shared memory.
struct Message {
    Kind kind = Kind::answer;
    std::uint32_t function = 0; ///< Call or Ask
    std::span<const std::byte> payload; ///< until the next receive
};

/// A pair of boxes. One is for the calls of an instance and what its plugin asks in them; in the other, threads of the
/// plugin's own ask, at any time.
enum class Lane : unsigned { calls, threads };

/// Both ends' view of the memory. What the other side wrote is read once, into memory of this side, before it is looked at.
/// Thread  one at a time, but for is_gone and ring
class Channel {
  public:
    /// The host's end, with a descriptor of the memory (sealed: nobody can change its size) for the runner.
    /// Errors  unavailable  no memory
    static Result<Channel> create();
    /// The runner's end. Errors  invalid_input  it is no such memory
    static Result<Channel> attach(int descriptor);

    Channel(Channel&& other) noexcept;
    Channel& operator=(Channel&&) = delete;
    ~Channel();

    int descriptor() const { return descriptor_; }
    /// The other lane of the same memory; this one outlives it.
    Channel threads() const { return Channel(-1, shared_, is_host_, Lane::threads); }

    /// Where the next message is written; not more than box_bytes.
    std::span<std::byte> outgoing() const;
    /// Hands over the `size` bytes that outgoing() got, and wakes the other side if it sleeps.
    void send(Kind kind, std::uint32_t function, std::size_t size);

    enum class Arrival { message, timed_out, gone, garbage };
    /// Waits for the next message: first spinning for as long as that has paid lately, then asleep.
    ///
    /// @param until_mono_ns  CLOCK_MONOTONIC; INT64_MAX: for ever
    /// @param is_gone        the other side's end; whoever sets it calls ring(). May be null
    Arrival receive(Message& message, std::int64_t until_mono_ns, const std::atomic<bool>* is_gone);

    /// Wakes this side. [any]
    void ring();

    std::span<std::byte> arena() const;

  private:
    struct Bell;
    struct Shared;
    struct Boxes;
    Channel(int descriptor, Shared* shared, bool is_host, Lane lane);
    Boxes& boxes() const;
    /// How many pauses to wait awake for the next message, before sleep.
    int spins_worth(bool woke_other);

    int descriptor_ = -1; // -1: the memory is another one's
    Shared* shared_ = nullptr;
    bool is_host_ = false;
    Lane lane_ = Lane::calls;
    std::uint32_t sent_ = 0, received_ = 0;  // this side's own cursors: the shared ones are only compared with them
    bool woke_other_ = false;                 // the last send had to wake the other side
    bool waited_shortly_ = false;             // the last message was not long in coming
    std::uint32_t skip_ = 0, skipped_ = 0;    // chances to stay awake after waking the other: yet to skip, skipped after the last
    std::vector<std::byte> private_;          // the message that was received
};

/// CLOCK_MONOTONIC now.
std::int64_t machine_mono_ns();

} // namespace ombud::contained
