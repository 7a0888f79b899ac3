#include "anchors/anchors.hpp"

#include "anchors/kept.hpp"
#include "scratch_ledger.hpp"

#include <chrono>
#include <fstream>
#include <sstream>
#include <sys/socket.h>
#include <sys/un.h>
#include <thread>
#include <unistd.h>

using namespace ombud;
using namespace ombud::anchors;
using Catch::Contains;

namespace {

std::string read(const std::filesystem::path& file) {
    std::ostringstream text;
    text << std::ifstream(file, std::ios::binary).rdbuf();
    return text.str();
}

/// Waits until it is so, a minute at most.
template <class Condition>
bool becomes(Condition condition) {
    for (const auto end = std::chrono::steady_clock::now() + std::chrono::minutes(1); std::chrono::steady_clock::now() < end;) {
        if (condition())
            return true;
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    return false;
}

config::Anchor anchor_of(config::AnchorKind kind, std::filesystem::path path) {
    config::Anchor anchor;
    anchor.kind = kind;
    anchor.path = std::move(path);
    anchor.every_s = 1;
    return anchor;
}

/// A ledger and the anchors of its site, on the machine's clock.
class Stage {
  public:
    std::string checkpoint(int more) {
        ledger.append_many(more);
        return ledger->checkpoint().value();
    }
    void start(const config::Anchor& anchor) {
        anchors = std::make_unique<Anchors>(ledger.path(), folder.path() / "anchors", clock);
        const auto applied = anchors->apply({anchor});
        if (!applied)
            FAIL(applied.error().message);
    }
    [[nodiscard]] AnchorStatus status() const { return anchors->status().at(0); }
    [[nodiscard]] config::Anchor file_anchor() const { return anchor_of(config::AnchorKind::file, folder.path() / "kept"); }

    TempFolder folder;
    SystemClock clock;
    ledger::ScratchLedger ledger;
    std::unique_ptr<Anchors> anchors;
};

/// A log's socket, as a syslog daemon listens on it.
class LogSocket {
  public:
    LogSocket(const std::filesystem::path& path, int type) : fd_(::socket(AF_UNIX, type, 0)) {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        path.string().copy(address.sun_path, sizeof address.sun_path - 1);
        REQUIRE(::bind(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
        if (type == SOCK_STREAM)
            REQUIRE(::listen(fd_, 4) == 0);
        is_stream_ = type == SOCK_STREAM;
    }
    ~LogSocket() { ::close(fd_); }
    std::string message() {
        const int from = is_stream_ ? ::accept(fd_, nullptr, nullptr) : fd_;
        char bytes[4096];
        const ssize_t size = ::recv(from, bytes, sizeof bytes, is_stream_ ? MSG_WAITALL : 0);
        if (is_stream_)
            ::close(from);
        return {bytes, static_cast<std::size_t>(std::max<ssize_t>(size, 0))};
    }

  private:
    int fd_;
    bool is_stream_ = false;
};

} // namespace

TEST_CASE("a file keeps the newest checkpoint, and the last one when the host stops", "[anchors]") {
    Stage stage;
    stage.start(stage.file_anchor());
    stage.anchors->offer(stage.checkpoint(3));
    REQUIRE(becomes([&] { return stage.status().kept_size == 3; }));
    stage.anchors->offer(stage.checkpoint(1));
    stage.anchors->offer(stage.checkpoint(1));
    stage.anchors.reset();

    const auto found = parse_kept(read(stage.folder.path() / "kept"));
    REQUIRE(found.all.size() >= 2);
    CHECK(found.damaged == 0);
    CHECK(found.all.front().checkpoint.size == 3);
    CHECK(found.all.back().checkpoint.size == 5);
}

TEST_CASE("what is kept already is not kept again by a later run", "[anchors]") {
    Stage stage;
    const auto note = stage.checkpoint(3);
    for (int run = 0; run < 3; ++run) {
        stage.start(stage.file_anchor());
        stage.anchors->offer(note);
        REQUIRE(becomes([&] { return stage.status().kept_size == 3; }));
        stage.anchors.reset();
    }
    CHECK(parse_kept(read(stage.folder.path() / "kept")).all.size() == 1);
}

TEST_CASE("a file that has seen more of the ledger tells that it was rolled back, and gets nothing more", "[anchors]") {
    Stage stage;
    stage.checkpoint(3);
    TempFolder older;
    stage.ledger.close();
    std::filesystem::copy(stage.ledger.path(), older.path(), std::filesystem::copy_options::recursive | std::filesystem::copy_options::overwrite_existing);
    stage.ledger.reopen();
    stage.start(stage.file_anchor());
    stage.anchors->offer(stage.checkpoint(4));
    stage.anchors.reset();
    const auto kept = read(stage.folder.path() / "kept");
    REQUIRE(parse_kept(kept).all.back().checkpoint.size == 7);

    Anchors rolled(older.path(), stage.folder.path() / "anchors", stage.clock);
    REQUIRE(rolled.apply({stage.file_anchor()}));
    rolled.offer(read(older.path() / "checkpoint"));
    REQUIRE(becomes([&] { return !rolled.status().at(0).failure.empty(); }));

    CHECK(rolled.status().at(0).contradicts);
    CHECK_THAT(rolled.status().at(0).failure, Contains("rolled back") && Contains("7 entries") && Contains("states 3"));
    CHECK(read(stage.folder.path() / "kept") == kept);
}

TEST_CASE("a file that has seen another history tells so", "[anchors]") {
    Stage stage;
    const auto note = stage.checkpoint(3);
    auto other = ledger::open_checkpoint(note, stage.ledger.signer().verifier()).value();
    other.root[0] ^= 1;
    other.size = 2;
    const auto text = other.text();
    std::ofstream(stage.folder.path() / "kept") << kept_line(text + "\n" + stage.ledger.signer().sign(text).value(), other);

    stage.start(stage.file_anchor());
    stage.anchors->offer(note);

    REQUIRE(becomes([&] { return !stage.status().failure.empty(); }));
    CHECK(stage.status().contradicts);
    CHECK_THAT(stage.status().failure, Contains("is not the one that") && Contains("does not go on"));
}

TEST_CASE("an anchor that fails says why, falls behind, and keeps when it can again", "[anchors]") {
    Stage stage;
    auto anchor = stage.file_anchor();
    anchor.path = stage.folder.path() / "missing" / "kept";
    stage.start(anchor);
    stage.anchors->offer(stage.checkpoint(3));
    REQUIRE(becomes([&] { return stage.status().is_behind; }));
    CHECK_FALSE(stage.status().contradicts);
    CHECK(stage.status().waiting_size == 3);
    CHECK_THAT(stage.status().failure, Contains(anchor.path.string()) && Contains("No such file"));

    std::filesystem::create_directory(stage.folder.path() / "missing");
    REQUIRE(becomes([&] { return stage.status().kept_size == 3; }));
    CHECK(stage.status().failure.empty());
    CHECK_FALSE(stage.status().is_behind);
}

TEST_CASE("a line that a crash cut off does not swallow the next", "[anchors]") {
    Stage stage;
    std::ofstream(stage.folder.path() / "kept") << "ombud-checkpoint example.com/si";
    stage.start(stage.file_anchor());
    stage.anchors->offer(stage.checkpoint(3));
    REQUIRE(becomes([&] { return stage.status().kept_size == 3; }));
    const auto found = parse_kept(read(stage.folder.path() / "kept"));
    CHECK(found.all.size() == 1);
    CHECK(found.damaged == 1);
}

TEST_CASE("the system's log gets a line that reads back, whichever kind of socket it has", "[anchors]") {
    for (const int type : {SOCK_DGRAM, SOCK_STREAM}) {
        Stage stage;
        const auto path = stage.folder.path() / "log";
        LogSocket log(path, type);
        stage.start(anchor_of(config::AnchorKind::syslog, path));
        const auto note = stage.checkpoint(3);
        stage.anchors->offer(note);

        const auto message = log.message();

        CHECK_THAT(message, Catch::StartsWith("<29>") && Contains(" ombud["));
        const auto found = parse_kept(message.substr(0, message.find('\0')));
        REQUIRE(found.all.size() == 1);
        CHECK(found.all[0].note == note);
        CHECK(becomes([&] { return stage.status().kept_size == 3; }));
    }
}

TEST_CASE("a system log that nobody reads is a failure that names its socket", "[anchors]") {
    Stage stage;
    stage.start(anchor_of(config::AnchorKind::syslog, stage.folder.path() / "log"));
    stage.anchors->offer(stage.checkpoint(3));
    REQUIRE(becomes([&] { return !stage.status().failure.empty(); }));
    CHECK_THAT(stage.status().failure, Contains("log: cannot be reached") && Contains("syslog daemon"));
}

TEST_CASE("anchors that stay the same go on when others come and go", "[anchors]") {
    Stage stage;
    stage.start(stage.file_anchor());
    stage.anchors->offer(stage.checkpoint(3));
    REQUIRE(becomes([&] { return stage.status().kept_size == 3; }));
    auto second = stage.file_anchor();
    second.path = stage.folder.path() / "second";
    REQUIRE(stage.anchors->apply({stage.file_anchor(), second}));
    CHECK(stage.status().kept_size == 3);
    CHECK(becomes([&] { return stage.anchors->status().at(1).kept_size == 3; }));

    auto witness = anchor_of(config::AnchorKind::witness, {});
    witness.url = "http://[::1]:9";
    witness.key = "a+00000000+AAAA";
    const auto refused = stage.anchors->apply({witness});
    REQUIRE_FALSE(refused);
    CHECK_THAT(refused.error().message, Contains("witness http://[::1]:9") && Contains("is not a verifier key"));
    CHECK(stage.anchors->status().size() == 2);
    REQUIRE(stage.anchors->apply({}));
    CHECK(stage.anchors->status().empty());
}
