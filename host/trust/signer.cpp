#include "trust/signer.hpp"

#include <algorithm>
#include <map>
#include <system_error>

#include "config/values.hpp"
#include "plugin_runtime/guarded_file.hpp"
#include "signing/digest.hpp"
#include "signing/encoding.hpp"

namespace ombud::trust {
namespace {

constexpr std::size_t file_bytes_max = 16 * 1024;
constexpr std::string_view pem_begin = "-----BEGIN PUBLIC KEY-----";
constexpr const char* what = "a trusted key";
constexpr std::int64_t day_ns = 86'400LL * 1'000'000'000;

std::int64_t end_of_day_utc_ns(std::chrono::year_month_day day) {
    return (std::chrono::sys_days(day).time_since_epoch().count() + 1) * day_ns;
}

} // namespace

std::string fingerprint(const signing::PublicKey& key) {
    // RFC 8410: for Ed25519 everything before the key itself is always the same.
    constexpr std::uint8_t head[] = {0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00};
    signing::Sha256 hasher;
    hasher.update(head);
    hasher.update(key.raw());
    return signing::hex(hasher.finish());
}

Result<void> check_signer_name(std::string_view name) {
    const bool good = !name.empty() && name.size() <= 64 && name.front() != '-' && std::ranges::all_of(name, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
    });
    return good ? Result<void>{}
                : fail(ErrorCode::invalid_input, config::in_quotes(name) + " cannot name a signer: 1 to 64 of a-z, 0-9, _ and -, not "
                                                                           "starting with -");
}

Result<TrustLevel> parse_level(std::string_view text) {
    for (const auto level : {TrustLevel::development, TrustLevel::community, TrustLevel::organisation, TrustLevel::ours})
        if (text == to_string(level))
            return level;
    return fail(ErrorCode::invalid_input, "level " + config::in_quotes(text) + " is not development, community, organisation or ours");
}

Result<Signer> parse_signer(std::string_view text, const std::filesystem::path& file) {
    const auto wrong = [&](std::size_t line, const std::string& message) {
        return fail(ErrorCode::invalid_input, file.string() + ":" + std::to_string(line) + ": " + message);
    };
    std::string level, until, reason;
    std::size_t line = 0;
    std::string_view rest = text;
    while (!rest.starts_with(pem_begin)) {
        ++line;
        const auto end = rest.find('\n');
        if (end == std::string_view::npos)
            return wrong(line, "has no public key in PEM (" + std::string(pem_begin) + ")");
        const auto one = config::trimmed(rest.substr(0, end));
        rest.remove_prefix(end + 1);
        if (one.empty() || one.front() == '#')
            continue;
        const auto colon = one.find(':');
        const auto name = one.substr(0, colon);
        std::string* const into = name == "level" ? &level : name == "until" ? &until : name == "reason" ? &reason : nullptr;
        if (colon == std::string_view::npos || into == nullptr)
            return wrong(line, config::in_quotes(one) + " is not one of level: until: reason: or a line of # before the key");
        if (!into->empty())
            return wrong(line, std::string(name) + " is given twice");
        *into = config::trimmed(one.substr(colon + 1));
    }
    const auto key = signing::PublicKey::parse_pem(rest);
    if (!key)
        return wrong(line + 1, key.error().message);
    const std::string stem = file.stem().string();
    if (auto named = check_signer_name(stem); !named)
        return fail(Error(named.error()).within(file.string()));

    Signer signer{stem, TrustLevel::unsigned_code, level == "withdrawn", until, 0, reason, *key, file};
    if (!signer.is_withdrawn) {
        const auto parsed = parse_level(level);
        if (!parsed)
            return fail(Error(parsed.error()).within(file.string()));
        signer.level = *parsed;
    }
    if (!until.empty()) {
        const auto day = config::parse_date(until);
        if (!day)
            return fail(ErrorCode::invalid_input, file.string() + ": until " + config::in_quotes(until) + " is not a day as YYYY-MM-DD");
        signer.ends_utc_ns = end_of_day_utc_ns(*day);
    }
    return signer;
}

std::string to_text(const Signer& signer) {
    std::string text = "level: " + (signer.is_withdrawn ? "withdrawn" : std::string(to_string(signer.level))) + "\n";
    if (!signer.until.empty())
        text += "until: " + signer.until + "\n";
    if (!signer.reason.empty())
        text += "reason: " + signer.reason + "\n";
    return text + signer.key.pem();
}

Result<Signers> Signers::read(const std::vector<std::filesystem::path>& folders) {
    std::map<std::string, Signer> by_name;
    for (const auto& folder : folders) {
        std::error_code error;
        std::vector<std::filesystem::path> files;
        if (!std::filesystem::exists(folder, error))
            continue;
        if (auto guarded = check_guarded_folder(folder, what); !guarded)
            return fail(guarded.error());
        for (std::filesystem::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error))
            if (entry->path().extension() == ".pem")
                files.push_back(entry->path());
        if (error)
            return fail(ErrorCode::unavailable, folder.string() + ": cannot be listed: " + error.message());
        for (const auto& file : files) {
            const auto text = read_guarded_text(file, file_bytes_max, what);
            if (!text)
                return fail(text.error());
            auto signer = parse_signer(*text, file);
            if (!signer)
                return fail(signer.error());
            by_name.insert_or_assign(signer->name, std::move(*signer));
        }
    }
    Signers signers;
    std::map<std::string, std::string> names;
    for (auto& [name, signer] : by_name) {
        const auto [other, fresh] = names.emplace(fingerprint(signer.key), name);
        if (!fresh)
            return fail(ErrorCode::invalid_input, signer.file.string() + ": is the same key as " + other->second +
                                                      "; one key has one name, remove one of the two files");
        signers.signers_.push_back(std::move(signer));
    }
    return signers;
}

Signers Signers::of(Signer signer) {
    Signers one;
    one.signers_.push_back(std::move(signer));
    return one;
}

const Signer* Signers::find(std::string_view name) const {
    const auto found = std::ranges::find(signers_, name, &Signer::name);
    return found == signers_.end() ? nullptr : &*found;
}

Result<const Signer*> Signers::verify(std::string_view document, std::span<const std::uint8_t> signature, const std::string& subject,
                                      bool is_dev, std::int64_t now_utc_ns) const {
    const std::span bytes(reinterpret_cast<const std::uint8_t*>(document.data()), document.size());
    const auto found = std::ranges::find_if(signers_, [&](const Signer& one) { return one.key.verifies(bytes, signature); });
    if (found == signers_.end()) {
        std::string known;
        for (const Signer& one : signers_)
            known += (known.empty() ? "" : ", ") + one.name;
        return fail(ErrorCode::refused, subject + ": its signature is of none of the keys trusted here (" + (known.empty() ? "none" : known) +
                                            "): either it was changed after it was signed, or somebody else signed it");
    }
    if (found->is_withdrawn)
        return fail(ErrorCode::refused, subject + ": is signed by '" + found->name + "', whose key is withdrawn" +
                                            (found->reason.empty() ? "" : ": " + found->reason));
    if (found->ends_utc_ns != 0 && now_utc_ns >= found->ends_utc_ns)
        return fail(ErrorCode::refused, subject + ": is signed by '" + found->name + "', whose key was trusted until " + found->until +
                                            "; have it signed by a newer key, or give the key a later day in " + found->file.string());
    if (found->level == TrustLevel::development && !is_dev)
        return fail(ErrorCode::refused, subject + ": is signed by '" + found->name +
                                            "', a developer's key, which counts only where the host runs with --dev");
    return &*found;
}

} // namespace ombud::trust
