#pragma once
// A folder of recordings of the test's own, attached through the real plugin. A recording is a text file
// "MEDIA tracks|duration in s|creation in s", as the double's media service reads it; anything else is damaged.

#include "loaded_plugin.hpp"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

namespace ombud::testing {

class Recordings {
  public:
    /// Makes an empty folder; attach() opens it.
    Recordings();
    ~Recordings();
    Recordings(const Recordings&) = delete;
    Recordings& operator=(const Recordings&) = delete;

    /// Creates, starts and opens the connector, with the settings that the test put into host.settings before.
    void attach();

    /// Writes a file, with folders as needed, last changed `age_s` before the double's clock.
    void write(const std::string& path, const std::string& content = "MEDIA video/h264|60|", std::int64_t age_s = 3600);
    void append(const std::string& path, const std::string& content, std::int64_t age_s);
    void set_age(const std::string& path, std::int64_t age_s);
    std::string absolute(const std::string& path) const { return (root / path).string(); }

    /// The record of a recording in the last listing, or the event about it; nullptr when there is none.
    const sdk::Event* record(const std::string& id);
    const sdk::Event* event(const std::string& type, const std::string& id);
    std::size_t count(const std::string& type) { return host.of_type(host.pushed, type).size(); }

    std::filesystem::path root;
    PluginHost host;
    std::unique_ptr<LoadedPlugin> plugin;
};

inline constexpr std::int64_t second_ns = 1'000'000'000;
inline constexpr std::int64_t settle_ns = 30 * second_ns;

} // namespace ombud::testing
