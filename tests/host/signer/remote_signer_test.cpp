#include "signer/remote_signer.hpp"

#include "ledger/ledger.hpp"
#include "ledger/verify.hpp"
#include "temp_folder.hpp"

#include <catch2/catch.hpp>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace ombud;
using namespace ombud::signer;
using Catch::Contains;

namespace {

/// A ledger that a process of its own signs.
class Stage {
  public:
    explicit Stage(std::string account = "") : account_(std::move(account)) { reopen(); }
    void reopen() {
        auto opened = try_open();
        if (!opened)
            FAIL(opened.error().message);
    }
    Result<void> try_open() {
        ledger.reset();
        signer.reset();
        RemoteOptions options{SIGNER_FILE, folder / "signer", folder / "ledger", "example.com/site", account_};
        auto started = RemoteSigner::start(std::move(options));
        if (!started)
            return fail(started.error());
        signer = std::move(*started);
        auto opened = ledger::Ledger::open(folder / "ledger", *signer, clock);
        if (!opened)
            return fail(opened.error());
        ledger = std::move(*opened);
        return {};
    }
    void append(int count) {
        auto done = ledger->commit([count](ledger::Ledger::Transaction& transaction) -> Result<void> {
            for (int i = 0; i < count; ++i)
                if (auto appended = transaction.append(ledger::Entry("test.entry").set("n", i)); !appended)
                    return fail(appended.error());
            return {};
        });
        REQUIRE(done);
    }
    void require_signed() {
        const auto note = ledger->checkpoint();
        if (!note)
            FAIL(note.error().message);
        CHECK(ledger->status().signed_size == ledger->status().size);
        const auto report = ledger::verify(folder / "ledger").value();
        for (const ledger::Problem& problem : report.problems)
            FAIL_CHECK(problem.message);
    }
    void kill() const { REQUIRE(::kill(signer->pid(), SIGKILL) == 0); }

    TempFolder folder;
    SystemClock clock;
    std::unique_ptr<RemoteSigner> signer;
    std::unique_ptr<ledger::Ledger> ledger;

  private:
    std::string account_;
};

} // namespace

TEST_CASE("a ledger is signed by another process, through epochs and restarts", "[remote_signer]") {
    Stage stage;
    CHECK(stage.signer->pid() != ::getpid());
    CHECK(std::filesystem::read_symlink("/proc/" + std::to_string(stage.signer->pid()) + "/exe").filename() == "ombud-signer");
    stage.append(3'000); // more than one message holds
    stage.require_signed();
    REQUIRE(stage.ledger->begin_epoch());
    stage.append(1);
    stage.require_signed();
    stage.reopen();
    stage.append(1);
    REQUIRE(stage.ledger->begin_epoch());
    stage.append(1);
    stage.require_signed();
    CHECK(ledger::verify(stage.folder / "ledger")->epochs == 2);
}

TEST_CASE("a signer that was killed is started again, and knows what it signed", "[remote_signer]") {
    Stage stage;
    stage.append(3);
    REQUIRE(stage.ledger->begin_epoch());
    stage.require_signed();
    for (int i = 0; i < 3; ++i) {
        const auto before = stage.signer->pid();
        stage.kill();
        stage.append(2);
        stage.require_signed();
        CHECK(stage.signer->pid() != before);
    }
    stage.kill();
    REQUIRE(stage.ledger->begin_epoch());
    stage.kill();
    stage.append(1);
    stage.require_signed();
}

TEST_CASE("a ledger that was rolled back is not signed any more", "[remote_signer]") {
    Stage stage;
    stage.append(3);
    stage.require_signed();
    stage.ledger.reset();
    std::filesystem::copy(stage.folder / "ledger", stage.folder / "older", std::filesystem::copy_options::recursive);
    stage.reopen();
    stage.append(4);
    stage.require_signed();
    stage.ledger.reset();
    std::filesystem::remove_all(stage.folder / "ledger");
    std::filesystem::rename(stage.folder / "older", stage.folder / "ledger");
    stage.reopen();
    stage.append(1);
    const auto smaller = stage.ledger->checkpoint();
    REQUIRE_FALSE(smaller);
    CHECK_THAT(smaller.error().message, Contains("rolled back: its signer has signed 7 entries, and is asked for 4"));
    stage.append(6);
    const auto forked = stage.ledger->checkpoint();
    REQUIRE_FALSE(forked);
    CHECK_THAT(forked.error().message, Contains("rewritten") && Contains("do not go on from the 7"));
    CHECK(stage.ledger->status().writing.has_value());
}

TEST_CASE("a signer that cannot be started says which program", "[remote_signer]") {
    TempFolder folder;
    const auto missing = RemoteSigner::start({folder / "none", folder / "signer", folder / "ledger", "example.com/site", ""});
    REQUIRE_FALSE(missing);
    CHECK_THAT(missing.error().message, Contains((folder / "none").string()) && Contains("cannot be started"));
    const auto other = RemoteSigner::start({"/bin/true", folder / "signer", folder / "ledger", "example.com/site", ""});
    REQUIRE_FALSE(other);
    CHECK_THAT(other.error().message, Contains("signer"));
}

TEST_CASE("root gives the keys to an account of their own", "[remote_signer]") {
    if (::geteuid() != 0) {
        WARN("not root: the signer has this process's own account");
        return;
    }
    Stage stage("nobody");
    stage.append(2);
    stage.require_signed();
    struct stat key {};
    REQUIRE(::stat((stage.folder / "signer/ledger-key.pem").c_str(), &key) == 0);
    CHECK(key.st_uid == 65534);
    CHECK((key.st_mode & 0777) == 0600);
    std::ifstream status("/proc/" + std::to_string(stage.signer->pid()) + "/status");
    std::string text((std::istreambuf_iterator<char>(status)), {});
    CHECK_THAT(text, Contains("Uid:\t65534\t65534\t65534\t65534") && Contains("Groups:\t \n") && Contains("NoNewPrivs:\t1"));
    stage.reopen();
    stage.append(1);
    stage.require_signed();
}
