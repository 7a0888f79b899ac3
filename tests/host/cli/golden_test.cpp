// Runs every command that golden/*.txt shows and compares what it says.
//
//     $ ombud findings --show all        a command; words are split at spaces, 'quoted ones' kept whole
//     SEVERITY  CONTROL …                its standard output
//     ! ombud: error: …                  its standard error
//     [exit 3]                           its exit code, when it is not 0
//
// OMBUD_REWRITE=1 in the environment writes what the commands say now into the files; read the difference before you
// keep it.
#include "api/client.hpp"
#include "fake_daemon.hpp"

#include <catch2/catch.hpp>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <utility>

namespace {

std::vector<std::string> split_words(const std::string& line) {
    std::vector<std::string> words;
    std::string word;
    bool quoted = false;
    for (const char c : line + " ") {
        if (c == '\'')
            quoted = !quoted;
        else if (c != ' ' || quoted)
            word += c;
        else if (!word.empty())
            words.push_back(std::exchange(word, {}));
    }
    return words;
}

std::string lines_with(const std::string& prefix, const std::string& text) {
    std::istringstream stream(text);
    std::string all;
    for (std::string line; std::getline(stream, line);)
        all += prefix + line + "\n";
    return all;
}

void replace_all(std::string& text, const std::string& from, const std::string& to) {
    for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
        text.replace(at, from.size(), to);
}

/// What one command says, in the form of the files.
std::string transcript(const FakeDaemon& daemon, const std::string& command) {
    auto arguments = split_words(command.substr(std::string("$ ombud").size()));
    for (std::string& argument : arguments)
        replace_all(argument, "DATA", OMBUD_TEST_FOLDER "/data"), replace_all(argument, "STATE", daemon.folder().string());
    Place place;
    place.environment["OMBUD_STATE"] = daemon.folder().string();
    const Outcome outcome = run_ombud(arguments, place);
    std::string text = command + "\n" + outcome.out + lines_with("! ", outcome.err);
    if (outcome.exit_code != 0)
        text += "[exit " + std::to_string(outcome.exit_code) + "]\n";
    replace_all(text, daemon.folder().string(), "STATE");
    replace_all(text, OMBUD_TEST_FOLDER "/data", "DATA");
    return text;
}

} // namespace

TEST_CASE("every command says what its transcript shows", "[cli]") {
    const FakeDaemon daemon;
    for (const char* name : {"asking", "exports", "config", "findings", "ledger", "modules", "registers", "status", "usage"}) {
        DYNAMIC_SECTION(name) {
            const std::string path = OMBUD_TEST_FOLDER "/golden/" + std::string(name) + ".txt";
            std::ifstream stream(path);
            std::string wanted;
            std::string said;
            std::size_t commands = 0;
            for (std::string line; std::getline(stream, line);) {
                wanted += line + "\n";
                if (line.rfind("$ ombud", 0) == 0) {
                    ++commands;
                    said += (said.empty() ? "" : "\n") + transcript(daemon, line);
                }
            }

            if (std::getenv("OMBUD_REWRITE"))
                std::ofstream(path) << said;
            else
                CHECK(said == wanted);
            CHECK(commands > 0);
        }
    }
}

TEST_CASE("sheets are fetched in pieces, for nobody else's eyes, and the copy only when it is asked for", "[cli]") {
    const FakeDaemon daemon;
    Place place;
    place.environment["OMBUD_STATE"] = daemon.folder().string();
    const auto sheets = daemon.folder() / "sheets", all = daemon.folder() / "all";

    CHECK(run_ombud({"export", "sheets", "7", "--out", sheets.string()}, place).exit_code == 0);
    CHECK(run_ombud({"export", "sheets", "7", "--copy", "--out", all.string()}, place).exit_code == 0);

    std::string content;
    std::ifstream(sheets / "sheet-001.jpg") >> content;
    CHECK(content == "abcabc");
    CHECK(std::filesystem::status(sheets).permissions() == std::filesystem::perms(0700));
    CHECK(std::filesystem::status(sheets / "times.csv").permissions() == std::filesystem::perms(0600));
    CHECK_FALSE(std::filesystem::exists(sheets / "a.mp4"));
    CHECK(std::filesystem::file_size(all / "a.mp4") == 9);
}

TEST_CASE("with --json the API's own bytes come out", "[cli]") {
    const FakeDaemon daemon;
    const ombud::api::Client client(daemon.socket());
    const Place place{0, false, false, {{"OMBUD_SOCKET", daemon.socket().string()}}};
    const std::pair<const char*, const char*> rows[] = {{"status", "/v1/status"},
                                                        {"plugin list", "/v1/plugins"},
                                                        {"module list", "/v1/modules"},
                                                        {"findings", "/v1/findings?state=open&limit=1000"},
                                                        {"coverage", "/v1/coverage"},
                                                        {"register list", "/v1/registers"},
                                                        {"whitelist list", "/v1/registers/email_whitelist/recipients?limit=1000"},
                                                        {"approve", "/v1/approvals?state=open"},
                                                        {"export list", "/v1/exports?state=open"},
                                                        {"verdicts", "/v1/verdicts?limit=50"},
                                                        {"actions", "/v1/actions?state=all&limit=1000"}};
    for (const auto& [command, target] : rows) {
        DYNAMIC_SECTION(command) {
            auto arguments = split_words(command);
            arguments.emplace_back("--json");

            const Outcome outcome = run_ombud(arguments, place);

            CHECK(outcome.exit_code == 0);
            CHECK(outcome.err.empty());
            CHECK(outcome.out == *client.request_text(ombud::api::Method::get, target) + "\n");
        }
    }
}

TEST_CASE("what is sent is what was said", "[cli]") {
    const FakeDaemon daemon;
    const Place place{0, false, false, {{"OMBUD_SOCKET", daemon.socket().string()}}};
    struct Row {
        std::vector<std::string> arguments;
        const char* call;
        const char* body;
    };
    const Row rows[] = {
        {{"module", "mode", "retention_auditor", "enforce", "--reason", "go live"},
         "PUT /v1/modules/retention_auditor/mode",
         R"({"mode":"enforce","reason":"go live"})"},
        {{"module", "enable", "retention_auditor", "--reason", "r"},
         "PUT /v1/modules/retention_auditor/mode",
         R"({"mode":"monitor","reason":"r"})"},
        {{"module", "disable", "retention_auditor", "--reason", "r"},
         "PUT /v1/modules/retention_auditor/mode",
         R"({"mode":"off","reason":"r"})"},
        {{"module", "reload", "retention_auditor", "--reason", "r"}, "POST /v1/modules/retention_auditor/reload", R"({"reason":"r"})"},
        {{"module", "shadow", "retention_auditor", "--reason", "r"},
         "POST /v1/modules/retention_auditor/shadow",
         R"({"act":"begin","reason":"r"})"},
        {{"module", "shadow", "retention_auditor", "--end", "--reason", "r"},
         "POST /v1/modules/retention_auditor/shadow",
         R"({"act":"end","reason":"r"})"},
        {{"event", "recording.finished", "--attachment", "files", "recording=a=b", "size_bytes:=-3"},
         "POST /v1/events",
         R"({"type":"recording.finished","attachment":"files","fields":{"recording":"a=b","size_bytes":-3}})"},
        {{"ask", "recording.delete", "recording=4711", "--dry-run"},
         "POST /v1/ask/recording.delete",
         R"({"fields":{"recording":"4711"},"attachment":"","dry_run":true})"},
        {{"audit", "run", "retention_auditor", "--correct", "--no-wait"},
         "POST /v1/audits",
         R"({"module":"retention_auditor","correct":true})"},
        {{"whitelist", "add", "anna@example.org", "attachments=true", "note=", "--reason", "new guard"},
         "POST /v1/registers/email_whitelist/recipients",
         R"({"fields":{"attachments":"true","note":""},"key":"anna@example.org","reason":"new guard"})"},
        {{"whitelist", "remove", "@example.org", "--reason", "r"},
         "POST /v1/registers/email_whitelist/recipients",
         R"({"remove":true,"key":"@example.org","reason":"r"})"},
        {{"consent", "give", "anna", "text_version=3", "--reason", "signed"},
         "POST /v1/registers/push_consent_guard/consents",
         R"({"fields":{"text_version":"3"},"key":"anna","reason":"signed"})"},
        {{"consent", "withdraw", "anna", "--reason", "asked by letter"},
         "POST /v1/registers/push_consent_guard/consents",
         R"({"fields":{"withdrawn":"2026-01-31"},"existing":true,"key":"anna","reason":"asked by letter"})"},
        {{"device", "add", "phone1", "person=anna", "--reason", "r"},
         "POST /v1/devices",
         R"({"device":"phone1","fields":{"person":"anna"},"reason":"r"})"},
        {{"device", "lost", "phone1", "--reason", "stolen"}, "POST /v1/devices/lost", R"({"device":"phone1","reason":"stolen"})"},
        {{"export", "submit", "/mine/a.mp4", "/mine/b.mp4", "--camera", "entrance,yard", "--reason", "theft", "--destroy-by", "2026-12-24"},
         "POST /v1/exports",
         R"({"files":["/mine/a.mp4","/mine/b.mp4"],"fields":{"camera":"entrance,yard","reason":"theft","destroy-by":"2026-12-24"}})"},
        {{"export", "describe", "7", "--medium", "3"}, "POST /v1/exports/7/describe", R"({"fields":{"medium":"3"}})"},
        {{"export", "withdraw", "7", "--reason", "no"}, "POST /v1/exports/7/withdraw", R"({"reason":"no"})"},
        {{"export", "review", "7", "--accept"}, "POST /v1/exports/7/review", R"({"decision":"accept","reason":""})"},
        {{"export", "review", "7", "--reject", "--reason", "a face at 0:31"},
         "POST /v1/exports/7/review",
         R"({"decision":"reject","reason":"a face at 0:31"})"},
        {{"register", "add", "a/b", "x=1", "--corrects", "3", "--reason", "typing"},
         "POST /v1/registers/a/b/rows",
         R"({"fields":{"x":"1"},"corrects":"3","reason":"typing"})"},
        {{"register", "erase", "a/b", "3", "--reason", "asked for"},
         "POST /v1/registers/a/b/erase",
         R"({"key":"3","reason":"asked for"})"},
        {{"disclosure", "add", "how=shown"},
         "POST /v1/registers/export_watchdog/disclosures/rows",
         R"({"fields":{"how":"shown"},"corrects":"","reason":""})"},
        {{"medium", "return", "3", "--by", "anna"},
         "POST /v1/registers/export_watchdog/destructions/rows",
         R"({"fields":{"of":"medium","number":3,"how":"returned","by_whom":"anna","day":"2026-01-31"},"corrects":"","reason":""})"},
        {{"destruction", "add", "disclosure", "4", "--by", "anna", "--how", "overwritten", "--day", "2026-01-30", "--detail", "file 12"},
         "POST /v1/registers/export_watchdog/destructions/rows",
         R"({"fields":{"of":"disclosure","number":4,"how":"overwritten","by_whom":"anna","day":"2026-01-30","detail":"file 12"},"corrects":"","reason":""})"},
        {{"approve", "7"}, "POST /v1/approvals/7", R"({"decision":"approve","reason":""})"},
        {{"approve", "7", "--refuse", "--reason", "no"}, "POST /v1/approvals/7", R"({"decision":"refuse","reason":"no"})"},
        {{"approve", "7", "--withdraw"}, "POST /v1/approvals/7", R"({"decision":"withdraw","reason":""})"},
        {{"ledger", "erase", "--older-than-days", "30", "--reason", "policy"},
         "POST /v1/ledger/erase",
         R"({"reason":"policy","before_utc_ns":1767268800000000000})"},
    };
    for (const Row& row : rows) {
        DYNAMIC_SECTION(row.call << ' ' << row.body) {
            run_ombud(row.arguments, place);

            CHECK(daemon.body_of(row.call) == row.body);
        }
    }
}
