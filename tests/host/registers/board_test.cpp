#include "registers/board.hpp"

#include <catch2/catch.hpp>

namespace ombud::registers {
namespace {

const Place place{"m", "r"};

RecordRef record(const std::string& key) {
    auto made = std::make_shared<Record>();
    made->key = key;
    return made;
}

std::string keys(const Board& board) {
    std::string all;
    for (const RecordRef& one : board.now()->at(place)->records)
        all += one->key;
    return all;
}

struct Stage {
    Board board;
    Stage() {
        auto empty = std::make_shared<Content>();
        empty->declaration = std::make_shared<const Declaration>();
        board.replace({{place, std::move(empty)}});
    }
};

TEST_CASE("what is prepared is not seen before it is durable", "[registers]") {
    Stage stage;
    stage.board.prepare({place, 1, "b", record("b")});
    CHECK(keys(stage.board).empty());

    stage.board.show(place, 1);

    CHECK(keys(stage.board) == "b");
    CHECK(stage.board.now()->at(place)->revision == 1);
}

TEST_CASE("a later change that is durable shows the earlier ones with it, each once", "[registers]") {
    Stage stage;
    stage.board.prepare({place, 1, "b", record("b")});
    stage.board.prepare({place, 2, "a", record("a")});
    stage.board.prepare({place, 3, "b", nullptr});
    stage.board.prepare({place, 4, "c", record("c")});

    stage.board.show(place, 2); // its caller was woken first
    CHECK(keys(stage.board) == "ab");
    stage.board.show(place, 1);
    CHECK(keys(stage.board) == "ab");
    stage.board.show(place, 4);

    CHECK(keys(stage.board) == "ac");
    CHECK(stage.board.now()->at(place)->revision == 4);
}

TEST_CASE("a revision that was rolled back shows what came in its place", "[registers]") {
    Stage stage;
    stage.board.prepare({place, 1, "lost", record("lost")});
    stage.board.prepare({place, 1, "kept", record("kept")});

    stage.board.show(place, 1);

    CHECK(keys(stage.board) == "kept");
}

TEST_CASE("a reader keeps its state until it asks for the newest", "[registers]") {
    Stage stage;
    const auto reader = make_reader(stage.board, "m");
    CHECK(*reader->revision("r") == 0);
    stage.board.prepare({place, 1, "a", record("a")});
    stage.board.show(place, 1);

    CHECK(*reader->revision("r") == 0);
    reader->refresh();
    CHECK(*reader->revision("r") == 1);
}

TEST_CASE("changes of a register that is not shown are dropped", "[registers]") {
    Stage stage;
    stage.board.prepare({{"m", "other"}, 1, "a", record("a")});

    stage.board.show({"m", "other"}, 1);

    CHECK(stage.board.now()->size() == 1);
}

} // namespace
} // namespace ombud::registers
