#include "bus/journal.hpp"

#include <algorithm>
#include <array>
#include <cstring>

#include "signing/digest.hpp"
#include "store/schema.hpp"

namespace ombud {
namespace {

// AUTOINCREMENT: a number that was used is never used again, even when its event is long gone.
constexpr std::array<std::string_view, 1> schema{R"sql(
CREATE TABLE journal(seq INTEGER PRIMARY KEY AUTOINCREMENT, attachment TEXT NOT NULL, event BLOB NOT NULL) STRICT;
CREATE TABLE feed_position(attachment TEXT PRIMARY KEY, position BLOB NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE name(number INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
)sql"};

Result<void> insert(store::Database& db, const std::string& attachment, std::uint64_t seq, const Event& event) {
    auto statement = db.cached("INSERT INTO journal(seq, attachment, event) VALUES(?1, ?2, ?3)");
    if (!statement)
        return fail(statement.error());
    return (*statement)->bind(1, static_cast<std::int64_t>(seq)).bind_borrowed(2, attachment).bind_borrowed(3, event.bytes()).run();
}

Result<void> put_position(store::Database& db, const std::string& attachment, std::string_view position) {
    auto statement = db.cached("INSERT INTO feed_position VALUES(?1, ?2) ON CONFLICT(attachment) DO UPDATE SET position = ?2");
    if (!statement)
        return fail(statement.error());
    return (*statement)->bind_borrowed(1, attachment).bind_borrowed(2, signing::bytes_of(position)).run();
}

Result<void> load_names(store::Database& db, std::vector<std::string>& names) {
    auto rows = db.prepare("SELECT name FROM name ORDER BY number");
    if (!rows)
        return fail(rows.error());
    for (auto more = rows->step(); ; more = rows->step()) {
        if (!more)
            return fail(more.error());
        if (!*more)
            return {};
        names.emplace_back(rows->text(0));
    }
}

} // namespace

ombud_id source_id(std::string_view attachment) {
    const auto digest = signing::sha256(attachment);
    ombud_id id{};
    std::copy_n(digest.begin(), sizeof id.b, id.b);
    return id;
}

Result<std::unique_ptr<Journal>> Journal::open(ledger::Ledger& ledger, const Clock& clock, Names::Persist& persist,
                                               std::vector<std::string>& known_names, std::size_t capacity) {
    auto journal = std::unique_ptr<Journal>(new Journal(ledger, clock, capacity));
    auto prepared = ledger.commit([](auto& transaction) { return store::apply_schema(transaction.db(), "journal", schema); });
    if (!prepared)
        return fail(prepared.error());
    auto db = ledger.open_for_reading();
    if (!db)
        return fail(db.error());
    if (auto loaded = load_names(*db, known_names); !loaded)
        return fail(loaded.error());
    persist = [&ledger](std::uint32_t number, std::string_view name) {
        return ledger.commit([number, name](auto& transaction) -> Result<void> {
            auto statement = transaction.db().cached("INSERT INTO name VALUES(?1, ?2)");
            if (!statement)
                return fail(statement.error());
            return (*statement)->bind(1, std::int64_t{number}).bind(2, name).run();
        });
    };

    auto last = db->prepare("SELECT seq FROM sqlite_sequence WHERE name = 'journal'");
    if (!last)
        return fail(last.error());
    if (auto row = last->step(); row && *row)
        journal->next_seq_ = static_cast<std::uint64_t>(last->integer(0)) + 1;
    auto rows = db->prepare("SELECT seq, attachment, event FROM journal ORDER BY seq");
    if (!rows)
        return fail(rows.error());
    for (auto more = rows->step();; more = rows->step()) {
        if (!more)
            return fail(more.error());
        if (!*more)
            return journal;
        auto event = Event::from_bytes(rows->blob(2));
        if (!event)
            return fail(Error(event.error()).within("journal entry " + std::to_string(rows->integer(0))));
        const auto& header = (*event)->header();
        journal->queue_.push_back({(*event)->stamped(static_cast<std::uint64_t>(rows->integer(0)), clock.mono_ns(), header.source,
                                                     header.flags | OMBUD_EVENT_REDELIVERY),
                                   std::string(rows->text(1))});
    }
}

Result<std::uint64_t> Journal::accept(const std::string& attachment, const std::vector<EventRef>& events,
                                      std::optional<std::string_view> position,
                                      const std::function<void(const std::vector<EventRef>&)>& durable) {
    {
        std::unique_lock lock(mutex_);
        if (queue_.size() >= capacity_) {
            const std::int64_t since = clock_.mono_ns();
            room_.wait(lock, [&] { return closed_ || queue_.size() < capacity_; });
            waited_ns_ += clock_.mono_ns() - since;
        }
        if (closed_)
            return fail(ErrorCode::unavailable, "the host is stopping");
    }
    if (events.empty() && !position)
        return 0;

    const std::int64_t now = clock_.mono_ns();
    const ombud_id source = source_id(attachment);
    std::vector<EventRef> taken;
    taken.reserve(events.size());
    auto committed = ledger_.commit([&](ledger::Ledger::Transaction& transaction) -> Result<void> {
        // Numbers of a unit that fails are skipped, never reused.
        for (const EventRef& event : events) {
            taken.push_back(event->stamped(next_seq_++, now, source, event->header().flags & ~OMBUD_EVENT_REDELIVERY));
            if (auto ok = insert(transaction.db(), attachment, taken.back()->seq(), *taken.back()); !ok)
                return ok;
        }
        return position ? put_position(transaction.db(), attachment, *position) : Result<void>{};
    });
    if (!committed)
        return fail(committed.error());
    if (durable)
        durable(taken);
    const std::uint64_t last = taken.empty() ? 0 : taken.back()->seq();
    {
        const std::lock_guard lock(mutex_);
        for (EventRef& event : taken)
            queue_.push_back({std::move(event), attachment});
        accepted_ += events.size();
    }
    if (news_)
        news_();
    return last;
}

void Journal::each_waiting(const std::function<void(const JournalledEvent&)>& visit) const {
    const std::lock_guard lock(mutex_);
    for (const JournalledEvent& one : queue_)
        visit(one);
}

Result<std::string> Journal::position(const std::string& attachment) const {
    auto db = ledger_.open_for_reading();
    if (!db)
        return fail(db.error());
    auto row = db->prepare("SELECT position FROM feed_position WHERE attachment = ?1");
    if (!row)
        return fail(row.error());
    row->bind(1, attachment);
    auto found = row->step();
    if (!found)
        return fail(found.error());
    if (!*found)
        return std::string{};
    const auto bytes = row->blob(0);
    return std::string(bytes.begin(), bytes.end());
}

std::optional<JournalledEvent> Journal::take() {
    const std::lock_guard lock(mutex_);
    if (queue_.empty())
        return std::nullopt;
    auto next = std::move(queue_.front());
    queue_.pop_front();
    room_.notify_all();
    return next;
}

Result<void> Journal::remove(ledger::Ledger::Transaction& transaction, std::uint64_t seq) {
    auto statement = transaction.db().cached("DELETE FROM journal WHERE seq = ?1");
    if (!statement)
        return fail(statement.error());
    return (*statement)->bind(1, static_cast<std::int64_t>(seq)).run();
}

void Journal::close() {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    room_.notify_all();
}

JournalStatus Journal::status() const {
    const std::lock_guard lock(mutex_);
    return {queue_.size(), capacity_, accepted_, waited_ns_};
}

} // namespace ombud
