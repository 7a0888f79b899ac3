#include "ledger/ledger.hpp"

#include "ledger/appender.hpp"
#include "ledger/file.hpp"
#include "ledger/layout.hpp"
#include "ledger/timestamp.hpp"
#include "ledger/verify.hpp"
#include "store/schema.hpp"
#include "store/writer.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace ombud::ledger {
namespace {

Result<void> create_folder(const std::filesystem::path& folder) {
    std::error_code error;
    if (std::filesystem::is_directory(folder, error))
        return {};
    std::filesystem::create_directories(folder, error);
    if (!error)
        std::filesystem::permissions(folder, std::filesystem::perms::owner_all, error);
    if (error)
        return fail(ErrorCode::unavailable, folder.string() + ": cannot create: " + error.message());
    return {};
}

// The first opening pins the key; a later one must bring the same.
Result<void> pin_verifier(const Layout& layout, const signing::NoteVerifier& verifier) {
    const std::string mine = verifier.verifier_key() + "\n";
    const auto pinned = read_file(layout.verifier());
    if (!pinned && pinned.error().code == ErrorCode::not_found)
        return replace_file(layout.verifier(), mine);
    if (!pinned)
        return fail(pinned.error());
    if (!pinned->starts_with(mine))
        return fail(ErrorCode::refused, layout.verifier().string() + ": this ledger is signed as " +
                                            pinned->substr(0, pinned->find('\n')) + ", but the signer is " +
                                            verifier.verifier_key() + "; use the key it was started with");
    return {};
}

// Whoever pins the file later pins where the epochs begin, too.
Result<void> pin_epoch_root(const Layout& layout, const std::string& root) {
    auto pinned = read_file(layout.verifier());
    if (!pinned)
        return fail(pinned.error());
    if (pinned->find('\n') + 1 < pinned->size())
        return {};
    return replace_file(layout.verifier(), *pinned + root + "\n");
}

Result<Tree> read_tree(store::Database& db) {
    auto row = db.prepare("SELECT size, edge FROM tree WHERE id = 0");
    if (!row)
        return fail(row.error());
    auto found = row->step();
    if (!found)
        return fail(found.error());
    if (!*found)
        return fail(ErrorCode::corrupt, db.file().string() + ": the tree's right edge is missing");
    return Tree::restore(static_cast<std::uint64_t>(row->integer(0)), row->blob(1));
}

struct NewestCheckpoint {
    std::uint64_t size = 0;
    std::string note;
};

Result<NewestCheckpoint> read_newest_checkpoint(store::Database& db) {
    auto row = db.prepare("SELECT size, note FROM checkpoint ORDER BY size DESC LIMIT 1");
    if (!row)
        return fail(row.error());
    auto found = row->step();
    if (!found)
        return fail(found.error());
    if (!*found)
        return NewestCheckpoint{};
    return NewestCheckpoint{static_cast<std::uint64_t>(row->integer(0)), std::string(row->text(1))};
}

Result<std::vector<OpeningPlace>> read_promised_erasures(store::Database& db) {
    auto rows = db.prepare("SELECT idx, key FROM erasure");
    if (!rows)
        return fail(rows.error());
    std::vector<OpeningPlace> places;
    for (;;) {
        auto row = rows->step();
        if (!row)
            return fail(row.error());
        if (!*row)
            return places;
        places.push_back({static_cast<std::uint64_t>(rows->integer(0)), std::string(rows->text(1))});
    }
}

// What an entry says is erased, is erased: also when the process ended between the two.
Result<void> finish_erasures(store::Database& db, Openings& openings) {
    auto promised = read_promised_erasures(db);
    if (!promised)
        return fail(promised.error());
    if (promised->empty())
        return {};
    if (auto erased = openings.erase(*promised); !erased)
        return fail(std::move(erased.error()).within("an erasure is recorded and not finished"));
    db.say_log_holds_removed(); // that of the openings, which is emptied with this file's
    return db.execute("DELETE FROM erasure");
}

Result<VerifyReport> require_whole(const std::filesystem::path& folder) {
    auto report = verify(folder);
    if (!report || report->problems.empty())
        return report;
    const std::size_t more = report->problem_count - 1;
    return fail(ErrorCode::corrupt,
                folder.string() + ": the ledger does not verify: " + report->problems.front().message +
                    (more > 0 ? " (and " + std::to_string(more) + " more)" : std::string()) +
                    "; nothing was changed: keep this folder as evidence and restore a backup elsewhere");
}

std::chrono::milliseconds idle_interval_of(const LedgerOptions& options) {
    constexpr std::int64_t an_hour_ms = 3'600'000;
    return std::chrono::milliseconds(
        std::clamp<std::int64_t>(options.checkpoint_interval_ns / 1'000'000, 1, an_hour_ms));
}

std::string list_of(const std::vector<OpeningPlace>& places) {
    std::string list;
    for (const OpeningPlace& place : places)
        list += (list.empty() ? "" : ",") + std::to_string(place.index) + ":" + place.key;
    return list;
}

} // namespace

class Ledger::Transaction::State {
  public:
    Appender& appender;
    store::Transaction& transaction;
};

Result<std::uint64_t> Ledger::Transaction::append(const Entry& entry) {
    return state_.appender.append(entry);
}
store::Database& Ledger::Transaction::db() {
    return state_.transaction.db();
}

class Ledger::Impl {
  public:
    Layout layout;
    FileLock lock;
    std::unique_ptr<Appender> appender;
    std::unique_ptr<store::Writer> writer;

    // The appender's entries are undone with the unit, as the Writer undoes its rows.
    store::Writer::Work unit(Work work) {
        return [this, work = std::move(work)](store::Transaction& transaction) -> Result<void> {
            Transaction::State state{*appender, transaction};
            Transaction mine(state);
            const std::size_t mark = appender->mark();
            Result<void> done;
            try {
                done = work(mine);
            } catch (...) {
                appender->undo_to(mark);
                throw; // the Writer, one frame up, makes it an Error
            }
            if (!done)
                appender->undo_to(mark);
            return done;
        };
    }
};

Ledger::Ledger(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Result<std::unique_ptr<Ledger>> Ledger::open(const std::filesystem::path& folder, Signer& signer, const Clock& clock,
                                             LedgerOptions options) {
    const Layout layout{folder};
    if (auto created = create_folder(folder); !created)
        return fail(created.error());
    auto lock = FileLock::acquire(layout.lock());
    if (!lock)
        return fail(lock.error());
    if (auto pinned = pin_verifier(layout, signer.verifier()); !pinned)
        return fail(pinned.error());
    auto db = store::Database::open(layout.database());
    if (!db)
        return fail(db.error());
    if (auto ready = store::apply_schema(*db, ledger_part, ledger_steps); !ready)
        return fail(ready.error());
    auto openings = Openings::open(layout.openings(), store::Access::read_write);
    if (!openings)
        return fail(openings.error());

    const auto whole = require_whole(folder);
    if (!whole)
        return fail(whole.error());
    if (auto resumed = signer.resume(whole->epoch); !resumed)
        return fail(resumed.error());
    if (!whole->epoch_root.empty())
        if (auto pinned = pin_epoch_root(layout, whole->epoch_root); !pinned)
            return fail(pinned.error());
    auto tree = read_tree(*db);
    auto newest = read_newest_checkpoint(*db);
    if (!tree || !newest)
        return fail(tree ? newest.error() : tree.error());
    if (auto dropped = openings->drop_from(tree->size()); !dropped)
        return fail(dropped.error());
    if (auto finished = finish_erasures(*db, *openings); !finished)
        return fail(finished.error());
    const bool forgot = openings->empty_log(true).has_value();
    // After a failed fsync the log's pages may be in memory only: move them into the file, and sync that.
    if (auto moved = db->checkpoint_wal(); !moved)
        return fail(moved.error());

    if (!forgot)
        db->say_log_holds_removed(); // tried again

    auto impl = std::make_unique<Impl>(Impl{layout, std::move(*lock), nullptr, nullptr});
    impl->appender = std::make_unique<Appender>(layout, signer, clock, options, std::move(*openings), std::move(*tree),
                                                std::move(newest->note), newest->size);
    Appender* appender = impl->appender.get();
    if (whole->epoch.next)
        appender->await_epoch(whole->epoch_next_at);
    appender->publish(); // a crash may have come between the last COMMIT and its publication
    impl->writer = store::Writer::start(
        std::move(*db),
        {.queue_max = options.queue_max,
         .group_max = options.group_max,
         .idle_interval = idle_interval_of(options),
         .removed_for = options.removed_for,
         .hooks = {.before_commit = [appender](store::Database& file) { return appender->before_commit(file); },
                   .after_commit = [appender] { appender->after_commit(); },
                   .empty_logs = [appender] { return appender->openings().empty_log(false); },
                   .wants_commit = [appender] { return appender->wants_commit(); }}});
    return std::unique_ptr<Ledger>(new Ledger(std::move(impl)));
}

Ledger::~Ledger() {
    (void)checkpoint(); // a ledger that cannot write any more is closed as it is; what it acknowledged is durable
    impl_->writer.reset();
}

std::future<Result<void>> Ledger::submit(Work work) {
    return impl_->writer->submit(impl_->unit(std::move(work)));
}
Result<void> Ledger::commit(Work work) {
    return impl_->writer->commit(impl_->unit(std::move(work)));
}

Result<Recorded> Ledger::append(const Entry& entry) {
    std::uint64_t index = 0;
    auto done = commit([&](Transaction& transaction) -> Result<void> {
        auto appended = transaction.append(entry);
        if (!appended)
            return fail(appended.error());
        index = *appended;
        return {};
    });
    if (!done)
        return fail(done.error());
    return Recorded(index);
}

Result<Recorded> Ledger::recorded(std::uint64_t index) const {
    if (index >= impl_->appender->size())
        return fail(ErrorCode::not_found, "entry " + std::to_string(index) + " is not recorded: the ledger has " +
                                              std::to_string(impl_->appender->size()) + " durable entries");
    return Recorded(index);
}

Result<std::string> Ledger::checkpoint() {
    auto done = commit([this](Transaction&) -> Result<void> {
        impl_->appender->want_checkpoint();
        return {};
    });
    if (!done)
        return fail(done.error());
    auto now = status();
    if (!now.signing)
        return fail(now.signing.error());
    return std::move(now.checkpoint);
}

Result<std::uint64_t> Ledger::erase(const ErasureTarget& target, const std::string& reason) {
    std::vector<OpeningPlace> places;
    auto promised = commit([&](Transaction& transaction) -> Result<void> {
        Entry entry(erasure_kind);
        Openings& openings = impl_->appender->openings();
        Result<std::vector<OpeningPlace>> found;
        if (const auto* entry_index = std::get_if<EntryIndex>(&target)) {
            entry.set("by", "index");
            found = openings.find_index(entry_index->index);
        } else if (const auto* personal = std::get_if<PersonalValue>(&target)) {
            entry.set("by", "value");
            found = openings.find_value(personal->value);
        } else {
            const std::int64_t before_ns = std::get<OlderThan>(target).at_ns;
            entry.set("by", "age").set("older_than", format_utc(before_ns));
            found = openings.find_older_than(before_ns);
        }
        if (!found)
            return fail(found.error());
        places = std::move(*found);
        if (places.empty())
            return {};
        entry.set("count", static_cast<std::int64_t>(places.size()))
            .set("erased", list_of(places))
            .set("reason", reason);
        if (auto appended = transaction.append(entry); !appended)
            return fail(appended.error());
        auto promise = transaction.db().cached("INSERT OR IGNORE INTO erasure(idx, key) VALUES(?1, ?2)");
        if (!promise)
            return fail(promise.error());
        for (const OpeningPlace& place : places)
            if (auto done = (*promise)->bind(1, static_cast<std::int64_t>(place.index)).bind(2, place.key).run(); !done)
                return done;
        return {};
    });
    if (!promised)
        return fail(promised.error());
    // Only now that the entry is durable: an erasure without its entry would leave no account of itself.
    auto finished = commit(
        [this](Transaction& transaction) { return finish_erasures(transaction.db(), impl_->appender->openings()); });
    if (!finished)
        return fail(finished.error());
    return places.size();
}

Result<std::uint64_t> Ledger::begin_epoch() {
    std::uint64_t index = 0;
    std::string key;
    auto done = commit([&](Transaction&) -> Result<void> {
        auto begun = impl_->appender->begin_epoch(key);
        if (!begun)
            return fail(begun.error());
        index = *begun;
        return {};
    });
    if (!done)
        return fail(done.error());
    if (auto pinned = pin_epoch_root(impl_->layout, key); !pinned) // the first only; a later opening does it, too
        return fail(pinned.error());
    if (auto covered = checkpoint(); !covered)
        return fail(covered.error());
    return index;
}

LedgerStatus Ledger::status() const {
    LedgerStatus status = impl_->appender->status();
    status.writing = impl_->writer->failure();
    store::Writer::Log log = impl_->writer->log();
    status.log_holds_removed = log.holds_removed;
    status.log_failure = std::move(log.failure);
    return status;
}

const std::filesystem::path& Ledger::folder() const {
    return impl_->layout.folder;
}
std::filesystem::path Ledger::database_path() const {
    return impl_->layout.database();
}

Result<store::Database> Ledger::open_for_reading() const {
    return store::Database::open(impl_->layout.database(), {.access = store::Access::read_only});
}

Result<Reader> Ledger::reader() const {
    return Reader::open(impl_->layout.folder);
}

} // namespace ombud::ledger
