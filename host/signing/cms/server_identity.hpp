#pragma once
// The certificate and the private key of a TLS server, in files that somebody renews while it runs.

#include "events/result.hpp"
#include "signing/cms/certificate.hpp"

#include <array>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>

namespace ombud::signing {

/// What a TLS server shows, read together: the certificate is over the key.
struct ServerIdentity {
    std::string chain_pem;   ///< the server's own first, then those between it and its authority
    std::string key_pem;     ///< in the clear: for a TLS context and nothing else
    Certificate certificate; ///< the server's own

    /// @param certificate  PEM;  @param key  PEM without a passphrase, which nobody but its owner may use. Links are followed, as
    ///                     whoever renews certificates swaps them.
    /// Errors  not_found      no such certificate or key
    ///         refused        others than its owner may use the key's file
    ///         invalid_input  one of them cannot be read, or they do not belong together
    static Result<ServerIdentity> read(const std::filesystem::path& certificate, const std::filesystem::path& key);
};

/// Whether a pair that does not fit is told of at first sight, or when it was the same at two looks: whoever renews a pair
/// replaces one file after the other.
enum class Looking { at_once, settled };

/// Two files, and the pair in them that is shown. Thread  one at a time
class IdentityFiles {
  public:
    /// Shows a pair from now on; an error of its is one of the pair.
    using Show = std::function<Result<void>(const ServerIdentity&)>;

    IdentityFiles(std::filesystem::path certificate, std::filesystem::path key) : certificate_(std::move(certificate)), key_(std::move(key)) {}

    /// Shows the pair that lies there when it is another than the one shown, or none is. What is shown stays on any error.
    /// @return whether another is shown now
    /// Errors  those of ServerIdentity::read, and of `show`; told again at each look until the files are others
    Result<bool> look(Looking looking, const Show& show);

    /// The certificate that is shown; nothing before the first look that went well.
    [[nodiscard]] const std::optional<Certificate>& shown() const { return shown_; }

  private:
    using Stamp = std::array<std::int64_t, 10>; // of both files: device, inode, size, time of change
    [[nodiscard]] Stamp stamp() const;

    std::filesystem::path certificate_, key_;
    std::optional<Stamp> shown_stamp_, seen_stamp_;
    std::optional<Certificate> shown_;
    Digest shown_pems_{};
};

} // namespace ombud::signing
