#include "anchors/growth.hpp"

#include "ledger/proof.hpp"
#include "ledger/reader.hpp"

namespace ombud::anchors {

Error rolled_back(const std::string& where, std::uint64_t seen, std::uint64_t has) {
    return {ErrorCode::corrupt, "the ledger was rolled back: " + where + " has seen " + std::to_string(seen) + " entries of it, and its newest checkpoint states " +
                                    std::to_string(has) + "; keep this state as evidence, and look for the newer one"};
}

Result<void> check_growth(const std::filesystem::path& folder, const ledger::Checkpoint& kept, const std::string& where) {
    auto reader = ledger::Reader::open(folder);
    if (!reader)
        return fail(reader.error());
    if (kept.size == 0)
        return {};
    const auto proof = reader->consistency_proof(kept.size);
    if (!proof && proof.error().code == ErrorCode::invalid_input) {
        const auto newest = reader->newest_checkpoint();
        const auto note = newest ? signing::parse_note(*newest) : fail(newest.error());
        const auto stated = note ? ledger::parse_checkpoint(note->text) : fail(note.error());
        return fail(rolled_back(where, kept.size, stated ? stated->size : 0));
    }
    if (!proof)
        return fail(ErrorCode::unavailable, proof.error().message);
    const auto request = ledger::parse_growth_request(*proof);
    if (!request)
        return fail(ErrorCode::internal, request.error().message);
    if (auto grown = ledger::verify_consistency(kept, request->checkpoint, request->path); !grown)
        return fail(std::move(grown.error()).within("the ledger is not the one that " + where + " has seen"));
    return {};
}

} // namespace ombud::anchors
