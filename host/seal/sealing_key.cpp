#include "seal/sealing_key.hpp"

#include "events/printable.hpp"
#include "seal/file.hpp"
#include "signing/cms/signed_message.hpp"
#include "signing/encoding.hpp"

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

namespace ombud::seal {
namespace {

constexpr std::uint32_t keys_max = 1'000;
constexpr std::int64_t ten_years_ns = 3'653LL * 86'400 * 1'000'000'000;
constexpr std::size_t reason_bytes_max = 1'000;
constexpr std::size_t small_file_bytes_max = 100'000;
constexpr const char* lock_file = "lock";

std::string file_name(std::uint32_t number, const char* what) {
    char name[48];
    std::snprintf(name, sizeof name, "%04u.%s", number, what);
    return name;
}
std::string key_file(std::uint32_t number) {
    return file_name(number, "key.pem");
}
std::string certificate_file(std::uint32_t number) {
    return file_name(number, "cert.pem");
}
std::string rotation_file(std::uint32_t number) {
    return file_name(number, "rotation.cms");
}

Result<std::string> read_small(const std::filesystem::path& file) {
    auto opened = open_plain_file(AT_FDCWD, file.string());
    if (!opened)
        return fail(opened.error());
    std::string text(std::min<std::uint64_t>(opened->mark.size_bytes, small_file_bytes_max), '\0');
    const auto size = read_full(opened->fd.number(), {reinterpret_cast<std::uint8_t*>(text.data()), text.size()});
    if (!size)
        return fail(Error(size.error()).within(file.string()));
    text.resize(*size);
    return text;
}

/// Writes a file that is there whole or not at all, and never over another.
Result<void> write_new(const std::filesystem::path& folder, const std::string& name, std::string_view text) {
    const std::string temporary = (folder / (name + ".new")).string();
    ::unlink(temporary.c_str()); // what a crash left; the lock is ours
    const Fd fd(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644));
    const auto failed = [&](const char* what) {
        const std::string why = errno_text();
        ::unlink(temporary.c_str());
        return fail(ErrorCode::unavailable, (folder / name).string() + ": cannot " + what + ": " + why);
    };
    if (!fd.is_open() || !write_all(fd.number(), signing::bytes_of(text)) || ::fsync(fd.number()) != 0)
        return failed("write");
    if (::link(temporary.c_str(), (folder / name).c_str()) != 0)
        return failed("name");
    ::unlink(temporary.c_str());
    const Fd parent(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!parent.is_open() || ::fsync(parent.number()) != 0)
        return failed("sync");
    return {};
}

Result<Fd> lock(const std::filesystem::path& folder) {
    Fd fd(::open((folder / lock_file).c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (!fd.is_open() || ::flock(fd.number(), LOCK_EX) != 0)
        return fail(ErrorCode::unavailable, folder.string() + ": cannot lock it: " + errno_text());
    return fd;
}

/// Makes the folder if need be, and refuses one that others may use.
Result<void> prepare(const std::filesystem::path& folder) {
    if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST)
        return fail(ErrorCode::unavailable, folder.string() + ": cannot make it: " + errno_text());
    struct stat found {};
    if (::lstat(folder.c_str(), &found) != 0 || !S_ISDIR(found.st_mode))
        return fail(ErrorCode::refused, folder.string() + ": is no folder");
    if ((found.st_mode & 077) != 0)
        return fail(ErrorCode::refused, folder.string() +
                                            ": others may use the folder of the sealing keys\nhint: chmod 700 " +
                                            folder.string());
    return {};
}

/// Whether the key before signed that this certificate follows its own. @return the reason it gives
Result<std::string> verify_rotation(const std::filesystem::path& folder, const KeyRecord& before,
                                    const signing::Certificate& certificate, std::uint32_t number) {
    const auto place = (folder / rotation_file(number)).string();
    const auto wrong = [&](const std::string& how) { return fail(ErrorCode::corrupt, place + ": " + how); };
    const auto bytes = read_small(place);
    if (!bytes)
        return bytes.error().code == ErrorCode::not_found ? wrong("is missing")
                                                          : Result<std::string>(fail(bytes.error()));
    const auto message = signing::verify_message(signing::bytes_of(*bytes));
    if (!message)
        return wrong(message.error().message);
    if (!(message->signer == before.certificate))
        return wrong("is not signed by the key before");
    boost::json::error_code error;
    const auto text = std::string(message->message.begin(), message->message.end());
    const auto value = boost::json::parse(text, error);
    const auto* object = error ? nullptr : value.if_object();
    const auto* follows = object ? object->if_contains("certificate_sha256") : nullptr;
    const auto* reason = object ? object->if_contains("reason") : nullptr;
    if (!follows || !follows->is_string() || !reason || !reason->is_string() ||
        follows->get_string() != signing::hex(certificate.sha256()))
        return wrong("does not name the certificate that follows");
    return std::string(reason->get_string());
}

/// A secret that nothing asks for is somebody's mistake about what protects the key.
Result<void> check_source(const KeySource& source) {
    if (source.token.empty() && source.pin)
        return fail(ErrorCode::invalid_input, "a PIN is given and no token: a key in a file has a passphrase");
    if (!source.token.empty() && source.passphrase)
        return fail(ErrorCode::invalid_input, "a passphrase is given for a key on a token, which has a PIN");
    return {};
}

Result<signing::PrivateKey> load_key(const std::filesystem::path& folder, std::uint32_t number,
                                     const KeySource& source) {
    return source.token.empty() ? signing::PrivateKey::load(folder / key_file(number), source.passphrase)
                                : signing::PrivateKey::from_token(source.token, source.pin);
}

/// Makes key and certificate `number`. The certificate comes last: a key without one counts for nothing, and is used
/// when it is there.
Result<SealingKey> make_key(const std::filesystem::path& folder, std::uint32_t number, const std::string& site,
                            const KeySource& source, const Clock& clock) {
    std::error_code ignored;
    const bool is_there = source.token.empty() && std::filesystem::exists(folder / key_file(number), ignored);
    auto key =
        is_there || !source.token.empty() ? load_key(folder, number, source) : signing::PrivateKey::generate_p256();
    if (!key)
        return fail(key.error());
    if (!is_there && source.token.empty())
        if (auto saved = key->save(folder / key_file(number), source.passphrase); !saved)
            return fail(saved.error());
    const std::int64_t now = clock.utc_ns();
    auto certificate = signing::Certificate::self_signed(*key, site, now, now + ten_years_ns);
    if (!certificate)
        return fail(certificate.error());
    return SealingKey{std::move(*key), std::move(*certificate)};
}

/// Reads all certificates, each vouched for by the one before.
Result<std::vector<KeyRecord>> read_records(const std::filesystem::path& folder) {
    std::vector<KeyRecord> records;
    for (std::uint32_t number = 1; number <= keys_max; ++number) {
        const auto pem = read_small(folder / certificate_file(number));
        if (!pem && pem.error().code == ErrorCode::not_found)
            break;
        if (!pem)
            return fail(pem.error());
        auto certificate = signing::Certificate::parse_pem(*pem);
        if (!certificate)
            return fail(ErrorCode::corrupt,
                        (folder / certificate_file(number)).string() + ": " + certificate.error().message);
        std::string reason;
        if (number > 1) {
            auto vouched = verify_rotation(folder, records.back(), *certificate, number);
            if (!vouched)
                return fail(vouched.error());
            reason = std::move(*vouched);
            records.back().is_current = false;
        }
        records.push_back({number, std::move(*certificate), true, std::move(reason)});
    }
    return records;
}

} // namespace

Result<SealingKeys> SealingKeys::open(const std::filesystem::path& folder, const std::string& site,
                                      const KeySource& source, const Clock& clock) {
    if (auto checked = check_source(source); !checked)
        return fail(checked.error());
    if (auto prepared = prepare(folder); !prepared)
        return fail(prepared.error());
    const auto locked = lock(folder);
    if (!locked)
        return fail(locked.error());
    auto records = read_records(folder);
    if (!records)
        return fail(records.error());
    if (records->empty()) {
        auto made = make_key(folder, 1, site, source, clock);
        if (!made)
            return fail(made.error());
        if (auto written = write_new(folder, certificate_file(1), made->certificate.pem()); !written)
            return fail(written.error());
        std::vector<KeyRecord> first{{1, made->certificate, true, {}}};
        return SealingKeys(folder, site, std::move(*made), std::move(first));
    }
    const KeyRecord& newest = records->back();
    auto key = load_key(folder, newest.number, source);
    if (!key)
        return fail(key.error());
    if (!key->belongs_to(newest.certificate))
        return fail(ErrorCode::refused,
                    (folder / certificate_file(newest.number)).string() +
                        ": is not the certificate of the sealing key " +
                        (source.token.empty() ? (folder / key_file(newest.number)).string() : source.token));
    SealingKey current{std::move(*key), newest.certificate};
    return SealingKeys(folder, site, std::move(current), std::move(*records));
}

Result<std::vector<KeyRecord>> SealingKeys::list(const std::filesystem::path& folder) {
    auto records = read_records(folder);
    if (!records)
        return records;
    if (records->empty())
        return fail(ErrorCode::not_found, folder.string() + ": there are no sealing keys");
    return records;
}

Result<KeyRecord> SealingKeys::rotate(const std::string& reason, const KeySource& next, const Clock& clock) {
    if (reason.empty() || reason.size() > reason_bytes_max || printable(reason) != reason)
        return fail(ErrorCode::invalid_input, "a reason has 1 to " + std::to_string(reason_bytes_max) +
                                                  " bytes of UTF-8 without control characters");
    if (auto checked = check_source(next); !checked)
        return fail(checked.error());
    const auto locked = lock(folder_);
    if (!locked)
        return fail(locked.error());
    const auto known = read_records(folder_);
    if (!known)
        return fail(known.error());
    if (known->size() != records_.size())
        return fail(ErrorCode::unavailable, folder_.string() + ": the keys were rotated meanwhile; open them again");
    const std::uint32_t number = records_.back().number + 1;
    if (number > keys_max)
        return fail(ErrorCode::unavailable,
                    folder_.string() + ": there are " + std::to_string(keys_max) + " keys already");
    auto made = make_key(folder_, number, site_, next, clock);
    if (!made)
        return fail(made.error());
    if (made->key.belongs_to(current_.certificate))
        return fail(ErrorCode::invalid_input, "the new key is the old one; make another on the token");
    const std::string statement =
        boost::json::serialize(boost::json::object{{"ombud_sealing_key", 1},
                                                   {"site", site_},
                                                   {"follows_sha256", signing::hex(current_.certificate.sha256())},
                                                   {"certificate_sha256", signing::hex(made->certificate.sha256())},
                                                   {"reason", reason}});
    const auto message =
        signing::sign_message(signing::bytes_of(statement), current_.key, current_.certificate, clock.utc_ns());
    if (!message)
        return fail(message.error());
    // Its own is a certificate that was never named, if a crash came between the two.
    std::error_code ignored;
    std::filesystem::remove(folder_ / rotation_file(number), ignored);
    if (auto written = write_new(folder_, rotation_file(number),
                                 {reinterpret_cast<const char*>(message->data()), message->size()});
        !written)
        return fail(written.error());
    if (auto written = write_new(folder_, certificate_file(number), made->certificate.pem()); !written)
        return fail(written.error());
    records_.back().is_current = false;
    records_.push_back({number, made->certificate, true, reason});
    current_ = std::move(*made);
    return records_.back();
}

} // namespace ombud::seal
