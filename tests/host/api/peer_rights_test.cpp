#include "served.hpp"

#include <array>
#include <atomic>
#include <cstdio>
#include <grp.h>
#include <string>
#include <sys/wait.h>

using ombud::api::Access;

namespace {

struct Outcome {
    int exit_code;
    std::string status; ///< HTTP status as curl prints it; 000 when there was no answer
};

/// Calls the API with curl as another user.
Outcome call_as(const std::string& who, const std::filesystem::path& socket, const std::string& what) {
    const std::string command = "setpriv " + who + " curl -s -o /dev/null -w '%{http_code}' --unix-socket '" +
                                socket.string() + "' " + what + " 2>&1";
    std::FILE* pipe = popen(command.c_str(), "r");
    REQUIRE(pipe);
    std::array<char, 256> text{};
    const auto size = std::fread(text.data(), 1, text.size(), pipe);
    const int status = pclose(pipe);
    return {WEXITSTATUS(status), std::string(text.data(), size)};
}

const std::string nobody = "--reuid=nobody --regid=nogroup --clear-groups";
const std::string reader = "--reuid=nobody --regid=nogroup --groups=daemon";
const std::string reader_by_primary = "--reuid=nobody --regid=daemon --clear-groups";
const std::string read_status = "http://ombud/v1/status";
const std::string change_mode = R"(-X PUT -d '{"mode":"off"}' http://ombud/v1/modules/a/mode)";

ombud::api::ServerOptions readable_by_daemon_group() {
    ombud::api::ServerOptions options;
    options.group = "daemon";
    return options;
}

} // namespace

TEST_CASE("an account that the site names may do what its role says, and is kept out by the socket's mode all the same", "[api]") {
    if (geteuid() != 0)
        FAIL("only root can become another user: run this suite as root, or leave it out with ~[api-rights]");
    auto options = readable_by_daemon_group();
    std::atomic<Access> role{Access::write};
    options.people = [&](const std::string& account) { return account == "nobody" ? role.load() : Access::none; };
    const Served served(options);

    CHECK(call_as(reader, served.socket(), change_mode).status == "200");
    CHECK(call_as(nobody, served.socket(), read_status).exit_code == 7);
    std::filesystem::permissions(served.socket(), std::filesystem::perms(0666));
    CHECK(call_as(nobody, served.socket(), change_mode).status == "200");
    role = Access::approve; // a site applied later holds for the next connection
    CHECK(call_as(nobody, served.socket(), read_status).status == "200");
    CHECK(call_as(nobody, served.socket(), change_mode).status == "403");
    role = Access::none;
    CHECK(call_as(nobody, served.socket(), read_status).status == "403");
    CHECK(call_as(reader, served.socket(), read_status).status == "200");
}

TEST_CASE("another user meets the socket's rights", "[api]") {
    if (geteuid() != 0)
        FAIL("only root can become another user: run this suite as root, or leave it out with ~[api-rights]");
    const Served served(readable_by_daemon_group());

    SECTION("root reads and changes") {
        CHECK(call_as("--reuid=root", served.socket(), read_status).status == "200");
        CHECK(call_as("--reuid=root", served.socket(), change_mode).status == "200");
    }
    SECTION("a stranger cannot even connect") {
        const auto outcome = call_as(nobody, served.socket(), read_status);
        CHECK(outcome.exit_code == 7);
        CHECK(outcome.status == "000");
    }
    SECTION("a stranger is refused even when the file's mode lets everybody in") {
        std::filesystem::permissions(served.socket(), std::filesystem::perms(0666));
        CHECK(call_as(nobody, served.socket(), read_status).status == "403");
        CHECK(call_as(nobody, served.socket(), change_mode).status == "403");
    }
    SECTION("a member of the group reads and does not change") {
        CHECK(call_as(reader, served.socket(), read_status).status == "200");
        CHECK(call_as(reader, served.socket(), change_mode).status == "403");
    }
    SECTION("so does one whose primary group it is") {
        CHECK(call_as(reader_by_primary, served.socket(), read_status).status == "200");
        CHECK(call_as(reader_by_primary, served.socket(), change_mode).status == "403");
    }
}
