#include "vms.hpp"

#include <boost/json.hpp>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <thread>

namespace ombud::zoneminder {
namespace {

/// The double has no codec library; the names of the sample entries tell the tracks of ZoneMinder's MP4 files.
testing::MediaReply look_into(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    const std::string bytes((std::istreambuf_iterator<char>(file)), {});
    testing::MediaReply reply;
    if (bytes.find("avc1") != std::string::npos)
        reply.tracks = "video/h264";
    if (bytes.find("mp4a") != std::string::npos)
        reply.tracks += " audio/aac";
    if (reply.tracks.empty())
        reply.status = OMBUD_CORRUPT;
    reply.container = "mp4";
    return reply;
}

} // namespace

const Facts& facts() {
    static const Facts read = [] {
        const char* folder = std::getenv("OMBUD_ZONEMINDER");
        if (!folder)
            throw std::runtime_error(
                "OMBUD_ZONEMINDER is not set: run this by ctest, or name the folder of tests/bed/zoneminder/up");
        std::ifstream file(std::string(folder) + "/facts.json");
        const std::string text((std::istreambuf_iterator<char>(file)), {});
        const auto json = boost::json::parse(text).as_object();
        const auto get = [&](const char* name) { return std::string(json.at(name).as_string()); };
        return Facts{folder,
                     get("api_url"),
                     get("ombud_user"),
                     get("ombud_password"),
                     get("db_socket"),
                     get("ombud_db_user"),
                     get("ombud_db_password"),
                     get("access_log"),
                     get("events_dir"),
                     get("exports_dir"),
                     get("web_url"),
                     get("user"),
                     get("password"),
                     static_cast<std::uint64_t>(json.at("monitor_id").as_int64())};
    }();
    return read;
}

std::unique_ptr<Database> root() {
    DatabaseSettings settings;
    settings.socket = facts().db_socket;
    settings.user = "root";
    auto database = Database::connect(settings);
    if (!database)
        throw std::runtime_error(database.error().message);
    return std::move(*database);
}

std::vector<Row> sql(const std::string& statement) {
    auto rows = root()->query(statement);
    if (!rows)
        throw std::runtime_error(statement + ": " + rows.error().message);
    return std::move(*rows);
}

void service(const std::string& act, const std::string& name) {
    if (std::system((BED_SERVICE " " + facts().folder + " " + act + " " + name).c_str()) != 0)
        throw std::runtime_error("service " + act + " " + name + " failed");
}

void start_clean() {
    sql("DELETE FROM Events WHERE MonitorId = 77");
    sql("UPDATE Events SET Archived = 0");
    sql("DELETE FROM ombud.outbox");
}

std::uint64_t finished_recording() {
    for (int tries = 0; tries < 600; ++tries) {
        const auto rows = sql("SELECT Id FROM Events WHERE EndDateTime IS NOT NULL AND Archived = 0 AND MonitorId = " +
                              std::to_string(facts().monitor) +
                              " AND EndDateTime < NOW() - INTERVAL 1 SECOND ORDER BY Id DESC LIMIT 1");
        if (!rows.empty() && std::filesystem::exists(folder_of(rows.front().id(0))))
            return rows.front().id(0);
        std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
    throw std::runtime_error("ZoneMinder finished no recording within a minute");
}

std::filesystem::path folder_of(std::uint64_t recording) {
    const auto rows = sql("SELECT MonitorId, DATE(StartDateTime) FROM Events WHERE Id = " + std::to_string(recording));
    return rows.empty() ? std::filesystem::path()
                        : std::filesystem::path(facts().events_dir) / rows.front().text(0) / rows.front().text(1) /
                              std::to_string(recording);
}

Attached::Attached(const std::string& feed, const std::map<std::string, testing::Setting>& more) {
    host.settings = {{"options/api-url", facts().api_url},
                     {"options/user", facts().user},
                     {"options/password", facts().password},
                     {"options/feed", feed},
                     {"options/poll-interval", std::int64_t{1}}};
    if (feed == "outbox") {
        host.settings["options/db-socket"] = facts().db_socket;
        host.settings["options/db-user"] = facts().db_user;
        host.settings["options/db-password"] = facts().db_password;
    }
    for (const auto& [path, value] : more)
        host.settings[path] = value;
    host.real_clock = true;
    host.probe = look_into;
    plugin = std::make_unique<testing::LoadedPlugin>(CONNECT_ZONEMINDER, host);
    if (plugin->start() != OMBUD_OK)
        throw std::runtime_error("start: " + host.error);
}

ombud_status Attached::open(const std::string& position) {
    return plugin->open(position);
}

bool Attached::poll_until(const std::function<bool()>& is_there, int seconds) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(seconds);
    while (!is_there())
        if (std::chrono::steady_clock::now() > end || plugin->poll(500'000'000) != OMBUD_OK)
            return is_there();
    return true;
}

std::vector<const sdk::Event*> Attached::told(std::string_view type, std::string_view key, const std::string& id) {
    auto found = host.of_type(host.pushed, type);
    std::erase_if(found,
                  [&](const sdk::Event* event) { return !host.has(*event, key) || host.text(*event, key) != id; });
    return found;
}

} // namespace ombud::zoneminder
