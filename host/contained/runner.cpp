#include "contained/runner.hpp"

#include <unistd.h>

namespace ombud::contained {
namespace {

constexpr std::int64_t start_limit_ns = 10'000'000'000;
constexpr std::int64_t ending_limit_ns = 1'000'000'000; // for the system to tell how a process ended

} // namespace

Result<std::unique_ptr<Runner>> Runner::start(const Library& library, int document, const std::shared_ptr<ProcessWatch>& watch) {
    auto channel = Channel::create();
    if (!channel)
        return fail(channel.error());
    std::unique_ptr<Runner> runner(new Runner);
    runner->channel_ = std::make_unique<Channel>(std::move(*channel));
    auto process = watch->start(library.id, runner->channel_->descriptor(), library.opened->number(), document,
                                [raw = runner->channel_.get()] { raw->ring(); });
    if (!process)
        return fail(process.error());
    runner->process_ = std::move(*process);
    const Terms terms{watch->next_user(), ::getpid()};
    auto confined = runner->call(Call::confine, start_limit_ns, nullptr, [&](Writer& to) { to.put(terms); });
    if (!confined)
        return fail(std::move(confined).error().within(library.id));
    runner->layers_ = Reader(*confined).get<std::uint32_t>();
    if (const std::uint32_t missing = library.demanded & ~runner->layers_; missing != 0)
        return fail(ErrorCode::refused, library.id + ": must run in the sandbox '" + layer_words(library.demanded) + "', and '" +
                                            layer_words(missing) + "' does not hold on this machine; it was not loaded");
    auto loaded = runner->call(Call::load, start_limit_ns, nullptr, [&](Writer& to) { to.text(library.id).text(library.file); });
    if (!loaded)
        return fail(std::move(loaded).error().within(library.file));
    Reader answer(*loaded);
    const auto status = answer.get<ombud_status>();
    const std::string text(answer.text().substr(0, 1024));
    if (status != OMBUD_OK)
        return fail(ErrorCode::invalid_input, text);
    runner->description_ = {text, answer.get<std::uint32_t>()};
    return runner;
}

void Runner::serve_threads(const HostCalls& calls) {
    threads_.emplace(channel_->threads());
    process_->on_bell([this, &calls] {
        Message message;
        if (threads_->receive(message, 0, nullptr) != Channel::Arrival::message)
            return; // rung for nothing
        Writer answer(threads_->outgoing());
        if (HostCalls::is_for_any_thread(message.function) && calls.serve(message.function, message.payload, answer) && answer.fits())
            threads_->send(Kind::answer, 0, answer.size());
    });
}

std::string Runner::ending() const {
    process_->wait_for_ending(ending_limit_ns);
    return process_->ending();
}

tl::unexpected<Error> Runner::ended(const std::string& why) {
    process_->kill(why);
    return fail(ErrorCode::unavailable, "its process was ended: " + why);
}

Result<std::span<const std::byte>> Runner::called(Call what, std::size_t size, std::int64_t limit_ns, const HostCalls* calls) {
    const std::int64_t until = limit_ns == 0 ? INT64_MAX : machine_mono_ns() + limit_ns;
    channel_->send(Kind::call, static_cast<std::uint32_t>(what), size);
    while (true) {
        Message message;
        switch (channel_->receive(message, until, &process_->is_gone())) {
        case Channel::Arrival::gone: return fail(ErrorCode::unavailable, "its process ended: " + ending());
        case Channel::Arrival::timed_out: return ended("no answer within " + std::to_string((limit_ns + 999'999) / 1'000'000) + " ms");
        case Channel::Arrival::garbage: return ended("it wrote what is no message");
        case Channel::Arrival::message: break;
        }
        if (message.kind == Kind::answer)
            return message.payload;
        if (machine_mono_ns() >= until) // asking without end is no way around a deadline
            return ended("no answer within " + std::to_string((limit_ns + 999'999) / 1'000'000) + " ms");
        Writer answer(channel_->outgoing());
        if (calls == nullptr || !calls->serve(message.function, message.payload, answer) || !answer.fits())
            return ended("it asked for what the host does not give (" + std::to_string(message.function) + ")");
        channel_->send(Kind::answer, 0, answer.size());
    }
}

} // namespace ombud::contained
