#include "daemon/site_gates/shown_certificate.hpp"

#include <ombud/host.h>

#include "signing/encoding.hpp"

namespace ombud::daemon {
namespace {

constexpr std::int64_t told_before_ns = 7 * 86'400 * 1'000'000'000LL; // whoever renews in time does so earlier

} // namespace

void ShownCertificate::began(const std::optional<signing::Certificate>& now) {
    shown_ = now;
    failure_.clear();
}

std::optional<ShownCertificate::News> ShownCertificate::looked(const Result<bool>& found, const std::optional<signing::Certificate>& now) {
    if (!now)
        return std::nullopt;
    const std::string fingerprint = signing::hex(now->sha256()), until = signing::utc_text(now->not_after_utc_ns());
    if (!found) {
        if (failure_ == found.error().message)
            return std::nullopt;
        failure_ = found.error().message;
        ledger::Entry entry("certificate.refused");
        entry.set("gate", gate_).set("shown", fingerprint).set("valid_until", until).set("reason", failure_);
        return News{std::move(entry), OMBUD_LOG_ERROR, "the renewed certificate cannot be used, the one valid until " + until + " is shown on: " + failure_};
    }
    failure_.clear();
    const std::optional<signing::Certificate> was = std::exchange(shown_, now);
    if (!*found)
        return std::nullopt;
    ledger::Entry entry("certificate.renewed");
    entry.set("gate", gate_).set("was", was ? signing::hex(was->sha256()) : "").set("becomes", fingerprint).set("valid_until", until);
    return News{std::move(entry), OMBUD_LOG_INFO, "another certificate is shown, valid until " + until};
}

void ShownCertificate::tell(const GateParts& parts, const std::string& gate, const News& news) {
    parts.log(gate, news.level, news.words);
    if (auto noted = parts.ledger.append(news.entry); !noted)
        parts.log(gate, OMBUD_LOG_ERROR, noted.error().message);
}

std::vector<std::string> ShownCertificate::warnings(std::int64_t now_utc_ns) const {
    std::vector<std::string> all;
    if (!shown_)
        return all;
    const std::int64_t end = shown_->not_after_utc_ns();
    const std::string until = signing::utc_text(end);
    if (!failure_.empty())
        all.push_back(gate_ + ": the renewed certificate cannot be used, the one valid until " + until +
                      " is shown on, and the host would not start again: " + failure_);
    if (now_utc_ns > end)
        all.push_back(gate_ + ": its certificate ended " + until + ": put another in its place, which is taken up at once");
    else if (now_utc_ns > end - told_before_ns)
        all.push_back(gate_ + ": its certificate ends " + until + ": renew it");
    return all;
}

boost::json::value ShownCertificate::json() const {
    if (!shown_)
        return nullptr;
    return {{"sha256", signing::hex(shown_->sha256())}, {"valid_until", signing::utc_text(shown_->not_after_utc_ns())}};
}

} // namespace ombud::daemon
