#pragma once
// Whether bytes are text that people read, or a file in the clothes of text.

#include <cstddef>
#include <string>
#include <string_view>

namespace ombud::mail {

/// What a text carries beside words. The first one found stands.
enum class Cargo : unsigned char {
    none,
    binary,    ///< control characters: no text at all
    uuencode,  ///< a file by uuencode
    yenc,      ///< a file by yEnc
    encrypted, ///< an OpenPGP message
    data_uri,  ///< a file within HTML: "data:image/png;base64,…"
    svg,       ///< a drawing within HTML
    encoded,   ///< long lines without a blank, as base64, base85, hexadecimal and BinHex make
};
std::string_view to_string(Cargo cargo);

/// Looks at a text piece by piece, in bounded memory.
class TextScan {
  public:
    static constexpr std::size_t unbroken_bytes_max = 512; ///< in one word
    static constexpr std::size_t dense_lines_max = 8;      ///< lines in a row, each of 40 bytes and more without a blank

    void feed(std::string_view bytes);
    void finish();

    [[nodiscard]] Cargo cargo() const { return cargo_; }
    /// Nothing but data: URIs was found, so that the text without them may stay.
    [[nodiscard]] bool only_data_uris() const { return cargo_ == Cargo::none || (cargo_ == Cargo::data_uri && !more_); }

  private:
    void found(Cargo cargo);
    std::size_t take_words(std::string_view bytes);
    void end_line();
    void look_at_line();

    Cargo cargo_ = Cargo::none;
    bool more_ = false;       // something beside data_uri
    std::string line_;        // its beginning
    std::size_t length_ = 0;  // of the whole line
    bool blank_ = false;      // the line holds a blank, a tag or bytes beyond ASCII
    std::size_t dense_ = 0;   // dense lines in a row
    std::size_t unbroken_ = 0;
    bool in_data_uri_ = false;
};

/// Whether there is no control character in it that text does not have.
bool is_textual(std::string_view bytes);

/// The text without its data: URIs; all else stays byte for byte.
std::string without_data_uris(std::string_view html);

} // namespace ombud::mail
