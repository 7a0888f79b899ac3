#include "connect/inventory.hpp"

#include <array>

#include <ombud/connector.h>
#include <ombud/vocabulary.h>

#include "connect/inventory_impl.hpp"
#include "store/schema.hpp"

namespace ombud {
namespace {

// What an audit scans stands first in a row; the texts behind it are only read when one recording is looked at.
constexpr std::array<std::string_view, 1> schema{R"sql(
CREATE TABLE attachment(number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, generation INTEGER NOT NULL DEFAULT 0,
  listed INTEGER NOT NULL DEFAULT 0) STRICT;
CREATE TABLE device(number INTEGER PRIMARY KEY, attachment INTEGER NOT NULL REFERENCES attachment(number), device TEXT NOT NULL,
  name TEXT NOT NULL, audio INTEGER, metadata INTEGER, generation INTEGER NOT NULL, UNIQUE(attachment, device)) STRICT;
CREATE TABLE recording(id INTEGER PRIMARY KEY, device INTEGER NOT NULL, flags INTEGER NOT NULL, begin_ns INTEGER NOT NULL,
  end_ns INTEGER NOT NULL, size INTEGER NOT NULL, lock_review INTEGER NOT NULL, attachment INTEGER NOT NULL,
  generation INTEGER NOT NULL, recording TEXT NOT NULL, path TEXT NOT NULL, tracks TEXT NOT NULL, lock_reason TEXT NOT NULL,
  lock_case TEXT NOT NULL, lock_owner TEXT NOT NULL, unreadable TEXT NOT NULL, time_source TEXT NOT NULL,
  UNIQUE(attachment, recording)) STRICT;
CREATE TABLE storage(number INTEGER PRIMARY KEY, attachment INTEGER NOT NULL, storage TEXT NOT NULL, name TEXT NOT NULL,
  capacity INTEGER, free INTEGER, encrypted INTEGER, generation INTEGER NOT NULL, UNIQUE(attachment, storage)) STRICT;
)sql"};

using inventory::DeviceRow;
using inventory::RecordingRow;
using inventory::StorageRow;

store::Statement& bind(store::Statement& statement, int at, const std::optional<std::int64_t>& value) {
    return value ? statement.bind(at, *value) : statement.bind_null(at);
}

// First column of the first row of a cached statement whose parameters are bound; nothing when there is no row.
Result<std::optional<std::int64_t>> first_integer(store::Statement& statement) {
    auto row = statement.step();
    if (!row)
        return fail(row.error());
    std::optional<std::int64_t> value;
    if (*row)
        value = statement.integer(0);
    statement.reset();
    return value;
}

Result<std::int64_t> attachment_number(store::Database& db, const std::string& id) {
    auto insert = db.cached("INSERT INTO attachment(id) VALUES(?1) ON CONFLICT DO NOTHING");
    if (!insert)
        return fail(insert.error());
    if (auto ok = (*insert)->bind_borrowed(1, id).run(); !ok)
        return fail(ok.error());
    auto select = db.cached("SELECT number FROM attachment WHERE id = ?1");
    if (!select)
        return fail(select.error());
    (*select)->bind_borrowed(1, id);
    auto number = first_integer(**select);
    if (!number)
        return fail(number.error());
    return number->value_or(0);
}

// Numbers are dense from 0: an index for plugins. A device is never forgotten, since recordings may still name it.
Result<std::int64_t> device_number(store::Database& db, std::int64_t attachment, const std::string& device) {
    auto select = db.cached("SELECT number FROM device WHERE attachment = ?1 AND device = ?2");
    if (!select)
        return fail(select.error());
    (*select)->bind(1, attachment).bind_borrowed(2, device);
    auto number = first_integer(**select);
    if (!number || *number)
        return number ? Result<std::int64_t>(**number) : fail(number.error());
    auto insert = db.cached("INSERT INTO device(number, attachment, device, name, generation)"
                            " VALUES((SELECT coalesce(max(number) + 1, 0) FROM device), ?1, ?2, '', 0) RETURNING number");
    if (!insert)
        return fail(insert.error());
    (*insert)->bind(1, attachment).bind_borrowed(2, device);
    auto made = first_integer(**insert);
    if (!made)
        return fail(made.error());
    return made->value_or(0);
}

enum class Put { same, changed, fresh, finished };

Result<Put> put_device(store::Database& db, std::int64_t attachment, const DeviceRow& row, std::int64_t generation) {
    const auto number = device_number(db, attachment, row.device);
    if (!number)
        return fail(number.error());
    auto select = db.cached("SELECT name, audio, metadata, generation FROM device WHERE number = ?1");
    if (!select)
        return fail(select.error());
    auto known = (*select)->bind(1, *number).step();
    if (!known)
        return fail(known.error());
    const auto maybe = [&](int column) {
        return (*select)->is_null(column) ? std::nullopt : std::optional<std::int64_t>((*select)->integer(column));
    };
    const DeviceRow was{row.device, std::string((*select)->text(0)), maybe(1), maybe(2)};
    const bool fresh = (*select)->integer(3) == 0;
    (*select)->reset();
    auto update = db.cached("UPDATE device SET name = ?2, audio = ?3, metadata = ?4, generation = max(generation, ?5) WHERE number = ?1");
    if (!update)
        return fail(update.error());
    (*update)->bind(1, *number).bind_borrowed(2, row.name);
    bind(bind(**update, 3, row.audio), 4, row.metadata).bind(5, std::max<std::int64_t>(generation, 1));
    if (auto ok = (*update)->run(); !ok)
        return fail(ok.error());
    return fresh ? Put::fresh : was == row ? Put::same : Put::changed;
}

Result<Put> put_recording(store::Database& db, std::int64_t attachment, const RecordingRow& row, std::int64_t generation) {
    auto select = db.cached("SELECT r.id, r.recording, r.path, r.tracks, r.flags, r.begin_ns, r.end_ns, r.size, r.lock_review,"
                            " r.lock_reason, r.lock_case, r.lock_owner, r.unreadable, r.time_source, d.device"
                            " FROM recording r JOIN device d ON d.number = r.device WHERE r.attachment = ?1 AND r.recording = ?2");
    if (!select)
        return fail(select.error());
    auto known = (*select)->bind(1, attachment).bind_borrowed(2, row.recording).step();
    if (!known)
        return fail(known.error());
    if (*known) {
        const std::int64_t id = (*select)->integer(0);
        const RecordingRow was = inventory::read_recording(**select, 1);
        (*select)->reset();
        if (was == row) {
            auto touch = db.cached("UPDATE recording SET generation = ?2 WHERE id = ?1 AND generation < ?2");
            if (!touch)
                return fail(touch.error());
            if (auto ok = (*touch)->bind(1, id).bind(2, generation).run(); !ok)
                return fail(ok.error());
            return Put::same;
        }
        const bool finished = (was.flags & OMBUD_RECORDING_OPEN) != 0 && (row.flags & OMBUD_RECORDING_OPEN) == 0;
        auto remove = db.cached("DELETE FROM recording WHERE id = ?1");
        if (!remove)
            return fail(remove.error());
        if (auto ok = (*remove)->bind(1, id).run(); !ok)
            return fail(ok.error());
        auto again = put_recording(db, attachment, row, generation);
        if (!again)
            return again;
        auto same_id = db.cached("UPDATE recording SET id = ?1 WHERE attachment = ?2 AND recording = ?3");
        if (!same_id)
            return fail(same_id.error());
        if (auto ok = (*same_id)->bind(1, id).bind(2, attachment).bind_borrowed(3, row.recording).run(); !ok)
            return fail(ok.error());
        return finished ? Put::finished : Put::changed;
    }
    (*select)->reset();
    const auto device = device_number(db, attachment, row.device);
    if (!device)
        return fail(device.error());
    auto insert = db.cached("INSERT INTO recording(device, flags, begin_ns, end_ns, size, lock_review, attachment, generation,"
                            " recording, path, tracks, lock_reason, lock_case, lock_owner, unreadable, time_source)"
                            " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)");
    if (!insert)
        return fail(insert.error());
    auto ok = (*insert)->bind(1, *device).bind(2, std::int64_t{row.flags}).bind(3, row.begin_utc_ns).bind(4, row.end_utc_ns)
                  .bind(5, row.size_bytes).bind(6, row.lock_review_utc_ns).bind(7, attachment).bind(8, generation)
                  .bind_borrowed(9, row.recording).bind_borrowed(10, row.path).bind_borrowed(11, row.tracks)
                  .bind_borrowed(12, row.lock_reason).bind_borrowed(13, row.lock_case).bind_borrowed(14, row.lock_owner)
                  .bind_borrowed(15, row.unreadable).bind_borrowed(16, row.time_source).run();
    if (!ok)
        return fail(ok.error());
    return Put::fresh;
}

Result<void> put_storage(store::Database& db, std::int64_t attachment, const StorageRow& row, std::int64_t generation) {
    auto upsert = db.cached("INSERT INTO storage(attachment, storage, name, capacity, free, encrypted, generation)"
                            " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT(attachment, storage) DO UPDATE SET name = ?3,"
                            " capacity = ?4, free = ?5, encrypted = ?6, generation = ?7");
    if (!upsert)
        return fail(upsert.error());
    (*upsert)->bind(1, attachment).bind_borrowed(2, row.storage).bind_borrowed(3, row.name);
    bind(bind(bind(**upsert, 4, row.capacity), 5, row.free), 6, row.encrypted).bind(7, generation);
    return (*upsert)->run();
}

Result<void> forget_recording(store::Database& db, std::int64_t attachment, std::string_view recording) {
    auto remove = db.cached("DELETE FROM recording WHERE attachment = ?1 AND recording = ?2");
    if (!remove)
        return fail(remove.error());
    return (*remove)->bind(1, attachment).bind_borrowed(2, recording).run();
}

} // namespace

Inventory::Inventory(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Inventory::~Inventory() = default;

Result<std::unique_ptr<Inventory>> Inventory::open(const std::filesystem::path& file, Names& names) {
    auto impl = std::make_unique<Impl>(file, names);
    auto db = store::Database::open(file);
    if (!db)
        return fail(db.error());
    // NORMAL is enough here: after a power cut the next listing tells again what was lost.
    if (auto ok = db->execute("PRAGMA synchronous = NORMAL"); !ok)
        return fail(ok.error());
    if (auto ok = store::apply_schema(*db, "inventory", schema); !ok)
        return fail(Error(ok.error()).within(file.string()));
    impl->writer = store::Writer::start(std::move(*db), {});
    return std::unique_ptr<Inventory>(new Inventory(std::move(impl)));
}

void Inventory::set_cameras(CameraOf camera_of) {
    const std::lock_guard lock(impl_->mutex);
    impl_->camera_of = std::move(camera_of);
}

Result<std::int64_t> Inventory::begin_listing(const std::string& attachment, std::uint32_t) {
    std::int64_t generation = 0;
    auto done = impl_->writer->commit([&](store::Transaction& transaction) -> Result<void> {
        const auto number = attachment_number(transaction.db(), attachment);
        if (!number)
            return fail(number.error());
        auto next = transaction.db().cached("UPDATE attachment SET generation = generation + 1 WHERE number = ?1 RETURNING generation");
        if (!next)
            return fail(next.error());
        (*next)->bind(1, *number);
        auto made = first_integer(**next);
        if (!made)
            return fail(made.error());
        generation = made->value_or(1) + 1; // 1 means: known from an event only
        return {};
    });
    if (!done)
        return fail(done.error());
    return generation;
}

Result<void> Inventory::put(const std::string& attachment, std::int64_t generation, const std::vector<EventRef>& records,
                            const Tell& tell) {
    const inventory::Keys& keys = impl_->keys;
    return impl_->writer->commit([&](store::Transaction& transaction) -> Result<void> {
        std::vector<InventoryChange> found;
        store::Database& db = transaction.db();
        const auto number = attachment_number(db, attachment);
        if (!number)
            return fail(number.error());
        for (const EventRef& record : records) {
            Result<Put> put = Put::same;
            if (record->type() == keys.device_record) {
                auto row = device_of(*record, keys);
                put = row ? put_device(db, *number, *row, generation) : Result<Put>(fail(row.error()));
            } else if (record->type() == keys.recording_record) {
                auto row = recording_of(*record, keys);
                put = row ? put_recording(db, *number, *row, generation) : Result<Put>(fail(row.error()));
            } else if (record->type() == keys.storage_record) {
                auto row = storage_of(*record, keys);
                auto ok = row ? put_storage(db, *number, *row, generation) : Result<void>(fail(row.error()));
                if (!ok)
                    return ok;
            } else {
                return fail(ErrorCode::invalid_input, "a listing holds devices, recordings and storage areas only");
            }
            if (!put)
                return fail(put.error());
            if (*put != Put::same)
                found.push_back({*put == Put::changed    ? InventoryChange::Kind::changed
                                 : *put == Put::finished ? InventoryChange::Kind::finished
                                                         : InventoryChange::Kind::appeared,
                                 record});
        }
        return found.empty() ? Result<void>{} : tell(found);
    });
}

Result<std::vector<EventRef>> Inventory::end_listing(const std::string& attachment, std::uint32_t what, std::int64_t generation,
                                                     std::int64_t now) {
    std::vector<EventRef> gone;
    auto done = impl_->writer->commit([&](store::Transaction& transaction) -> Result<void> {
        gone.clear();
        store::Database& db = transaction.db();
        const auto number = attachment_number(db, attachment);
        if (!number)
            return fail(number.error());
        auto listed = db.cached("UPDATE attachment SET listed = listed | (1 << ?2) WHERE number = ?1");
        if (!listed)
            return fail(listed.error());
        if (auto ok = (*listed)->bind(1, *number).bind(2, std::int64_t{what}).run(); !ok)
            return ok;
        if (what == OMBUD_LIST_STORAGE) {
            auto drop = db.cached("DELETE FROM storage WHERE attachment = ?1 AND generation < ?2");
            if (!drop)
                return fail(drop.error());
            return (*drop)->bind(1, *number).bind(2, generation).run();
        }
        if (what != OMBUD_LIST_RECORDINGS)
            return {}; // devices stay: recordings may name them
        auto missing = db.prepare("SELECT " + std::string(inventory::recording_columns) +
                                  " FROM recording r JOIN device d ON d.number = r.device"
                                  " WHERE r.attachment = ?1 AND r.generation < ?2");
        if (!missing)
            return fail(missing.error());
        missing->bind(1, *number).bind(2, generation);
        for (auto more = missing->step();; more = missing->step()) {
            if (!more)
                return fail(more.error());
            if (!*more)
                break;
            auto record = to_record(inventory::read_recording(*missing, 0), OMBUD_EVENT_RECORDING_GONE, attachment, impl_->names,
                                    now, OMBUD_EVENT_SYNTHETIC);
            if (!record)
                return fail(record.error());
            gone.push_back(std::move(*record));
        }
        return {};
    });
    if (!done)
        return fail(done.error());
    return gone; // forgotten when they are told, by apply
}

Result<bool> Inventory::was_listed(const std::string& attachment, std::uint32_t what) {
    auto db = impl_->read();
    if (!db)
        return fail(db.error());
    auto row = db->prepare("SELECT (listed >> ?2) & 1 FROM attachment WHERE id = ?1");
    if (!row)
        return fail(row.error());
    row->bind(1, attachment).bind(2, std::int64_t{what});
    auto value = first_integer(*row);
    if (!value)
        return fail(value.error());
    return value->value_or(0) != 0;
}

Result<void> Inventory::apply(const std::string& attachment, const std::vector<EventRef>& events) {
    const inventory::Keys& keys = impl_->keys;
    const auto concerns = [&](std::uint32_t type) {
        return type == keys.recording_finished || type == keys.recording_changed || type == keys.recording_gone ||
               type == keys.device_changed;
    };
    bool any = false;
    for (const EventRef& event : events)
        any |= concerns(event->type());
    if (!any)
        return {};
    return impl_->writer->commit([&](store::Transaction& transaction) -> Result<void> {
        store::Database& db = transaction.db();
        const auto number = attachment_number(db, attachment);
        if (!number)
            return fail(number.error());
        auto now = db.cached("SELECT generation + 1 FROM attachment WHERE number = ?1");
        if (!now)
            return fail(now.error());
        (*now)->bind(1, *number);
        auto generation = first_integer(**now);
        if (!generation)
            return fail(generation.error());
        for (const EventRef& event : events) {
            Result<void> ok;
            if (event->type() == keys.device_changed) {
                auto row = device_of(*event, keys);
                auto put = row ? put_device(db, *number, *row, generation->value_or(1)) : Result<Put>(fail(row.error()));
                ok = put ? Result<void>{} : Result<void>(fail(put.error()));
            } else if (event->type() == keys.recording_gone) {
                ok = forget_recording(db, *number, event->text(keys.recording).value_or(""));
            } else if (concerns(event->type())) {
                auto row = recording_of(*event, keys);
                auto put = row ? put_recording(db, *number, *row, generation->value_or(1)) : Result<Put>(fail(row.error()));
                ok = put ? Result<void>{} : Result<void>(fail(put.error()));
            }
            if (!ok)
                return ok;
        }
        return {};
    });
}

void Inventory::set_coverage(const std::string& attachment, std::string_view control, Coverage coverage) {
    const std::lock_guard lock(impl_->mutex);
    impl_->coverages[attachment].insert_or_assign(std::string(control), std::move(coverage));
}

void Inventory::forget_coverage(const std::string& attachment) {
    const std::lock_guard lock(impl_->mutex);
    impl_->coverages.erase(attachment);
}

Coverage Inventory::coverage(std::string_view attachment, std::string_view control) const {
    const std::lock_guard lock(impl_->mutex);
    const auto of = [&](const auto& controls) {
        const auto found = controls.find(control);
        return found == controls.end() ? Coverage{} : found->second;
    };
    if (!attachment.empty()) {
        const auto found = impl_->coverages.find(attachment);
        return found == impl_->coverages.end() ? Coverage{} : of(found->second);
    }
    std::optional<Coverage> worst;
    for (const auto& [id, controls] : impl_->coverages)
        if (const Coverage one = of(controls); !worst || one.level < worst->level)
            worst = one;
    return worst.value_or(Coverage{});
}

} // namespace ombud
