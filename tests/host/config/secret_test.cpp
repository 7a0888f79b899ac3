#include <catch2/catch.hpp>
#include <sys/stat.h>

#include <boost/json.hpp>
#include <cstdlib>

#include "config/module_document.hpp"
#include "fixtures.hpp"

using namespace config_test;
using namespace ombud::config;
using Catch::Contains;

namespace {

std::string site_with_secret_file(const std::filesystem::path& file) {
    return site_with_options("<option name='password' secret-file='" + file.string() + "'/>");
}

/// The environment that systemd gives, for one test.
class CredentialsFolder {
  public:
    explicit CredentialsFolder(const std::filesystem::path& path) {
        ::setenv("CREDENTIALS_DIRECTORY", path.c_str(), 1);
    }
    CredentialsFolder(const CredentialsFolder&) = delete;
    CredentialsFolder& operator=(const CredentialsFolder&) = delete;
    ~CredentialsFolder() { ::unsetenv("CREDENTIALS_DIRECTORY"); }
};

std::string secret_of(const Site& site) {
    return std::get<Secret>(site.attachments.at(0).options.at("password").value).reveal();
}

} // namespace

TEST_CASE("a secret is read from a file that its owner alone can use", "[config][secret]") {
    const TempFolder folder;
    struct Row {
        const char* behaviour;
        const char* content;
        const char* secret;
    };
    const Row rows[] = {{"as it is", "s3cret", "s3cret"},
                        {"without the line feed at its end", "s3cret\n", "s3cret"},
                        {"without a Windows line end", "s3cret\r\n", "s3cret"},
                        {"with blanks and further lines", " s3\ncret \n", " s3\ncret "}};
    for (const Row& row : rows) {
        DYNAMIC_SECTION(row.behaviour) {
            const auto site = parse(site_with_secret_file(folder.write("password", row.content)));

            REQUIRE(site);
            CHECK(secret_of(*site) == row.secret);
        }
    }
}

TEST_CASE("a secret's file that others may use is refused", "[config][secret]") {
    const TempFolder folder;
    const auto file = folder.write("password", "s3cret");
    for (const mode_t mode : {0640U, 0604U, 0620U, 0601U, 0644U}) {
        DYNAMIC_SECTION("mode " << std::oct << mode) {
            ::chmod(file.c_str(), mode);

            CHECK(problems_of(site_with_secret_file(file)) == "site.xml:2: <option> 'password': " + file.string() +
                                                                  ": others may use it; run: chmod 600 " +
                                                                  file.string());
        }
    }
}

TEST_CASE("a secret's file that cannot be used is told without its content", "[config][secret]") {
    const TempFolder folder;
    struct Row {
        const char* behaviour;
        std::filesystem::path file;
        const char* says;
    };
    const Row rows[] = {{"missing", folder.path() / "none", "no such file"},
                        {"empty", folder.write("empty", "\n"), "is empty"},
                        {"too long", folder.write("long", std::string(70'000, 's')), "is longer than 64 KiB"},
                        {"binary", folder.write("binary", std::string("s3\0cret", 7)), "is not UTF-8 text"},
                        {"Latin-1", folder.write("latin", "s3cret\xFC"), "is not UTF-8 text"}};
    for (const Row& row : rows) {
        DYNAMIC_SECTION(row.behaviour) {
            const auto told = problems_of(site_with_secret_file(row.file));

            CHECK_THAT(told, Contains(row.says));
            CHECK_THAT(told, !Contains("cret")); // long enough not to be in the folder's random name
        }
    }
}

TEST_CASE("a secret written into the site is refused and never repeated", "[config][secret]") {
    const std::string ways[] = {
        "<option name='password'>hunter2</option>",
        "<option name='password'><![CDATA[hunter2]]></option>",
        "<option name='password' secret-file='x'>hunter2</option>",
        "<option name='password'>hunter2" + std::string(5'000, 'x') + "</option>",
    };
    for (const std::string& way : ways) {
        DYNAMIC_SECTION(way.substr(0, 60)) {
            const auto told = problems_of(site_with_options(way));

            CHECK_THAT(told, Contains("must not stand here"));
            CHECK_THAT(told, !Contains("hunter2"));
        }
    }
}

TEST_CASE("a secret needs one source", "[config][secret]") {
    constexpr auto says = "'password' needs one of secret-file=\"PATH\" and secret-credential=\"NAME\"";

    CHECK_THAT(problems_of(site_with_options("<option name='password'/>")), Contains(says));
    CHECK_THAT(problems_of(site_with_options("<option name='password' secret-file='a' secret-credential='b'/>")),
               Contains(says));
}

TEST_CASE("a credential of systemd is read whatever its mode", "[config][secret]") {
    const TempFolder folder;
    const CredentialsFolder credentials(folder.path());
    ::chmod(folder.write("vms", "s3cret").c_str(), 0440);

    const auto site = parse(site_with_options("<option name='password' secret-credential='vms'/>"));

    REQUIRE(site);
    CHECK(secret_of(*site) == "s3cret");
}

TEST_CASE("a credential cannot be had from elsewhere", "[config][secret]") {
    const TempFolder folder;
    const CredentialsFolder credentials(folder.path());

    CHECK_THAT(problems_of(site_with_options("<option name='password' secret-credential='../vms'/>")),
               Contains("is no credential's name"));
    CHECK_THAT(problems_of(site_with_options("<option name='password' secret-credential='..'/>")),
               Contains("is no credential's name"));
    CHECK_THAT(problems_of(site_with_options("<option name='password' secret-credential='none'/>")),
               Contains("no such file"));
}

TEST_CASE("a credential without systemd is told with the next step", "[config][secret]") {
    CHECK_THAT(problems_of(site_with_options("<option name='password' secret-credential='vms'/>")),
               Contains("CREDENTIALS_DIRECTORY is not set; start by systemd with LoadCredential=, or use secret-file"));
}

TEST_CASE("a secret shows in its plugin's document and nowhere else", "[config][secret]") {
    const TempFolder folder;
    const auto site = parse(site_with_secret_file(folder.write("password", "s3cret")));
    const auto other = parse(site_with_secret_file(folder.write("password2", "other")));
    REQUIRE(site);
    REQUIRE(other);

    const auto document = connector_document(*site, site->attachments[0]);
    const ModuleSettings module{"watch", Mode::monitor, {}};

    CHECK(document.at("options").at("password").as_string() == "s3cret");
    CHECK_THAT(boost::json::serialize(module_document(*site, module)), !Contains("s3cret"));
    CHECK_THAT(canonical_text(*site), !Contains("s3cret") && Contains("attachment[files]/option/password=(secret)\n"));
    const auto changes = diff(*site, *other);
    REQUIRE(changes.size() == 1);
    CHECK(changes[0].path == "attachment[files]/option/password");
    CHECK(changes[0].was == "(secret)");
    CHECK(changes[0].becomes == "(secret, changed)");
}
