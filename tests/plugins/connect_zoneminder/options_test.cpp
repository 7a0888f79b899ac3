#include "options.hpp"
#include "plugin_host.hpp"

#include <catch2/catch.hpp>
#include <ombud/config.hpp>

using namespace ombud::zoneminder;

namespace {

using Settings = std::map<std::string, ombud::testing::Setting>;

Settings usual() {
    return {{"options/api-url", std::string("https://zm.example/zm/api/")},
            {"options/user", std::string("ombud")},
            {"options/password", std::string("secret")},
            {"options/db-socket", std::string("/run/mysqld/mysqld.sock")},
            {"options/db-user", std::string("ombud")}};
}

Result<Options> read(const Settings& settings) {
    ombud::testing::PluginHost host;
    host.settings = settings;
    return read_options(ombud::sdk::Config(host.config()));
}

} // namespace

TEST_CASE("read_options takes what is usual, and fills in the rest", "[options]") {
    const auto options = read(usual());

    REQUIRE(options);
    CHECK(options->rest.url == "https://zm.example/zm/api");
    CHECK(options->feed == FeedKind::outbox);
    CHECK(options->database.name == "zm");
    CHECK(options->has_files);
}

TEST_CASE("read_options says which option is wrong", "[options]") {
    struct Row {
        const char* behaviour;
        Settings change;
        const char* says;
    };
    const Row rows[] = {
        {"no address", {{"options/api-url", std::string()}}, "api-url: not set"},
        {"no password", {{"options/password", std::string()}}, "password: not set"},
        {"an address without scheme", {{"options/api-url", std::string("zm.example/zm/api")}}, "api-url: \"zm.example"},
        {"another scheme", {{"options/api-url", std::string("file:///etc/passwd")}}, "no http or https"},
        {"a password in the address",
         {{"options/api-url", std::string("https://ombud:hush@zm.example/zm/api")}},
         "neither a password"},
        {"a password in clear across a network",
         {{"options/api-url", std::string("http://zm.example/zm/api")}},
         "use https"},
        {"a name that only looks like loopback",
         {{"options/api-url", std::string("http://localhost.example/zm/api")}},
         "use https"},
        {"an unknown feed", {{"options/feed", std::string("push")}}, "feed: \"push\""},
        {"no database", {{"options/db-socket", std::string()}}, "exactly one"},
        {"two databases", {{"options/db-host", std::string("127.0.0.1")}}, "exactly one"},
        {"a database across a network without certificates",
         {{"options/db-socket", std::string()}, {"options/db-host", std::string("db.example")}},
         "needs ca-file"},
    };
    for (const Row& row : rows) {
        DYNAMIC_SECTION(row.behaviour) {
            Settings settings = usual();
            for (const auto& [name, value] : row.change)
                settings[name] = value;

            const auto options = read(settings);

            REQUIRE_FALSE(options);
            CHECK(options.error().code == ErrorCode::invalid_input);
            CHECK_THAT(options.error().message, Catch::Contains(row.says) && !Catch::Contains("hush"));
        }
    }
}

TEST_CASE("read_options lets loopback and protected ways go without TLS", "[options]") {
    Settings settings = usual();
    settings["options/api-url"] = std::string("http://127.0.0.1:8080/zm/api");
    CHECK(read(settings));
    settings["options/api-url"] = std::string("http://zm.example/zm/api");
    settings["options/allow-clear"] = true;
    CHECK(read(settings));
}

TEST_CASE("read_options needs no database for feed poll", "[options]") {
    Settings settings = usual();
    settings.erase("options/db-socket");
    settings.erase("options/db-user");
    settings["options/feed"] = std::string("poll");

    CHECK(read(settings));
}
