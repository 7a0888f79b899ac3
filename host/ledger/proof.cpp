#include "ledger/proof.hpp"

#include "ledger/tree.hpp"
#include "signing/encoding.hpp"

#include <algorithm>
#include <charconv>

namespace ombud::ledger {
namespace {

constexpr std::size_t proof_bytes_max = 256 * 1'024;

tl::unexpected<Error> no_proof(const char* why) {
    return fail(ErrorCode::invalid_input, std::string("not a proof of c2sp.org/tlog-proof: ") + why);
}

/// The text up to the next line feed, which is taken off with it.
std::string_view take_line(std::string_view& text) {
    const auto end = std::min(text.find('\n'), text.size());
    const auto line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    return line;
}

} // namespace

Result<ProvenEntry> verify_inclusion_proof(std::string_view line, std::string_view proof,
                                           const signing::NoteVerifier* verifier) {
    if (proof.size() > proof_bytes_max)
        return no_proof("it is too long");
    if (take_line(proof) != "c2sp.org/tlog-proof@v1")
        return no_proof("its first line is another");
    const auto stated = take_line(proof);
    constexpr std::string_view key = "index ";
    ProvenEntry proven;
    const auto [end, error] = std::from_chars(stated.data() + std::min(key.size(), stated.size()),
                                              stated.data() + stated.size(), proven.index);
    if (!stated.starts_with(key) || error != std::errc{} || end != stated.data() + stated.size())
        return no_proof("it states no index");
    std::vector<Digest> path;
    for (auto hash = take_line(proof); !hash.empty(); hash = take_line(proof)) {
        const auto bytes = signing::parse_base64(hash);
        if (!bytes || bytes->size() != sizeof(Digest))
            return no_proof("a line of it is no hash");
        std::copy(bytes->begin(), bytes->end(), path.emplace_back().begin());
    }
    const auto note = signing::parse_note(proof);
    if (!note)
        return no_proof(("its checkpoint: " + note.error().message).c_str());
    auto checkpoint = verifier ? open_checkpoint(proof, *verifier) : parse_checkpoint(note->text);
    if (!checkpoint)
        return fail(std::move(checkpoint.error()).within("the proof's checkpoint"));
    proven.checkpoint = std::move(*checkpoint);

    const auto siblings = inclusion_ranges(proven.index, proven.checkpoint.size);
    if (proven.index >= proven.checkpoint.size || siblings.size() != path.size())
        return fail(ErrorCode::corrupt, "the proof does not fit entry " + std::to_string(proven.index) + " of " +
                                            std::to_string(proven.checkpoint.size));
    Digest hash = leaf_hash(line);
    for (std::size_t i = 0; i < path.size(); ++i)
        hash = siblings[i].begin < proven.index ? node_hash(path[i], hash) : node_hash(hash, path[i]);
    if (hash != proven.checkpoint.root)
        return fail(ErrorCode::corrupt, "the entry is not number " + std::to_string(proven.index) + " of the ledger " +
                                            proven.checkpoint.origin + ": the hashes lead to another root");
    return proven;
}

} // namespace ombud::ledger
