#pragma once
// What a test needs to run puppets: the loaded plugin, the services it is lent, and ways to wait without sleeping.

#include <atomic>
#include <catch2/catch.hpp>
#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "plugin_runtime/instance.hpp"
#include "puppet.hpp"
#include "temp_folder.hpp"

namespace ombud {

/// The puppet, admitted and loaded once for the whole test program, from a folder that passes every check.
inline std::shared_ptr<const Plugin> puppet() {
    static const std::shared_ptr<const Plugin> loaded = [] {
        const TempFolder folder; // what is loaded may go: the mapping stays
        std::filesystem::copy_file(PUPPET_FILE, folder / "puppet.so");
        std::filesystem::permissions(folder / "puppet.so", std::filesystem::perms(0755));
        auto admitted = admit_plugin(folder / "puppet.so", folder / "private", "");
        if (!admitted)
            FAIL(admitted.error().message);
        auto plugin = Plugin::load(*admitted, "puppet");
        if (!plugin)
            FAIL(plugin.error().message);
        return *plugin;
    }();
    return loaded;
}

/// Services with a clock that the test moves, and everything that was logged.
struct Lent {
    FakeClock clock;
    Names own_names;
    std::mutex mutex;
    std::vector<std::string> logged;
    HostServices services;

    explicit Lent(Names* names = nullptr) {
        services.clock = &clock;
        services.names = names != nullptr ? names : &own_names;
        services.log = [this](const std::string& who, int, std::string_view message) {
            const std::lock_guard lock(mutex);
            logged.push_back(who + ": " + std::string(message));
        };
    }
    bool was_logged(std::string_view words) {
        const std::lock_guard lock(mutex);
        for (const std::string& line : logged)
            if (line.find(words) != std::string::npos)
                return true;
        return false;
    }
};

inline boost::json::value strings_of(Hands& hands) {
    return {{"hands", reinterpret_cast<std::int64_t>(&hands)}};
}

inline Instance::Options options_of(Hands& hands, std::string name = "puppet") {
    Instance::Options options;
    options.name = std::move(name);
    options.plugin = puppet();
    options.document = strings_of(hands);
    return options;
}

inline std::shared_ptr<Instance> play(Hands& hands, const Lent& lent, std::string name = "puppet") {
    auto instance = Instance::create(options_of(hands, std::move(name)), lent.services);
    if (!instance)
        FAIL(instance.error().message);
    return *instance;
}

/// A door that callers wait at until the test opens it. Open for good at the end of its life.
class Gate {
  public:
    ~Gate() { open(); }
    /// Waits until the gate is open.
    void pass() {
        std::unique_lock lock(mutex_);
        ++arrived_;
        changed_.notify_all();
        changed_.wait(lock, [&] { return open_; });
    }
    /// Waits until so many have come to the gate.
    void wait_for(int count) {
        std::unique_lock lock(mutex_);
        if (!changed_.wait_for(lock, std::chrono::seconds(30), [&] { return arrived_ >= count; }))
            FAIL("nobody came to the gate");
    }
    void open() {
        const std::lock_guard lock(mutex_);
        open_ = true;
        changed_.notify_all();
    }

  private:
    std::mutex mutex_;
    std::condition_variable changed_;
    int arrived_ = 0;
    bool open_ = false;
};

/// Waits for a condition of another thread; fails the test when it does not come true in half a minute.
template <class Condition>
void await(const char* what, Condition condition) {
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while (!condition()) {
        if (std::chrono::steady_clock::now() > until)
            FAIL("never came true: " << what);
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
}

inline ombud_view view(std::string_view text) { return {text.data(), text.size()}; }

/// Fills a verdict; `reason` must be a literal.
inline ombud_status answer(ombud_verdict& verdict, std::int32_t action, std::string_view reason = "because") {
    verdict.action = action;
    verdict.reason = view(reason);
    return OMBUD_OK;
}

} // namespace ombud
