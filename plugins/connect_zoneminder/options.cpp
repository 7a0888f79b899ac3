#include "options.hpp"

#include <array>
#include <string_view>

namespace ombud::zoneminder {
namespace {

std::string text(const sdk::Config& config, const char* name) {
    return std::string(config.get_str(std::string("options/") + name).value_or(""));
}

bool is_loopback(std::string_view host) {
    return host == "localhost" || host == "[::1]" || host == "::1" || host.substr(0, 4) == "127.";
}

std::string_view host_of(std::string_view url) {
    const auto begin = url.find("://") + 3;
    const auto authority = url.substr(begin, url.find('/', begin) - begin);
    if (!authority.empty() && authority.front() == '[')
        return authority.substr(0, authority.find(']') + 1);
    return authority.substr(0, authority.find(':'));
}

Result<> check_url(RestSettings& rest, bool allow_clear) {
    while (!rest.url.empty() && rest.url.back() == '/')
        rest.url.pop_back();
    const bool tls = rest.url.rfind("https://", 0) == 0;
    if (!tls && rest.url.rfind("http://", 0) != 0)
        return fail(ErrorCode::invalid_input,
                    "api-url: \"" + rest.url + "\" is no http or https address; such as https://zm.example/zm/api");
    if (rest.url.find('@') != std::string::npos || rest.url.find('?') != std::string::npos)
        return fail(ErrorCode::invalid_input,
                    "api-url: must hold neither a password nor a query; set user and password");
    if (!tls && !is_loopback(host_of(rest.url)) && !allow_clear)
        return fail(ErrorCode::invalid_input, "api-url: " + rest.url +
                                                  " would carry the password in clear across a network; "
                                                  "use https, or set allow-clear when the way is protected otherwise");
    return {};
}

} // namespace

Result<Options> read_options(const sdk::Config& config) {
    Options options;
    const bool allow_clear = config.get_bool("options/allow-clear").value_or(false);
    const std::string feed = text(config, "feed");
    if (!feed.empty() && feed != "outbox" && feed != "poll")
        return fail(ErrorCode::invalid_input, "feed: \"" + feed + "\" is neither outbox nor poll");
    options.feed = feed == "poll" ? FeedKind::poll : FeedKind::outbox;

    options.rest.url = text(config, "api-url");
    options.rest.user = text(config, "user");
    options.rest.password = text(config, "password");
    options.rest.ca_file = text(config, "ca-file");
    for (const auto& [name, value] :
         {std::pair{"api-url", &options.rest.url}, {"user", &options.rest.user}, {"password", &options.rest.password}})
        if (value->empty())
            return fail(ErrorCode::invalid_input, std::string(name) + ": not set");
    if (const auto checked = check_url(options.rest, allow_clear); !checked)
        return fail(checked.error());

    DatabaseSettings& database = options.database;
    database.socket = text(config, "db-socket");
    database.host = text(config, "db-host");
    database.port = static_cast<std::uint32_t>(config.get_i64("options/db-port").value_or(3306));
    if (const auto name = text(config, "db-name"); !name.empty())
        database.name = name;
    database.user = text(config, "db-user");
    database.password = text(config, "db-password");
    database.ca_file = options.rest.ca_file;
    if (options.feed == FeedKind::outbox) {
        if (database.socket.empty() == database.host.empty())
            return fail(ErrorCode::invalid_input,
                        "db-socket, db-host: feed outbox needs exactly one of them; see the connector's README");
        if (database.user.empty())
            return fail(ErrorCode::invalid_input, "db-user: not set");
        if (!database.host.empty() && !is_loopback(database.host) && database.ca_file.empty() && !allow_clear)
            return fail(ErrorCode::invalid_input,
                        "db-host: " + database.host + " needs ca-file, so that the server can be verified");
    }

    options.default_area = text(config, "events-dir");
    options.has_files = config.get_bool("options/files").value_or(true);
    options.probes_tracks = config.get_bool("options/probe-tracks").value_or(true);
    if (const auto path = text(config, "web-path"); !path.empty())
        options.web_path = path;
    while (options.web_path.size() > 1 && options.web_path.back() == '/')
        options.web_path.pop_back();
    if (options.web_path.size() < 2 || options.web_path.front() != '/' || options.web_path.find_first_of("?#%;\\ ") != std::string::npos)
        return fail(ErrorCode::invalid_input, "web-path: \"" + options.web_path + "\" is no path such as /zm");
    options.auth_secret = text(config, "auth-secret");
    options.exports.folder = text(config, "exports-dir");
    options.exports.access_log = text(config, "access-log");
    options.exports.keep_ns = 1'000'000'000 * config.get_i64("options/exports-keep").value_or(86'400);
    if (!options.exports.folder.empty() && options.feed == FeedKind::poll)
        return fail(ErrorCode::invalid_input, "exports-dir: exports are watched with feed outbox only");
    if (!options.exports.access_log.empty() && options.exports.folder.empty())
        return fail(ErrorCode::invalid_input, "access-log: is read for exports only; set exports-dir, too");
    options.poll_interval_ms = 1000 * config.get_i64("options/poll-interval").value_or(2);
    return options;
}

} // namespace ombud::zoneminder
