#include "gates/push/state.hpp"

#include "store/schema.hpp"

#include <array>

namespace ombud::push {
namespace {

constexpr std::array<std::string_view, 1> steps{R"sql(
CREATE TABLE push_originals (
  reference_sha256 TEXT PRIMARY KEY,
  person TEXT NOT NULL, device TEXT NOT NULL, content TEXT NOT NULL,
  made_utc_ns INTEGER NOT NULL, expires_utc_ns INTEGER NOT NULL, bytes INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX push_originals_age ON push_originals (expires_utc_ns, bytes);
CREATE INDEX push_originals_device ON push_originals (device);
CREATE TABLE push_deliveries (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  device TEXT NOT NULL, forwarder TEXT NOT NULL, provider TEXT NOT NULL, country TEXT NOT NULL,
  reference_sha256 TEXT NOT NULL, content TEXT NOT NULL,
  expires_utc_ns INTEGER NOT NULL, attempts INTEGER NOT NULL, bytes INTEGER NOT NULL
);
CREATE INDEX push_deliveries_device ON push_deliveries (device);
)sql"};

std::size_t count_of(const store::Statement& row, int column) {
    return static_cast<std::size_t>(row.integer(column));
}

} // namespace

template <class Work>
Result<void> PushState::in_transaction(Work work) {
    if (auto begun = db_.execute("BEGIN IMMEDIATE"); !begun)
        return begun;
    Result<void> done = work();
    if (done)
        done = db_.execute("COMMIT");
    if (!done && db_.in_transaction())
        (void)db_.execute("ROLLBACK"); // the first error is the one to tell
    return done;
}

Result<std::unique_ptr<PushState>> PushState::open(const std::filesystem::path& file, const Limits& limits) {
    store::DatabaseOptions options;
    options.secure_delete = true;
    auto db = store::Database::open(file, options);
    if (!db)
        return fail(std::move(db.error()));
    if (auto applied = store::apply_schema(*db, "push", steps); !applied)
        return fail(std::move(applied.error()));
    std::unique_ptr<PushState> state(new PushState(std::move(*db), limits));
    if (auto loaded = state->load_size(); !loaded)
        return fail(std::move(loaded.error()));
    return state;
}

Result<void> PushState::load_size() {
    auto counted = db_.cached("SELECT (SELECT count(*) FROM push_originals), "
                              "(SELECT coalesce(sum(bytes), 0) FROM push_originals), "
                              "(SELECT count(*) FROM push_deliveries), "
                              "(SELECT coalesce(sum(bytes), 0) FROM push_deliveries)");
    if (!counted)
        return fail(counted.error());
    if (auto row = (*counted)->step(); !row)
        return fail(row.error());
    size_.originals = count_of(**counted, 0);
    size_.original_bytes = count_of(**counted, 1);
    size_.deliveries = count_of(**counted, 2);
    size_.delivery_bytes = count_of(**counted, 3);
    (*counted)->reset();
    return {};
}

Result<void> PushState::insert(const std::vector<Original>& originals, std::vector<Delivery>& deliveries) {
    for (const Original& one : originals) {
        auto put = db_.cached("INSERT INTO push_originals VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)");
        if (!put)
            return fail(put.error());
        (*put)->bind(1, one.reference_sha256).bind(2, one.person).bind(3, one.device).bind(4, one.content);
        (*put)->bind(5, one.made_utc_ns).bind(6, one.expires_utc_ns);
        (*put)->bind(7, static_cast<std::int64_t>(one.content.size()));
        if (auto done = (*put)->run(); !done)
            return done;
    }
    for (Delivery& one : deliveries) {
        auto put = db_.cached("INSERT INTO push_deliveries (device, forwarder, provider, country, reference_sha256, "
                              "content, expires_utc_ns, attempts, bytes) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 0, ?8) "
                              "RETURNING id");
        if (!put)
            return fail(put.error());
        (*put)->bind(1, one.device).bind(2, one.forwarder).bind(3, one.provider).bind(4, one.country);
        (*put)->bind(5, one.reference_sha256).bind(6, one.content).bind(7, one.expires_utc_ns);
        (*put)->bind(8, static_cast<std::int64_t>(one.content.size()));
        auto row = (*put)->step();
        if (!row)
            return fail(row.error());
        one.id = (*put)->integer(0);
        (*put)->reset();
    }
    return {};
}

Result<void> PushState::keep(const std::vector<Original>& originals, std::vector<Delivery>& deliveries) {
    const std::scoped_lock lock(mutex_);
    std::size_t bytes = 0;
    for (const Delivery& one : deliveries)
        bytes += one.content.size();
    if (size_.deliveries + deliveries.size() > limits_.deliveries_max ||
        size_.delivery_bytes + bytes > limits_.delivery_bytes_max)
        return fail(ErrorCode::unavailable, std::to_string(size_.deliveries) + " pushes of " +
                                                std::to_string(size_.delivery_bytes) + " bytes wait already, of at most " +
                                                std::to_string(limits_.deliveries_max) + " and " +
                                                std::to_string(limits_.delivery_bytes_max) + "\nhint: try again later");
    if (auto kept = in_transaction([&] { return insert(originals, deliveries); }); !kept)
        return kept;
    size_.deliveries += deliveries.size();
    size_.delivery_bytes += bytes;
    size_.originals += originals.size();
    for (const Original& one : originals)
        size_.original_bytes += one.content.size();
    (void)evict_beyond_limits(); // all of this is kept; where room cannot be made now, the next message makes it
    return {};
}

// A tenth at once, so that a full state does not pay for it with every message.
Result<void> PushState::evict_beyond_limits() {
    if (size_.originals <= limits_.originals_max && size_.original_bytes <= limits_.original_bytes_max)
        return {};
    const std::size_t before = size_.originals;
    auto oldest = db_.cached("SELECT expires_utc_ns, bytes FROM push_originals ORDER BY expires_utc_ns");
    if (!oldest)
        return fail(oldest.error());
    std::size_t count = size_.originals;
    std::size_t bytes = size_.original_bytes;
    std::int64_t until = 0;
    while (count > limits_.originals_max - limits_.originals_max / 10 ||
           bytes > limits_.original_bytes_max - limits_.original_bytes_max / 10) {
        const auto row = (*oldest)->step();
        if (!row || !*row)
            break;
        until = (*oldest)->integer(0);
        --count;
        bytes -= count_of(**oldest, 1);
    }
    (*oldest)->reset();
    auto evicted = evict(until);
    if (!evicted)
        return fail(std::move(evicted.error()));
    size_.evicted += before - size_.originals;
    return {};
}

Result<std::size_t> PushState::evict(std::int64_t until_utc_ns) {
    std::size_t gone = 0;
    auto removed = in_transaction([&]() -> Result<void> {
        auto erase = db_.cached("DELETE FROM push_originals WHERE expires_utc_ns <= ?1 RETURNING bytes");
        if (!erase)
            return fail(erase.error());
        (*erase)->bind(1, until_utc_ns);
        for (;;) {
            const auto row = (*erase)->step();
            if (!row)
                return fail(row.error());
            if (!*row)
                break;
            ++gone;
            size_.original_bytes -= count_of(**erase, 0);
        }
        (*erase)->reset();
        return {};
    });
    if (!removed)
        return fail(std::move(removed.error()));
    size_.originals -= gone;
    if (gone > 0)
        (void)db_.checkpoint_wal(); // the log holds the bytes until then; a reader in the way only delays it
    return gone;
}

Result<std::vector<Delivery>> PushState::deliveries() {
    const std::scoped_lock lock(mutex_);
    auto rows = db_.cached("SELECT id, device, forwarder, provider, country, reference_sha256, content, "
                           "expires_utc_ns, attempts FROM push_deliveries ORDER BY id");
    if (!rows)
        return fail(rows.error());
    std::vector<Delivery> list;
    for (;;) {
        auto& row = **rows;
        const auto more = row.step();
        if (!more)
            return fail(more.error());
        if (!*more)
            break;
        Delivery one;
        one.id = row.integer(0);
        one.device = row.text(1);
        one.forwarder = row.text(2);
        one.provider = row.text(3);
        one.country = row.text(4);
        one.reference_sha256 = row.text(5);
        one.content = row.text(6);
        one.expires_utc_ns = row.integer(7);
        one.attempts = row.integer(8);
        list.push_back(std::move(one));
    }
    (*rows)->reset();
    return list;
}

Result<void> PushState::postpone(std::int64_t id, std::int64_t attempts) {
    const std::scoped_lock lock(mutex_);
    auto update = db_.cached("UPDATE push_deliveries SET attempts = ?2 WHERE id = ?1");
    if (!update)
        return fail(update.error());
    return (*update)->bind(1, id).bind(2, attempts).run();
}

Result<void> PushState::end(std::int64_t id) {
    const std::scoped_lock lock(mutex_);
    auto erase = db_.cached("DELETE FROM push_deliveries WHERE id = ?1 RETURNING bytes");
    if (!erase)
        return fail(erase.error());
    const auto was_there = (*erase)->bind(1, id).step();
    if (!was_there)
        return fail(was_there.error());
    const std::size_t count = *was_there ? 1 : 0;
    const std::size_t bytes = *was_there ? count_of(**erase, 0) : 0;
    if (auto done = (*erase)->run(); !done)
        return done;
    size_.deliveries -= count;
    size_.delivery_bytes -= bytes;
    return {};
}

Result<std::optional<Original>> PushState::find(std::string_view reference_sha256, std::int64_t now_utc_ns) {
    const std::scoped_lock lock(mutex_);
    auto query = db_.cached("SELECT person, device, content, made_utc_ns, expires_utc_ns FROM push_originals "
                            "WHERE reference_sha256 = ?1 AND expires_utc_ns > ?2");
    if (!query)
        return fail(query.error());
    auto& row = **query;
    const auto found = row.bind(1, reference_sha256).bind(2, now_utc_ns).step();
    if (!found)
        return fail(found.error());
    std::optional<Original> original;
    if (*found)
        original = Original{std::string(reference_sha256), std::string(row.text(0)), std::string(row.text(1)),
                            std::string(row.text(2)),      row.integer(3),           row.integer(4)};
    row.reset();
    return original;
}

Result<std::size_t> PushState::expire(std::int64_t now_utc_ns) {
    const std::scoped_lock lock(mutex_);
    return evict(now_utc_ns);
}

Result<Dropped> PushState::drop_device(std::string_view device) {
    const std::scoped_lock lock(mutex_);
    const Size before = size_;
    auto dropped = in_transaction([&]() -> Result<void> {
        for (const char* sql : {"DELETE FROM push_originals WHERE device = ?1",
                                "DELETE FROM push_deliveries WHERE device = ?1"}) {
            auto erase = db_.cached(sql);
            if (!erase)
                return fail(erase.error());
            if (auto done = (*erase)->bind(1, device).run(); !done)
                return done;
        }
        return load_size();
    });
    if (!dropped)
        return fail(std::move(dropped.error()));
    (void)db_.checkpoint_wal();
    return Dropped{before.originals - size_.originals, before.deliveries - size_.deliveries};
}

PushState::Size PushState::size() const {
    const std::scoped_lock lock(mutex_);
    return size_;
}

} // namespace ombud::push
