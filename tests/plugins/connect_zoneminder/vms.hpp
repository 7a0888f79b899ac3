#pragma once
// The real ZoneMinder of tests/bed/zoneminder, and the connector attached to it.

#include "database.hpp"
#include "loaded_plugin.hpp"
#include "plugin_host.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace ombud::zoneminder {

/// What `up` said. Read once from $OMBUD_ZONEMINDER/facts.json.
struct Facts {
    std::string folder, api_url, user, password, db_socket, db_user, db_password, access_log, events_dir, exports_dir, web_url, web_user, web_password;
    std::uint64_t monitor = 0;
};
const Facts& facts();

/// A connection of the machine's root, which may do anything.
std::unique_ptr<Database> root();
/// Runs one statement as root; throws std::runtime_error with what MariaDB said.
std::vector<Row> sql(const std::string& statement);
/// `service DIR ACT NAME` of the bed; throws when it fails.
void service(const std::string& act, const std::string& name);

/// Takes away rows that other tests left: recordings of monitor 77, which does not exist, and what the outbox holds.
void start_clean();

/// A recording that ZoneMinder itself made and finished: newest first, not archived. Waits until there is one.
std::uint64_t finished_recording();
std::filesystem::path folder_of(std::uint64_t recording);

/// The plugin, loaded from its library, with a host double that has the bed's settings.
class Attached {
  public:
    explicit Attached(const std::string& feed = "outbox", const std::map<std::string, testing::Setting>& more = {});

    /// open(position), as the host would after a start.
    ombud_status open(const std::string& position = {});
    /// Polls until `is_there` or `seconds` are over; answers whether it is there. A lost connection ends it.
    bool poll_until(const std::function<bool()>& is_there, int seconds = 20);
    /// Events of a type about a recording (or device) that were pushed.
    std::vector<const sdk::Event*> told(std::string_view type, std::string_view key, const std::string& id);
    testing::PluginHost host;
    std::unique_ptr<testing::LoadedPlugin> plugin;
};

} // namespace ombud::zoneminder
