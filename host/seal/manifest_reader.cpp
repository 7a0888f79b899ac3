#include "seal/manifest.hpp"

#include "signing/encoding.hpp"

#include <algorithm>
#include <boost/json/monotonic_resource.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <ctime>
#include <set>

namespace ombud::seal {
namespace {

namespace json = boost::json;

/// Reads members of one object; the first that is wrong stays the result, and all later ones read as empty.
class Object {
  public:
    Object(const json::value& value, std::string place, std::optional<Error>& error)
        : place_(std::move(place)), error_(error) {
        if (value.is_object())
            object_ = &value.get_object();
        else
            refuse("is no object");
    }

    std::string text(std::string_view key) {
        const json::value* value = find(key);
        if (value && value->is_string())
            return std::string(value->get_string());
        return refuse_member(key, "is no text"), std::string();
    }
    std::uint64_t number(std::string_view key, std::uint64_t max) {
        const json::value* value = find(key);
        json::error_code error;
        const auto number = value && value->is_number() ? value->to_number<std::uint64_t>(error) : 0;
        if (!value || !value->is_number() || value->is_double() || error || number > max)
            return refuse_member(key, "is no whole number up to " + std::to_string(max)), 0;
        return number;
    }
    std::int64_t time(std::string_view key);
    signing::Digest digest(std::string_view key) { return digest_of(key, text(key)); }
    /// A line of sha256sum over `name`.
    signing::Digest sum(std::string_view key, const std::string& name) {
        const std::string line = text(key);
        if (line.size() != 66 + name.size() || line.compare(64, 2, "  ") != 0 ||
            line.compare(66, name.size(), name) != 0)
            return refuse_member(key, "is no sum of " + name), signing::Digest{};
        return digest_of(key, line.substr(0, 64));
    }
    [[nodiscard]] bool is_null(std::string_view key) {
        const json::value* value = find(key);
        return !value || value->is_null();
    }
    const json::array& list(std::string_view key, std::size_t max) {
        static const json::array none;
        const json::value* value = find(key);
        if (!value || !value->is_array() || value->get_array().size() > max)
            return refuse_member(key, "is no list of at most " + std::to_string(max)), none;
        return value->get_array();
    }
    Object object(std::string_view key) {
        static const json::value none;
        const json::value* value = find(key);
        return {value ? *value : none, place_ + std::string(key) + ".", error_};
    }
    void refuse(const std::string& how) {
        if (!error_)
            error_ = Error{ErrorCode::corrupt, (place_.empty() ? std::string("the manifest") : place_) + ": " + how};
    }
    void refuse_member(std::string_view key, const std::string& how) { refuse("'" + std::string(key) + "' " + how); }

  private:
    const json::value* find(std::string_view key) const { return object_ ? object_->if_contains(key) : nullptr; }
    signing::Digest digest_of(std::string_view key, const std::string& hex) {
        signing::Digest digest{};
        const auto bytes = signing::parse_hex(hex);
        if (!bytes || bytes->size() != digest.size())
            return refuse_member(key, "is no SHA-256"), digest;
        std::copy(bytes->begin(), bytes->end(), digest.begin());
        return digest;
    }

    const json::object* object_ = nullptr;
    std::string place_;
    std::optional<Error>& error_;
};

/// Exactly what ledger::format_utc writes.
std::int64_t Object::time(std::string_view key) {
    const std::string written = text(key);
    constexpr std::string_view form = "0000-00-00T00:00:00.000000000Z";
    const auto fits = [](char shape, char c) { return shape == '0' ? c >= '0' && c <= '9' : shape == c; };
    if (written.size() != form.size() || !std::equal(form.begin(), form.end(), written.begin(), fits))
        return refuse_member(key, "is no time"), 0;
    const auto part = [&](std::size_t at, std::size_t count) { return std::stoi(written.substr(at, count)); };
    std::tm broken{};
    broken.tm_year = part(0, 4) - 1900;
    broken.tm_mon = part(5, 2) - 1;
    broken.tm_mday = part(8, 2);
    broken.tm_hour = part(11, 2);
    broken.tm_min = part(14, 2);
    broken.tm_sec = part(17, 2);
    const std::tm given = broken;
    const std::time_t seconds = ::timegm(&broken);
    constexpr std::time_t seconds_max = 9'223'372'035;
    if (seconds > seconds_max || seconds < -seconds_max || broken.tm_mon != given.tm_mon ||
        broken.tm_mday != given.tm_mday || broken.tm_hour != given.tm_hour || broken.tm_min != given.tm_min ||
        broken.tm_sec != given.tm_sec)
        return refuse_member(key, "is no time that there is"), 0;
    return static_cast<std::int64_t>(seconds) * 1'000'000'000 + part(20, 9);
}

Facts read_facts(Object& in, std::optional<Error>& error) {
    Facts facts;
    facts.export_id = in.text("export");
    facts.site = in.text("site");
    for (const json::value& value : in.list("cameras", cameras_max)) {
        Object camera(value, "cameras", error);
        std::string id = camera.text("id");
        facts.cameras.push_back({std::move(id), camera.text("name")});
    }
    facts.begin_utc_ns = in.time("begin");
    facts.end_utc_ns = in.time("end");
    facts.reason = in.text("reason");
    facts.legal_ground = in.text("legal_ground");
    facts.requester = in.text("requester");
    facts.approver = in.text("approver");
    Object recipient = in.object("recipient");
    facts.recipient = {recipient.text("name"), recipient.text("organisation"), recipient.text("class")};
    facts.destination = in.text("destination");
    facts.destroy_by_utc_ns = in.is_null("destroy_by") ? 0 : in.time("destroy_by");
    facts.masks = in.text("masks");
    return facts;
}

ManifestFile read_file(const json::value& value, std::size_t number, std::size_t& parts_left,
                       std::optional<Error>& error) {
    Object in(value, plain_name(number), error);
    ManifestFile file;
    file.name = in.text("name");
    if (auto fine = check_name(file.name); !fine)
        in.refuse(fine.error().message);
    file.plain_bytes = in.number("size", INT64_MAX);
    file.sha256 = in.sum("sum", plain_name(number));
    std::uint64_t sum_of_parts = 0;
    for (const json::value& listed : in.list("parts", parts_left)) {
        --parts_left;
        const std::string name = part_name(number, file.parts.size() + 1);
        Object one(listed, name, error);
        ManifestPart part;
        part.sealed_bytes = one.number("size", part_plain_bytes_max + 1'000'000);
        part.plain_bytes = one.number("plain_size", part_plain_bytes_max);
        part.sha256 = one.sum("sum", name);
        part.wrapping_sha256 = one.digest("wrapping");
        sum_of_parts += part.plain_bytes;
        file.parts.push_back(part);
    }
    if (file.parts.empty() || sum_of_parts != file.plain_bytes)
        in.refuse("its parts do not make up its size");
    return file;
}

} // namespace

Result<Manifest> parse_manifest(std::string_view text) {
    if (text.size() > manifest_bytes_max)
        return fail(ErrorCode::corrupt,
                    "the manifest has " + std::to_string(text.size()) + " bytes, which is too many");
    json::error_code code;
    json::monotonic_resource memory;
    json::parse_options options;
    options.max_depth = 8;
    const json::value root = json::parse(text, code, &memory, options);
    if (code)
        return fail(ErrorCode::corrupt, "the manifest is not JSON: " + code.message());
    std::optional<Error> error;
    Object in(root, "", error);
    const auto version = in.number("ombud_seal", INT64_MAX);
    if (!error && version != manifest_version)
        return fail(ErrorCode::too_new, "the manifest is of version " + std::to_string(version) +
                                            ", this program reads " + std::to_string(manifest_version));
    Manifest manifest;
    manifest.facts = read_facts(in, error);
    manifest.sealed_at_utc_ns = in.time("sealed_at");
    if (!in.is_null("ledger")) {
        Object ledger = in.object("ledger");
        manifest.facts.ledger_index = ledger.number("index", INT64_MAX);
        std::string entry = ledger.text("entry");
        manifest.ledger = LedgerProof{std::move(entry), ledger.text("proof")};
        if (manifest.ledger->entry.size() + manifest.ledger->proof.size() > ledger_proof_bytes_max)
            ledger.refuse("is too long");
    }
    manifest.instructions_sha256 = in.sum("sum", instructions_file);
    manifest.manifest_wrapping_sha256 = in.digest("wrapping");
    if (!in.is_null("time_stamp_wrapping"))
        manifest.time_stamp_wrapping_sha256 = in.digest("time_stamp_wrapping");
    std::size_t parts_left = parts_max;
    std::set<std::string> names;
    for (const json::value& value : in.list("files", files_max)) {
        manifest.files.push_back(read_file(value, manifest.files.size() + 1, parts_left, error));
        if (!error && !names.insert(manifest.files.back().name).second)
            in.refuse("two files have the name '" + manifest.files.back().name + "'");
    }
    if (manifest.files.empty())
        in.refuse("it names no file");
    if (error)
        return fail(*error);
    if (auto fine = check_facts(manifest.facts); !fine)
        return fail(ErrorCode::corrupt, "the manifest: " + fine.error().message);
    return manifest;
}

} // namespace ombud::seal
