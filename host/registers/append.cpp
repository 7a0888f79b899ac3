// Registers that only grow: rows are added under running numbers, corrected by further rows, and lose personal values alone.
#include "registers/step.hpp"

namespace ombud {

using namespace registers;

namespace {

constexpr std::string_view erased_text = "(erased)";

// A row, what it corrects, and what corrects it: they tell of the same matter.
Result<std::vector<std::string>> matter_of(store::Database& db, const Place& place, const std::string& key) {
    std::vector<std::string> keys;
    for (std::string older = key; !older.empty();) {
        const auto stored = records::find(db, place, older);
        if (!stored)
            return fail(stored.error());
        keys.push_back(older);
        older = *stored ? (*stored)->corrects : "";
    }
    for (std::string newer = key;;) {
        const auto correction = records::correction_of(db, place, newer);
        if (!correction)
            return fail(correction.error());
        if (!*correction)
            return keys;
        keys.push_back(newer = **correction);
    }
}

// True if there was something to erase.
bool erase_personal(const Declaration& declared, Values& values) {
    bool any = false;
    for (auto& [name, value] : values) {
        const Field* field = declared.field(name);
        // A field that a manifest no longer declares might have been personal.
        if ((field != nullptr && !field->personal) || value.erased)
            continue;
        value = {std::string(erased_text), std::string(erased_text), true};
        any = true;
    }
    return any;
}

} // namespace

Result<RegisterAppended> Registers::append(const RegisterRow& row, const approvals::Person& person) {
    RegisterAppended appended;
    auto done = parts_.ledger.commit([&](ledger::Ledger::Transaction& transaction) -> Result<void> {
        auto added = append(transaction, row, person);
        if (!added)
            return fail(added.error());
        appended = std::move(*added);
        return {};
    });
    if (!done)
        return fail(done.error());
    board_.show({row.module, row.name}, appended.revision);
    return appended;
}

Result<RegisterAppended> Registers::append(ledger::Ledger::Transaction& transaction, const RegisterRow& row, const approvals::Person& person) {
    const auto found = content(row.module, row.name);
    if (!found)
        return fail(found.error());
    const Declaration& declared = *(*found)->declaration;
    const Place place = place_of(declared);
    if (!declared.append_only)
        return fail(ErrorCode::refused, name_of(declared) + " has keys that people give\nhint: ombud register set " + name_of(declared) + " KEY FIELD=TEXT");

    std::optional<records::Stored> was;
    if (!row.corrects.empty()) {
        if (row.reason.empty())
            return fail(ErrorCode::invalid_input, "a correction needs a reason\nhint: --reason TEXT");
        auto stored = records::find(transaction.db(), place, row.corrects);
        if (!stored)
            return fail(stored.error());
        if (!*stored)
            return no_record(declared, row.corrects);
        const auto newer = records::correction_of(transaction.db(), place, row.corrects);
        if (!newer)
            return fail(newer.error());
        if (*newer)
            return fail(ErrorCode::refused, name_of(declared) + " " + row.corrects + " was corrected already\nhint: correct row " + **newer + ", which stands for it");
        for (const auto& [name, value] : (*stored)->values)
            if (value.erased)
                return fail(ErrorCode::refused, name_of(declared) + " " + row.corrects + ": its " + name + " was erased, so it cannot be corrected");
        was = std::move(**stored);
    }

    const auto last = records::last_row(transaction.db(), place);
    if (!last)
        return fail(last.error());
    const std::string key = std::to_string(*last + 1);
    const auto values = becomes(declared, key, row.fields, was ? &was->values : nullptr);
    if (!values)
        return fail(values.error());
    auto written = write(transaction, {.declared = declared, .key = key, .was = nullptr, .next = &*values, .reason = row.reason,
                                       .person = person, .corrects = row.corrects});
    if (!written)
        return fail(written.error());
    if (auto put = records::put_last_row(transaction.db(), place, *last + 1); !put)
        return fail(put.error());
    return RegisterAppended{key, written->revision, written->ledger_index};
}

Result<std::uint64_t> Registers::erase(const Place& place, const std::string& key, const std::string& reason, const approvals::Person& person) {
    if (reason.empty())
        return fail(ErrorCode::invalid_input, "an erasure needs a reason\nhint: --reason TEXT");
    const auto found = content(place.first, place.second);
    if (!found)
        return fail(found.error());
    const auto declared = (*found)->declaration;
    if (!declared->append_only)
        return fail(ErrorCode::refused, name_of(*declared) + " is no register that only grows\nhint: ombud register remove " + name_of(*declared) +
                                            " KEY takes the whole record away; ombud ledger erase erases values in the ledger");
    if (!(*found)->find(key))
        return no_record(*declared, key);

    std::uint64_t rows = 0, revision = 0;
    auto done = parts_.ledger.commit([&](ledger::Ledger::Transaction& transaction) -> Result<void> {
        const auto before = records::revision(transaction.db(), place);
        if (!before)
            return fail(before.error());
        revision = *before;
        std::string erased_rows;
        std::vector<Delta> deltas;
        const auto matter = matter_of(transaction.db(), place, key);
        if (!matter)
            return fail(matter.error());
        for (const std::string& one : *matter) {
            auto stored = records::find(transaction.db(), place, one);
            if (!stored)
                return fail(stored.error());
            if (!*stored)
                return no_record(*declared, one);
            if (auto promised = records::promise_erasure(transaction.db(), (*stored)->ledger_index); !promised)
                return promised;
            if (!erase_personal(*declared, (*stored)->values))
                continue;
            ++rows;
            erased_rows += (erased_rows.empty() ? "" : ", ") + one;
            if (auto put = records::put(transaction.db(), place, one, &**stored); !put)
                return put;
            auto record = make_record(*declared, one, std::move(**stored));
            if (!record)
                return fail(record.error());
            deltas.push_back({place, ++revision, one, std::move(*record)});
        }
        if (rows == 0)
            return {};
        if (auto put = records::put_revision(transaction.db(), place, revision); !put)
            return put;
        ledger::Entry entry("register.erased");
        entry.set("module", declared->module).set("register", declared->name).set("rows", erased_rows).set("reason", reason)
            .set("revision", static_cast<std::int64_t>(revision));
        approvals::set_person(entry, person);
        if (auto appended = transaction.append(entry); !appended)
            return fail(appended.error());
        for (Delta& delta : deltas)
            board_.prepare(std::move(delta));
        return {};
    });
    if (!done)
        return fail(done.error());
    if (rows > 0)
        board_.show(place, revision);
    if (auto finished = finish_erasures(); !finished)
        return fail(Error(finished.error()).within("the table holds the values no more; the ledger's openings"));
    return rows;
}

// What the table says is erased is erased in the ledger's openings, too: also when the process ended between the two.
Result<void> Registers::finish_erasures() {
    auto db = parts_.ledger.open_for_reading();
    if (!db)
        return fail(db.error());
    const auto promised = records::promised_erasures(*db);
    if (!promised)
        return fail(promised.error());
    for (const std::uint64_t index : *promised) {
        if (auto erased = parts_.ledger.erase(ledger::EntryIndex{index}, "personal fields of a register's row were erased"); !erased)
            return fail(erased.error());
        auto forgotten = parts_.ledger.commit(
            [&](ledger::Ledger::Transaction& transaction) { return records::forget_promise(transaction.db(), index); });
        if (!forgotten)
            return forgotten;
    }
    return {};
}

} // namespace ombud
