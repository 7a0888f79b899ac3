#pragma once
// What a witness writes below a checkpoint: when it saw it, and that it goes on from what it saw before.

#include "events/result.hpp"
#include "signing/note.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace ombud::signing {

/// The witness's line below a note: `— name base64(key id ‖ time ‖ signature)` and a line feed.
/// @param verifier  of type cosignature, of that key
/// @param text      the note's text; ends with a line feed
/// @param at_s      seconds since 1970, 0 or more
/// Source  c2sp.org/tlog-cosignature, Ed25519 (cosignature/v1)
Result<std::string> cosign_note(const SigningKey& key, const NoteVerifier& verifier, std::string_view text, std::int64_t at_s);

/// Checks that the witness has cosigned the note; other signatures on it are ignored.
/// @return when, seconds since 1970; of several of its cosignatures the newest
/// Errors  not_found  no cosignature under that name and key;  corrupt  there is one, and it is wrong
Result<std::int64_t> verify_cosignature(const Note& note, const NoteVerifier& verifier);

} // namespace ombud::signing
