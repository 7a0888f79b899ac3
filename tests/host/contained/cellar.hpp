#pragma once
// What a test needs to run the module `echo` inline and in a process of its own, and to ask it things.

#include "theatre.hpp"

#include <future>

#include "contained/plugin.hpp"

namespace ombud {

/// One watch for the whole test program.
inline std::shared_ptr<contained::ProcessWatch> cellar_watch() {
    static const auto watch = contained::ProcessWatch::open(RUNNER_FILE);
    if (!watch)
        FAIL(watch.error().message);
    return *watch;
}

inline AdmittedPlugin admitted_file(const std::filesystem::path& file, const TempFolder& folder) {
    std::filesystem::copy_file(file, folder / file.filename(), std::filesystem::copy_options::overwrite_existing);
    std::filesystem::permissions(folder / file.filename(), std::filesystem::perms(0755));
    auto admitted = admit_plugin(folder / file.filename(), folder / "private", "");
    if (!admitted)
        FAIL(admitted.error().message);
    return *admitted;
}

/// A module from its file, where it is to run.
inline std::shared_ptr<const Plugin> staged(const std::filesystem::path& file, const std::string& id, bool sandboxed) {
    const TempFolder folder; // what was opened or mapped may go
    const auto admitted = admitted_file(file, folder);
    auto plugin = sandboxed ? contained::ContainedPlugin::load(admitted, {id, {}, "RET-3"}, cellar_watch()) : Plugin::load(admitted, id);
    if (!plugin)
        FAIL(plugin.error().message);
    return *plugin;
}

/// The module `echo`, loaded once for each place.
inline std::shared_ptr<const Plugin> echo(bool sandboxed) {
    static const auto inside = staged(ECHO_FILE, "echo", false), apart = staged(ECHO_FILE, "echo", true);
    return sandboxed ? apart : inside;
}

/// What came of one call.
struct Told {
    std::string answer; ///< the verdict's reason, or "fault: …"
    Outbox outbox;
    bool was_answered = true; ///< false: nobody waited any longer
};

inline Told ask(Instance& instance, Names& names, std::string_view say, std::string_view key = {}, bool observe = false,
                std::int64_t deadline_ns = 10'000'000'000) {
    auto call = std::make_shared<EventCall>();
    auto event = EventBuilder(names, "recording.finished", 1).text("say", say).text("key", key).build();
    REQUIRE(event);
    call->event = *event;
    call->hook = observe ? 0 : OMBUD_HOOK_RECORDING_FINISHED;
    call->observe = observe;
    call->deadline_ns = deadline_ns;
    auto promise = std::make_shared<std::promise<void>>();
    auto answered = promise->get_future();
    call->done = [promise] { promise->set_value(); };
    instance.submit(call);
    if (answered.wait_for(std::chrono::seconds(60)) != std::future_status::ready)
        FAIL("no answer to '" << say << "'");
    return {call->fault ? "fault: " + *call->fault : call->verdict.reason, std::move(call->outbox)};
}

/// @param actions  kinds that its manifest declares
inline std::shared_ptr<Instance> settle(std::shared_ptr<const Plugin> plugin, const Lent& lent, boost::json::object options = {},
                                        std::set<std::string> actions = {}) {
    Instance::Options given;
    given.name = plugin->id();
    given.plugin = std::move(plugin);
    given.document = {{"options", std::move(options)}};
    given.actions = std::move(actions);
    auto instance = Instance::create(std::move(given), lent.services);
    if (!instance)
        FAIL(instance.error().message);
    return *instance;
}

} // namespace ombud
