#include "gates/mail/session.hpp"

#include <algorithm>

#include <ombud/host.h>
#include <ombud/vocabulary.h>

namespace ombud::mail {
namespace {

bool same_name(std::string_view left, std::string_view right) {
    return std::equal(left.begin(), left.end(), right.begin(), right.end(), [](char a, char b) {
        const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
        return lower(a) == lower(b);
    });
}

/// Deletes every header that `is_old` tells, from the last to the first: the numbers of those before it stay.
template <class IsOld>
void delete_headers(const std::vector<Header>& headers, std::vector<HeaderChange>& changes, IsOld is_old) {
    for (std::size_t i = headers.size(); i-- > 0;) {
        if (!is_old(headers[i].name))
            continue;
        const auto index = std::count_if(headers.begin(), headers.begin() + static_cast<std::ptrdiff_t>(i) + 1,
                                         [&](const Header& other) { return same_name(other.name, headers[i].name); });
        changes.push_back({headers[i].name, static_cast<int>(index), std::nullopt});
    }
}

std::string why_of(const Decision& decision) { return decision.rule.empty() ? decision.reason : decision.reason + " (" + decision.rule + ")"; }

} // namespace

Judge::Judge(Ask ask, AskAhead ask_ahead, const Clock& clock, Names& names, Log log, const MessageLimits& message_limits)
    : limits(message_limits), ask_(std::move(ask)), ask_ahead_(std::move(ask_ahead)), clock_(clock), names_(names), log_(std::move(log)) {}

bool Judge::enter() {
    const std::lock_guard lock(mutex_);
    if (!closed_)
        ++inside_;
    return !closed_;
}

void Judge::leave() {
    const std::lock_guard lock(mutex_);
    if (--inside_ == 0)
        idle_.notify_all();
}

template <class Answer>
Result<Answer> Judge::within(const Question& question, const std::function<Result<Answer>(const EventRef&)>& ask) {
    if (!enter())
        return fail(ErrorCode::unavailable, "the mail gate is closed");
    auto judged = [&]() -> Result<Answer> {
        const auto event = question(names_, clock_.utc_ns());
        if (!event)
            return fail(event.error());
        return ask(*event);
    }();
    leave();
    return judged;
}

void Judge::log(int level, std::string_view message) {
    if (!enter())
        return;
    log_(level, message);
    leave();
}

void Judge::close() {
    std::unique_lock lock(mutex_);
    closed_ = true;
    idle_.wait(lock, [this] { return inside_ == 0; });
}

void Session::begin(Envelope envelope) {
    abort();
    envelope_ = std::move(envelope);
    incoming_.emplace(judge_->limits);
}

void Session::abort() {
    accepted_.clear();
    recorded_.clear();
    recipients_bytes_ = 0;
    late_refusal_ = {};
    incoming_.reset();
}

Reply Session::recipient(Recipient recipient) {
    if (recipients_bytes_ + recipient.address.size() > recipients_bytes_max)
        return {452, "4.5.3", "too many recipients for one mail; send it to the others separately"}; // RFC 5321, 4.5.3.1.10
    const auto judged = judge_->ask_ahead([&](Names& names, std::int64_t now) { return recipient_question(names, now, envelope_, recipient); });
    if (!judged) {
        ++judge_->counts.held;
        judge_->log(OMBUD_LOG_ERROR, "a recipient is held: " + judged.error().message);
        return held("it cannot be judged now");
    }
    Reply reply = reply_to(judged->judgement.applied);
    if (reply.code == 0) {
        recorded_.push_back(judged->recorded);
    } else if (const auto& done = judged->recorded.get(); !done) { // a refusal ends here: no later question makes it durable
        ++judge_->counts.held;
        judge_->log(OMBUD_LOG_ERROR, "a recipient is held: " + done.error().message);
        return held("it cannot be recorded now");
    }
    if (reply.code >= 500 && recipient.mailer.empty()) {
        // Mail that a program on this machine handed in: Postfix tells no route, and could not refuse one recipient, but would
        // offer the mail again each minute. Refused as a whole it goes back to its sender.
        ++judge_->counts.recipients_refused;
        if (late_refusal_.code == 0)
            late_refusal_ = std::move(reply);
        return {};
    }
    if (reply.code == 0) {
        recipients_bytes_ += recipient.address.size() + 1;
        accepted_.push_back(std::move(recipient));
    } else if (reply.code >= 500) {
        ++judge_->counts.recipients_refused;
    } else {
        ++judge_->counts.held;
    }
    return reply;
}

void Session::header(std::string_view name, std::string_view value) {
    if (incoming_)
        incoming_->header(name, value);
}

void Session::body(std::string_view bytes) {
    if (incoming_)
        incoming_->body(bytes);
}

Ending Session::end(std::string queue_id) {
    Ending ending;
    if (!incoming_) {
        ending.reply = held("the mail server told no sender");
    } else if (late_refusal_.code != 0) {
        ending.reply = late_refusal_;
    } else {
        if (!queue_id.empty())
            envelope_.queue_id = std::move(queue_id);
        auto message = Message::read(std::move(*incoming_));
        if (message)
            ending = decide(*message);
        else
            ending.reply = held("its content cannot be kept for a look");
        if (!message)
            judge_->log(OMBUD_LOG_ERROR, "a mail is held: " + message.error().message + "; free space where TMPDIR points");
    }
    ++judge_->counts.mails;
    if (ending.reply.code >= 500)
        ++judge_->counts.mails_refused;
    else if (ending.reply.code != 0)
        ++judge_->counts.held;
    else if (ending.body || !ending.headers.empty())
        ++judge_->counts.mails_changed;
    abort();
    return ending;
}

Ending Session::decide(Message& message) {
    Ending ending;
    const auto judged = judge_->ask(
        [&](Names& names, std::int64_t now) { return message_question(names, now, envelope_, accepted_, message); });
    if (!judged) {
        judge_->log(OMBUD_LOG_ERROR, "a mail is held: " + judged.error().message);
        ending.reply = held("it cannot be judged now");
        return ending;
    }
    for (const auto& recipient : recorded_) // behind those questions came the mail's own: they are done
        if (const auto& done = recipient.get(); !done) {
            judge_->log(OMBUD_LOG_ERROR, "a mail is held: the judgement of a recipient is not recorded: " + done.error().message);
            ending.reply = held("it cannot be recorded now");
            return ending;
        }
    if (judged->applied.action == VerdictAction::transform)
        return change(message, judged->applied);
    ending.reply = reply_to(judged->applied);
    return ending;
}

// A change that cannot be carried out holds the mail: what was to be changed must not leave as it is.
Ending Session::change(Message& message, const Decision& decision) {
    Ending ending;
    const auto cannot = [&](const std::string& why) {
        judge_->log(OMBUD_LOG_ERROR, "a mail is held, because it cannot be changed as decided: " + why);
        Ending refused;
        refused.reply = held("it cannot be changed as decided");
        return refused;
    };
    if (!decision.tracks.empty())
        return cannot("a mail has no tracks");
    if (!decision.parts.empty()) {
        auto rewritten = message.without(decision.parts, why_of(decision));
        if (!rewritten)
            return cannot(rewritten.error().message);
        ending.body = std::move(rewritten->body);
        if (rewritten->new_content) {
            delete_headers(message.headers(), ending.headers,
                           [](std::string_view name) { return name.size() > 8 && same_name(name.substr(0, 8), "content-"); });
            for (const Header& header : rewritten->content)
                ending.headers.push_back({header.name, 0, header.value});
            if (std::none_of(message.headers().begin(), message.headers().end(),
                             [](const Header& header) { return same_name(header.name, "MIME-Version"); }))
                ending.headers.push_back({"MIME-Version", 0, "1.0"});
        }
    }
    for (const FieldText& field : decision.fields) {
        if (judge_->name_of(field.key) != OMBUD_KEY_DELETE_BY)
            return cannot("there is no header for the field '" + std::string(judge_->name_of(field.key)) + "'");
        if (field.text.empty() || field.text != smtp_text(field.text))
            return cannot("a date that is not plain ASCII");
        delete_headers(message.headers(), ending.headers, [](std::string_view name) { return same_name(name, "Expires"); });
        ending.headers.push_back({"Expires", 0, field.text});
    }
    return ending;
}

} // namespace ombud::mail
