#include "cli/progress.hpp"

#include "cli/wording.hpp"

#include <algorithm>

namespace ombud::cli {
namespace {

constexpr std::int64_t redraw_ns = 100'000'000;
constexpr std::size_t bar_columns = 24;

std::string bar(std::uint64_t done, std::uint64_t total) {
    const auto filled = static_cast<std::size_t>(static_cast<double>(bar_columns) *
                                                 std::min(1.0, static_cast<double>(done) / static_cast<double>(total)));
    return "[" + std::string(filled, '#') + std::string(bar_columns - filled, '.') + "]";
}

} // namespace

Progress::Progress(const Terminal& terminal, const Clock& clock, std::string title)
    : terminal_(terminal), clock_(clock), title_(std::move(title)), started_mono_ns_(clock.mono_ns()) {}

Progress::~Progress() {
    if (is_drawn_)
        terminal_.err << "\r\x1b[K" << std::flush;
}

void Progress::update(std::uint64_t done, std::uint64_t total) {
    const std::int64_t now = clock_.mono_ns();
    if (!terminal_.progress || terminal_.quiet || (is_drawn_ && now - drawn_mono_ns_ < redraw_ns))
        return;
    is_drawn_ = true;
    drawn_mono_ns_ = now;

    std::string line = title_ + " ";
    if (total > 0)
        line += bar(done, total) + " " + std::to_string(done) + "/" + std::to_string(total);
    else
        line += std::to_string(done);
    const std::int64_t elapsed_ns = now - started_mono_ns_;
    if (done > 0 && elapsed_ns > redraw_ns) {
        const double rate = static_cast<double>(done) * 1e9 / static_cast<double>(elapsed_ns);
        line += ", " + std::to_string(static_cast<std::uint64_t>(rate)) + "/s";
        if (total > done)
            line +=
                ", " + span_words(static_cast<std::int64_t>(static_cast<double>(total - done) / rate * 1e9)) + " left";
    }
    terminal_.err << '\r' << line << "\x1b[K" << std::flush;
}

} // namespace ombud::cli
