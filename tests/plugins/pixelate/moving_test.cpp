#include <algorithm>

#include <catch2/catch.hpp>

#include "pixelate/moving.hpp"
#include "scene.hpp"

namespace pixelate_test {

namespace {

constexpr std::int64_t second = 1'000'000'000;
constexpr std::int64_t step = second / 10;
constexpr int columns = Scene::width / Scene::square;
constexpr int rows = Scene::height / Scene::square;

/// Shows one picture after another, as the host does.
class Watch {
  public:
    explicit Watch(const pixelate::Settings& settings) : parts_(settings) {}

    /// The share of squares that are covered in the last of the pictures that are shown until then.
    double until(std::int64_t end_ns, const std::vector<Figure>& figures, int light = 0) {
        for (; now_ns_ < end_ns; now_ns_ += step)
            look(figures, light);
        return share();
    }
    void look(const std::vector<Figure>& figures, int light = 0) {
        const auto samples = scene_.picture(figures, light);
        ombud_frame frame{};
        frame.struct_size = sizeof frame;
        frame.time_ns = now_ns_;
        frame.width = Scene::width;
        frame.height = Scene::height;
        frame.luma = samples.data();
        frame.luma_stride = Scene::width;
        frame.square = Scene::square;
        frame.columns = columns;
        frame.rows = rows;
        const auto known = ombud::sdk::Frame::read(&frame);
        REQUIRE(known);
        answer_.assign(std::size_t{columns} * rows, OMBUD_SQUARE_UNSET);
        ombud::sdk::Squares squares(*known, answer_.data());
        parts_.look(*known, squares);
    }
    void skip(std::int64_t ns) { now_ns_ += ns; }
    [[nodiscard]] std::int64_t now_ns() const { return now_ns_; }
    [[nodiscard]] double share() const {
        return static_cast<double>(std::count_if(answer_.begin(), answer_.end(), [](auto one) { return one != OMBUD_SQUARE_SHOW; })) /
               (columns * rows);
    }
    /// Whether every square that the figure touches is covered.
    [[nodiscard]] bool covers(const Figure& figure) const {
        for (int row = figure.y / Scene::square; row <= (figure.y + figure.height - 1) / Scene::square; ++row)
            for (int column = figure.x / Scene::square; column <= (figure.x + figure.width - 1) / Scene::square; ++column)
                if (answer_[static_cast<std::size_t>(row * columns + column)] == OMBUD_SQUARE_SHOW)
                    return false;
        return true;
    }

  private:
    pixelate::MovingParts parts_;
    Scene scene_;
    std::vector<std::uint8_t> answer_;
    std::int64_t now_ns_ = 0;
};

pixelate::Settings short_memory() {
    pixelate::Settings settings;
    settings.learning_ns = 3 * second;
    settings.hold_ns = 40 * second;
    return settings;
}

} // namespace

TEST_CASE("while the background is learned everything is covered, and then a still yard is shown", "[pixelate]") {
    Watch watch(short_memory());

    CHECK(watch.until(step, {}) == 1.0);
    CHECK(watch.until(3 * second, {}) == 1.0);
    CHECK(watch.until(20 * second, {}) == 0.0);
}

TEST_CASE("what moves is covered at every step, and its neighbourhood with it, while the rest is shown", "[pixelate]") {
    Watch watch(short_memory());
    watch.until(5 * second, {});

    Figure walker{-30, 60, 30, 70};
    int uncovered = 0;
    for (int i = 0; i < 60; ++i) {
        walker.x += 3;
        watch.until(watch.now_ns() + step, {walker});
        if (walker.x >= 0 && !watch.covers(walker))
            ++uncovered;
    }

    CHECK(uncovered == 0);
    CHECK(watch.share() < 0.75);
    CHECK(watch.share() > 0.2);
}

TEST_CASE("somebody who comes and stands still stays covered for as long as the module says", "[pixelate]") {
    Watch watch(short_memory());
    watch.until(5 * second, {});
    const Figure stands{150, 60, 30, 70};
    for (int x = 0; x < 150; x += 5)
        watch.until(watch.now_ns() + step, {{x, 60, 30, 70}});
    const std::int64_t stopped_ns = watch.now_ns();

    int uncovered = 0;
    while (watch.now_ns() < stopped_ns + 40 * second) {
        watch.until(watch.now_ns() + step, {stands});
        uncovered += watch.covers(stands) ? 0 : 1;
    }

    CHECK(uncovered == 0);
}

TEST_CASE("where somebody was is shown again once the memory has run out", "[pixelate]") {
    Watch watch(short_memory());
    watch.until(5 * second, {});
    watch.until(6 * second, {{150, 60, 30, 70}});
    CHECK(watch.until(7 * second, {}) > 0);

    CHECK(watch.until(60 * second, {}) == 0.0);
}

TEST_CASE("when the light changes everything is covered until the background is learned anew", "[pixelate]") {
    Watch watch(short_memory());
    REQUIRE(watch.until(5 * second, {}) == 0.0);

    CHECK(watch.until(5 * second + step, {}, 50) == 1.0);
    CHECK(watch.until(7 * second, {}, 50) == 1.0);
    CHECK(watch.until(12 * second, {}, 50) == 0.0);
}

TEST_CASE("somebody who stands there while the light changes stays covered", "[pixelate]") {
    Watch watch(short_memory());
    watch.until(5 * second, {});
    const Figure stands{150, 60, 30, 70};
    watch.until(8 * second, {stands});

    CHECK(watch.until(8 * second + step, {stands}, 50) == 1.0);
    CHECK(watch.until(40 * second, {stands}, 50) < 0.5);
    CHECK(watch.covers(stands));
}

TEST_CASE("after a gap in the recording nothing that was learned before it counts", "[pixelate]") {
    Watch watch(short_memory());
    REQUIRE(watch.until(5 * second, {}) == 0.0);

    watch.skip(60 * second);
    watch.look({});

    CHECK(watch.share() == 1.0);
}

} // namespace pixelate_test
