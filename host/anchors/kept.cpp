#include "anchors/kept.hpp"

#include "signing/encoding.hpp"
#include "signing/note.hpp"

#include <algorithm>
#include <optional>

namespace ombud::anchors {
namespace {

constexpr std::string_view mark = "ombud-checkpoint ";

std::string_view take_word(std::string_view& line) {
    const auto end = std::min(line.find(' '), line.size());
    const auto word = line.substr(0, end);
    line.remove_prefix(std::min(end + 1, line.size()));
    return word;
}

std::optional<Kept> parse_line(std::string_view line) {
    const auto origin = take_word(line);
    const auto size = take_word(line);
    const auto note = signing::parse_base64(take_word(line));
    const auto stamp = signing::parse_base64(take_word(line));
    if (!note || !stamp || !line.empty())
        return std::nullopt;
    Kept kept{std::string(note->begin(), note->end()), {}, *stamp};
    const auto parsed = signing::parse_note(kept.note);
    if (!parsed)
        return std::nullopt;
    auto checkpoint = ledger::parse_checkpoint(parsed->text);
    if (!checkpoint || checkpoint->origin != origin || std::to_string(checkpoint->size) != size)
        return std::nullopt;
    kept.checkpoint = std::move(*checkpoint);
    return kept;
}

} // namespace

std::string kept_line(std::string_view note, const ledger::Checkpoint& checkpoint, std::span<const std::uint8_t> stamp) {
    std::string line = std::string(mark) + checkpoint.origin + " " + std::to_string(checkpoint.size) + " " + signing::base64(signing::bytes_of(note));
    if (!stamp.empty())
        line += " " + signing::base64(stamp);
    return line + "\n";
}

KeptText parse_kept(std::string_view text) {
    KeptText found;
    while (!text.empty()) {
        const auto end = std::min(text.find('\n'), text.size());
        auto line = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        if (line.ends_with('\r'))
            line.remove_suffix(1);
        const auto at = line.find(mark);
        if (at == std::string_view::npos)
            continue;
        if (auto kept = parse_line(line.substr(at + mark.size())))
            found.all.push_back(std::move(*kept));
        else
            ++found.damaged;
    }
    return found;
}

} // namespace ombud::anchors
