// `ombud ledger` beside the process that writes the ledger.
#include "fake_daemon.hpp"

#include "ledger/ledger.hpp"
#include "ledger/signer.hpp"

#include <boost/json/parse.hpp>
#include <catch2/catch.hpp>
#include <fstream>
#include <sstream>

using namespace ombud;

namespace {

std::string read_text(const std::filesystem::path& file) {
    std::ostringstream text;
    text << std::ifstream(file).rdbuf();
    return text.str();
}

/// A ledger of three entries, the last with a name in it, that stays open for writing.
class WrittenLedger {
  public:
    explicit WrittenLedger(const std::filesystem::path& state) {
        std::filesystem::create_directories(state / "ledger");
        auto signer = ledger::KeySigner::open(state / "key.pem", "ombud/test");
        REQUIRE(signer);
        signer_ = std::make_unique<ledger::KeySigner>(std::move(*signer));
        auto opened = ledger::Ledger::open(state / "ledger", *signer_, clock_);
        REQUIRE(opened);
        ledger_ = std::move(*opened);
        REQUIRE(ledger_->append(ledger::Entry("host.started").set("version", "0.1.0")));
        REQUIRE(ledger_->append(ledger::Entry("mode.switched").set("module", "watcher")));
        REQUIRE(ledger_->append(ledger::Entry("lock.seen").set("owner", ledger::Personal{"Anna Example"})));
        REQUIRE(ledger_->checkpoint());
    }
    ledger::Ledger& operator*() { return *ledger_; }

  private:
    FakeClock clock_{1'769'860'800'000'000'000};
    std::unique_ptr<ledger::KeySigner> signer_;
    std::unique_ptr<ledger::Ledger> ledger_;
};

} // namespace

TEST_CASE("a whole ledger verifies while it is written", "[cli]") {
    const FakeDaemon daemon;
    const WrittenLedger ledger(daemon.folder());
    const Place place{0, false, false, {{"OMBUD_STATE", daemon.folder().string()}}};

    const Outcome outcome = run_ombud({"ledger", "verify"}, place);

    CHECK(outcome.exit_code == 0);
    CHECK_THAT(outcome.out, Catch::StartsWith("verified: 3 entries, 3 of them signed, ") &&
                                Catch::Contains(", 1 personal value\nkey ombud/test+"));
    CHECK_THAT(outcome.err, Catch::Contains("--checkpoint FILE") && Catch::Contains("--key"));
}

TEST_CASE("with a kept checkpoint and key nothing is left to say", "[cli]") {
    const FakeDaemon daemon;
    const WrittenLedger ledger(daemon.folder());
    const Place place{0, false, false, {{"OMBUD_STATE", daemon.folder().string()}}};
    const auto folder = daemon.folder() / "ledger";

    const Outcome outcome = run_ombud({"ledger", "verify", "--checkpoint", (folder / "checkpoint").string(), "--key",
                                       (folder / "verifier").string(), "--json"},
                                      place);

    CHECK(outcome.exit_code == 0);
    CHECK(outcome.err.empty());
    const auto report = boost::json::parse(outcome.out);
    CHECK(report.at("anchored").as_bool());
    CHECK(report.at("key_was_pinned").as_bool());
    CHECK(report.at("problems").as_array().empty());
}

TEST_CASE("a ledger that is another than the kept checkpoint states is found wrong", "[cli]") {
    const FakeDaemon daemon;
    const FakeDaemon other;
    const Place place{0, false, false, {{"OMBUD_STATE", daemon.folder().string()}}};
    std::filesystem::copy(([&] {
                              const WrittenLedger first(other.folder());
                              return other.folder() / "key.pem";
                          })(),
                          daemon.folder() / "key.pem");
    WrittenLedger ledger(daemon.folder());
    const auto kept = daemon.folder() / "kept";
    // The kept one is of a ledger with the same key and other entries.
    {
        auto signer = ledger::KeySigner::open(other.folder() / "key.pem", "ombud/test");
        FakeClock clock;
        auto longer = ledger::Ledger::open(other.folder() / "ledger", *signer, clock);
        REQUIRE(longer);
        REQUIRE((*longer)->append(ledger::Entry("host.stopped")));
        const auto note = (*longer)->checkpoint();
        REQUIRE(note);
        std::ofstream(kept) << *note;
    }

    const Outcome outcome = run_ombud({"ledger", "verify", "--checkpoint", kept.string()}, place);

    CHECK(outcome.exit_code == 1);
    CHECK_THAT(outcome.out, Catch::StartsWith("rolled-back: ") && Catch::Contains("not verified: 3 entries"));
}

TEST_CASE("entries are shown with personal values in clear until they are erased", "[cli]") {
    const FakeDaemon daemon;
    WrittenLedger ledger(daemon.folder());
    const Place place{0, false, false, {{"OMBUD_STATE", daemon.folder().string()}}};

    const Outcome list = run_ombud({"ledger", "show", "--limit", "2"}, place);
    const Outcome before = run_ombud({"ledger", "show", "2"}, place);
    REQUIRE((*ledger).erase(ledger::EntryIndex{2}, "asked for"));
    const Outcome after = run_ombud({"ledger", "show", "2"}, place);
    const Outcome json = run_ombud({"ledger", "show", "--kind", "mode.switched", "--json"}, place);

    CHECK_THAT(list.out,
               Catch::Contains("lock.seen") && Catch::Contains("mode.switched") && !Catch::Contains("host.started"));
    CHECK_THAT(before.out, Catch::Contains("Anna Example"));
    CHECK_THAT(after.out, Catch::Contains("(erased)") && !Catch::Contains("Anna Example"));
    CHECK(boost::json::parse(json.out).at("module").as_string() == "watcher");
}

TEST_CASE("a judgement tells which binaries decided it, under which configuration", "[cli]") {
    const FakeDaemon daemon;
    WrittenLedger ledger(daemon.folder());
    const Place place{0, false, false, {{"OMBUD_STATE", daemon.folder().string()}}};
    const auto append = [&](const ledger::Entry& entry) {
        const auto recorded = (*ledger).append(entry);
        REQUIRE(recorded);
        return std::to_string(recorded->index());
    };
    const auto loaded = [](const char* module, const char* library) {
        ledger::Entry entry("module.loaded");
        entry.set("module", module).set("version", "1.0.0").set("library", library).set("manifest", "m").set("config", "c1");
        entry.set("level", "ours").set("signer", "ombud").set("key", "k").set("runner", "inline");
        return entry;
    };
    const std::string started = append(ledger::Entry("host.started").set("config", "c1"));
    const std::string first = append(loaded("watcher", "old"));
    const std::string before = append(ledger::Entry("hook.judged").set("type", "stream.open").set("answer.watcher", "enforce allow"));
    append(loaded("counter", "other"));
    append(loaded("watcher", "new"));
    const std::string judged = append(ledger::Entry("hook.judged").set("type", "stream.open").set("decision", "deny").set("applied", "deny")
                                          .set("rule", "AMG-1").set("answer.watcher", "enforce deny AMG-1"));
    const std::string found = append(ledger::Entry("finding.opened").set("module", "counter").set("text", "too many"));
    const std::string stranger = append(ledger::Entry("hook.judged").set("answer.stranger", "enforce allow"));

    const Outcome text = run_ombud({"ledger", "show", judged, "--why"}, place);
    const Outcome earlier = run_ombud({"ledger", "show", before, "--why", "--json"}, place);
    const Outcome finding = run_ombud({"ledger", "show", found, "--why", "--json"}, place);
    const Outcome none = run_ombud({"ledger", "show", "0", "--why"}, place);
    const Outcome unknown = run_ombud({"ledger", "show", stranger, "--why"}, place);
    const Outcome all = run_ombud({"ledger", "show", "--why"}, place);

    CHECK(text.exit_code == 0);
    CHECK_THAT(text.out, Catch::Contains("decided deny, applied deny, AMG-1") && Catch::Contains("watcher 1.0.0 said enforce deny AMG-1") &&
                             Catch::Contains("library        new\n") && !Catch::Contains("counter") &&
                             Catch::Contains("c1, since entry " + started) && Catch::Contains("ombud (ours), key k"));
    CHECK(earlier.exit_code == 0);
    const auto why = boost::json::parse(earlier.out);
    REQUIRE(why.at("modules").as_array().size() == 1);
    CHECK(why.at("modules").as_array()[0].at("library").as_string() == "old");
    CHECK(why.at("modules").as_array()[0].at("loaded").as_int64() == std::stoll(first));
    CHECK(boost::json::parse(finding.out).at("modules").as_array()[0].at("library").as_string() == "other");
    CHECK(none.exit_code == 1);
    CHECK_THAT(none.err, Catch::Contains("is a host.started and names no module"));
    CHECK(unknown.exit_code == 3);
    CHECK_THAT(unknown.err, Catch::Contains("no entry before it tells what was loaded for stranger"));
    CHECK(all.exit_code == 2);
}

TEST_CASE("an entry that is not there is named", "[cli]") {
    const FakeDaemon daemon;
    const WrittenLedger ledger(daemon.folder());
    const Place place{0, false, false, {{"OMBUD_STATE", daemon.folder().string()}}};

    const Outcome outcome = run_ombud({"ledger", "show", "99"}, place);

    CHECK(outcome.exit_code == 3);
    CHECK_THAT(outcome.err, Catch::StartsWith("ombud: error: ") && Catch::Contains("99"));
}

TEST_CASE("an export is what the checkpoint covers, once", "[cli]") {
    const FakeDaemon daemon;
    const WrittenLedger ledger(daemon.folder());
    const Place place{0, false, false, {{"OMBUD_STATE", daemon.folder().string()}}};
    const auto target = (daemon.folder() / "export").string();

    const Outcome first = run_ombud({"ledger", "export", target}, place);
    const Outcome second = run_ombud({"ledger", "export", target}, place);

    CHECK(first.exit_code == 0);
    CHECK_THAT(first.out, Catch::Contains(": 3 entries, "));
    CHECK(read_text(target + "/checkpoint") == read_text(daemon.folder() / "ledger/checkpoint"));
    CHECK(second.exit_code == 3);
    CHECK_THAT(second.err, Catch::Contains("is not an empty folder"));
}

TEST_CASE("a proof ends with the checkpoint that it leads to", "[cli]") {
    const FakeDaemon daemon;
    const WrittenLedger ledger(daemon.folder());
    const Place place{0, false, false, {{"OMBUD_STATE", daemon.folder().string()}}};

    const Outcome outcome = run_ombud({"ledger", "prove", "1"}, place);

    CHECK(outcome.exit_code == 0);
    CHECK_THAT(outcome.out, Catch::EndsWith(read_text(daemon.folder() / "ledger/checkpoint")));
}
