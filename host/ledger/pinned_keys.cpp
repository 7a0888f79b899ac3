// The file `verifier`: whose signatures count. Declared in verify.hpp.
#include "ledger/file.hpp"
#include "ledger/layout.hpp"
#include "ledger/verify.hpp"

#include <algorithm>

namespace ombud::ledger {

Result<PinnedKeys> parse_pinned_keys(std::string_view text) {
    const auto end = std::min(text.find('\n'), text.size());
    auto verifier = signing::NoteVerifier::parse(text.substr(0, end));
    if (!verifier)
        return fail(verifier.error());
    PinnedKeys pinned{std::move(*verifier), std::nullopt};
    text.remove_prefix(std::min(end + 1, text.size()));
    if (text.empty())
        return pinned;
    auto root = signing::NoteVerifier::parse(text.substr(0, text.find('\n')));
    if (!root)
        return fail(std::move(root.error()).within("the second line"));
    pinned.epoch_root = std::move(*root);
    return pinned;
}

Result<PinnedKeys> read_verifier(const std::filesystem::path& folder) {
    const auto file = Layout{folder}.verifier();
    const auto text = read_file(file);
    if (!text)
        return fail(text.error());
    auto pinned = parse_pinned_keys(*text);
    if (!pinned)
        return fail(std::move(pinned.error()).within(file.string()));
    return pinned;
}

} // namespace ombud::ledger
