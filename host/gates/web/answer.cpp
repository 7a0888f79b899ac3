#include "gates/web/answer.hpp"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

namespace ombud::web {
namespace {

std::string escaped(std::string_view text) {
    std::string out;
    for (const char c : text) {
        switch (c) {
        case '&': out += "&amp;"; break;
        case '<': out += "&lt;"; break;
        case '>': out += "&gt;"; break;
        case '"': out += "&quot;"; break;
        case '\'': out += "&#39;"; break;
        default: out += c;
        }
    }
    return out;
}

/// A field's value: printable ASCII, one line.
std::string field_text(std::string_view text) {
    std::string out;
    for (const char c : text.substr(0, 512))
        out += c >= 0x20 && c < 0x7F ? c : '?';
    return out;
}

std::string_view headline(const Outcome& outcome) {
    if (outcome.decision == "held")
        return "A second person has to approve this";
    if (outcome.decision == "login")
        return "Please log in";
    if (outcome.decision == "unavailable")
        return "This cannot be checked right now";
    return "This is not allowed";
}

std::string next_step(const Outcome& outcome) {
    if (outcome.proposal != 0)
        return "Proposal " + std::to_string(outcome.proposal) + " waits: a second person decides it with `ombud approve " +
               std::to_string(outcome.proposal) + "`. Then do the same again.";
    if (outcome.decision == "login")
        return "Log in at the video system's login page, then do the same again.";
    if (outcome.decision == "unavailable")
        return "Try again in a moment. If it stays so, tell whoever runs the video system.";
    return "If you need this for your work, ask whoever is responsible for the video system.";
}

std::string page(const Outcome& outcome) {
    std::string rule = outcome.rule.empty() ? "" : "<p>Rule: <code>" + escaped(outcome.rule) + "</code></p>";
    std::string advice = outcome.advice.empty() ? "" : "<p>" + escaped(outcome.advice) + "</p>";
    return "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>" + std::string(headline(outcome)) +
           "</title><style>body{font:16px/1.5 sans-serif;max-width:40em;margin:4em auto;padding:0 1em}</style></head><body><h1>" +
           std::string(headline(outcome)) + "</h1><p>" + escaped(outcome.reason) + "</p>" + rule + advice + "<p>" +
           escaped(next_step(outcome)) + "</p></body></html>\n";
}

} // namespace

api::HttpAnswer answer_of(const Outcome& outcome, const Asked& asked) {
    api::HttpAnswer answer;
    answer.fields.emplace_back("X-Ombud-Decision", outcome.decision);
    if (outcome.passes()) {
        answer.status = asked.forward.empty() ? 204 : 200;
        if (!asked.forward.empty())
            answer.fields.emplace_back("X-Accel-Redirect", asked.forward);
        return answer;
    }
    answer.status = outcome.status;
    if (!outcome.rule.empty())
        answer.fields.emplace_back("X-Ombud-Rule", field_text(outcome.rule));
    answer.fields.emplace_back("X-Ombud-Reason", field_text(outcome.reason));
    if (outcome.proposal != 0)
        answer.fields.emplace_back("X-Ombud-Proposal", std::to_string(outcome.proposal));
    if (outcome.status == 503)
        answer.fields.emplace_back("Retry-After", "5");
    if (asked.wants_page) {
        answer.content_type = "text/html; charset=utf-8";
        answer.fields.emplace_back("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'");
        answer.body = page(outcome);
        return answer;
    }
    answer.content_type = "application/json";
    boost::json::object error{{"code", outcome.decision}, {"message", outcome.reason}, {"next", next_step(outcome)}};
    if (!outcome.rule.empty())
        error["rule"] = outcome.rule;
    if (!outcome.advice.empty())
        error["advice"] = outcome.advice;
    if (outcome.proposal != 0)
        error["proposal"] = outcome.proposal;
    answer.body = boost::json::serialize(boost::json::object{{"error", std::move(error)}}) + "\n";
    return answer;
}

} // namespace ombud::web
