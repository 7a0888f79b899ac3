#include "witness/witness.hpp"

#include "ledger/proof.hpp"
#include "signing/cosignature.hpp"

#include <algorithm>
#include <fstream>
#include <sys/stat.h>

namespace ombud::witness {
namespace {

constexpr std::int64_t second_ns = 1'000'000'000;

Reply refusal(unsigned status, const std::string& why) { return {status, "text/plain; charset=utf-8", why + "\n"}; }

Reply another_size(std::uint64_t size) { return {409, "text/x.tlog.size", std::to_string(size) + "\n"}; }

// What was verified, and nothing that a stranger may have put beside it.
std::string own_line(const signing::Note& note, const signing::NoteVerifier& log) {
    const auto own = std::find_if(note.signatures.begin(), note.signatures.end(),
                                  [&](const auto& one) { return one.name == log.name() && one.key_id == log.key_id(); });
    return own == note.signatures.end() ? "" : signing::signature_line(log, own->bytes);
}

Result<signing::SigningKey> load_or_make(const std::filesystem::path& file) {
    auto key = signing::SigningKey::load(file);
    if (key || key.error().code != ErrorCode::not_found)
        return key;
    key = signing::SigningKey::generate();
    if (key)
        if (auto saved = key->save(file); !saved)
            return fail(saved.error());
    return key;
}

} // namespace

Result<std::unique_ptr<Witness>> Witness::open(const std::filesystem::path& folder, std::string name, const Clock& clock) {
    std::error_code error;
    std::filesystem::create_directories(folder, error);
    if (error || ::chmod(folder.c_str(), 0700) != 0)
        return fail(ErrorCode::unavailable, folder.string() + ": cannot be made, or is not this account's");
    auto key = load_or_make(folder / "key.pem");
    if (!key)
        return fail(key.error());
    auto verifier = signing::NoteVerifier::create(std::move(name), key->public_key(), signing::NoteKeyType::cosignature);
    if (!verifier)
        return fail(verifier.error());
    auto logs = WitnessedLogs::open(database(folder), store::Access::read_write);
    if (!logs)
        return fail(logs.error());
    std::ofstream told(folder / "verifier", std::ios::trunc);
    told << verifier->verifier_key() << '\n';
    told.close();
    if (!told)
        return fail(ErrorCode::unavailable, (folder / "verifier").string() + ": cannot be written");
    return std::unique_ptr<Witness>(new Witness(std::move(*key), std::move(*verifier), std::move(*logs), clock));
}

void Witness::trust(std::vector<signing::NoteVerifier> logs) {
    const std::lock_guard lock(mutex_);
    logs_ = std::move(logs);
}

Reply Witness::add_checkpoint(std::string_view body) {
    const auto request = ledger::parse_growth_request(body);
    if (!request)
        return refusal(400, request.error().message);
    const ledger::Checkpoint& stated = request->checkpoint;
    const std::lock_guard lock(mutex_);
    const auto log = std::find_if(logs_.begin(), logs_.end(), [&](const auto& one) { return one.name() == stated.origin; });
    if (log == logs_.end())
        return refusal(404, "this witness does not know the ledger " + stated.origin);
    if (auto genuine = signing::verify_note(request->note, *log); !genuine)
        return refusal(403, genuine.error().message);
    const auto last = witnessed_.newest(stated.origin);
    if (!last)
        return refusal(500, last.error().message);
    const ledger::Checkpoint seen = *last ? (*last)->checkpoint : ledger::Checkpoint{stated.origin, 0, {}};
    if (request->old_size != seen.size || (seen.size > 0 && stated.size == seen.size && stated.root != seen.root))
        return another_size(seen.size);
    if (auto grown = ledger::verify_consistency(seen, stated, request->path); !grown)
        return refusal(422, grown.error().message);

    const std::int64_t now = clock_.utc_ns();
    auto line = signing::cosign_note(key_, verifier_, request->note.text, now / second_ns);
    if (!line)
        return refusal(500, line.error().message);
    if (auto kept = witnessed_.keep({stated, request->note.text + "\n" + own_line(request->note, *log) + *line, now}); !kept)
        return refusal(500, kept.error().message);
    return {200, "text/plain; charset=utf-8", std::move(*line)};
}

Result<std::vector<Witnessed>> Witness::witnessed() {
    const std::lock_guard lock(mutex_);
    return witnessed_.all();
}

} // namespace ombud::witness
