#pragma once
// The outside of an envelope: where its parts are. Private to this folder.

#include "signing/cms/der.hpp"
#include "signing/digest.hpp"

#include <array>
#include <optional>

namespace ombud::signing {

/// ContentInfo { authEnvelopedData, [0] { 0, SET of recipients, { data, { aes256-GCM, { IV, 16 } }, [0] content }, tag
/// } }
struct EnvelopeForm {
    std::vector<der::Element> recipients; ///< one behind the other
    der::Element algorithm;               ///< with its IV
    std::optional<der::Element> content;  ///< absent: detached
    std::array<std::uint8_t, 12> iv{};
};

/// @param head        the file's first bytes, all up to the content at least
/// @param file_bytes  its size
/// @param has_tag     false: as OpenSSL gives it before the content was encrypted, the tag may have any length
/// Errors  corrupt  another form, or other sizes than it says;  at most envelope_recipients_max recipients
Result<EnvelopeForm> parse_envelope(std::span<const std::uint8_t> head, std::uint64_t file_bytes, bool has_tag);

/// What is in the SET of recipients, in DER's order.
der::Bytes sorted_recipients(std::vector<der::Bytes> recipients);
/// The envelope before its content: everything up to and with the content's own head.
/// @param recipients  the inside of the SET;  @param algorithm  the whole element
der::Bytes envelope_head(std::span<const std::uint8_t> recipients, std::span<const std::uint8_t> algorithm,
                         std::uint64_t content_bytes);
/// The envelope without its content, as OpenSSL reads it.
der::Bytes detached_envelope(std::span<const std::uint8_t> recipients, std::span<const std::uint8_t> algorithm,
                             std::span<const std::uint8_t> tail);
/// As EnvelopeWriter::wrapping_sha256.
Digest wrapping_sha256(std::span<const std::uint8_t> recipients, std::span<const std::uint8_t> algorithm);

} // namespace ombud::signing
