#include "pixelate/moving.hpp"

#include <algorithm>
#include <climits>
#include <vector>

#include <opencv2/imgproc.hpp>
#include <opencv2/video/background_segm.hpp>

namespace pixelate {

namespace {

constexpr int cells = 8;                              // across a square: small movements count, noise averages out
constexpr int moving_cells_min = 2;                   // of a square's 64
constexpr std::int64_t gap_ns_max = 10'000'000'000;   // between pictures: what was learned is too old
constexpr std::int64_t never = INT64_MIN;

// OpenCV's model takes something new for background once it has been there for a share of 1 - 0.9 of its memory
// (backgroundRatio; Zivkovic, 2004): with a rate of r a picture after 0.105 / r pictures.
constexpr double pictures_to_background = 0.105;

} // namespace

struct MovingParts::Model {
    explicit Model(const Settings& given) : settings(given) {}

    Settings settings;
    cv::Ptr<cv::BackgroundSubtractorMOG2> background;
    std::int64_t learning_until_ns = never;
    std::int64_t last_ns = never;
    int learned = 0; // pictures
    int columns = 0, rows = 0;
    cv::Mat small, foreground;
    std::vector<cv::Point> moving; // squares
    std::vector<std::int64_t> covered_until_ns; // by square

    void begin(std::int64_t now_ns) {
        constexpr int history = 500; // only a default: each picture brings its rate
        background = cv::createBackgroundSubtractorMOG2(history, settings.sensitivity, false);
        learning_until_ns = now_ns + settings.learning_ns;
        learned = 0;
    }

    [[nodiscard]] double rate(std::int64_t now_ns) const {
        if (now_ns < learning_until_ns)
            return 1.0 / (learned + 1);
        const double step = static_cast<double>(std::max<std::int64_t>(now_ns - last_ns, 0));
        return std::min(pictures_to_background * step / static_cast<double>(settings.hold_ns), 1.0);
    }

    /// Finds the squares that move.
    void find_moving() {
        moving.clear();
        for (int row = 0; row < rows; ++row)
            for (int column = 0; column < columns; ++column)
                if (cv::countNonZero(foreground(cv::Rect(column * cells, row * cells, cells, cells))) >= moving_cells_min)
                    moving.emplace_back(column, row);
    }

    void cover_moving(std::int64_t now_ns) {
        for (const cv::Point& square : moving)
            // Its neighbours, too: what moves reaches over the edge, and will be there next.
            for (int y = std::max(square.y - 1, 0); y <= std::min(square.y + 1, rows - 1); ++y)
                for (int x = std::max(square.x - 1, 0); x <= std::min(square.x + 1, columns - 1); ++x)
                    covered_until_ns[static_cast<std::size_t>(y * columns + x)] = now_ns + settings.hold_ns;
    }

    /// Somebody who is there when the background is learned anew would become a part of it: what is covered now stays so.
    void cover_on() {
        for (std::int64_t& until_ns : covered_until_ns)
            if (until_ns > last_ns)
                until_ns = learning_until_ns + settings.hold_ns;
    }
};

MovingParts::MovingParts(const Settings& settings) : model_(std::make_unique<Model>(settings)) {
    cv::setNumThreads(1); // what is left after shrinking is too little to share
}

MovingParts::~MovingParts() = default;

void MovingParts::look(const ombud::sdk::Frame& frame, ombud::sdk::Squares& squares) {
    Model& model = *model_;
    const std::int64_t now_ns = frame.time_ns();
    if (!model.background) {
        model.columns = frame.columns();
        model.rows = frame.rows();
        model.covered_until_ns.assign(static_cast<std::size_t>(model.columns) * static_cast<std::size_t>(model.rows), never);
    }
    if (!model.background || now_ns - model.last_ns > gap_ns_max)
        model.begin(now_ns);

    // The last squares are cut off by the picture's edge; there, cells are smaller.
    const cv::Mat luma(frame.height(), frame.width(), CV_8UC1, const_cast<std::uint8_t*>(frame.row(0)),
                       static_cast<std::size_t>(frame.stride()));
    cv::resize(luma, model.small, cv::Size(model.columns * cells, model.rows * cells), 0, 0, cv::INTER_AREA);
    model.background->apply(model.small, model.foreground, model.rate(now_ns));
    model.last_ns = now_ns;
    model.find_moving();
    const bool is_first = model.learned++ == 0; // to which all is new
    const int squares_all = model.columns * model.rows;
    if (now_ns >= model.learning_until_ns &&
        static_cast<int>(model.moving.size()) * 100 > squares_all * model.settings.light_change_percent) {
        model.begin(now_ns);
        model.cover_on();
    } else if (!is_first) {
        model.cover_moving(now_ns);
    }
    if (now_ns < model.learning_until_ns) {
        squares.cover_all();
        return;
    }
    for (int row = 0; row < model.rows; ++row)
        for (int column = 0; column < model.columns; ++column) {
            const std::size_t at = static_cast<std::size_t>(row * model.columns + column);
            if (model.covered_until_ns[at] > now_ns)
                squares.cover(column, row);
            else
                squares.show(column, row);
        }
}

} // namespace pixelate
