#include <ombud/vocabulary.h>

#include "connect/inventory_impl.hpp"

namespace ombud {
namespace {

class Reader final : public InventoryReader {
  public:
    Reader(Inventory& inventory, store::Database db, Names& names, std::function<std::string(std::string_view, std::string_view)> camera_of)
        : inventory_(inventory), db_(std::move(db)), names_(names), camera_of_(std::move(camera_of)) {}

    Result<std::size_t> scan(std::uint64_t after, std::span<ombud_recording> rows) override {
        auto statement = db_.cached("SELECT id, device, flags, begin_ns, end_ns, size, lock_review FROM recording"
                                    " WHERE id > ?1 ORDER BY id LIMIT ?2");
        if (!statement)
            return fail(statement.error());
        store::Statement& row = **statement;
        row.bind(1, static_cast<std::int64_t>(after)).bind(2, static_cast<std::int64_t>(rows.size()));
        std::size_t count = 0;
        for (auto more = row.step();; more = row.step()) {
            if (!more)
                return fail(more.error());
            if (!*more || count == rows.size())
                break;
            rows[count++] = {static_cast<std::uint64_t>(row.integer(0)), static_cast<std::uint32_t>(row.integer(1)),
                             static_cast<std::uint32_t>(row.integer(2)), row.integer(3), row.integer(4), row.integer(5),
                             row.integer(6)};
        }
        row.reset();
        return count;
    }

    Result<std::uint64_t> recording_count() override {
        auto statement = db_.prepare("SELECT count(*) FROM recording");
        if (!statement)
            return fail(statement.error());
        if (auto row = statement->step(); !row)
            return fail(row.error());
        return static_cast<std::uint64_t>(statement->integer(0));
    }

    Result<EventRef> recording(std::uint64_t id) override {
        auto statement = db_.cached("SELECT a.id, " + std::string(inventory::recording_columns) +
                                     " FROM recording r JOIN device d ON d.number = r.device JOIN attachment a ON"
                                     " a.number = r.attachment WHERE r.id = ?1");
        if (!statement)
            return fail(statement.error());
        auto row = (*statement)->bind(1, static_cast<std::int64_t>(id)).step();
        if (!row)
            return fail(row.error());
        if (!*row)
            return fail(ErrorCode::not_found, "no recording " + std::to_string(id));
        return to_record(inventory::read_recording(**statement, 1), OMBUD_RECORD_RECORDING, (*statement)->text(0), names_, 0, 0);
    }

    Result<EventRef> device(std::uint32_t number) override {
        auto statement = db_.cached("SELECT a.id, d.device, d.name, d.audio, d.metadata FROM device d JOIN attachment a ON"
                                     " a.number = d.attachment WHERE d.number = ?1");
        if (!statement)
            return fail(statement.error());
        auto row = (*statement)->bind(1, std::int64_t{number}).step();
        if (!row)
            return fail(row.error());
        if (!*row)
            return fail(ErrorCode::not_found, "no device " + std::to_string(number));
        const inventory::DeviceRow found{std::string((*statement)->text(1)), std::string((*statement)->text(2)), maybe(**statement, 3),
                                         maybe(**statement, 4)};
        return to_record(found, OMBUD_RECORD_DEVICE, (*statement)->text(0), camera_of_((*statement)->text(0), found.device), names_, 0, 0);
    }

    Result<EventRef> storage(std::uint32_t number) override {
        auto statement = db_.prepare("SELECT a.id, s.storage, s.name, s.capacity, s.free, s.encrypted FROM storage s JOIN attachment a"
                                     " ON a.number = s.attachment ORDER BY s.number LIMIT 1 OFFSET ?1");
        if (!statement)
            return fail(statement.error());
        auto row = statement->bind(1, std::int64_t{number}).step();
        if (!row)
            return fail(row.error());
        if (!*row)
            return fail(ErrorCode::not_found, "no storage area " + std::to_string(number));
        return to_record(inventory::StorageRow{std::string(statement->text(1)), std::string(statement->text(2)),
                                               maybe(*statement, 3), maybe(*statement, 4), maybe(*statement, 5)},
                         statement->text(0), names_);
    }

    std::uint32_t coverage(std::string_view attachment, std::string_view control) override {
        return inventory_.coverage(attachment, control).level;
    }

    Result<std::optional<std::string>> device_of(const std::string& attachment, const std::string& recording) override {
        auto statement = db_.cached("SELECT d.device FROM recording r JOIN device d ON d.number = r.device JOIN attachment a ON"
                                    " a.number = r.attachment WHERE a.id = ?1 AND r.recording = ?2");
        if (!statement)
            return fail(statement.error());
        auto row = (*statement)->bind(1, attachment).bind(2, recording).step();
        if (!row)
            return fail(row.error());
        auto device = *row ? std::optional<std::string>((*statement)->text(0)) : std::nullopt;
        (*statement)->reset();
        return device;
    }

  private:
    static std::optional<std::int64_t> maybe(const store::Statement& statement, int column) {
        return statement.is_null(column) ? std::nullopt : std::optional<std::int64_t>(statement.integer(column));
    }

    Inventory& inventory_;
    store::Database db_;
    Names& names_;
    std::function<std::string(std::string_view, std::string_view)> camera_of_;
};

} // namespace

std::unique_ptr<InventoryReader> Inventory::reader() {
    auto db = impl_->read();
    if (!db)
        return nullptr;
    return std::make_unique<Reader>(*this, std::move(*db), impl_->names,
                                    [impl = impl_.get()](std::string_view attachment, std::string_view device) {
                                        return impl->camera(attachment, device);
                                    });
}

Result<std::optional<KnownRecording>> Inventory::find(const std::string& attachment, const std::string& recording) {
    auto db = impl_->read();
    if (!db)
        return fail(db.error());
    auto statement = db->prepare("SELECT r.id, " + std::string(inventory::recording_columns) +
                                 " FROM recording r JOIN device d ON d.number = r.device JOIN attachment a ON"
                                 " a.number = r.attachment WHERE a.id = ?1 AND r.recording = ?2");
    if (!statement)
        return fail(statement.error());
    auto row = statement->bind(1, attachment).bind(2, recording).step();
    if (!row)
        return fail(row.error());
    if (!*row)
        return std::optional<KnownRecording>{};
    const auto found = inventory::read_recording(*statement, 1);
    return std::optional(KnownRecording{static_cast<std::uint64_t>(statement->integer(0)), found.flags, found.device, found.path,
                                        found.tracks, found.begin_utc_ns, found.end_utc_ns, found.size_bytes});
}

Result<EventRef> Inventory::record(const std::string& attachment, const std::string& recording) {
    auto known = find(attachment, recording);
    if (!known)
        return fail(known.error());
    if (!*known)
        return EventRef{};
    auto own = reader();
    if (!own)
        return fail(ErrorCode::unavailable, "the inventory cannot be read");
    return own->recording((*known)->id);
}

Result<std::vector<EventRef>> Inventory::devices() {
    std::vector<EventRef> all;
    auto own = reader();
    if (!own)
        return fail(ErrorCode::unavailable, "the inventory cannot be read");
    for (std::uint32_t number = 0;; ++number) {
        auto record = own->device(number);
        if (!record && record.error().code == ErrorCode::not_found)
            return all;
        if (!record)
            return fail(record.error());
        all.push_back(std::move(*record));
    }
}

Result<InventoryCounts> Inventory::counts(const std::string& attachment) {
    auto db = impl_->read();
    if (!db)
        return fail(db.error());
    auto statement = db->prepare("SELECT (SELECT count(*) FROM device WHERE attachment = a.number),"
                                 " (SELECT count(*) FROM recording WHERE attachment = a.number) FROM attachment a WHERE id = ?1");
    if (!statement)
        return fail(statement.error());
    auto row = statement->bind(1, attachment).step();
    if (!row)
        return fail(row.error());
    return *row ? InventoryCounts{statement->integer(0), statement->integer(1)} : InventoryCounts{};
}

} // namespace ombud
