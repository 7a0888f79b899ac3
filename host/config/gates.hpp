#pragma once
// The gates of a site: doors that streams, mail, push messages and exports pass.

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "config/option.hpp"

namespace ombud::config {

/// A peer that says who it is.
struct Login {
    std::string name; ///< 1 to 64 of A-Z, a-z, 0-9, '.', '_', '-'
    Secret secret;    ///< one line
    bool operator==(const Login&) const = default;
};

/// One stream of a camera, and the name under which a gate serves it.
struct StreamSource {
    std::string name;               ///< unique in the gate
    std::string camera;             ///< id of a Camera
    std::string url;                ///< rtsp:// or rtsps://, at most 1000 characters; no user, no secret in it
    std::string user;               ///< empty: the camera asks for none
    std::optional<Secret> password; ///< one line; given when user is
    std::filesystem::path ca_file;  ///< absolute; empty: the machine's own authorities
};

/// Numbers of ports, both of them in it.
struct PortRange {
    std::uint16_t first = 0, last = 0;
    bool operator==(const PortRange&) const = default;
};

/// The RTSP gate. An address is "1.2.3.4:PORT" or "[1:2::3]:PORT", PORT 0 to 65535; 0: any that is free.
struct StreamGate {
    std::string listen;                     ///< empty: not without TLS; never both empty
    std::string tls_listen;                 ///< empty: not with TLS
    std::filesystem::path certificate, key; ///< absolute; given when tls_listen is
    std::optional<PortRange> udp_ports;     ///< of 1024 to 65535, from an even to an odd one, 8 or more for each stream; empty: any
    std::vector<Login> viewers;             ///< one or more
    std::vector<StreamSource> streams;
};

/// The mail gate.
struct MailGate {
    std::string listen; ///< "inet:" and an address as above, or "unix:" and an absolute path of at most 107 bytes
    std::string group;  ///< that may use a unix socket; empty: the host's own
};

enum class ForwarderKind { web_push, webhook, ntfy, mqtt };
[[nodiscard]] const char* forwarder_kind_name(ForwarderKind kind); ///< as site.xml has it: "web-push", …

/// A way on which push messages leave the site.
struct Forwarder {
    std::string id; ///< unique in the gate
    ForwarderKind kind = ForwarderKind::webhook;
    std::string url;               ///< https:// or mqtts://, to this machine also http:// or mqtt://; empty: web-push
    std::string topic;             ///< of mqtt alone, no wildcard
    std::string provider;          ///< who carries the messages
    std::string country;           ///< of the provider: ISO 3166-1, two capital letters
    std::string contact;           ///< of web-push alone: mailto: or https:
    std::string user;              ///< of mqtt alone; may be empty
    std::optional<Secret> secret;  ///< web-push: the private key (PEM), always there; else a token or password
    std::filesystem::path ca_file; ///< absolute; empty: the machine's own authorities
    bool operator==(const Forwarder&) const = default;
};

/// The push gate; always with TLS.
struct PushGate {
    std::string listen;                     ///< an address as above
    std::filesystem::path certificate, key; ///< absolute
    std::vector<Login> senders;             ///< one or more
    std::vector<Forwarder> forwarders;
    bool operator==(const PushGate&) const = default;
};

enum class DestinationKind { folder, share, removable };
[[nodiscard]] const char* destination_kind_name(DestinationKind kind); ///< as site.xml has it: "folder", …

/// Where exports may go.
struct ExportDestination {
    std::string id; ///< unique in the desk
    DestinationKind kind = DestinationKind::folder;
    std::filesystem::path path; ///< absolute; it or anything below it
    bool operator==(const ExportDestination&) const = default;
};

enum class RecipientClass { same_institution, other_institution, eu, third_country, data_subject };
[[nodiscard]] const char* recipient_class_name(RecipientClass value); ///< as site.xml has it: "same-institution", …

/// To whom exports may go, and by what they open them.
struct ExportRecipient {
    std::string id; ///< unique in the desk
    std::string name, title, organisation; ///< of who asks, unless an export names another person there (EXP-6)
    RecipientClass recipient_class = RecipientClass::same_institution;
    std::string legal_ground;          ///< of all that goes there; may be empty
    std::filesystem::path certificate; ///< absolute, PEM; empty: passphrase is given
    std::optional<Secret> passphrase;  ///< 12 bytes or more
    bool operator==(const ExportRecipient&) const = default;
};

/// Who approves, as the disclosure register names them (EXP-6).
struct Authoriser {
    std::string account, name, title; ///< account is unique in the desk
    bool operator==(const Authoriser&) const = default;
};

/// Where the private key is under which exports are sealed.
struct SealKey {
    std::string token;            ///< "pkcs11:…" (RFC 7512); empty: a file in the host's own folder
    std::optional<Secret> secret; ///< PIN of the token, or passphrase of the file
    bool operator==(const SealKey&) const = default;
};

/// Who says when an export was sealed (RFC 3161).
struct TimeStamping {
    std::string url;               ///< http or https
    std::filesystem::path ca_file; ///< absolute, PEM: who is trusted with it
    bool is_required = true;       ///< false: an export leaves without, where it is not to be had
    bool operator==(const TimeStamping&) const = default;
};

/// The export desk.
struct ExportDesk {
    std::filesystem::path drop; ///< absolute; empty: exports are submitted by command alone
    std::filesystem::path hold; ///< absolute; empty: a folder of the host's own
    std::int64_t keep_s = 7 * 86'400;      ///< what is refused or not described is removed after that long; 60 or more
    std::int64_t destroy_by_s = 0;         ///< 0: each export has to say it
    std::int64_t size_bytes_max = 1LL << 40; ///< of one export, 1 or more
    std::int64_t waiting_max = 100;        ///< exports held at once, 1 to 10,000
    std::vector<ExportDestination> destinations;
    std::vector<ExportRecipient> recipients;
    std::vector<Authoriser> authorisers;
    std::optional<SealKey> seal_key;        ///< absent: a file without a passphrase
    std::optional<TimeStamping> time_stamp; ///< absent: exports are not stamped
    bool operator==(const ExportDesk&) const = default;
};

/// The gate in front of a VMS's pages.
struct WebGate {
    std::string listen;     ///< as the mail gate's, of this machine alone
    std::string group;      ///< that may use a unix socket; empty: the host's own
    std::string attachment; ///< id of an Attachment
    bool enforces = false;
    std::int64_t approval_lifetime_s = 900;
    bool operator==(const WebGate&) const = default;
};

struct Gates {
    std::optional<StreamGate> streams;
    std::optional<MailGate> mail;
    std::optional<PushGate> push;
    std::optional<ExportDesk> exports;
    std::optional<WebGate> web;
};

} // namespace ombud::config
