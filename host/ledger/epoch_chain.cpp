#include "ledger/epoch_chain.hpp"

#include "ledger/entry_batch.hpp"
#include "ledger/line.hpp"

#include <utility>

namespace ombud::ledger {

void EpochChain::add_entry(std::uint64_t index, std::string_view line) {
    const auto wrong = [&](const std::string& what) { tell_(ProblemKind::bad_signature, index, entry_name(index) + ": " + what); };
    const auto key = text_field(line, "key");
    auto next = signing::NoteVerifier::parse(key);
    if (!next || next->name() != name_)
        return wrong("names no key for the next epoch");
    if (keys_.next)
        return wrong("begins an epoch before a checkpoint covers the last one's beginning");
    if (count_++ == 0) {
        first_ = key;
        if (pinned_ && !(pinned_->key() == next->key()))
            wrong("begins the epochs with another key than the one that was pinned, " + pinned_->verifier_key());
    }
    keys_.next = std::move(*next);
    next_at_ = index;
}

void EpochChain::add_checkpoint(std::string_view note, std::uint64_t size, const std::string& what) {
    if (keys_.current)
        if (const auto parsed = signing::parse_note(note); parsed)
            if (auto verified = signing::verify_note(*parsed, *keys_.current); !verified)
                tell_(ProblemKind::bad_signature, size, what + ": is not signed under its epoch's key: " + verified.error().message);
    if (keys_.next && size > next_at_)
        keys_.current = std::exchange(keys_.next, std::nullopt);
}

void EpochChain::end(VerifyReport& report) {
    if (count_ == 0 && pinned_)
        tell_(ProblemKind::bad_signature, 0, "no entry begins the epochs whose first key was pinned, " + pinned_->verifier_key());
    report.epochs = count_;
    report.epoch_root = first_;
    report.epoch = keys_;
    report.epoch_next_at = next_at_;
}

} // namespace ombud::ledger
