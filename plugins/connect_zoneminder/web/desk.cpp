#include "desk.hpp"

#include <algorithm>
#include <array>
#include <ombud/vocabulary.h>
#include <utility>

namespace ombud::zoneminder::web {
namespace {

constexpr std::array<std::string_view, 9> area_names{"",       "Stream",  "Events",    "Control", "Monitors",
                                                     "Groups", "Devices", "Snapshots", "System"};

std::string lines(const std::vector<std::string>& values) {
    std::string text;
    for (const std::string& value : values)
        text += (text.empty() ? "" : "\n") + value;
    return text;
}

} // namespace

Desk::Desk(sdk::Host host, const DatabaseSettings& database, std::string prefix, std::string secret)
    : host_(std::move(host)), prefix_(std::move(prefix)), accounts_(database, std::move(secret)) {}

std::string lacking(const Account& account, const Meaning& meaning, const std::vector<std::string>& devices, bool all_known) {
    if (!account.may(meaning.area, meaning.level))
        return "the account has no right " + std::string(area_names.at(static_cast<std::size_t>(meaning.area))) + "=" +
               (meaning.level == Level::edit ? "Edit" : "View");
    if (account.monitors.empty())
        return {};
    if (meaning.is_of_all)
        return "the account is limited to some monitors, and this is of all of them";
    if (!all_known)
        return "the account is limited to some monitors, and the recording's is not known";
    if (!std::all_of(devices.begin(), devices.end(), [&](const std::string& one) { return account.may_see(one); }))
        return "the account is limited to other monitors";
    return {};
}

Result<Desk::Scope> Desk::scope_of(const Meaning& meaning) {
    Scope scope;
    scope.recordings = meaning.recordings;
    scope.devices = meaning.devices;
    auto of_frames = accounts_.recordings_of(meaning.frames);
    if (!of_frames)
        return fail(std::move(of_frames).error());
    scope.is_whole = of_frames->size() >= std::min<std::size_t>(meaning.frames.size(), 1);
    scope.recordings.insert(scope.recordings.end(), of_frames->begin(), of_frames->end());
    auto places = accounts_.places(scope.recordings);
    if (!places)
        return fail(std::move(places).error());
    scope.is_whole = scope.is_whole && places->size() == scope.recordings.size();
    bool has_end = scope.is_whole;
    for (const auto& [id, place] : *places) {
        if (std::find(scope.devices.begin(), scope.devices.end(), place.monitor) == scope.devices.end())
            scope.devices.push_back(place.monitor);
        if (place.begin_utc_ns)
            scope.begin_utc_ns = std::min(scope.begin_utc_ns.value_or(*place.begin_utc_ns), *place.begin_utc_ns);
        if (place.end_utc_ns)
            scope.end_utc_ns = std::max(scope.end_utc_ns.value_or(*place.end_utc_ns), *place.end_utc_ns);
        else
            has_end = false;
    }
    if (!has_end)
        scope.end_utc_ns.reset();
    return scope;
}

Result<sdk::Event> Desk::event_of(const Meaning& meaning, const Who& who, const Scope& scope) {
    auto& names = host_.names();
    const char* type = meaning.is_export ? OMBUD_EVENT_EXPORT_RELEASE : OMBUD_EVENT_ACCESS_REQUEST;
    sdk::EventBuilder builder(names.id(type), host_.utc_ns());
    builder.add_text(names.id(OMBUD_KEY_ACT), meaning.act);
    if (who.account)
        builder.add_text(names.id(OMBUD_KEY_USER), who.account->name, sdk::Privacy::personal);
    if (!scope.recordings.empty())
        builder.add_text(names.id(OMBUD_KEY_RECORDINGS), lines(scope.recordings));
    if (!scope.devices.empty())
        builder.add_text(names.id(OMBUD_KEY_DEVICES), lines(scope.devices));
    if (scope.begin_utc_ns)
        builder.add_i64(names.id(OMBUD_KEY_BEGIN), *scope.begin_utc_ns);
    if (scope.end_utc_ns)
        builder.add_i64(names.id(OMBUD_KEY_END), *scope.end_utc_ns);
    if (meaning.is_export) {
        if (!meaning.export_id.empty())
            builder.add_text(names.id(OMBUD_KEY_EXPORT), meaning.export_id);
        const bool is_word = meaning.format.size() <= 8 && std::all_of(meaning.format.begin(), meaning.format.end(), [](char c) {
            return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.';
        });
        if (!meaning.format.empty())
            builder.add_text(names.id(OMBUD_KEY_FORMATS), is_word ? meaning.format : "other");
        builder.add_i64(names.id(OMBUD_KEY_SEALED), 0); // ZoneMinder seals nothing
    }
    return builder.finish();
}

Result<sdk::WebAnswer> Desk::describe(const sdk::WebRequest& request) {
    const Meaning meaning = meaning_of(request, prefix_);
    sdk::WebAnswer answer;
    if (meaning.is_open) {
        answer.standing = sdk::Standing::open;
        return answer;
    }
    answer.changes = meaning.changes || meaning.is_export;
    auto who = accounts_.who(meaning.credentials, std::string(request.peer), host_.utc_ns(), host_.mono_ns());
    if (!who)
        return fail(std::move(who).error());
    answer.is_by_cookie = who->is_by_cookie;
    if (accounts_.shows_secret() && !std::exchange(has_warned_, true))
        host_.log(sdk::LogLevel::warning,
                  "ZoneMinder's pages print ZM_AUTH_HASH_SECRET to whoever is logged in, which is enough to forge anybody's token: "
                  "UPDATE Config SET Private=1 WHERE Name='ZM_AUTH_HASH_SECRET', and give it another value");
    auto scope = scope_of(meaning);
    if (!scope)
        return fail(std::move(scope).error());
    auto event = event_of(meaning, *who, *scope);
    if (!event)
        return fail(std::move(event).error());
    answer.event = std::move(*event);

    if (!meaning.strange.empty()) {
        answer.standing = sdk::Standing::strange;
        answer.note = meaning.strange;
    } else if (!meaning.closed.empty()) {
        answer.standing = sdk::Standing::lacking;
        answer.note = meaning.closed;
    } else if (meaning.may_be_nobody) {
        // Logging in and out, and the front page, which is the login page to whoever is nobody.
        answer.standing = who->account || meaning.act == "login" ? sdk::Standing::granted : sdk::Standing::open;
    } else if (!who->account) {
        answer.standing = sdk::Standing::nobody;
        answer.note = who->why;
    } else if (auto why = lacking(*who->account, meaning, scope->devices, scope->is_whole); !why.empty()) {
        answer.standing = sdk::Standing::lacking;
        answer.note = std::move(why);
    } else {
        answer.standing = sdk::Standing::granted;
    }
    return answer;
}

} // namespace ombud::zoneminder::web
