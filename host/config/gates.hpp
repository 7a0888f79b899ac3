#pragma once
// The gates of a site: doors that streams, mail and push messages pass.

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

/// The RTSP gate. An address is "1.2.3.4:PORT" or "[1:2::3]:PORT", PORT 0 to 65535; 0: any that is free.
struct StreamGate {
    std::string listen;                     ///< empty: not without TLS; never both empty
    std::string tls_listen;                 ///< empty: not with TLS
    std::filesystem::path certificate, key; ///< absolute; given when tls_listen is
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

struct Gates {
    std::optional<StreamGate> streams;
    std::optional<MailGate> mail;
    std::optional<PushGate> push;
};

} // namespace ombud::config
