#include "signing/cosignature.hpp"

#include "signing/digest.hpp"

#include <algorithm>
#include <limits>
#include <vector>

namespace ombud::signing {
namespace {

constexpr std::size_t time_bytes = 8;

std::string cosigned_text(std::string_view text, std::uint64_t at_s) {
    return "cosignature/v1\ntime " + std::to_string(at_s) + "\n" + std::string(text);
}

} // namespace

Result<std::string> cosign_note(const SigningKey& key, const NoteVerifier& verifier, std::string_view text, std::int64_t at_s) {
    const auto time = static_cast<std::uint64_t>(std::max<std::int64_t>(at_s, 0));
    const auto signature = key.sign(bytes_of(cosigned_text(text, time)));
    if (!signature)
        return fail(signature.error());
    std::vector<std::uint8_t> bytes;
    for (std::size_t i = time_bytes; i-- > 0;)
        bytes.push_back(static_cast<std::uint8_t>(time >> (8 * i)));
    bytes.insert(bytes.end(), signature->begin(), signature->end());
    return signature_line(verifier, bytes);
}

Result<std::int64_t> verify_cosignature(const Note& note, const NoteVerifier& verifier) {
    std::int64_t newest = -1;
    for (const NoteSignature& one : note.signatures) {
        if (one.name != verifier.name() || one.key_id != verifier.key_id())
            continue;
        std::uint64_t time = 0;
        for (std::size_t i = 0; i < std::min(time_bytes, one.bytes.size()); ++i)
            time = time << 8 | one.bytes[i];
        if (one.bytes.size() <= time_bytes || time > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()) ||
            !verifier.key().verifies(bytes_of(cosigned_text(note.text, time)), std::span(one.bytes).subspan(time_bytes)))
            return fail(ErrorCode::corrupt, "the cosignature of '" + verifier.name() + "' is wrong");
        newest = std::max(newest, static_cast<std::int64_t>(time));
    }
    if (newest < 0)
        return fail(ErrorCode::not_found, "no cosignature of '" + verifier.name() + "'");
    return newest;
}

} // namespace ombud::signing
