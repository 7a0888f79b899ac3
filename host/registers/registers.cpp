#include "registers/registers.hpp"

#include <set>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "registers/step.hpp"

namespace ombud {

using approvals::Person;
using approvals::Proposal;
using namespace registers;
namespace json = boost::json;

namespace registers {

Result<Values> becomes(const Declaration& declared, std::string_view key, const Texts& given, const Values* was) {
    Texts texts = was == nullptr ? Texts{} : records::texts_of(*was);
    for (const auto& [name, text] : given) {
        if (declared.field(name) == nullptr) {
            std::string known;
            for (const Field& field : declared.fields)
                known += (known.empty() ? "" : ", ") + field.name;
            return fail(ErrorCode::invalid_input, name_of(declared) + " has no field '" + name + "'; it has " + (known.empty() ? "none" : known));
        }
        texts.erase(name);
        if (!text.empty())
            texts.emplace(name, text);
    }
    auto values = declared.check(key, texts);
    if (!values)
        return fail(Error(values.error()).within(name_of(declared)));
    return values;
}

tl::unexpected<Error> no_record(const Declaration& declared, const std::string& key) {
    return fail(ErrorCode::not_found, name_of(declared) + " has no record '" + key + "'\nhint: ombud register show " + name_of(declared));
}

} // namespace registers

namespace {

constexpr std::string_view kind = "register.change";
constexpr std::string_view key_name = "key"; // of a record, as modules read it

void set_value(ledger::Entry& entry, const Declaration& declared, const std::string& when, const std::string& name, const Value& value) {
    const Field* field = declared.field(name);
    const std::string key = when + "." + name;
    // A field that a manifest no longer declares might have been personal.
    if (field == nullptr || field->personal)
        entry.set(key, ledger::Personal{value.text});
    else
        entry.set(key, value.text);
}

bool names_personal(const Declaration& declared) {
    if (declared.key_personal)
        return true;
    for (const Field& field : declared.fields)
        if (field.personal)
            return true;
    return false;
}

// {"module", "register", "key", "was": {…} or null, "becomes": {…} or null}
std::string payload_of(const Declaration& declared, const std::string& key, const Values* was, const Values* next) {
    return json::serialize(json::object{{"module", declared.module}, {"register", declared.name}, {"key", key},
                                        {"was", was == nullptr ? json::value(nullptr) : records::texts_json(*was)},
                                        {"becomes", next == nullptr ? json::value(nullptr) : records::texts_json(*next)}});
}

// One line for the second person: what is there, what would be.
std::string subject_of(const Declaration& declared, const std::string& key, const Values* was, const Values* next) {
    std::string line = name_of(declared) + " " + key + ": " + (next == nullptr ? "remove" : was == nullptr ? "add" : "set");
    const Values& shown = next == nullptr ? *was : *next;
    for (const auto& [name, value] : shown) {
        const auto old = was == nullptr || next == nullptr ? Values::const_iterator{} : was->find(name);
        const bool known = was != nullptr && next != nullptr && old != was->end();
        if (known && old->second.text == value.text)
            continue;
        line += ", " + name + " " + (known ? old->second.text + " -> " : "") + value.text;
    }
    if (was != nullptr && next != nullptr)
        for (const auto& [name, value] : *was)
            if (!next->contains(name))
                line += ", " + name + " " + value.text + " -> nothing";
    return line;
}

} // namespace

Result<std::unique_ptr<Registers>> Registers::open(Parts parts) {
    if (auto prepared = records::prepare(parts.ledger); !prepared)
        return fail(Error(prepared.error()).within("registers"));
    auto made = std::unique_ptr<Registers>(new Registers(parts));
    parts.approvals.add({std::string(kind),
                         [raw = made.get()](auto& transaction, const Proposal& proposal, const Person& decider) {
                             return raw->apply_proposal(transaction, proposal, decider);
                         }});
    if (auto finished = made->finish_erasures(); !finished)
        return fail(Error(finished.error()).within("registers: an erasure is recorded and not finished"));
    return made;
}

Result<void> Registers::declare(std::vector<Declaration> declarations) {
    std::vector<std::shared_ptr<const Declaration>> wanted;
    std::set<Place> seen;
    // Every name now: storing a new one is a commit, which would wait for itself inside a unit.
    if (parts_.names.intern(key_name) == 0)
        return fail(ErrorCode::unavailable, "registers: the name 'key' cannot be stored");
    for (Declaration& one : declarations) {
        if (!seen.insert(place_of(one)).second)
            return fail(ErrorCode::invalid_input, "register " + name_of(one) + " is declared twice");
        if (parts_.names.intern(one.name) == 0)
            return fail(ErrorCode::invalid_input, "register " + name_of(one) + ": its name is not of [a-z0-9_.], 1 to 64 bytes");
        for (const Field& field : one.fields)
            if (field.name == key_name || parts_.names.intern(field.name) == 0)
                return fail(ErrorCode::invalid_input, "register " + name_of(one) + ": field '" + field.name +
                                                          "' is not of [a-z0-9_.], 1 to 64 bytes, or is 'key'");
        wanted.push_back(std::make_shared<const Declaration>(std::move(one)));
    }
    // In a unit: no change can come between what is read and what is shown.
    return parts_.ledger.commit([&](ledger::Ledger::Transaction& transaction) -> Result<void> {
        Contents contents;
        for (const auto& declared : wanted) {
            auto content = std::make_shared<Content>();
            content->declaration = declared;
            const auto revision = records::revision(transaction.db(), place_of(*declared));
            if (!revision)
                return fail(revision.error());
            content->revision = *revision;
            auto read = records::each(transaction.db(), place_of(*declared), declared->append_only,
                                      [&](std::string key, records::Stored stored) -> Result<void> {
                                          auto record = make_record(*declared, std::move(key), std::move(stored));
                                          if (!record)
                                              return fail(Error(record.error()).within("register " + name_of(*declared)));
                                          if (!(*record)->corrects.empty())
                                              content->corrected_by.insert_or_assign((*record)->corrects, (*record)->key);
                                          content->records.push_back(std::move(*record));
                                          return {};
                                      });
            if (!read)
                return read;
            contents.emplace(place_of(*declared), std::move(content));
        }
        board_.replace(std::move(contents));
        return {};
    });
}

Result<std::vector<Place>> Registers::undeclared() const {
    auto db = parts_.ledger.open_for_reading();
    if (!db)
        return fail(db.error());
    auto stored = records::places(*db);
    if (!stored)
        return fail(stored.error());
    const auto shown = all();
    std::erase_if(*stored, [&](const Place& place) { return shown->contains(place); });
    return stored;
}

Result<ContentRef> Registers::content(const std::string& module, const std::string& name) const {
    const auto shown = all();
    if (const auto found = shown->find({module, name}); found != shown->end())
        return found->second;
    std::string known;
    for (const auto& [place, content] : *shown)
        known += (known.empty() ? "" : ", ") + place.first + "/" + place.second;
    return fail(ErrorCode::not_found, "no register '" + module + "/" + name + "'; there are: " + (known.empty() ? "none" : known));
}

Result<RegisterChanged> Registers::change(const RegisterChange& change, const Person& person) {
    if (change.reason.empty())
        return fail(ErrorCode::invalid_input, "a change of a register needs a reason\nhint: --reason TEXT");
    const auto found = content(change.module, change.name);
    if (!found)
        return fail(found.error());
    if ((*found)->declaration->append_only)
        return fail(ErrorCode::refused, name_of(*(*found)->declaration) + " only grows: its rows are never changed or removed\nhint: a row is "
                                            "corrected by another one: ombud register add " + name_of(*(*found)->declaration) +
                                            " --corrects " + change.key + " FIELD=TEXT --reason TEXT");
    const bool host_itself = !person.uid;
    if ((*found)->declaration->two_persons && !host_itself && !change.at_once)
        return propose(**found, change, person);
    return change_now(*(*found)->declaration, change, person);
}

Result<RegisterChanged> Registers::change_now(const Declaration& declared, const RegisterChange& change, const Person& person) {
    RegisterChanged changed;
    auto done = parts_.ledger.commit([&](ledger::Ledger::Transaction& transaction) -> Result<void> {
        const auto stored = records::find(transaction.db(), place_of(declared), change.key);
        if (!stored)
            return fail(stored.error());
        const Values* was = *stored ? &(*stored)->values : nullptr;
        if (change.removes && was == nullptr)
            return no_record(declared, change.key);
        Values next;
        if (!change.removes) {
            auto checked = becomes(declared, change.key, change.fields, was);
            if (!checked)
                return fail(checked.error());
            next = std::move(*checked);
        }
        changed.same = !change.removes && was != nullptr && *was == next;
        if (changed.same) {
            changed.ledger_index = (*stored)->ledger_index;
            return {};
        }
        auto written = write(transaction, {declared, change.key, was, change.removes ? nullptr : &next, change.reason, person});
        if (!written)
            return fail(written.error());
        changed = std::move(*written);
        return {};
    });
    if (!done)
        return fail(done.error());
    if (!changed.same)
        board_.show(place_of(declared), changed.revision);
    return changed;
}

Result<RegisterChanged> Registers::propose(const Content& content, const RegisterChange& change, const Person& person) {
    const Declaration& declared = *content.declaration;
    const RecordRef record = content.find(change.key);
    const Values* was = record ? &record->values : nullptr;
    if (change.removes && was == nullptr)
        return no_record(declared, change.key);
    Values next;
    if (!change.removes) {
        auto checked = becomes(declared, change.key, change.fields, was);
        if (!checked)
            return fail(checked.error());
        next = std::move(*checked);
        if (was != nullptr && *was == next)
            return RegisterChanged{std::nullopt, true, content.revision, record->ledger_index};
    }
    const Values* wanted = change.removes ? nullptr : &next;
    approvals::Request request{std::string(kind), subject_of(declared, change.key, was, wanted), names_personal(declared),
                               payload_of(declared, change.key, was, wanted), change.reason};
    auto proposed = parts_.approvals.propose(request, person);
    if (!proposed)
        return fail(proposed.error());
    RegisterChanged changed;
    changed.revision = content.revision;
    changed.ledger_index = proposed->ledger_index;
    changed.proposal = std::move(*proposed);
    return changed;
}

Result<std::function<void()>> Registers::apply_proposal(ledger::Ledger::Transaction& transaction, const Proposal& proposal,
                                                        const Person& decider) {
    json::error_code error;
    const json::value payload = json::parse(proposal.request.payload, error);
    const auto text = [&](const char* name) -> std::string {
        const auto* object = error ? nullptr : payload.if_object();
        const auto* value = object == nullptr ? nullptr : object->if_contains(name);
        return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
    };
    const std::string module = text("module"), name = text("register"), key = text("key");
    const auto found = content(module, name);
    if (!found)
        return fail(found.error());
    const Declaration& declared = *(*found)->declaration;
    const auto stored = records::find(transaction.db(), place_of(declared), key);
    if (!stored)
        return fail(stored.error());
    const Values* was = *stored ? &(*stored)->values : nullptr;
    // The second person saw what was there: if that is not there any more, they did not approve this.
    if (payload.at("was") != (was == nullptr ? json::value(nullptr) : json::value(records::texts_json(*was))))
        return fail(ErrorCode::refused, name_of(declared) + ": this record changed after it was asked for\nhint: refuse or withdraw the "
                                            "proposal, look at the record, and ask again");
    std::optional<Values> next;
    if (!payload.at("becomes").is_null()) {
        const auto texts = records::texts_of(payload.at("becomes"));
        if (!texts)
            return fail(texts.error());
        auto checked = declared.check(key, *texts);
        if (!checked)
            return fail(Error(checked.error()).within(name_of(declared)));
        next = std::move(*checked);
    }
    auto written = write(transaction, {declared, key, was, next ? &*next : nullptr, proposal.request.reason, proposal.asker, &proposal, &decider});
    if (!written)
        return fail(written.error());
    return [this, place = place_of(declared), revision = written->revision] { board_.show(place, revision); };
}

Result<RegisterChanged> Registers::write(ledger::Ledger::Transaction& transaction, const Step& step) {
    const Declaration& declared = step.declared;
    const Place place = place_of(declared);
    if (step.was == nullptr)
        if (const auto found = content(declared.module, declared.name); found && (*found)->records.size() >= records_max)
            return fail(ErrorCode::refused, name_of(declared) + " holds " + std::to_string(records_max) + " records, which is the most");
    const auto revision = records::revision(transaction.db(), place);
    if (!revision)
        return fail(revision.error());

    ledger::Entry entry("register.changed");
    entry.set("module", declared.module).set("register", declared.name).set("revision", static_cast<std::int64_t>(*revision + 1));
    entry.set("change", step.next == nullptr ? "remove" : step.was == nullptr ? "add" : "set");
    if (!step.reason.empty()) // a row that is added says of itself why
        entry.set("reason", step.reason);
    if (!step.corrects.empty())
        entry.set("corrects", step.corrects);
    if (declared.key_personal)
        entry.set("key", ledger::Personal{step.key});
    else
        entry.set("key", step.key);
    const auto same = [](const Values* other, const std::string& name, const Value& value) {
        const auto found = other == nullptr ? Values::const_iterator{} : other->find(name);
        return other != nullptr && found != other->end() && found->second == value;
    };
    if (step.was != nullptr)
        for (const auto& [name, value] : *step.was)
            if (!same(step.next, name, value))
                set_value(entry, declared, "was", name, value);
    if (step.next != nullptr)
        for (const auto& [name, value] : *step.next)
            if (!same(step.was, name, value))
                set_value(entry, declared, "becomes", name, value);
    approvals::set_person(entry, step.person);
    if (step.proposal != nullptr)
        entry.set("proposal", step.proposal->id).set("asked", static_cast<std::int64_t>(step.proposal->ledger_index));
    if (step.approver != nullptr)
        entry.set("approver", ledger::Personal{step.approver->account});
    const auto index = transaction.append(entry);
    if (!index)
        return fail(index.error());

    Delta delta{place, *revision + 1, step.key, nullptr};
    records::Stored stored;
    if (step.next != nullptr) {
        stored = {*step.next, parts_.clock.utc_ns(), *index, step.corrects};
        auto record = make_record(declared, step.key, stored);
        if (!record)
            return fail(Error(record.error()).within(name_of(declared)));
        delta.becomes = std::move(*record);
    }
    if (auto put = records::put(transaction.db(), place, step.key, step.next == nullptr ? nullptr : &stored); !put)
        return fail(put.error());
    if (auto put = records::put_revision(transaction.db(), place, delta.revision); !put)
        return fail(put.error());
    RegisterChanged changed;
    changed.revision = delta.revision;
    changed.ledger_index = *index;
    board_.prepare(std::move(delta));
    return changed;
}

Result<RecordRef> Registers::make_record(const Declaration& declared, std::string key, records::Stored stored) const {
    auto event = registers::record_event(declared, key, stored.values, stored.changed_utc_ns, parts_.names);
    if (!event)
        return fail(Error(event.error()).within("record"));
    auto record = std::make_shared<Record>();
    record->key = std::move(key);
    record->values = std::move(stored.values);
    record->changed_utc_ns = stored.changed_utc_ns;
    record->ledger_index = stored.ledger_index;
    record->event = std::move(*event);
    record->corrects = std::move(stored.corrects);
    return RecordRef(std::move(record));
}

} // namespace ombud
