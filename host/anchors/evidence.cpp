#include "anchors/evidence.hpp"

#include "anchors/kept.hpp"
#include "signing/cms/time_stamp.hpp"
#include "signing/cosignature.hpp"

#include <algorithm>
#include <optional>

namespace ombud::anchors {
namespace {

constexpr std::int64_t second_ns = 1'000'000'000;

void keep_newest(std::optional<Vouched>& newest, Vouched one) {
    if (!newest || one.size >= newest->size)
        newest = std::move(one);
}

std::string line_name(const Kept& kept) { return "the checkpoint of " + std::to_string(kept.checkpoint.size) + " entries"; }

Result<Vouched> newest_of(const std::vector<Kept>& all, const signing::NoteVerifier& witness) {
    std::optional<Vouched> newest;
    for (const Kept& one : all) {
        const auto note = signing::parse_note(one.note);
        const auto at_s = note ? signing::verify_cosignature(*note, witness) : fail(note.error());
        if (at_s)
            keep_newest(newest, {witness.name(), one.checkpoint.size, *at_s * second_ns});
        else if (at_s.error().code != ErrorCode::not_found)
            return fail(ErrorCode::corrupt, line_name(one) + ": " + at_s.error().message);
    }
    if (!newest)
        return fail(ErrorCode::not_found, "no checkpoint is cosigned by '" + witness.name() + "'");
    return *newest;
}

Result<Vouched> newest_stamp(const std::vector<Kept>& all, const Trusted& trusted) {
    std::optional<Vouched> newest;
    for (const Kept& one : all) {
        if (one.stamp.empty())
            continue;
        const auto at = signing::verify_time_stamp(one.stamp, signing::sha256(one.note), trusted.authorities, trusted.now_utc_ns);
        if (!at)
            return fail(ErrorCode::corrupt, line_name(one) + ": " + at.error().message);
        keep_newest(newest, {"time stamp", one.checkpoint.size, *at});
    }
    if (!newest)
        return fail(ErrorCode::not_found, "no checkpoint has a time stamp");
    return *newest;
}

} // namespace

Result<Evidence> read_evidence(std::string_view text, const std::string& source, const std::string& origin, const Trusted& trusted) {
    auto found = parse_kept(text);
    std::erase_if(found.all, [&](const Kept& one) { return one.checkpoint.origin != origin; });
    if (found.all.empty())
        return fail(ErrorCode::not_found, source + ": holds no checkpoint of the ledger '" + origin + "'");
    Evidence evidence;
    evidence.damaged = found.damaged;
    for (const auto& witness : trusted.witnesses) {
        auto vouched = newest_of(found.all, witness);
        if (!vouched)
            return fail(std::move(vouched.error()).within(source));
        evidence.vouched.push_back(std::move(*vouched));
    }
    if (!trusted.authorities.empty()) {
        auto vouched = newest_stamp(found.all, trusted);
        if (!vouched)
            return fail(std::move(vouched.error()).within(source));
        evidence.vouched.push_back(std::move(*vouched));
    }
    for (Kept& one : found.all)
        evidence.kept.push_back({std::move(one.note), source});
    return evidence;
}

} // namespace ombud::anchors
