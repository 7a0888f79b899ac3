#pragma once
// One connection of the mail server: mails one after another, each asked about twice.

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "bus/dispatcher.hpp"
#include "events/clock.hpp"
#include "gates/mail/envelope.hpp"
#include "gates/mail/reply.hpp"

namespace ombud::mail {

/// Asks the hook; durable in the ledger when it returns. Called from many threads at once.
using Ask = std::function<Result<Judgement>(const EventRef&)>;
/// The same, durable when a later question is; see Dispatcher::ask_ahead. Accepting a recipient moves nothing yet.
using AskAhead = std::function<Result<Dispatcher::Ahead>(const EventRef&)>;
/// @param level  OMBUD_LOG_*
using Log = std::function<void(int level, std::string_view message)>;

struct Counts {
    std::atomic<std::uint64_t> mails{0}, recipients_refused{0}, mails_refused{0}, mails_changed{0}, held{0};
};

/// What all sessions share. Sessions may outlive the gate that they were opened for: after close() they hold every mail.
class Judge {
  public:
    Judge(Ask ask, AskAhead ask_ahead, const Clock& clock, Names& names, Log log, const MessageLimits& limits);

    using Question = std::function<Result<EventRef>(Names&, std::int64_t utc_ns)>;
    /// Errors  unavailable  closed, or nothing can be judged or recorded
    Result<Judgement> ask(const Question& question) { return within(question, ask_); }
    Result<Dispatcher::Ahead> ask_ahead(const Question& question) { return within(question, ask_ahead_); }
    void log(int level, std::string_view message);
    std::string_view name_of(std::uint32_t key) { return names_.name(key); }
    /// Returns when no question is under way any more; none comes after.
    void close();

    const MessageLimits limits;
    Counts counts;

  private:
    bool enter();
    void leave();
    template <class Answer>
    Result<Answer> within(const Question& question, const std::function<Result<Answer>(const EventRef&)>& ask);

    Ask ask_;
    AskAhead ask_ahead_;
    const Clock& clock_;
    Names& names_;
    Log log_;
    std::mutex mutex_;
    std::condition_variable idle_;
    std::size_t inside_ = 0;
    bool closed_ = false;
};

/// One header that is set, added (index 0) or deleted (no value). `index` counts those of that name from 1.
struct HeaderChange {
    std::string name;
    int index = 0;
    std::optional<std::string> value;
};

/// What happens to a whole mail.
struct Ending {
    Reply reply;
    std::optional<std::string> body; ///< replaces the one that came
    std::vector<HeaderChange> headers; ///< in this order
};

/// Thread  one at a time
class Session {
  public:
    explicit Session(std::shared_ptr<Judge> judge) : judge_(std::move(judge)) {}

    void begin(Envelope envelope);
    Reply recipient(Recipient recipient);
    void header(std::string_view name, std::string_view value);
    void body(std::string_view bytes);
    Ending end(std::string queue_id);
    /// The mail will not be sent; another may follow.
    void abort();

  private:
    Ending decide(Message& message);
    Ending change(Message& message, const Decision& decision);

    static constexpr std::size_t recipients_bytes_max = 32 * 1024; // of one mail, so that an event can hold them

    const std::shared_ptr<Judge> judge_;
    Envelope envelope_;
    std::vector<Recipient> accepted_;
    std::vector<std::shared_future<Result<void>>> recorded_; // of those asked about
    std::size_t recipients_bytes_ = 0;
    Reply late_refusal_; // of a recipient, told at the end of the mail
    std::optional<Incoming> incoming_;
};

} // namespace ombud::mail
