// The steps in which an export leaves: sealed under a hidden name, entered in register and ledger, then shown.
#include <fcntl.h>
#include <fstream>
#include <sstream>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <ombud/host.h>

#include "events/printable.hpp"
#include "gates/export/work.hpp"
#include "ledger/reader.hpp"
#include "signing/encoding.hpp"

namespace ombud::exports {
namespace {

namespace fs = std::filesystem;

/// The folder by its descriptor: what its name leads to may be exchanged meanwhile.
fs::path pinned(const Place& place) { return "/proc/self/fd/" + std::to_string(place.directory.get()); }

std::string hidden_name(const Export& one) { return ".ombud-export-" + std::to_string(one.id); }

Result<void> remove_tree(const fs::path& folder) {
    std::error_code error;
    fs::remove_all(folder, error);
    return error ? fail(ErrorCode::unavailable, folder.filename().string() + ": cannot be removed: " + error.message()) : Result<void>();
}

Result<std::string> read_whole(const fs::path& file, std::size_t bytes_max) {
    std::ifstream in(file, std::ios::binary);
    std::string text;
    text.resize(bytes_max + 1);
    in.read(text.data(), static_cast<std::streamsize>(text.size()));
    if (in.bad() || (in.gcount() == 0 && !in.eof()))
        return fail(ErrorCode::unavailable, file.string() + ": cannot be read");
    text.resize(static_cast<std::size_t>(in.gcount()));
    if (text.size() > bytes_max)
        return fail(ErrorCode::invalid_input, file.string() + ": is longer than " + std::to_string(bytes_max) + " bytes");
    return text;
}

// The requester carries it to the recipient; whoever cannot give files away (FAT, some shares) leaves them as they are.
void give_to(const approvals::Person& requester, const fs::path& folder) {
    if (::geteuid() != 0 || !requester.uid)
        return;
    std::error_code error;
    for (const auto& file : fs::directory_iterator(folder, error))
        if (::lchown(file.path().c_str(), *requester.uid, static_cast<gid_t>(-1)) != 0)
            return;
    if (::lchown(folder.c_str(), *requester.uid, static_cast<gid_t>(-1)) != 0)
        return;
}

} // namespace

Result<seal::SealRequest> Work::request(const Export& one, const Options& options, const fs::path& folder) const {
    const Description& said = one.description;
    const Recipient& to = *options.recipient(said.recipient);
    seal::SealRequest request;
    for (std::size_t i = 0; i < one.files.size(); ++i)
        request.files.push_back({path_of(options, one, i), one.files[i].name, one.files[i].sha256});
    request.facts.export_id = options.site.substr(0, 40) + "-" + std::to_string(one.id);
    request.facts.site = options.site;
    for (const std::string& camera : said.cameras)
        request.facts.cameras.push_back({camera, ""});
    request.facts.begin_utc_ns = said.begin_utc_ns;
    request.facts.end_utc_ns = said.end_utc_ns;
    request.facts.reason = said.reason;
    request.facts.legal_ground = said.legal_ground;
    request.facts.requester = approvals::name_of(one.requester);
    if (one.approver)
        request.facts.approver = approvals::name_of(*one.approver);
    request.facts.recipient = {to.name, to.organisation, to.recipient_class};
    request.facts.destination = said.destination;
    request.facts.destroy_by_utc_ns = said.destroy_by_utc_ns;
    if (const std::string words = covering_words(one, true); words.size() <= seal::text_bytes_max)
        request.facts.masks = words;
    else
        request.facts.masks = one.masks;
    request.facts.ledger_index = one.decision_index;
    if (!to.certificate.empty()) {
        auto pem = read_whole(to.certificate, 1U << 20);
        if (!pem)
            return fail(pem.error());
        request.recipients.certificates.push_back(std::move(*pem));
    }
    request.recipients.passphrase = to.passphrase;
    request.proof = [this](std::uint64_t index) -> Result<seal::LedgerProof> {
        if (auto signed_now = parts_.ledger.checkpoint(); !signed_now) // a proof leads to a checkpoint that covers the entry
            return fail(signed_now.error());
        auto reader = parts_.ledger.reader();
        if (!reader)
            return fail(reader.error());
        auto entry = reader->entry(index);
        auto proof = reader->inclusion_proof(index);
        if (!entry || !proof)
            return fail(!entry ? entry.error() : proof.error());
        return seal::LedgerProof{std::move(entry->line), std::move(*proof)};
    };
    request.progress = [this](std::uint64_t, std::uint64_t) { return may_go_on(); };
    request.folder = folder;
    return request;
}

Work::Stepped Work::release(const Export& one) {
    const auto now = options();
    auto place = find_place(one.description.destination, one.requester.uid.value_or(0), *now, parts_.kernel);
    if (!place)
        return block(one, place.error());
    if (place->folder != one.folder || place->kind != one.kind || now->recipient(one.description.recipient) == nullptr) {
        Export next = one; // not what was judged
        next.state = State::judging;
        auto changed = change(one, std::move(next));
        return changed ? Stepped(Moved::yes) : fail(changed.error());
    }
    const fs::path hidden = pinned(*place) / hidden_name(one);
    if (auto removed = remove_tree(hidden); !removed) // of an interrupted sealing
        return block(one, removed.error());
    struct statvfs space {};
    const auto needed = static_cast<std::uint64_t>(one.size_bytes()) + (16ULL << 20);
    if (::fstatvfs(place->directory.get(), &space) == 0 && std::uint64_t{space.f_bavail} * space.f_frsize < needed)
        return block(one, {ErrorCode::unavailable, "destination " + place->folder.string() + " has room for " +
                                                       std::to_string(std::uint64_t{space.f_bavail} * space.f_frsize >> 20) + " MiB, and " +
                                                       std::to_string(needed >> 20) + " MiB are needed"});
    const auto sealed = [&]() -> Result<seal::Sealed> {
        if (::mkdir(hidden.c_str(), 0700) != 0)
            return media::fail_errno("destination " + place->folder.string());
        auto wanted = request(one, *now, hidden / "seal");
        if (!wanted)
            return fail(wanted.error());
        return parts_.seal(*wanted);
    }();
    if (!sealed) {
        (void)remove_tree(hidden);
        if (sealed.error().code == ErrorCode::cancelled)
            return fail(sealed.error());
        return block(one, Error(sealed.error()).within("sealing"));
    }
    if (auto synced = media::sync_all(place->directory.get()); !synced)
        return block(one, synced.error());

    Export next = one;
    next.state = State::recorded;
    next.why.clear();
    next.retries = next.retry_utc_ns = 0;
    next.name = "ombud-export-" + now->site + "-" + std::to_string(one.id);
    next.manifest_sha256 = signing::hex(sealed->manifest_sha256);
    next.sealed_bytes = static_cast<std::int64_t>(sealed->sealed_bytes);
    next.time_stamped_utc_ns = sealed->time_stamped_at_utc_ns;
    next.time_stamp_missing = printable(sealed->time_stamp_missing);
    const bool again = one.release_index != 0; // it was recorded, and went missing before it was shown
    std::function<void()> then;
    auto changed = change(one, std::move(next), {}, [&](ledger::Ledger::Transaction& transaction, Export& made) -> Result<void> {
        ledger::Entry noted = entry("export.released", made);
        std::string cameras;
        for (const std::string& camera : made.description.cameras)
            cameras += (cameras.empty() ? "" : ",") + camera;
        noted.set("cameras", cameras).set("reason", made.description.reason).set("recipient", made.description.recipient);
        noted.set("destination", place->id.empty() ? "unlisted" : place->id).set("destination_kind", made.kind).set("transport", made.transport);
        noted.set("size_bytes", made.size_bytes()).set("sealed_bytes", made.sealed_bytes).set("manifest_sha256", made.manifest_sha256);
        if (!made.masks_note.empty())
            noted.set("masks_note", ledger::Personal{made.masks_note});
        if (made.masks == "lifted")
            noted.set("unmasked", made.description.unmasked);
        if (made.pixelated)
            noted.set("pixelated", made.pixelated_note).set("reviewed", is_accepted(made) ? 1 : 0);
        if (is_accepted(made))
            noted.set("reviewer", ledger::Personal{made.review->by.account}).set("copies_sha256", made.review->copies);
        noted.set("certificate_sha256", signing::hex(sealed->certificate_sha256)).set("masks", made.masks);
        noted.set("judgement", static_cast<std::int64_t>(made.decision_index));
        if (!made.description.medium.empty())
            noted.set("medium", made.description.medium);
        if (made.description.destroy_by_utc_ns != 0)
            noted.set("destroy_by_utc_ns", made.description.destroy_by_utc_ns);
        if (made.approver)
            noted.set("approver", ledger::Personal{made.approver->account}).set("proposal", made.proposal);
        if (made.time_stamped_utc_ns != 0)
            noted.set("time_stamped_utc_ns", made.time_stamped_utc_ns);
        if (!made.time_stamp_missing.empty())
            noted.set("time_stamp_missing", made.time_stamp_missing);
        if (!made.would.empty())
            noted.set("would", made.would);
        if (again)
            noted.set("again", 1);
        const auto index = transaction.append(noted);
        if (!index)
            return fail(index.error());
        made.release_index = *index;
        if (again || !parts_.enter)
            return {};
        auto entered = parts_.enter(transaction, made);
        if (!entered)
            return fail(entered.error());
        then = std::move(*entered);
        return {};
    });
    if (!changed) {
        (void)remove_tree(hidden);
        if (changed.error().code == ErrorCode::refused) // the export changed; or a register did not take its row
            return find(one.id) ? block(one, changed.error()) : fail(changed.error());
        return block(one, changed.error());
    }
    if (then)
        then();
    return Moved::yes;
}

Work::Stepped Work::deliver(const Export& one) {
    const auto later = [&](const std::string& why) -> Stepped {
        Export next = one;
        next.why = "its sealed copy is not shown yet: " + why;
        next.retries = one.retries + 1;
        next.retry_utc_ns = parts_.clock.utc_ns() + 10'000'000'000;
        auto changed = change(one, std::move(next));
        return changed ? Stepped(Moved::no) : fail(changed.error());
    };
    const auto now = options();
    auto place = find_place(one.description.destination, one.requester.uid.value_or(0), *now, parts_.kernel);
    if (!place)
        return later(place.error().message);
    if (place->folder != one.folder)
        return later("the destination leads to " + place->folder.string() + " now, and it was sealed to " + one.folder);
    const fs::path at = pinned(*place), hidden = at / hidden_name(one), made = hidden / "seal", shown = at / one.name;
    struct stat status {};
    if (::lstat(made.c_str(), &status) == 0) {
        give_to(one.requester, made);
        if (::renameat2(AT_FDCWD, made.c_str(), AT_FDCWD, shown.c_str(), RENAME_NOREPLACE) != 0 &&
            (errno != EINVAL || ::lstat(shown.c_str(), &status) == 0 || ::rename(made.c_str(), shown.c_str()) != 0)) // FAT knows no such flag
            return later(one.name + ": " + std::strerror(errno));
    } else if (::lstat(shown.c_str(), &status) != 0) {
        // Neither is there: it was carried away or removed before it was shown. It is sealed anew, and recorded as such.
        Export next = one;
        next.state = State::releasing;
        auto changed = change(one, std::move(next));
        return changed ? Stepped(Moved::yes) : fail(changed.error());
    }
    (void)remove_tree(hidden);
    if (auto synced = media::sync_all(place->directory.get()); !synced)
        return later(synced.error().message);
    Export next = one;
    next.state = State::clearing;
    next.outcome = "released";
    next.why.clear();
    next.retries = next.retry_utc_ns = 0;
    auto changed = change(one, std::move(next));
    return changed ? Stepped(Moved::yes) : fail(changed.error());
}

} // namespace ombud::exports
