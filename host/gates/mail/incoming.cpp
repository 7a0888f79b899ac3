#include "gates/mail/message.hpp"

namespace ombud::mail {
namespace {

constexpr std::size_t header_bytes_max = 512 * 1024; // all headers together

} // namespace

void Incoming::keep(std::string_view bytes) {
    size_ += bytes.size();
    if (size_ > limits_.bytes_max)
        too_large_ = true;
    if (too_large_) {
        spool_ = Spool(); // what will not be looked at need not be kept
        return;
    }
    if (!problem_.empty())
        return;
    if (auto kept = spool_.append(bytes); !kept)
        problem_ = kept.error().message;
}

void Incoming::header(std::string_view name, std::string_view value) {
    std::string line(name);
    line += ':';
    for (const char c : value) {
        if (c == '\n' && line.back() != '\r')
            line += '\r';
        line += c;
    }
    line += "\r\n";
    if (size_ + line.size() > header_bytes_max)
        too_large_ = true;
    for (std::size_t at = 0; (at = line.find('\r', at)) != std::string::npos; ++at)
        stray_line_ending_ |= line[at + 1] != '\n';
    keep(line);
    headers_.push_back({std::string(name), too_large_ ? std::string() : std::string(value)});
}

void Incoming::body(std::string_view bytes) {
    if (!has_body_) {
        has_body_ = true;
        keep("\r\n");
    }
    const auto is_stray = [](char before, char c) { return (c == '\0') | ((before == '\r') != (c == '\n')); };
    bool stray = !bytes.empty() && is_stray(last_, bytes.front());
    for (std::size_t i = 1; i < bytes.size(); ++i) // without a branch: the compiler looks at many at once
        stray |= is_stray(bytes[i - 1], bytes[i]);
    stray_line_ending_ |= stray;
    if (!bytes.empty())
        last_ = bytes.back();
    keep(bytes);
}

} // namespace ombud::mail
