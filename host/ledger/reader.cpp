#include "ledger/reader.hpp"

#include "ledger/layout.hpp"
#include "ledger/line.hpp"
#include "ledger/openings.hpp"
#include "signing/encoding.hpp"
#include "store/schema.hpp"

namespace ombud::ledger {
namespace {

// Several statements that see one state: a read transaction, ended with the scope.
class Snapshot {
  public:
    explicit Snapshot(store::Database& db) : db_(db), begun_(db.execute("BEGIN")) {}
    ~Snapshot() {
        if (db_.in_transaction())
            (void)db_.execute("ROLLBACK"); // nothing was written
    }
    Snapshot(const Snapshot&) = delete;
    Snapshot& operator=(const Snapshot&) = delete;
    [[nodiscard]] const Result<void>& begun() const { return begun_; }

  private:
    store::Database& db_;
    Result<void> begun_;
};

StoredEntry read_entry(const store::Statement& row) {
    return {static_cast<std::uint64_t>(row.integer(0)), std::string(row.text(1)), row.integer(2),
            std::string(row.text(3))};
}

std::int64_t signed_of(std::uint64_t value) {
    constexpr auto max = std::numeric_limits<std::int64_t>::max();
    return value > static_cast<std::uint64_t>(max) ? max : static_cast<std::int64_t>(value);
}

} // namespace

Result<Reader> Reader::open(const std::filesystem::path& folder) {
    const Layout layout{folder};
    auto db = store::Database::open(layout.database(), {.access = store::Access::read_only});
    if (!db)
        return fail(db.error());
    if (auto ready = store::check_schema(*db, ledger_part, ledger_steps); !ready)
        return fail(ready.error());
    return Reader(folder, std::move(*db));
}

Result<std::uint64_t> Reader::size() {
    auto row = db_.cached("SELECT size FROM tree WHERE id = 0");
    if (!row)
        return fail(row.error());
    auto found = (*row)->step();
    if (!found)
        return fail(found.error());
    const auto size = *found ? static_cast<std::uint64_t>((*row)->integer(0)) : 0;
    (*row)->reset();
    return size;
}

Result<StoredEntry> Reader::entry(std::uint64_t index) {
    auto row = db_.cached("SELECT idx, kind, at_ns, line FROM entry WHERE idx = ?1");
    if (!row)
        return fail(row.error());
    auto found = (*row)->bind(1, signed_of(index)).step();
    if (!found)
        return fail(found.error());
    if (!*found)
        return fail(ErrorCode::not_found, "entry " + std::to_string(index) + ": no such entry");
    auto entry = read_entry(**row);
    (*row)->reset();
    if (entry.line.empty())
        return fail(ErrorCode::not_found, "entry " + std::to_string(index) + ": its body was pruned; the newest entry of kind ledger.pruned says under which policy");
    return entry;
}

Result<void> Reader::each(const Query& query, const std::function<bool(const StoredEntry&)>& visit) {
    std::string sql =
        "SELECT idx, kind, at_ns, line FROM entry WHERE idx >= ?1 AND idx < ?2 AND at_ns >= ?3 AND at_ns < ?4 "
        "AND line <> ''";
    if (!query.kind.empty())
        sql += " AND kind = ?6";
    sql += query.newest_first ? " ORDER BY idx DESC LIMIT ?5" : " ORDER BY idx LIMIT ?5";
    auto rows = db_.prepare(sql);
    if (!rows)
        return fail(rows.error());
    rows->bind(1, signed_of(query.begin))
        .bind(2, signed_of(query.end))
        .bind(3, query.from_ns)
        .bind(4, query.to_ns)
        .bind(5, signed_of(query.limit));
    if (!query.kind.empty())
        rows->bind(6, query.kind);
    for (;;) {
        auto row = rows->step();
        if (!row)
            return fail(row.error());
        if (!*row || !visit(read_entry(*rows)))
            return {};
    }
}

Result<void> Reader::each_leaf(std::uint64_t begin, std::uint64_t end, const std::function<bool(const Digest&)>& visit) {
    auto rows = db_.prepare("SELECT idx, leaf FROM entry WHERE idx >= ?1 AND idx < ?2 ORDER BY idx");
    if (!rows)
        return fail(rows.error());
    rows->bind(1, signed_of(begin)).bind(2, signed_of(end));
    for (;;) {
        auto row = rows->step();
        if (!row)
            return fail(row.error());
        if (!*row)
            return {};
        Digest leaf{};
        const auto blob = rows->blob(1);
        if (blob.size() != leaf.size())
            return fail(ErrorCode::corrupt, "the leaf hash of entry " + std::to_string(rows->integer(0)) + " has not 32 bytes; verify the ledger");
        std::copy(blob.begin(), blob.end(), leaf.begin());
        if (!visit(leaf))
            return {};
    }
}

Result<std::uint64_t> Reader::bodies_from() {
    std::uint64_t below = 0;
    Query newest;
    newest.kind = pruned_kind;
    newest.newest_first = true;
    newest.limit = 1;
    auto read = each(newest, [&](const StoredEntry& entry) {
        below = pruned_below(entry.line);
        return false;
    });
    if (!read)
        return fail(read.error());
    return below;
}

Result<std::vector<ShownField>> Reader::show(std::uint64_t index) {
    const auto stored = entry(index);
    if (!stored)
        return fail(stored.error());
    auto fields = parse_line(stored->line);
    if (!fields)
        return fail(ErrorCode::corrupt, "entry " + std::to_string(index) + ": " + fields.error().message);
    std::vector<Opening> known;
    auto openings = Openings::open(Layout{folder_}.openings(), store::Access::read_only);
    if (!openings && openings.error().code != ErrorCode::not_found)
        return fail(openings.error());
    if (openings) {
        auto found = openings->of(index);
        if (!found)
            return fail(found.error());
        known = std::move(*found);
    }
    std::vector<ShownField> shown;
    for (Field& field : *fields) {
        const auto* number = std::get_if<std::int64_t>(&field.value);
        ShownField one{
            std::move(field.key), number != nullptr ? std::to_string(*number) : std::get<1>(field.value), {}};
        for (Opening& opening : known)
            if (opening.key == one.key && opening.commitment() == one.value)
                one.opening = std::move(opening.value);
        shown.push_back(std::move(one));
    }
    return shown;
}

Result<std::string> Reader::newest_checkpoint() {
    auto row = db_.cached("SELECT note FROM checkpoint ORDER BY size DESC LIMIT 1");
    if (!row)
        return fail(row.error());
    auto found = (*row)->step();
    if (!found)
        return fail(found.error());
    if (!*found)
        return fail(ErrorCode::not_found, "no checkpoint was signed yet; append an entry, or ask for a checkpoint");
    std::string note((*row)->text(0));
    (*row)->reset();
    return note;
}

Result<std::string> Reader::first_checkpoint_over(std::uint64_t index) {
    auto row = db_.prepare("SELECT note FROM checkpoint WHERE size > ?1 ORDER BY size LIMIT 1");
    if (!row)
        return fail(row.error());
    auto found = row->bind(1, signed_of(index)).step();
    if (!found)
        return fail(found.error());
    if (!*found)
        return fail(ErrorCode::not_found, "no checkpoint covers entry " + std::to_string(index) + " yet");
    return std::string(row->text(0));
}

Result<Reader::Covered> Reader::covered() {
    auto note = newest_checkpoint();
    if (!note)
        return fail(note.error());
    auto parsed = signing::parse_note(*note);
    if (!parsed)
        return fail(ErrorCode::corrupt, "the newest checkpoint: " + parsed.error().message);
    auto checkpoint = parse_checkpoint(parsed->text);
    if (!checkpoint)
        return fail(ErrorCode::corrupt, "the newest checkpoint: " + checkpoint.error().message);
    return Covered{std::move(*note), std::move(*checkpoint)};
}

Result<std::string> Reader::hashes(const std::vector<Range>& ranges) {
    std::string lines;
    for (const Range& range : ranges) {
        Tree subtree;
        auto read = each_leaf(range.begin, range.end, [&](const Digest& leaf) {
            subtree.append(leaf);
            return true;
        });
        if (!read)
            return fail(read.error());
        if (subtree.size() != range.end - range.begin)
            return fail(ErrorCode::corrupt, "entries are missing between " + std::to_string(range.begin) + " and " +
                                                std::to_string(range.end - 1) + "; verify the ledger");
        lines += signing::base64(subtree.root()) + "\n";
    }
    return lines;
}

Result<std::string> Reader::inclusion_proof(std::uint64_t index) {
    const Snapshot snapshot(db_);
    if (!snapshot.begun())
        return fail(snapshot.begun().error());
    const auto all = size();
    if (!all || index >= *all)
        return fail(all ? Error{ErrorCode::not_found, "entry " + std::to_string(index) + ": no such entry"} : all.error());
    auto newest = covered();
    if (!newest)
        return fail(newest.error());
    if (index >= newest->checkpoint.size)
        return fail(ErrorCode::unavailable,
                    "entry " + std::to_string(index) + " is not covered yet: the newest checkpoint has " +
                        std::to_string(newest->checkpoint.size) + " entries; ask for a checkpoint");
    auto path = hashes(inclusion_ranges(index, newest->checkpoint.size));
    if (!path)
        return fail(path.error());
    return "c2sp.org/tlog-proof@v1\nindex " + std::to_string(index) + "\n" + *path + "\n" + newest->note;
}

Result<std::string> Reader::consistency_proof(std::uint64_t old_size) {
    const Snapshot snapshot(db_);
    if (!snapshot.begun())
        return fail(snapshot.begun().error());
    auto newest = covered();
    if (!newest)
        return fail(newest.error());
    if (old_size == 0 || old_size > newest->checkpoint.size)
        return fail(ErrorCode::invalid_input, "a size of " + std::to_string(old_size) + " is not in 1.." +
                                                  std::to_string(newest->checkpoint.size) +
                                                  ", the newest checkpoint's size");
    auto path = hashes(consistency_ranges(old_size, newest->checkpoint.size));
    if (!path)
        return fail(path.error());
    return "old " + std::to_string(old_size) + "\n" + *path + "\n" + newest->note;
}

} // namespace ombud::ledger
