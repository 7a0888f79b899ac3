#pragma once
// GMime's home: the parts of one mail, and the mail without some of them.

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "events/result.hpp"
#include "gates/mail/content.hpp"
#include "gates/mail/spool.hpp"

namespace ombud::mail {

struct MessageLimits {
    std::uint64_t bytes_max = 64 * 1024 * 1024; ///< a larger mail is one opaque part
    std::uint32_t parts_max = 256;              ///< likewise
    std::uint32_t depth_max = 20;               ///< of multiparts and mails within mails; deeper is opaque
    ContentLimits content;
};

/// One part that is no container, or a container that could not be looked into.
struct Part {
    std::uint32_t number = 0; ///< from 1, outermost first
    Sort sort;
};

/// One header as it came: value with its blanks and folds.
struct Header {
    std::string name, value;
};

/// Collects a mail as the mail server passes it on. Bounded memory; what is too large is forgotten and told by parts().
/// Thread  one at a time
class Incoming {
  public:
    explicit Incoming(const MessageLimits& limits) : limits_(limits) {}
    void header(std::string_view name, std::string_view value);
    void body(std::string_view bytes);

  private:
    friend class Message;
    void keep(std::string_view bytes);

    const MessageLimits limits_;
    Spool spool_;
    std::vector<Header> headers_;
    std::uint64_t size_ = 0;
    bool has_body_ = false;
    bool too_large_ = false;
    bool stray_line_ending_ = false; ///< a CR without LF or an LF without CR
    char last_ = 0;
    std::string problem_; ///< why nothing could be kept
};

/// A mail that came whole.
class Message {
  public:
    /// Errors  unavailable  it could not be kept (temporary file)
    static Result<Message> read(Incoming incoming);
    ~Message();
    Message(Message&&) noexcept;
    Message& operator=(Message&&) noexcept;

    /// What can be understood in more than one way (two Content-Type headers, stray line endings, an encoded multipart,
    /// an unknown encoding) is opaque: what a reader's program would make of it nobody knows.
    [[nodiscard]] const std::vector<Part>& parts() const;
    [[nodiscard]] const std::vector<Header>& headers() const;
    /// Addresses of To, Cc and Bcc, as far as they can be read; at most `count_max`.
    [[nodiscard]] std::vector<std::string> header_recipients(std::size_t count_max) const;
    [[nodiscard]] std::uint64_t size_bytes() const;

    struct Rewritten {
        std::string body;            ///< lines end in CRLF
        bool new_content = false;    ///< the mail's own Content-* headers are replaced by these
        std::vector<Header> content; ///< values without the blank behind the colon
    };
    /// The body in which the parts of these numbers are replaced by a note, or lose their embedded pictures where the text
    /// around them can stay. To be called once.
    /// @param why  one line for the reader: the reason and the requirement's id
    /// Errors  invalid_input  there is no part of that number
    Result<Rewritten> without(std::span<const std::uint32_t> numbers, std::string_view why);

  private:
    struct Impl;
    explicit Message(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

/// "1:text/plain 2:picture/jpeg", the value of OMBUD_KEY_PARTS.
std::string to_string(std::span<const Part> parts);

} // namespace ombud::mail
