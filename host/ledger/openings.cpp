#include "ledger/openings.hpp"

#include "ledger/layout.hpp"
#include "store/schema.hpp"

#include <algorithm>

namespace ombud::ledger {
namespace {

std::int64_t signed_of(std::uint64_t index) {
    return static_cast<std::int64_t>(index);
}

Opening read_opening(const store::Statement& row, int first_column) {
    Opening opening{std::string(row.text(first_column)), {}, std::string(row.text(first_column + 2))};
    const auto salt = row.blob(first_column + 1);
    std::copy_n(salt.begin(), std::min(salt.size(), opening.salt.size()), opening.salt.begin());
    return opening;
}

} // namespace

Result<Openings> Openings::open(const std::filesystem::path& file, store::Access access) {
    auto db = store::Database::open(file, {.access = access, .busy_timeout_ms = 2'000, .secure_delete = true});
    if (!db)
        return fail(db.error());
    auto ready = access == store::Access::read_write ? store::apply_schema(*db, openings_part, openings_steps)
                                                     : store::check_schema(*db, openings_part, openings_steps);
    if (!ready)
        return fail(ready.error());
    if (access == store::Access::read_write)
        db->say_log_holds_removed(); // an end of the process may have come before it was emptied
    return Openings(std::move(*db));
}

Result<void> Openings::keep(std::uint64_t index, std::int64_t at_ns, std::span<const Opening> openings) {
    auto insert = db_.cached("INSERT INTO opening(idx, key, at_ns, salt, value) VALUES(?1, ?2, ?3, ?4, ?5)");
    if (!insert)
        return fail(insert.error());
    for (const Opening& opening : openings) {
        auto done = (*insert)
                        ->bind(1, signed_of(index))
                        .bind_borrowed(2, opening.key)
                        .bind(3, at_ns)
                        .bind_borrowed(4, opening.salt)
                        .bind_borrowed(5, opening.value)
                        .run();
        if (!done)
            return done;
    }
    return {};
}

Result<void> Openings::drop_from(std::uint64_t size) {
    auto remove = db_.prepare("DELETE FROM opening WHERE idx >= ?1");
    if (!remove)
        return fail(remove.error());
    return remove->bind(1, signed_of(size)).run();
}

Result<void> Openings::erase(std::span<const OpeningPlace> places) {
    if (auto begun = begin(); !begun)
        return begun;
    auto remove = db_.cached("DELETE FROM opening WHERE idx = ?1 AND key = ?2");
    Result<void> done = remove ? Result<void>{} : fail(remove.error());
    for (const OpeningPlace& place : places)
        if (done)
            done = (*remove)->bind(1, signed_of(place.index)).bind(2, place.key).run();
    if (done)
        done = commit();
    if (!done) {
        if (db_.in_transaction())
            (void)db_.execute("ROLLBACK");
        return done;
    }
    db_.say_log_holds_removed();
    return {};
}

Result<void> Openings::empty_log(bool waits) {
    return db_.log_holds_removed() ? db_.checkpoint_wal(waits) : Result<void>{};
}

Result<std::vector<OpeningPlace>> Openings::places(store::Statement& found) {
    std::vector<OpeningPlace> places;
    for (;;) {
        auto row = found.step();
        if (!row)
            return fail(row.error());
        if (!*row)
            return places;
        places.push_back({static_cast<std::uint64_t>(found.integer(0)), std::string(found.text(1))});
    }
}

Result<std::vector<OpeningPlace>> Openings::find_index(std::uint64_t index) {
    auto found = db_.prepare("SELECT idx, key FROM opening WHERE idx = ?1");
    if (!found)
        return fail(found.error());
    return places(found->bind(1, signed_of(index)));
}

// No index on values: it would be a second place where they are stored.
Result<std::vector<OpeningPlace>> Openings::find_value(std::string_view value) {
    auto found = db_.prepare("SELECT idx, key FROM opening WHERE value = ?1");
    if (!found)
        return fail(found.error());
    return places(found->bind(1, value));
}

Result<std::vector<OpeningPlace>> Openings::find_older_than(std::int64_t at_ns) {
    auto found = db_.prepare("SELECT idx, key FROM opening WHERE at_ns < ?1");
    if (!found)
        return fail(found.error());
    return places(found->bind(1, at_ns));
}

Result<std::vector<Opening>> Openings::of(std::uint64_t index) {
    auto found = db_.cached("SELECT key, salt, value FROM opening WHERE idx = ?1 ORDER BY key");
    if (!found)
        return fail(found.error());
    (*found)->bind(1, signed_of(index));
    std::vector<Opening> openings;
    for (;;) {
        auto row = (*found)->step();
        if (!row)
            return fail(row.error());
        if (!*row)
            break;
        openings.push_back(read_opening(**found, 0));
    }
    (*found)->reset();
    return openings;
}

Result<std::vector<PlacedOpening>> Openings::next(const PlacedOpening* after, std::size_t count) {
    auto found = db_.cached("SELECT idx, key, salt, value FROM opening WHERE (idx, key) > (?1, ?2) "
                            "ORDER BY idx, key LIMIT ?3");
    if (!found)
        return fail(found.error());
    (*found)
        ->bind(1, after != nullptr ? signed_of(after->index) : -1)
        .bind(2, after != nullptr ? std::string_view(after->opening.key) : std::string_view())
        .bind(3, signed_of(count));
    std::vector<PlacedOpening> openings;
    for (;;) {
        auto row = (*found)->step();
        if (!row)
            return fail(row.error());
        if (!*row)
            break;
        openings.push_back({static_cast<std::uint64_t>((*found)->integer(0)), read_opening(**found, 1)});
    }
    (*found)->reset();
    return openings;
}

} // namespace ombud::ledger
