#include "ledger/checkpoint.hpp"

#include "signing/encoding.hpp"

#include <algorithm>
#include <charconv>
#include <limits>

namespace ombud::ledger {

std::string Checkpoint::text() const {
    return origin + "\n" + std::to_string(size) + "\n" + signing::base64(root) + "\n";
}

Result<Checkpoint> parse_checkpoint(std::string_view text) {
    const auto wrong = [](const char* what) {
        return fail(ErrorCode::invalid_input, std::string("not a checkpoint: ") + what);
    };
    const auto take_line = [&text] {
        const auto end = text.find('\n');
        const auto line = text.substr(0, end);
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
        return line;
    };
    Checkpoint checkpoint;
    checkpoint.origin = take_line();
    if (checkpoint.origin.empty())
        return wrong("its first line, the origin, is empty");
    const auto number = take_line();
    const auto [stop, error] = std::from_chars(number.data(), number.data() + number.size(), checkpoint.size);
    if (error != std::errc() || stop != number.data() + number.size() || (number.size() > 1 && number[0] == '0') ||
        checkpoint.size > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()))
        return wrong("its second line is not a number of entries");
    const auto root = signing::parse_base64(take_line());
    if (!root || root->size() != checkpoint.root.size())
        return wrong("its third line is not the base64 of 32 bytes");
    std::copy(root->begin(), root->end(), checkpoint.root.begin());
    return checkpoint;
}

Result<Checkpoint> open_checkpoint(std::string_view signed_note, const signing::NoteVerifier& verifier) {
    auto note = signing::parse_note(signed_note);
    if (!note)
        return fail(note.error());
    if (auto verified = signing::verify_note(*note, verifier); !verified)
        return fail(verified.error());
    auto checkpoint = parse_checkpoint(note->text);
    if (checkpoint && checkpoint->origin != verifier.name())
        return fail(ErrorCode::corrupt,
                    "is for the ledger '" + checkpoint->origin + "', not for '" + verifier.name() + "'");
    return checkpoint;
}

} // namespace ombud::ledger
