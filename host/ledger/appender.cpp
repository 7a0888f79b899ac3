#include "ledger/appender.hpp"

#include "ledger/checkpoint.hpp"
#include "ledger/file.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace ombud::ledger {
namespace {

// SQLite finds the end of table and index once for each statement, and both grow at their ends: rows that one statement
// adds cost a third less. FAIL: whatever a statement did before an error is rolled back with the group anyway.
constexpr std::size_t rows_at_once = 16;
constexpr int columns = 5;
constexpr std::size_t text_kept_bytes = 1 << 20;

std::string insert_of(std::size_t rows) {
    std::string sql = "INSERT OR FAIL INTO entry(idx, kind, at_ns, line, leaf) VALUES";
    for (std::size_t row = 0; row < rows; ++row)
        sql += row == 0 ? "(?, ?, ?, ?, ?)" : ", (?, ?, ?, ?, ?)";
    return sql;
}

} // namespace

Appender::Appender(Layout layout, Signer& signer, const Clock& clock, const LedgerOptions& options, Openings openings,
                   Tree tree, std::string checkpoint_note, std::uint64_t signed_size)
    : layout_(std::move(layout)), signer_(signer), clock_(clock), options_(options), openings_(std::move(openings)),
      tree_(std::move(tree)), signed_at_mono_ns_(clock.mono_ns() - options.checkpoint_interval_ns),
      published_at_mono_ns_(signed_at_mono_ns_), durable_size_(tree_.size()) {
    status_.size = tree_.size();
    status_.signed_size = signed_size;
    status_.checkpoint = std::move(checkpoint_note);
}

Result<std::uint64_t> Appender::append(const Entry& entry) {
    const std::uint64_t index = tree_.size() + pending_.size();
    const std::int64_t at_ns = clock_.utc_ns();
    const std::size_t at = text_.size();
    if (auto rendered = entry.render_to(text_, index, at_ns); !rendered)
        return fail(rendered.error());
    const std::size_t line_size = text_.size() - at;
    text_ += entry.kind();
    pending_.push_back({at, line_size, entry.kind().size(), at_ns, entry.openings()});
    return index;
}

void Appender::undo_to(std::size_t mark) {
    if (mark == pending_.size())
        return;
    text_.resize(pending_[mark].at);
    pending_.erase(pending_.begin() + static_cast<std::ptrdiff_t>(mark), pending_.end());
}

Result<void> Appender::before_commit(store::Database& db) {
    // First, so that what is signed is durable: a signer that remembers must not have seen more than a crash leaves here.
    if (sign_due())
        if (auto done = sign(db); !done)
            return done;
    if (auto kept = keep_openings(); !kept)
        return kept;
    return pending_.empty() ? Result<void>{} : write_entries(db);
}

// Before the ledger's own COMMIT: a commitment whose opening was lost could never be shown. The other way round, an
// opening without its entry is dropped at the next start.
Result<void> Appender::keep_openings() {
    bool begun = false;
    for (std::size_t i = 0; i < pending_.size(); ++i) {
        if (pending_[i].openings.empty())
            continue;
        if (!begun)
            if (auto done = openings_.begin(); !done)
                return done;
        begun = true;
        if (auto done = openings_.keep(tree_.size() + i, pending_[i].at_ns, pending_[i].openings); !done)
            return done;
    }
    return begun ? openings_.commit() : Result<void>{};
}

Result<void> Appender::write_entries(store::Database& db) {
    static const std::string one = insert_of(1), many = insert_of(rows_at_once);
    for (std::size_t begin = 0; begin < pending_.size();) {
        const std::size_t count = pending_.size() - begin >= rows_at_once ? rows_at_once : 1;
        auto insert = db.cached(count == 1 ? one : many);
        if (!insert)
            return fail(insert.error());
        if (auto written = write_rows(**insert, begin, count); !written)
            return written;
        begin += count;
    }
    auto update = db.cached("UPDATE tree SET size = ?1, edge = ?2 WHERE id = 0");
    if (!update)
        return fail(update.error());
    return (*update)->bind(1, static_cast<std::int64_t>(tree_.size())).bind(2, tree_.edge()).run();
}

Result<void> Appender::write_rows(store::Statement& insert, std::size_t begin, std::size_t count) {
    std::array<Digest, rows_at_once> leaves; // the statement borrows them
    int position = 1;
    for (std::size_t i = 0; i < count; ++i, position += columns) {
        const Pending& entry = pending_[begin + i];
        leaves[i] = leaf_hash(line_of(entry));
        insert.bind(position, static_cast<std::int64_t>(tree_.size() + i))
            .bind_borrowed(position + 1, kind_of(entry))
            .bind(position + 2, entry.at_ns)
            .bind_borrowed(position + 3, line_of(entry))
            .bind_borrowed(position + 4, leaves[i]);
    }
    auto done = insert.run();
    for (std::size_t i = 0; done && i < count; ++i)
        tree_.append(leaves[i]);
    return done;
}

bool Appender::sign_due() const {
    if (checkpoint_wanted_)
        return tree_.size() > status_.signed_size || status_.checkpoint.empty();
    if (tree_.size() == status_.signed_size)
        return false;
    if (clock_.mono_ns() - signed_at_mono_ns_ >= options_.checkpoint_interval_ns)
        return true;
    // A signer that failed is asked again after the interval only, not with each group.
    return status_.signing.has_value() && tree_.size() - status_.signed_size >= options_.checkpoint_entries;
}

Result<std::uint64_t> Appender::begin_epoch(std::string& key) {
    if (epoch_at_)
        return fail(ErrorCode::unavailable, "an epoch is about to begin: no checkpoint covers entry " + std::to_string(*epoch_at_) + " yet");
    const auto next = signer_.prepare_epoch();
    if (!next)
        return fail(next.error());
    key = next->verifier_key();
    auto index = append(Entry(epoch_kind).set("key", key));
    if (index)
        epoch_at_ = *index;
    return index;
}

// Whether or not it works now: `sign` waits until it did, so that nothing later is signed under the old key.
void Appender::enter_epoch() {
    auto entered = signer_.enter_epoch();
    const std::lock_guard lock(mutex_);
    status_.signing = entered ? Result<void>{} : fail(std::move(entered.error()).within("the key of the next epoch"));
    if (entered)
        epoch_at_.reset();
}

// A signer that cannot sign now does not stop the record: the entries are durable, and covered by the next checkpoint.
Result<void> Appender::sign(store::Database& db) {
    signed_at_mono_ns_ = clock_.mono_ns();
    if (epoch_at_ && *epoch_at_ < status_.signed_size) {
        enter_epoch();
        if (!status_.signing)
            return {};
    }
    const std::string text = Checkpoint{signer_.verifier().name(), tree_.size(), tree_.root()}.text();
    auto lines = signer_.sign(text);
    {
        const std::lock_guard lock(mutex_);
        status_.signing = lines ? Result<void>{} : fail(lines.error());
    }
    if (!lines)
        return {};
    new_note_ = text + "\n" + *lines;
    auto insert = db.cached("INSERT OR REPLACE INTO checkpoint(size, at_ns, note) VALUES(?1, ?2, ?3)");
    if (!insert)
        return fail(insert.error());
    checkpoint_made_ = tree_.size();
    return (*insert)
        ->bind(1, static_cast<std::int64_t>(tree_.size()))
        .bind(2, clock_.utc_ns())
        .bind_borrowed(3, new_note_)
        .run();
}

void Appender::after_commit() {
    pending_.clear();
    text_.clear();
    if (text_.capacity() > text_kept_bytes)
        std::string().swap(text_);
    const auto made = std::exchange(checkpoint_made_, std::nullopt);
    const bool wanted = std::exchange(checkpoint_wanted_, false);
    {
        const std::lock_guard lock(mutex_);
        status_.size = tree_.size();
        if (made) {
            status_.signed_size = *made;
            status_.checkpoint = new_note_;
        }
    }
    durable_size_.store(tree_.size(), std::memory_order_release);
    if (made && epoch_at_ && *epoch_at_ < *made)
        enter_epoch();
    if (made && options_.on_checkpoint)
        options_.on_checkpoint(new_note_);
    // Publishing costs an fsync of its own: once an interval is enough, the database holds every checkpoint.
    if (wanted || (made && clock_.mono_ns() - published_at_mono_ns_ >= options_.checkpoint_interval_ns))
        publish();
}

void Appender::publish() {
    if (status_.checkpoint.empty())
        return;
    published_at_mono_ns_ = clock_.mono_ns();
    auto written = replace_file(layout_.checkpoint(), status_.checkpoint);
    const std::lock_guard lock(mutex_);
    status_.publishing = std::move(written);
}

bool Appender::wants_commit() const {
    return sign_due();
}

LedgerStatus Appender::status() const {
    const std::lock_guard lock(mutex_);
    return status_;
}

} // namespace ombud::ledger
