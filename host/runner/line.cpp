#include "runner/line.hpp"

#include <cstdlib>
#include <unistd.h>

#include "contained/process.hpp"

namespace ombud::runner {
namespace {

// The host is of the same build: what it cannot have said means that this process is damaged.
[[noreturn]] void damaged() { std::abort(); }

} // namespace

Line::Order Line::next() {
    contained::Message message;
    if (channel_.receive(message, INT64_MAX, nullptr) != contained::Channel::Arrival::message || message.kind != contained::Kind::call)
        damaged();
    return {static_cast<contained::Call>(message.function), {message.payload.begin(), message.payload.end()}};
}

void Line::answered(const contained::Writer& answer) {
    if (!answer.fits())
        damaged();
    channel_.send(contained::Kind::answer, 0, answer.size());
}

std::span<const std::byte> Line::asked(contained::Channel& channel, contained::Ask ask, std::size_t size) {
    channel.send(contained::Kind::call, static_cast<std::uint32_t>(ask), size);
    if (const std::uint64_t one = 1; &channel == &threads_ && ::write(contained::bell_descriptor, &one, sizeof one) != sizeof one)
        damaged();
    contained::Message message;
    if (channel.receive(message, INT64_MAX, nullptr) != contained::Channel::Arrival::message || message.kind != contained::Kind::answer)
        damaged();
    return message.payload;
}

} // namespace ombud::runner
