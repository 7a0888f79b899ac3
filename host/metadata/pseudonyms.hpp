#pragma once
// What ONVIF analytics metadata may tell of persons, with pseudonyms in place of what tells one from another.

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "events/result.hpp"

namespace ombud::metadata {

/// Names that stand for others, for as long as this object lives: the same value gets the same pseudonym, and with the key gone
/// nobody can link the two any more.
/// Thread  any
/// Source  GDPR, Art. 4(5)
class Pseudonyms {
  public:
    using Key = std::array<std::uint8_t, 32>;
    /// Under a key of fresh random bytes, which is in memory only.
    /// Errors  unavailable  no random bytes
    static Result<Pseudonyms> make();
    explicit Pseudonyms(const Key& key) : key_(key) {}

    /// For an object's number; ONVIF wants an integer: 1 to 2^31 - 1.
    [[nodiscard]] std::string number(std::string_view value) const;
    /// For any other text: `p-` and 16 hexadecimal digits.
    [[nodiscard]] std::string text(std::string_view value) const;

  private:
    Key key_;
};

inline constexpr std::size_t document_bytes_max = 1024 * 1024;

/// The document with what is known to tell nothing of a person, and pseudonyms for what is needed to follow an object from one
/// picture to the next. A list of what stays, not of what goes: boxes, classes, times and event topics stay; object numbers and the
/// values of event items get pseudonyms (true and false stay, and what names the camera's own configuration); faces, bodies, plates, temperatures,
/// positions on earth, outlines, colours, pictures, and all that is unknown here, go.
///
/// @param document  one `tt:MetadataStream`, UTF-8, at most document_bytes_max
/// Errors  invalid_input  not such a document, with a document type, nested too deep, or too long
/// Source  ONVIF Analytics Service Specification, sections 5.1 to 5.3; http://www.onvif.org/ver10/schema
Result<std::string> pseudonymise(std::string_view document, const Pseudonyms& pseudonyms);

} // namespace ombud::metadata
