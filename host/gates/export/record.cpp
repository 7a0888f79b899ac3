#include "gates/export/record.hpp"

#include <array>

#include <boost/json.hpp>

#include "signing/digest.hpp"
#include "signing/encoding.hpp"

namespace ombud::exports {
namespace {

namespace json = boost::json;

constexpr std::array<std::string_view, 12> states{"taking", "incomplete", "judging", "refused", "unreviewed", "asked", "approved", "blocked",
                                                  "releasing", "recorded", "clearing", "closed"};

/// Bytes that need not be text: a path.
struct Octets {
    std::string& bytes;
};

/// Writes members, or reads them: `fields` names each once, for both ways.
class Writing {
  public:
    json::object object;
    template <class T>
    void operator()(const char* name, T& value) {
        object[name] = of(value);
    }

  private:
    static json::value of(std::string& value) { return json::string(value); }
    static json::value of(Octets value) { return json::string(signing::base64(signing::bytes_of(value.bytes))); }
    static json::value of(bool value) { return value; }
    static json::value of(std::int64_t value) { return value; }
    static json::value of(std::uint64_t value) { return value; }
    static json::value of(std::uint32_t value) { return static_cast<std::int64_t>(value); }
    static json::value of(State value) { return json::string(to_string(value)); }
    template <class T>
    static json::value of(std::optional<T>& value) {
        return value ? of(*value) : json::value(nullptr);
    }
    template <class T>
    static json::value of(std::vector<T>& values) {
        json::array list;
        for (T& one : values)
            list.push_back(of(one));
        return list;
    }
    template <class T>
    static json::value of(T& value) {
        Writing inner;
        fields(inner, value);
        return std::move(inner.object);
    }
};

class Reading {
  public:
    explicit Reading(const json::object& object) : object_(object) {}
    std::string wrong; ///< the first member that could not be read
    template <class T>
    void operator()(const char* name, T& value) {
        const json::value* found = object_.if_contains(name);
        if (found != nullptr && !get(*found, value) && wrong.empty()) // one that is missing keeps its default
            wrong = name;
    }

  private:
    static bool get(const json::value& from, std::string& to) {
        if (from.is_string())
            to = from.get_string();
        return from.is_string();
    }
    static bool get(const json::value& from, Octets& to) {
        const auto bytes = from.is_string() ? signing::parse_base64(from.get_string()) : Result<std::vector<std::uint8_t>>(fail(ErrorCode::corrupt, ""));
        if (bytes)
            to.bytes.assign(bytes->begin(), bytes->end());
        return bytes.has_value();
    }
    static bool get(const json::value& from, bool& to) {
        if (from.is_bool())
            to = from.get_bool();
        return from.is_bool();
    }
    template <class T>
    static bool number(const json::value& from, T& to) {
        json::error_code error;
        to = from.to_number<T>(error);
        return !error;
    }
    static bool get(const json::value& from, std::int64_t& to) { return number(from, to); }
    static bool get(const json::value& from, std::uint64_t& to) { return number(from, to); }
    static bool get(const json::value& from, std::uint32_t& to) { return number(from, to); }
    static bool get(const json::value& from, State& to) {
        for (std::size_t i = 0; i < states.size(); ++i)
            if (from.is_string() && from.get_string() == states[i])
                return to = static_cast<State>(i), true;
        return false;
    }
    template <class T>
    static bool get(const json::value& from, std::optional<T>& to) {
        if (from.is_null())
            return to.reset(), true;
        return get(from, to.emplace());
    }
    template <class T>
    static bool get(const json::value& from, std::vector<T>& to) {
        const auto* list = from.if_array();
        for (std::size_t i = 0; list != nullptr && i < list->size(); ++i)
            if (!get((*list)[i], to.emplace_back()))
                return false;
        return list != nullptr;
    }
    template <class T>
    static bool get(const json::value& from, T& to) {
        const auto* object = from.if_object();
        if (object == nullptr)
            return false;
        Reading inner(*object);
        fields(inner, to);
        return inner.wrong.empty();
    }

    const json::object& object_;
};

template <class Visit>
void fields(Visit& visit, approvals::Person& one) {
    visit("uid", one.uid), visit("login", one.login), visit("account", one.account), visit("login_account", one.login_account);
}
template <class Visit>
void fields(Visit& visit, HeldFile& one) {
    Octets source{one.source};
    visit("name", one.name), visit("source", source), visit("device", one.device), visit("inode", one.inode);
    visit("size_bytes", one.size_bytes), visit("modified_ns", one.modified_ns), visit("held", one.held), visit("covered", one.covered);
    visit("format", one.format), visit("tracks", one.tracks), visit("sha256", one.sha256);
    visit("created_utc_ns", one.created_utc_ns), visit("duration_ns", one.duration_ns);
}
template <class Visit>
void fields(Visit& visit, Description& one) {
    visit("cameras", one.cameras), visit("begin_utc_ns", one.begin_utc_ns), visit("end_utc_ns", one.end_utc_ns);
    visit("reason", one.reason), visit("grant", one.grant), visit("summary", one.summary), visit("recipient", one.recipient);
    visit("destination", one.destination), visit("legal_ground", one.legal_ground), visit("medium", one.medium);
    visit("destroy_by_utc_ns", one.destroy_by_utc_ns), visit("requester_name", one.requester_name);
    visit("requester_title", one.requester_title), visit("requester_organisation", one.requester_organisation);
    visit("file_cameras", one.file_cameras), visit("unmasked", one.unmasked), visit("pixelate", one.pixelate), visit("kept", one.kept);
}
template <class Visit>
void fields(Visit& visit, Review& one) {
    visit("by", one.by), visit("accepted", one.accepted), visit("reason", one.reason), visit("copies", one.copies);
}
template <class Visit>
void fields(Visit& visit, SheetsGiven& one) {
    visit("uid", one.uid), visit("copies", one.copies);
}
template <class Visit>
void fields(Visit& visit, Export& one) {
    visit("id", one.id), visit("state", one.state), visit("dropped", one.dropped), visit("requester", one.requester);
    visit("taken_utc_ns", one.taken_utc_ns), visit("changed_utc_ns", one.changed_utc_ns), visit("why", one.why), visit("rule", one.rule);
    visit("description", one.description), visit("misdescribed", one.misdescribed), visit("undescribed_told", one.undescribed_told), visit("files", one.files), visit("would", one.would);
    visit("masks", one.masks), visit("masks_note", one.masks_note), visit("pixelated", one.pixelated), visit("pixelated_note", one.pixelated_note);
    visit("sheets_given", one.sheets_given), visit("review", one.review);
    visit("decision_index", one.decision_index), visit("proposal", one.proposal), visit("approver", one.approver);
    visit("approval_reason", one.approval_reason), visit("retry_utc_ns", one.retry_utc_ns), visit("retries", one.retries);
    visit("folder", one.folder), visit("name", one.name), visit("kind", one.kind), visit("transport", one.transport);
    visit("manifest_sha256", one.manifest_sha256), visit("sealed_bytes", one.sealed_bytes);
    visit("time_stamped_utc_ns", one.time_stamped_utc_ns), visit("time_stamp_missing", one.time_stamp_missing);
    visit("release_index", one.release_index), visit("cleared", one.cleared), visit("outcome", one.outcome);
}

} // namespace

std::string_view to_string(State state) { return states[static_cast<std::size_t>(state)]; }

std::string to_stored(const Export& one) {
    Writing writing;
    Export copy = one; // fields() takes what it can also write to
    fields(writing, copy);
    return json::serialize(writing.object);
}

Result<Export> parse_stored(std::string_view text) {
    json::error_code error;
    const json::value parsed = json::parse({text.data(), text.size()}, error);
    const auto* object = error ? nullptr : parsed.if_object();
    if (object == nullptr)
        return fail(ErrorCode::corrupt, "a stored export is no JSON object");
    Export one;
    Reading reading(*object);
    fields(reading, one);
    if (!reading.wrong.empty())
        return fail(ErrorCode::corrupt, "a stored export: '" + reading.wrong + "' cannot be read");
    return one;
}

std::string copies_digest(const Export& one) {
    std::string all;
    for (const HeldFile& file : one.files)
        all += file.sha256 + "\n";
    return signing::hex(signing::sha256(all));
}

bool is_accepted(const Export& one) {
    return one.pixelated && one.review && one.review->accepted && one.review->copies == copies_digest(one);
}
bool is_rejected(const Export& one) { return one.review && !one.review->accepted && one.review->copies == copies_digest(one); }

std::string covering_words(const Export& one, bool names) {
    std::string words = one.masks;
    if (!one.masks_note.empty() && (names || one.masks != "missing")) // which names files
        words += ": " + one.masks_note;
    if (one.pixelated)
        words += "; pixelated, " + one.pixelated_note;
    if (is_accepted(one))
        words += "; looked through by " + (names ? approvals::name_of(one.review->by) : "another person");
    else if (one.pixelated)
        words += "; looked through by nobody";
    return words;
}

void forget_persons(Export& one) {
    one.requester.account.clear();
    one.requester.login_account.clear();
    if (one.approver) {
        one.approver->account.clear();
        one.approver->login_account.clear();
    }
    if (one.review) {
        one.review->by.account.clear();
        one.review->by.login_account.clear();
    }
    one.misdescribed.clear();
    one.masks_note.clear();
    one.pixelated_note.clear();
    one.description.requester_name.clear();
    one.description.requester_title.clear();
    for (HeldFile& file : one.files)
        file.name.clear(), file.source.clear();
}

} // namespace ombud::exports
