#include "signer/service.hpp"

#include "ledger/checkpoint.hpp"
#include "signer/message.hpp"
#include "temp_folder.hpp"

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

using namespace ombud;
using namespace ombud::signer;
using Catch::Contains;

namespace {

const std::string name = "example.com/site";

ledger::Digest leaf(int number) { return ledger::leaf_hash("entry " + std::to_string(number)); }

/// A signer and the ledger of entries 0, 1, 2, … that it is asked to sign.
class Stage {
  public:
    Stage() { restart(); }
    void restart() {
        service = std::make_unique<Service>(folder.path());
        REQUIRE(ask("hello\n" + name));
    }
    Result<std::string> ask(const std::string& request) { return parse_answer(service->answer(request)); }
    /// Asks as a host does, from where the signer says that it is; `first` numbers the entries that are not there yet.
    Result<std::string> sign(int size, int shift = 0) {
        const int from = std::stoi(ask("begin\n").value());
        std::string leaves;
        for (int i = from; i < size; ++i) {
            const auto hash = leaf(i + shift);
            leaves.append(reinterpret_cast<const char*>(hash.data()), hash.size());
        }
        REQUIRE(ask("grow\n" + leaves));
        return ask("sign\n" + text(size, shift));
    }
    [[nodiscard]] static std::string text(int size, int shift = 0) {
        ledger::Tree tree;
        for (int i = 0; i < size; ++i)
            tree.append(leaf(i + shift));
        return ledger::Checkpoint{name, tree.size(), tree.root()}.text();
    }

    TempFolder folder;
    std::unique_ptr<Service> service;
};

} // namespace

TEST_CASE("a signer signs what goes on from what it signed, also after a restart", "[signer]") {
    Stage stage;
    const auto key = signing::NoteVerifier::parse(stage.ask("hello\n" + name).value()).value();
    for (const int size : {0, 3, 3, 40}) {
        const auto lines = stage.sign(size);
        REQUIRE(lines);
        CHECK(signing::verify_note(signing::parse_note(Stage::text(size) + "\n" + *lines).value(), key));
        stage.restart();
        CHECK(stage.ask("begin\n").value() == std::to_string(size));
    }
}

TEST_CASE("a signer does not sign a smaller ledger, another history, or anything else", "[signer]") {
    Stage stage;
    REQUIRE(stage.sign(5));
    stage.restart();
    const auto refuses = [&](const Result<std::string>& answer, const char* says) {
        REQUIRE_FALSE(answer);
        CHECK(answer.error().code == ErrorCode::refused);
        CHECK_THAT(answer.error().message, Contains(says));
    };
    refuses(stage.sign(4), "rolled back: its signer has signed 5 entries, and is asked for 4");
    refuses(stage.ask("sign\n" + Stage::text(5, 1)), "rewritten");
    refuses(stage.sign(6, 1), "do not go on from the 5");
    refuses(stage.ask("sign\n" + Stage::text(7)), "do not go on");
    auto other = Stage::text(5);
    refuses(stage.ask("sign\n" + other.replace(0, name.size(), "example.com/othr")), "alone");
    refuses(stage.ask("sign\n" + Stage::text(5) + "more\n"), "plain checkpoints");
    CHECK_FALSE(stage.ask("sign\nhello\n"));
    CHECK(stage.sign(6));
}

TEST_CASE("what is no request is an error, and nothing else happens", "[signer]") {
    TempFolder folder;
    Service service(folder.path());
    CHECK_THAT(parse_answer(service.answer("begin\n")).error().message, Contains("first request is hello"));
    CHECK_THAT(parse_answer(service.answer("")).error().message, Contains("first request is hello"));
    REQUIRE(parse_answer(service.answer("hello\n" + name)));
    for (const std::string request : {"", "sing\n", "grow\nabc", "resume\nx\n\n", "sign"})
        CHECK_FALSE(parse_answer(service.answer(request)));
    CHECK(parse_answer(service.answer("begin\n")).value() == "0");
}

TEST_CASE("a memory that cannot be read stops the signer", "[signer]") {
    TempFolder folder;
    for (const char* bad : {"x\n\n", "3\nAAAA\n", "-1\n\n", "0"}) {
        std::ofstream(folder / "signed", std::ios::trunc) << bad;
        Service service(folder.path());
        const auto answer = parse_answer(service.answer("hello\n" + name));
        CHECK(answer.has_value() == (std::string(bad) == "0"));
        std::filesystem::remove(folder / "ledger-key.pem");
    }
}
