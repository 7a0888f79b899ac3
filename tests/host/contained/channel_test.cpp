// The channel itself: nothing is lost between two sides that sleep and wake, and nothing of the other side is believed.
#include "cellar.hpp"

#include <fcntl.h>
#include <unistd.h>

#include "contained/channel.hpp"

namespace ombud::contained {
namespace {

struct Pair {
    Channel host, runner;
    static Pair make() {
        auto host = Channel::create();
        REQUIRE(host);
        auto runner = Channel::attach(::fcntl(host->descriptor(), F_DUPFD_CLOEXEC, 16));
        REQUIRE(runner);
        return {std::move(*host), std::move(*runner)};
    }
};

void send(Channel& from, std::uint64_t number) {
    Writer writer(from.outgoing());
    writer.put(number);
    from.send(Kind::call, 1, writer.size());
}

TEST_CASE("no message is lost when both sides keep falling asleep", "[channel]") {
    Pair pair = Pair::make();
    constexpr std::uint64_t count = 20'000;
    std::thread other([&] {
        Message message;
        for (std::uint64_t i = 0; i < count; ++i) {
            if (pair.runner.receive(message, INT64_MAX, nullptr) != Channel::Arrival::message)
                return;
            if (i % 7 == 0)
                std::this_thread::yield();
            send(pair.runner, Reader(message.payload).get<std::uint64_t>() + 1);
        }
    });
    std::uint64_t wrong = 0;
    for (std::uint64_t i = 0; i < count; ++i) {
        send(pair.host, i);
        Message message;
        if (i % 5 == 0)
            std::this_thread::yield();
        const auto arrival = pair.host.receive(message, machine_mono_ns() + 30'000'000'000, nullptr);
        if (arrival != Channel::Arrival::message || Reader(message.payload).get<std::uint64_t>() != i + 1)
            ++wrong;
    }
    other.join();
    CHECK(wrong == 0);
}

TEST_CASE("waiting ends at its time, or with the other side", "[channel]") {
    Pair pair = Pair::make();
    Message message;
    CHECK(pair.host.receive(message, machine_mono_ns() + 1'000'000, nullptr) == Channel::Arrival::timed_out);

    std::atomic<bool> gone{false};
    std::thread watch([&] {
        gone = true;
        pair.host.ring();
    });
    CHECK(pair.host.receive(message, INT64_MAX, &gone) == Channel::Arrival::gone);
    watch.join();
}

TEST_CASE("nobody can change the size of the memory under the host", "[channel]") {
    Pair pair = Pair::make();
    CHECK(::ftruncate(pair.runner.descriptor(), 4096) != 0);
    CHECK(::ftruncate(pair.runner.descriptor(), std::int64_t{1} << 40) != 0);
}

TEST_CASE("a length that is larger than its box is garbage, not memory", "[channel]") {
    Pair pair = Pair::make();
    pair.runner.send(Kind::answer, 0, SIZE_MAX);
    Message message;
    CHECK(pair.host.receive(message, machine_mono_ns(), nullptr) == Channel::Arrival::garbage);
}

TEST_CASE("a kind that there is not is garbage", "[channel]") {
    Pair pair = Pair::make();
    pair.runner.send(static_cast<Kind>(77), 0, 0);
    Message message;
    CHECK(pair.host.receive(message, machine_mono_ns(), nullptr) == Channel::Arrival::garbage);
}

TEST_CASE("what is read past the end of a message is zero, and known", "[channel]") {
    std::array<std::byte, 12> bytes{};
    bytes[0] = std::byte{200}; // a length that the message has not
    Reader reader(bytes);
    CHECK(reader.bytes().empty());
    CHECK_FALSE(reader.ok());
    CHECK(reader.get<std::uint64_t>() == 0);
    CHECK_FALSE(reader.ended());
}

TEST_CASE("a writer never writes past its memory", "[channel]") {
    std::array<std::byte, 16> bytes{};
    Writer writer(std::span<std::byte>(bytes).first(10));
    writer.put(std::uint64_t{1}).put(std::uint64_t{2});
    CHECK_FALSE(writer.fits());
    CHECK(writer.size() == 8);
    CHECK(bytes[10] == std::byte{0});
}

} // namespace
} // namespace ombud::contained
