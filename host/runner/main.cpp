// ombud-runner: one module in a process of its own. The host starts it; it confines itself before it loads the module's library,
// says how far that went, and then does what the host says.
#include <cstdio>
#include <unistd.h>

#include "contained/process.hpp"
#include "contained/sandbox.hpp"
#include "runner/stage.hpp"

namespace {

using namespace ombud;

int run() {
    auto channel = contained::Channel::attach(contained::channel_descriptor);
    if (!channel) {
        std::fprintf(stderr, "ombud-runner: %s; it is started by ombud, never by hand\n", channel.error().message.c_str());
        return 2;
    }
    runner::Line line(std::move(*channel));
    const auto first = line.next();
    contained::Reader terms(first.payload);
    const auto layers = contained::confine(terms.get<contained::Terms>(), contained::descriptors_end);
    if (!layers)
        return 3;
    line.answer([&](contained::Writer& answer) { answer.put(*layers); });
    runner::Stage stage(line);
    while (true)
        stage.carry_out(line.next());
}

} // namespace

int main() {
    try {
        return run();
    } catch (...) {
        return 4; // no memory left, say: the host sees the end and its status
    }
}
