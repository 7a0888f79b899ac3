#include "ledger/verify.hpp"

#include "ledger/checkpoint.hpp"
#include "ledger/entry_batch.hpp"
#include "ledger/epoch_chain.hpp"
#include "ledger/file.hpp"
#include "ledger/kind_index.hpp"
#include "ledger/layout.hpp"
#include "ledger/line.hpp"
#include "ledger/openings_check.hpp"
#include "ledger/tree.hpp"
#include "signing/random.hpp"
#include "store/schema.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <future>

namespace ombud::ledger {
namespace {

constexpr std::size_t problems_max = 100;
constexpr std::uint64_t progress_every = 16'384;

// What a checkpoint from outside the database states, until the tree has reached its size.
struct Expected {
    Checkpoint checkpoint;
    std::string source;
};

// One pass over the entries, with the checkpoints met on the way.
class Check {
  public:
    Check(const Layout& layout, const VerifyOptions& options, store::Database db, PinnedKeys pinned)
        : layout_(layout), options_(options), db_(std::move(db)), verifier_(std::move(pinned.verifier)),
          epochs_(verifier_.name(), std::move(pinned.epoch_root),
                  [this](ProblemKind kind, std::uint64_t index, std::string message) { problem(kind, index, std::move(message)); }) {
        report_.verifier_key = verifier_.verifier_key();
        report_.key_was_pinned = options.verifier.has_value();
        report_.epoch_was_pinned = options.epoch_root.has_value();
    }

    Result<VerifyReport> run() {
        if (auto added = add_outside_checkpoints(); !added)
            return fail(added.error());
        auto walked = db_.execute("BEGIN"); // one state for all statements
        if (walked)
            walked = read_recorded_size();
        if (walked)
            walked = read_pruned();
        if (walked) {
            // Beside the walk: the second core has nothing else to do.
            std::array<std::uint8_t, sizeof(std::uint64_t)> key{};
            if (auto drawn = signing::random_bytes(key); !drawn)
                return fail(drawn.error());
            auto listed = std::async(std::launch::async, read_kind_sums, layout_.database(), recorded_size_,
                                     std::bit_cast<std::uint64_t>(key));
            KindSums kinds(recorded_size_, std::bit_cast<std::uint64_t>(key));
            walked = walk(kinds);
            auto index = listed.get();
            if (walked)
                walked = check_end();
            if (walked)
                walked = check_kind_index(kinds, index);
        }
        if (db_.in_transaction())
            (void)db_.execute("ROLLBACK"); // nothing was written
        if (walked)
            walked = check_openings(layout_, db_, recorded_size_, report_.openings,
                                    [this](ProblemKind kind, std::uint64_t index, std::string message) { problem(kind, index, std::move(message)); });
        if (!walked)
            return fail(walked.error());
        return std::move(report_);
    }

  private:
    void problem(ProblemKind kind, std::uint64_t index, std::string message) {
        ++report_.problem_count;
        if (report_.problems.size() < problems_max)
            report_.problems.push_back({kind, index, std::move(message)});
    }

    // Published before the snapshot is taken, so the snapshot must contain it.
    Result<void> add_outside_checkpoints() {
        Result<void> refused;
        for (const KeptCheckpoint& one : options_.kept) {
            auto kept = open_checkpoint(one.note, verifier_);
            if (kept) {
                outside_.push_back({std::move(*kept), one.source});
                ++report_.kept;
                continue;
            }
            ++report_.kept_unsigned;
            if (refused)
                refused = fail(ErrorCode::invalid_input, one.source + " cannot be used: " + kept.error().message);
        }
        if (report_.kept == 0 && !refused)
            return refused;
        const auto published = read_file(layout_.checkpoint());
        if (published) {
            auto checkpoint = open_checkpoint(*published, verifier_);
            if (checkpoint)
                outside_.push_back({std::move(*checkpoint), layout_.checkpoint().string()});
            else
                problem(checkpoint.error().code == ErrorCode::invalid_input ? ProblemKind::bad_checkpoint
                                                                            : ProblemKind::bad_signature,
                        0, layout_.checkpoint().string() + ": " + checkpoint.error().message);
        } else if (published.error().code != ErrorCode::not_found) {
            return fail(published.error());
        }
        std::sort(outside_.begin(), outside_.end(), [](const Expected& left, const Expected& right) {
            return left.checkpoint.size < right.checkpoint.size;
        });
        return {};
    }

    Result<void> read_recorded_size() {
        auto row = db_.prepare("SELECT size, edge FROM tree WHERE id = 0");
        if (!row)
            return fail(row.error());
        auto found = row->step();
        if (!found)
            return fail(found.error());
        if (!*found || row->integer(0) < 0) {
            problem(ProblemKind::edge_mismatch, 0, "the record of the tree's size and right edge is missing");
            return {};
        }
        recorded_size_ = static_cast<std::uint64_t>(row->integer(0));
        const auto edge = row->blob(1);
        recorded_edge_.assign(edge.begin(), edge.end());
        return {};
    }

    // What the newest entry about it says; the walk checks that entry as any other.
    Result<void> read_pruned() {
        auto row = db_.prepare("SELECT idx, line FROM entry WHERE kind = ?1 ORDER BY idx DESC LIMIT 1");
        if (!row)
            return fail(row.error());
        auto found = row->bind(1, pruned_kind).step();
        if (!found)
            return fail(found.error());
        if (!*found)
            return {};
        report_.bodies_from = pruned_below(row->text(1));
        pruned_by_ = static_cast<std::uint64_t>(row->integer(0));
        return {};
    }

    // Reads and adds up here, checks lines and hashes beside it: one batch ahead.
    Result<void> walk(KindSums& kinds) {
        auto entries = db_.prepare("SELECT " + std::string(EntryBatch::columns) + " FROM entry ORDER BY idx");
        if (!entries)
            return fail(entries.error());
        auto checkpoints = db_.prepare("SELECT size, note FROM checkpoint ORDER BY size");
        if (!checkpoints)
            return fail(checkpoints.error());
        checkpoints_ = std::move(*checkpoints);
        if (auto moved = next_checkpoint(); !moved)
            return moved;
        if (auto met = meet_checkpoints(); !met)
            return met;
        EntryBatch ahead;
        EntryBatch behind;
        std::future<void> checking; // of `behind`; going first, it waits for its thread
        for (std::uint64_t read = 0;;) {
            if (auto more = ahead.read(*entries, read, kinds); !more)
                return more;
            read += ahead.rows().size();
            if (checking.valid())
                checking.get();
            std::swap(ahead, behind);
            checking = std::async(std::launch::async, [&behind] { behind.check(); });
            if (auto added = add(ahead); !added) // the one before, checked by now; at first there is none
                return added;
            if (behind.is_last()) {
                checking.get();
                return add(behind);
            }
        }
    }

    Result<void> add(const EntryBatch& batch) {
        for (const EntryBatch::Row& row : batch.rows()) {
            add_entry(row);
            if (row.line_size == 0)
                add_pruned(row);
            else if (batch.kind(row) == epoch_kind)
                epochs_.add_entry(static_cast<std::uint64_t>(row.number), batch.line(row));
            if (auto met = meet_checkpoints(); !met)
                return met;
            if (report_.size % progress_every == 0 && options_.progress &&
                !options_.progress(report_.size, recorded_size_))
                return fail(ErrorCode::unavailable, "verification was cancelled at " + entry_name(report_.size));
        }
        return {};
    }

    void add_entry(const EntryBatch::Row& row) {
        ++report_.size;
        const auto index = static_cast<std::uint64_t>(row.number);
        if (row.number < 0 || index >= recorded_size_) {
            problem(ProblemKind::inserted, index,
                    "entry " + std::to_string(row.number) + ": inserted; the ledger recorded entries 0 to " +
                        std::to_string(recorded_size_) + " (exclusive)");
            return;
        }
        if (index > next_) {
            problem(ProblemKind::removed, next_,
                    index == next_ + 1 ? entry_name(next_) + ": removed; " + entry_name(index) + " follows"
                                       : "entries " + std::to_string(next_) + " to " + std::to_string(index - 1) +
                                             ": removed; " + entry_name(index) + " follows");
            gap_ = true;
        }
        next_ = index + 1;
        if (row.problem)
            problem(row.problem->kind, index, row.problem->message);
        // The stored hash goes into the tree: if a later checkpoint confirms it, it was the line that was changed.
        if (!row.has_its_hash)
            problem(ProblemKind::changed, index,
                    entry_name(index) + ": changed; its bytes do not have the hash recorded for them");
        if (!gap_)
            tree_.append(row.leaf);
    }

    void add_pruned(const EntryBatch::Row& row) {
        const auto index = static_cast<std::uint64_t>(row.number);
        if (row.kind_size == 0 && row.at_ns == 0 && index < report_.bodies_from)
            ++report_.pruned;
        else
            problem(ProblemKind::changed, index, entry_name(index) + ": changed; its body is gone, and no entry says that it was pruned");
    }

    Result<void> check_kind_index(const KindSums& kinds, const Result<KindSums>& listed) {
        if (!listed)
            return fail(listed.error());
        for (const std::string& kind : kinds.differing(*listed))
            problem(ProblemKind::index_mismatch, 0,
                    "queries for kind '" + kind +
                        "' do not find exactly the entries of that kind: the index was "
                        "changed; without a kind, queries list all entries");
        return {};
    }

    Result<void> next_checkpoint() {
        auto row = checkpoints_.step();
        if (!row)
            return fail(std::move(row.error()).within("checkpoints"));
        has_checkpoint_ = *row;
        return {};
    }

    [[nodiscard]] std::uint64_t checkpoint_size() const { return static_cast<std::uint64_t>(checkpoints_.integer(0)); }

    // Compares the tree with every checkpoint of its present size.
    Result<void> meet_checkpoints() {
        while (outside_met_ < outside_.size() && outside_[outside_met_].checkpoint.size == tree_.size() && !gap_) {
            const Expected& expected = outside_[outside_met_++];
            compare(expected.checkpoint, expected.source);
        }
        while (has_checkpoint_ && (checkpoint_size() <= tree_.size() || checkpoints_.integer(0) < 0) && !gap_) {
            if (auto read = read_checkpoint())
                compare(*read, "the checkpoint of " + std::to_string(read->size) + " entries");
            if (auto moved = next_checkpoint(); !moved)
                return moved;
        }
        return {};
    }

    // The checkpoint at hand, when its signature is good and its size that of its row.
    std::optional<Checkpoint> read_checkpoint() {
        ++report_.checkpoints;
        const std::uint64_t size = checkpoint_size();
        const std::string name = "the checkpoint of " + std::to_string(size) + " entries";
        auto opened = open_checkpoint(checkpoints_.text(1), verifier_);
        if (!opened) {
            problem(opened.error().code == ErrorCode::invalid_input ? ProblemKind::bad_checkpoint
                                                                    : ProblemKind::bad_signature,
                    size, name + ": " + opened.error().message);
            return std::nullopt;
        }
        if (opened->size != size) {
            problem(ProblemKind::bad_checkpoint, size,
                    name + ": the signed text is of " + std::to_string(opened->size) + " entries");
            return std::nullopt;
        }
        report_.signed_size = std::max(report_.signed_size, size);
        epochs_.add_checkpoint(checkpoints_.text(1), size, name);
        return std::move(*opened);
    }

    void compare(const Checkpoint& checkpoint, const std::string& source) {
        if (checkpoint.root == tree_.root()) {
            good_size_ = std::max(good_size_, checkpoint.size);
            return;
        }
        if (good_size_ == checkpoint.size && good_size_ > 0)
            return problem(ProblemKind::root_mismatch, checkpoint.size,
                           source + ": states another history of " + std::to_string(checkpoint.size) +
                               " entries than the one that is here and that another checkpoint confirms: the key has signed both");
        problem(ProblemKind::root_mismatch, checkpoint.size,
                source + ": states another history; at least one of entries " + std::to_string(good_size_) + " to " +
                    std::to_string(checkpoint.size - (checkpoint.size > 0 ? 1 : 0)) +
                    " was changed, removed, inserted or reordered");
    }

    Result<void> check_end() {
        if (report_.pruned > 0 && pruned_by_ >= report_.signed_size)
            problem(ProblemKind::changed, pruned_by_, entry_name(pruned_by_) + ": says that bodies were pruned, and no checkpoint covers it");
        if (next_ < recorded_size_)
            problem(ProblemKind::truncated, next_,
                    "entries " + std::to_string(next_) + " to " + std::to_string(recorded_size_ - 1) +
                        ": truncated; the ledger recorded " + std::to_string(recorded_size_) + " entries");
        else if (!gap_ && tree_.edge() != recorded_edge_)
            problem(ProblemKind::edge_mismatch, recorded_size_ == 0 ? 0 : recorded_size_ - 1,
                    "the tree's right edge does not fit the entries; at least one of entries " +
                        std::to_string(good_size_) + " to " +
                        std::to_string(recorded_size_ == 0 ? 0 : recorded_size_ - 1) + " was changed");
        for (; has_checkpoint_;) { // beyond the end, or behind a gap
            if (auto read = read_checkpoint(); read && read->size > recorded_size_)
                problem(ProblemKind::truncated, recorded_size_,
                        "the checkpoint of " + std::to_string(read->size) +
                            " entries: truncated; the ledger has only " + std::to_string(recorded_size_));
            if (auto moved = next_checkpoint(); !moved)
                return moved;
        }
        epochs_.end(report_);
        for (; outside_met_ < outside_.size(); ++outside_met_) {
            const Expected& expected = outside_[outside_met_];
            if (expected.checkpoint.size > recorded_size_)
                problem(ProblemKind::rolled_back, recorded_size_,
                        expected.source + ": rolled back; it states " + std::to_string(expected.checkpoint.size) +
                            " entries, the ledger has " + std::to_string(recorded_size_));
        }
        return {};
    }

    const Layout& layout_;
    const VerifyOptions& options_;
    store::Database db_;
    signing::NoteVerifier verifier_;
    EpochChain epochs_;
    std::uint64_t pruned_by_ = 0; // the entry that says so
    VerifyReport report_;
    std::vector<Expected> outside_; // by size
    std::size_t outside_met_ = 0;
    std::uint64_t recorded_size_ = 0;
    std::vector<std::uint8_t> recorded_edge_;
    store::Statement checkpoints_;
    bool has_checkpoint_ = false;
    Tree tree_;
    std::uint64_t next_ = 0;      // index of the next entry
    std::uint64_t good_size_ = 0; // the tree was confirmed by a checkpoint up to here
    bool gap_ = false; // an entry is missing: the tree cannot be followed any further
};

} // namespace

std::string_view name_of(ProblemKind kind) {
    constexpr std::string_view names[] = {"changed",        "removed",       "inserted",       "reordered",
                                          "truncated",      "rolled-back",   "root-mismatch",  "bad-signature",
                                          "bad-checkpoint", "edge-mismatch", "index-mismatch", "broken-opening"};
    return names[static_cast<std::size_t>(kind)];
}

Result<VerifyReport> verify(const std::filesystem::path& folder, const VerifyOptions& options) {
    const Layout layout{folder};
    auto db = store::Database::open(layout.database(), {.access = store::Access::read_only});
    if (!db)
        return fail(db.error());
    if (auto ready = store::check_schema(*db, ledger_part, ledger_steps); !ready)
        return fail(ready.error());
    auto pinned = options.verifier ? Result<PinnedKeys>(PinnedKeys{*options.verifier, options.epoch_root}) : read_verifier(folder);
    if (!pinned)
        return fail(pinned.error());
    return Check(layout, options, std::move(*db), std::move(*pinned)).run();
}

} // namespace ombud::ledger
