#include "anchors/anchors.hpp"

#include "anchors/anchor.hpp"
#include "anchors/lane.hpp"
#include "signing/digest.hpp"
#include "signing/encoding.hpp"
#include "signing/note.hpp"

#include <algorithm>

namespace ombud::anchors {
namespace {

Result<std::unique_ptr<Anchor>> make(const config::Anchor& wanted, const Surroundings& around) {
    switch (wanted.kind) {
    case config::AnchorKind::file:
        return make_file_anchor(wanted, around);
    case config::AnchorKind::syslog:
        return make_syslog_anchor(wanted, around);
    case config::AnchorKind::mail:
        return make_mail_anchor(wanted, around);
    case config::AnchorKind::witness:
        return make_witness_anchor(wanted, around);
    case config::AnchorKind::time_stamp:
        return make_stamp_anchor(wanted, around);
    }
    return fail(ErrorCode::internal, "an anchor of no kind");
}

} // namespace

Result<std::filesystem::path> evidence_file(const config::Anchor& wanted, const Surroundings& around) {
    if (!wanted.path.empty())
        return wanted.path;
    std::error_code error;
    std::filesystem::create_directories(around.folder, error);
    if (error)
        return fail(ErrorCode::unavailable, around.folder.string() + ": cannot be made: " + error.message());
    const auto digest = signing::sha256(wanted.url);
    return around.folder / (std::string(config::anchor_kind_name(wanted.kind)) + "-" + signing::hex(std::span(digest).first(4)));
}

Anchors::Anchors(std::filesystem::path ledger, std::filesystem::path folder, const Clock& clock)
    : ledger_(std::move(ledger)), folder_(std::move(folder)), clock_(clock) {}
Anchors::~Anchors() = default;

Result<void> Anchors::apply(const std::vector<config::Anchor>& wanted) {
    std::vector<std::shared_ptr<Lane>> before, next;
    {
        const std::lock_guard lock(mutex_);
        before = lanes_;
    }
    for (const config::Anchor& one : wanted) {
        const auto same = std::find_if(before.begin(), before.end(), [&](const auto& lane) { return lane->wanted() == one; });
        if (same != before.end()) {
            next.push_back(*same);
            continue;
        }
        auto made = make(one, {ledger_, folder_, clock_});
        if (!made)
            return fail(std::move(made.error()).within("the ledger's anchors"));
        next.push_back(std::make_shared<Lane>(one, std::move(*made), clock_));
    }
    const std::lock_guard lock(mutex_);
    lanes_ = std::move(next);
    if (newest_)
        for (const auto& lane : lanes_)
            if (std::find(before.begin(), before.end(), lane) == before.end())
                lane->offer(*newest_);
    return {};
} // `before` goes last: what has ended makes its last attempt without the lock

void Anchors::offer(const std::string& note) {
    const auto parsed = signing::parse_note(note);
    auto checkpoint = parsed ? ledger::parse_checkpoint(parsed->text) : fail(parsed.error());
    if (!checkpoint || checkpoint->size == 0)
        return; // the ledger's own notes are none of these; of no entries there is nothing to keep
    const std::lock_guard lock(mutex_);
    newest_ = std::make_unique<Offered>(Offered{note, std::move(*checkpoint)});
    for (const auto& lane : lanes_)
        lane->offer(*newest_);
}

std::vector<AnchorStatus> Anchors::status() const {
    const std::lock_guard lock(mutex_);
    std::vector<AnchorStatus> all;
    for (const auto& lane : lanes_)
        all.push_back(lane->status());
    return all;
}

} // namespace ombud::anchors
