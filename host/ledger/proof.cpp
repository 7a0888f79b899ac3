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

Result<std::vector<Digest>> take_path(std::string_view& text) {
    std::vector<Digest> path;
    for (auto hash = take_line(text); !hash.empty(); hash = take_line(text)) {
        const auto bytes = signing::parse_base64(hash);
        if (!bytes || bytes->size() != sizeof(Digest))
            return fail(ErrorCode::invalid_input, "a line of it is no hash");
        std::copy(bytes->begin(), bytes->end(), path.emplace_back().begin());
    }
    return path;
}

/// The number behind `key` and nothing else, without leading zeroes.
bool read_number(std::string_view line, std::string_view key, std::uint64_t& number) {
    if (!line.starts_with(key))
        return false;
    line.remove_prefix(key.size());
    const auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), number);
    return error == std::errc{} && end == line.data() + line.size() && (line.size() == 1 || line[0] != '0');
}

} // namespace

Result<ProvenEntry> verify_inclusion_proof(std::string_view line, std::string_view proof,
                                           const signing::NoteVerifier* verifier) {
    if (proof.size() > proof_bytes_max)
        return no_proof("it is too long");
    if (take_line(proof) != "c2sp.org/tlog-proof@v1")
        return no_proof("its first line is another");
    ProvenEntry proven;
    if (!read_number(take_line(proof), "index ", proven.index))
        return no_proof("it states no index");
    const auto path = take_path(proof);
    if (!path)
        return no_proof(path.error().message.c_str());
    const auto note = signing::parse_note(proof);
    if (!note)
        return no_proof(("its checkpoint: " + note.error().message).c_str());
    auto checkpoint = verifier ? open_checkpoint(proof, *verifier) : parse_checkpoint(note->text);
    if (!checkpoint)
        return fail(std::move(checkpoint.error()).within("the proof's checkpoint"));
    proven.checkpoint = std::move(*checkpoint);

    const auto siblings = inclusion_ranges(proven.index, proven.checkpoint.size);
    if (proven.index >= proven.checkpoint.size || siblings.size() != path->size())
        return fail(ErrorCode::corrupt, "the proof does not fit entry " + std::to_string(proven.index) + " of " +
                                            std::to_string(proven.checkpoint.size));
    Digest hash = leaf_hash(line);
    for (std::size_t i = 0; i < path->size(); ++i)
        hash = siblings[i].begin < proven.index ? node_hash((*path)[i], hash) : node_hash(hash, (*path)[i]);
    if (hash != proven.checkpoint.root)
        return fail(ErrorCode::corrupt, "the entry is not number " + std::to_string(proven.index) + " of the ledger " +
                                            proven.checkpoint.origin + ": the hashes lead to another root");
    return proven;
}

Result<void> verify_consistency(const Checkpoint& old, const Checkpoint& grown, std::span<const Digest> path) {
    const auto wrong = [&](const char* why) {
        return fail(ErrorCode::corrupt, "the ledger of " + std::to_string(grown.size) + " entries does not go on from that of " +
                                            std::to_string(old.size) + ": " + why);
    };
    if (old.size > grown.size)
        return wrong("it is shorter");
    if (old.size == grown.size || old.size == 0) {
        if (!path.empty())
            return wrong("there is nothing to prove, and the proof has hashes");
        return old.size == 0 || old.root == grown.root ? Result<void>() : wrong("the roots differ");
    }
    // A tree of 2^n leaves is a subtree of the grown one: its hash is where the path begins, and is left out of it.
    const bool is_whole = (old.size & (old.size - 1)) == 0;
    if (path.size() != consistency_ranges(old.size, grown.size).size())
        return wrong("the proof has another number of hashes");
    std::uint64_t from = old.size - 1, to = grown.size - 1;
    for (; (from & 1) != 0; from >>= 1)
        to >>= 1;
    auto next = path.begin();
    Digest old_root = is_whole ? old.root : *next++;
    Digest new_root = old_root;
    for (; next != path.end(); ++next) {
        if ((from & 1) != 0 || from == to) {
            old_root = node_hash(*next, old_root);
            new_root = node_hash(*next, new_root);
            for (; from != 0 && (from & 1) == 0; from >>= 1)
                to >>= 1;
        } else {
            new_root = node_hash(new_root, *next);
        }
        from >>= 1;
        to >>= 1;
    }
    if (old_root != old.root)
        return wrong("the hashes lead to another old root");
    return new_root == grown.root ? Result<void>() : wrong("the hashes lead to another new root");
}

Result<GrowthRequest> parse_growth_request(std::string_view body) {
    constexpr std::size_t path_max = 63;
    const auto wrong = [](const std::string& why) {
        return fail(ErrorCode::invalid_input, "not an add-checkpoint request of c2sp.org/tlog-witness: " + why);
    };
    if (body.size() > proof_bytes_max)
        return wrong("it is too long");
    GrowthRequest request;
    if (!read_number(take_line(body), "old ", request.old_size))
        return wrong("its first line is not 'old' and a size");
    auto path = take_path(body);
    if (!path)
        return wrong(path.error().message);
    if (path->size() > path_max)
        return wrong("it has more than 63 hashes");
    request.path = std::move(*path);
    auto note = signing::parse_note(body);
    if (!note)
        return wrong(note.error().message);
    request.note = std::move(*note);
    auto checkpoint = parse_checkpoint(request.note.text);
    if (!checkpoint)
        return wrong(checkpoint.error().message);
    request.checkpoint = std::move(*checkpoint);
    if (request.old_size > request.checkpoint.size)
        return wrong("the old size is beyond the checkpoint's");
    return request;
}

} // namespace ombud::ledger
