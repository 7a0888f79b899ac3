#pragma once
// What recipients and keys hold. Private to this folder.

#include "signing/cms/envelope.hpp"
#include "signing/cms/password_recipient.hpp"

namespace ombud::signing {

struct EnvelopeRecipients::Held {
    std::vector<Certificate> certificates;
    std::optional<PasswordKey> password; ///< derived once: the salt may be that of many envelopes, their keys differ
};

struct EnvelopeKey::Held {
    std::optional<PrivateKey> key; ///< given when certificate is; else the passphrase
    std::optional<Certificate> certificate;
    std::string passphrase;
    std::optional<PasswordKey> derived; ///< for the salt that was met last
};

} // namespace ombud::signing
