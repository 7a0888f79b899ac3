#include "gates/mail/reply.hpp"

namespace ombud::mail {
namespace {

constexpr std::size_t text_bytes_max = 400; // with code and line end below the 512 of RFC 5321, 4.5.3.1.5

std::string words(const Decision& decision) {
    std::string text = decision.rule;
    if (!text.empty())
        text += ": ";
    text += decision.reason;
    if (!decision.advice.empty())
        text += "; " + decision.advice;
    return smtp_text(text);
}

} // namespace

std::string smtp_text(std::string_view text) {
    std::string safe;
    for (std::size_t i = 0; i < text.size() && safe.size() < text_bytes_max; ++i) {
        const auto byte = static_cast<unsigned char>(text[i]);
        if (byte >= 0x80 && byte < 0xC0)
            continue; // the rest of a character that is shown already
        safe += byte >= 0x20 && byte < 0x7f ? text[i] : '?';
    }
    return safe;
}

Reply held(std::string_view why) { return {451, "4.3.0", smtp_text(std::string("held by the mail gate: ").append(why).append("; try again later"))}; }

Reply reply_to(const Decision& decision) {
    switch (decision.action) {
    case VerdictAction::allow:
    case VerdictAction::abstain: return {};
    case VerdictAction::deny:
        if (decision.by_fault)
            return held("a module that must judge it failed");
        return {550, "5.7.1", words(decision)};
    case VerdictAction::defer: return {451, "4.7.1", words(decision)};
    case VerdictAction::transform:
    case VerdictAction::unset: break;
    }
    return held("nothing could be decided");
}

} // namespace ombud::mail
