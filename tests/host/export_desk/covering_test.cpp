// Copies of pictures take as long as recordings; nothing else at the desk waits for them.
#include <catch2/catch.hpp>
#include <future>

#include "desk_stage.hpp"

namespace ombud::exports {
namespace {

/// A desk whose copies of pictures take until the test lets them.
struct Stage : DeskStage {
    std::promise<void> begun, let_go;
    std::atomic<int> copies{0};
    std::future<Result<Export>> submitted; // waits for what becomes of it, while the test does other things

    Stage() {
        options.size_bytes_max = 16 << 20;
        options.recipients.push_back({"visitor", "Vera Vogt", "visitor", "private", "data-subject", "", "", "a long passphrase"});
        REQUIRE(desk->apply(options));
    }
    ~Stage() {
        if (submitted.valid())
            submitted.wait();
        desk.reset(); // what it calls goes next
    }
    Export hand_in_for_visitor() {
        auto fields = said();
        fields["recipient"] = "visitor";
        submitted = std::async(std::launch::async, [this, fields, file = film("long.mp4")] { return desk->submit({{file}, fields, anna}); });
        begun.get_future().wait();
        const auto held = desk->list(false, 0);
        REQUIRE(held);
        REQUIRE(held->size() == 1);
        return held->front();
    }
};

} // namespace

TEST_CASE("an export leaves while the pictures of another are copied, and how far that is is told", "[export][desk][covering]") {
    Stage stage;
    stage.while_pixelating = [&](const std::function<bool(double)>& progress) {
        if (stage.copies++ == 0) {
            CHECK(progress(0.25));
            stage.begun.set_value();
            stage.let_go.get_future().wait();
        }
        return true;
    };
    const Export first = stage.hand_in_for_visitor();

    const Export second = stage.submit(DeskStage::said(), "short.mp4");

    CHECK(second.outcome == "released");
    const auto covering = stage.desk->covering();
    REQUIRE(covering);
    CHECK(covering->id == first.id);
    CHECK(covering->files == 1);
    CHECK(covering->share == 0.25);
    CHECK(stage.desk->find(first.id)->state == State::judging);
    stage.let_go.set_value();
    CHECK(stage.await(first.id, "released").pixelated);
    for (int tries = 0; tries < 30'000 && stage.desk->covering(); ++tries)
        ::usleep(1'000);
    CHECK_FALSE(stage.desk->covering());
}

TEST_CASE("exports that need copies of pictures are done one after another, the oldest first", "[export][desk][covering]") {
    Stage stage;
    std::vector<std::int64_t> order;
    stage.while_pixelating = [&](const std::function<bool(double)>&) {
        order.push_back(stage.desk->covering()->id);
        if (stage.copies++ == 0) {
            stage.begun.set_value();
            stage.let_go.get_future().wait();
        }
        return true;
    };
    const Export first = stage.hand_in_for_visitor();
    auto fields = DeskStage::said();
    fields["pixelate"] = "yes";
    auto later = std::async(std::launch::async, [&stage, fields, file = stage.film("later.mp4")] { return stage.desk->submit({{file}, fields, anna}); });
    for (int tries = 0; tries < 30'000 && stage.desk->list(false, 0)->size() < 2; ++tries)
        ::usleep(1'000);

    stage.let_go.set_value();
    (void)stage.await(first.id, "released");
    REQUIRE(later.get());
    (void)stage.await(first.id + 1, "released");

    CHECK(order == std::vector<std::int64_t>{first.id, first.id + 1});
}

TEST_CASE("an export that is withdrawn while its pictures are copied is given up at once", "[export][desk][covering]") {
    Stage stage;
    stage.while_pixelating = [&](const std::function<bool(double)>& progress) {
        stage.begun.set_value();
        for (int tries = 0; tries < 60'000; ++tries, ::usleep(1'000))
            if (!progress(0.5))
                return false;
        return true;
    };
    const Export first = stage.hand_in_for_visitor();

    REQUIRE(stage.desk->withdraw(first.id, "a mistake", anna, false));

    CHECK(stage.await(first.id, "withdrawn").outcome == "withdrawn");
    CHECK(DeskStage::count(stage.root / "hold") == 0);
    CHECK(stage.sealed.empty());
}

TEST_CASE("a desk that ends does not wait for a copy of pictures, and makes it when it is back", "[export][desk][covering]") {
    Stage stage;
    stage.while_pixelating = [&](const std::function<bool(double)>& progress) {
        if (stage.copies++ > 0)
            return true;
        stage.begun.set_value();
        for (int tries = 0; tries < 60'000; ++tries, ::usleep(1'000))
            if (!progress(0.5))
                return false;
        return true;
    };
    const Export first = stage.hand_in_for_visitor();
    REQUIRE(stage.submitted.get());

    stage.reopen();

    CHECK(stage.await(first.id, "released").pixelated);
    CHECK(stage.copies == 2);
}

} // namespace ombud::exports
