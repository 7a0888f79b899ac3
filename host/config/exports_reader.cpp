#include "config/exports_reader.hpp"

#include <algorithm>
#include <set>

#include "config/secret_source.hpp"

namespace ombud::config {
namespace {

constexpr DestinationKind destination_kinds[] = {DestinationKind::folder, DestinationKind::share, DestinationKind::removable};
constexpr RecipientClass recipient_classes[] = {RecipientClass::same_institution, RecipientClass::other_institution,
                                                RecipientClass::eu, RecipientClass::third_country, RecipientClass::data_subject};
constexpr std::size_t passphrase_characters_min = 12; // offline guessing is what a sealed copy invites

/// Reads the desk of one site; what the readers share.
class ExportsReader {
  public:
    ExportsReader(XmlReader& xml, const std::filesystem::path& base_dir) : xml_(xml), base_dir_(base_dir) {}

    ExportDesk read(pugi::xml_node node);

  private:
    ExportDestination read_destination(pugi::xml_node node);
    ExportRecipient read_recipient(pugi::xml_node node);
    std::filesystem::path read_path(pugi::xml_node node, const char* attribute) {
        const auto given = XmlReader::text(node, attribute);
        return given.empty() ? std::string() : absolute_path(base_dir_, given);
    }
    void check_once(std::set<std::string>& seen, const std::string& key, pugi::xml_node node, const std::string& what) {
        if (!key.empty() && !seen.insert(key).second)
            xml_.add(node, what + " " + in_quotes(key) + " is given twice");
    }
    /// One folder inside another would let what waits or what left be taken for the other.
    void check_apart(pugi::xml_node node, const std::filesystem::path& path, const char* what);

    XmlReader& xml_;
    const std::filesystem::path& base_dir_;
    std::set<std::string> destinations_, paths_, recipients_, authorisers_;
    std::vector<std::pair<std::filesystem::path, std::string>> folders_;
};

bool is_inside(const std::filesystem::path& inner, const std::filesystem::path& outer) {
    return std::mismatch(outer.begin(), outer.end(), inner.begin(), inner.end()).first == outer.end();
}

void ExportsReader::check_apart(pugi::xml_node node, const std::filesystem::path& path, const char* what) {
    if (path.empty())
        return;
    for (const auto& [other, whose] : folders_)
        if (is_inside(path, other) || is_inside(other, path))
            xml_.add(node, std::string(what) + " " + in_quotes(path.string()) + " and " + whose + " " + in_quotes(other.string()) +
                               " lie in one another; use folders beside each other");
    folders_.emplace_back(path, what);
}

ExportDestination ExportsReader::read_destination(pugi::xml_node node) {
    ExportDestination destination;
    destination.id = XmlReader::text(node, "id");
    const auto kind = XmlReader::text(node, "kind");
    for (const DestinationKind known : destination_kinds)
        if (kind == destination_kind_name(known))
            destination.kind = known; // another is the grammar's to refuse
    destination.path = read_path(node, "path");
    check_once(destinations_, destination.id, node, "id");
    check_apart(node, destination.path, "path");
    return destination;
}

ExportRecipient ExportsReader::read_recipient(pugi::xml_node node) {
    ExportRecipient recipient;
    recipient.id = XmlReader::text(node, "id");
    recipient.name = XmlReader::text(node, "name");
    recipient.title = XmlReader::text(node, "title");
    recipient.organisation = XmlReader::text(node, "organisation");
    const auto name = XmlReader::text(node, "class");
    for (const RecipientClass known : recipient_classes)
        if (name == recipient_class_name(known))
            recipient.recipient_class = known;
    recipient.legal_ground = XmlReader::text(node, "legal-ground");
    recipient.certificate = read_path(node, "certificate");
    check_once(recipients_, recipient.id, node, "id");
    if (has_secret_source(node)) {
        recipient.passphrase = read_secret_source(xml_, node, in_quotes(recipient.id), base_dir_);
        if (recipient.passphrase && recipient.passphrase->reveal().size() < passphrase_characters_min)
            xml_.add(node, in_quotes(recipient.id) + ": its passphrase is shorter than " + std::to_string(passphrase_characters_min) +
                               " characters, and a sealed copy can be guessed at for years");
    } else if (recipient.certificate.empty()) {
        xml_.add(node, in_quotes(recipient.id) + " could not open a seal; add certificate=\"FILE.pem\", or a passphrase by "
                                                 "secret-file or secret-credential");
    }
    return recipient;
}

ExportDesk ExportsReader::read(pugi::xml_node node) {
    ExportDesk desk;
    desk.drop = read_path(node, "drop");
    desk.hold = read_path(node, "hold");
    check_apart(node, desk.drop, "drop");
    check_apart(node, desk.hold, "hold");
    const char* duration_words = "a whole number with one unit: 30s, 10m, 48h or 7d";
    desk.keep_s = xml_.value(node, "keep", parse_duration_s, duration_words).value_or(desk.keep_s);
    desk.destroy_by_s = xml_.value(node, "destroy-by", parse_duration_s, duration_words).value_or(0);
    desk.size_bytes_max = xml_.value(node, "size-max", parse_size_bytes, "a whole number with one unit: 512B, 64KiB, 10MiB, 2GiB or 1TiB")
                              .value_or(desk.size_bytes_max);
    desk.waiting_max = xml_.value(node, "waiting-max", parse_integer, "a whole number").value_or(desk.waiting_max);
    if (desk.size_bytes_max < 1)
        xml_.add(node, "size-max 0B lets nothing pass");
    if (desk.keep_s < 60)
        xml_.add(node, "keep " + in_quotes(duration_text(desk.keep_s)) + " is less than a minute; nobody could correct what was refused");
    for (const auto& child : node.children("destination"))
        desk.destinations.push_back(read_destination(child));
    for (const auto& child : node.children("recipient"))
        desk.recipients.push_back(read_recipient(child));
    for (const auto& child : node.children("authoriser")) {
        desk.authorisers.push_back({XmlReader::text(child, "account"), XmlReader::text(child, "name"), XmlReader::text(child, "title")});
        check_once(authorisers_, desk.authorisers.back().account, child, "account");
    }
    if (const auto child = node.child("seal-key")) {
        SealKey& key = desk.seal_key.emplace();
        key.token = XmlReader::text(child, "token");
        if (!key.token.empty() && !key.token.starts_with("pkcs11:"))
            xml_.add(child, "token " + in_quotes(key.token) + " does not begin with pkcs11:");
        if (has_secret_source(child))
            key.secret = read_secret_source(xml_, child, key.token.empty() ? "its passphrase" : "its PIN", base_dir_);
        else if (key.token.empty())
            xml_.add(child, "says nothing: give token=\"pkcs11:…\", or the key's passphrase by secret-file or secret-credential");
    }
    if (const auto child = node.child("time-stamp"))
        desk.time_stamp = TimeStamping{XmlReader::text(child, "url"), read_path(child, "ca-file"), XmlReader::text(child, "required") != "false"};
    return desk;
}

} // namespace

const char* destination_kind_name(DestinationKind kind) {
    switch (kind) {
    case DestinationKind::folder: return "folder";
    case DestinationKind::share: return "share";
    case DestinationKind::removable: break;
    }
    return "removable";
}

const char* recipient_class_name(RecipientClass value) {
    switch (value) {
    case RecipientClass::same_institution: return "same-institution";
    case RecipientClass::other_institution: return "other-institution";
    case RecipientClass::eu: return "eu";
    case RecipientClass::third_country: return "third-country";
    case RecipientClass::data_subject: break;
    }
    return "data-subject";
}

ExportDesk read_exports(XmlReader& xml, pugi::xml_node node, const std::filesystem::path& base_dir) {
    return ExportsReader(xml, base_dir).read(node);
}

} // namespace ombud::config
