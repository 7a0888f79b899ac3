#include "connector.hpp"

#include "accounts.hpp"
#include "coverage.hpp"

#include <algorithm>
#include <boost/json.hpp>
#include <chrono>
#include <ombud/connector.h>
#include <thread>

namespace ombud::zoneminder {

using sdk::ActionResult;
using sdk::LogLevel;
using sdk::Outcome;

Connector::Connector(sdk::Host host, sdk::Feed feed, Options options)
    : host_(std::move(host)), feed_(feed), options_(std::move(options)), records_(std::make_unique<Records>(host_)),
      inspector_(std::make_unique<Inspector>(host_, options_.has_files, options_.probes_tracks)),
      rest_(std::make_unique<Rest>(options_.rest, [lent = host_] { return lent.mono_ns(); })) {}

Result<std::unique_ptr<Connector>> Connector::create(sdk::Host host, sdk::Config config) {
    auto options = read_options(config);
    if (!options)
        return fail(std::move(options).error());
    const auto feed = host.feed();
    if (!feed)
        return fail(ErrorCode::refused,
                    "this host takes no events (" OMBUD_FEED_ID "): is the plugin loaded as a connector?");
    return std::unique_ptr<Connector>(new Connector(std::move(host), *feed, std::move(*options)));
}

Result<> Connector::open(std::string_view position) {
    let_go();
    if (auto declared = declare_coverage(); !declared)
        return declared;
    if (auto opened = options_.feed == FeedKind::outbox ? open_outbox(position) : open_polling(position); !opened) {
        let_go();
        return opened;
    }
    const bool disables = database_ && can_disable_accounts(*database_);
    if (disables != std::exchange(disables_accounts_, disables))
        if (auto declared = declare_coverage(); !declared)
            return declared;
    const auto version = rest_->version();
    if (!version)
        host_.log(LogLevel::warning,
                  "ZoneMinder's REST interface: " + version.error().message + "; corrections wait for it");
    return tell_connection(true, version ? "ZoneMinder " + *version : "database alone; " + version.error().message);
}

Result<> Connector::open_outbox(std::string_view position) {
    auto database = Database::connect(options_.database);
    if (!database)
        return fail(std::move(database).error());
    database_ = std::move(*database);
    catalogue_ = catalogue_of(*database_, options_.default_area);
    auto areas = catalogue_->areas();
    if (!areas)
        return fail(std::move(areas).error());
    inspector_->set_areas(std::move(*areas));
    auto outbox = Outbox::open(*database_, position);
    if (!outbox)
        return fail(std::move(outbox).error());
    if (outbox->is_anew())
        host_.log(LogLevel::warning, "ombud.outbox was made anew since it was last read: changes from in between are "
                                     "not known, a listing finds their outcome");
    news_ = news_of(std::move(*outbox), desk());
    if (!options_.exports.folder.empty())
        exports_ = std::make_unique<Exports>(desk(), *database_, options_.exports);
    return {};
}

Result<> Connector::open_polling(std::string_view position) {
    auto named = rest_->get("/host/getTimeZone.json");
    if (!named)
        return fail(std::move(named).error());
    const auto* tz = named->get_object().if_contains("tz");
    if (!tz || !tz->is_string())
        return fail(ErrorCode::corrupt, options_.rest.url + "/host/getTimeZone.json: names no time zone");
    auto zone = sdk::TimeZone::read(std::string(tz->get_string()));
    if (!zone)
        return fail(std::move(zone).error());
    zone_ = std::move(*zone);
    catalogue_ = catalogue_of(*rest_, zone_, options_.default_area);
    auto news = news_of_polling(desk(), position, options_.poll_interval_ms);
    if (!news)
        return fail(std::move(news).error());
    news_ = std::move(*news);
    return {};
}

Result<> Connector::declare_coverage() {
    declared_ = exports_ ? exports_->problems() : Exports::Problems{};
    const bool watches = !options_.exports.folder.empty();
    const ExportReach exports{watches, !options_.exports.access_log.empty(), declared_.folder, declared_.log, declared_.videos, declared_.nearby};
    for (const Reach& reach : reach_of(options_.feed, options_.has_files, exports, disables_accounts_))
        if (auto declared = feed_.coverage(reach.control, reach.level, reach.note); !declared)
            return declared;
    return {};
}

Result<> Connector::tell_connection(bool is_up, const std::string& detail) {
    auto event = records_->connection(host_.utc_ns(), is_up, detail);
    if (!event)
        return fail(std::move(event).error());
    std::vector<sdk::Event> events;
    events.push_back(std::move(*event));
    return feed_.push(events, {});
}

sdk::Failure Connector::lose(sdk::Error error) {
    if (news_)
        // The host learns the same from the status; an event that cannot be taken now changes nothing.
        if (auto told = tell_connection(false, error.message); !told)
            host_.log(LogLevel::warning, "the lost connection could not be recorded: " + told.error().message);
    let_go();
    return fail(std::move(error));
}

void Connector::let_go() {
    exports_.reset();
    news_.reset();
    catalogue_.reset();
    database_.reset();
}

Result<> Connector::list(std::uint32_t what) {
    if (!catalogue_)
        return fail(ErrorCode::unavailable, "not connected");
    const ListingDesk listing{host_, feed_, *records_, *inspector_, *catalogue_, options_.has_files};
    switch (what) {
    case OMBUD_LIST_DEVICES:
        return list_devices(listing);
    case OMBUD_LIST_RECORDINGS:
        return list_recordings(listing);
    case OMBUD_LIST_STORAGE:
        return list_storage(listing);
    default:
        return fail(ErrorCode::invalid_input, "listing of sort " + std::to_string(what) + ": not known");
    }
}

Result<> Connector::poll(std::int64_t wait_ns) {
    if (!news_)
        return fail(ErrorCode::unavailable, "not connected");
    // Counted in pauses, not by a clock: a replay may hold the host's clock still.
    for (std::int64_t left_ms = wait_ns / 1'000'000;;) {
        auto handed_over = news_->hand_over();
        if (!handed_over)
            return lose(std::move(handed_over).error());
        bool has_news = *handed_over;
        if (exports_) {
            auto seen = exports_->hand_over();
            if (!seen)
                return lose(std::move(seen).error());
            has_news = has_news || *seen;
            if (declared_ != exports_->problems())
                if (auto declared = declare_coverage(); !declared)
                    return declared;
        }
        if (has_news || left_ms <= 0)
            return {};
        const std::int64_t pause_ms = std::min(left_ms, news_->pause_ms());
        std::this_thread::sleep_for(std::chrono::milliseconds(pause_ms));
        left_ms -= pause_ms;
    }
}

Result<ActionResult> Connector::act(const sdk::Action& action) {
    if (!catalogue_)
        return ActionResult{Outcome::retry, "not connected to ZoneMinder"};
    const ActionDesk acting{*rest_, *catalogue_, *inspector_, options_.has_files, host_.utc_ns()};
    if (action.kind == OMBUD_ACTION_AUDIO_OFF)
        return switch_audio_off(acting, action.device);
    if (action.kind == OMBUD_ACTION_DELETE_RECORDING)
        return delete_recording(acting, action.recording);
    if (action.kind == OMBUD_ACTION_ARCHIVE_RECORDING)
        return archive_recording(acting, action.recording);
    if (action.kind == OMBUD_ACTION_METADATA_OFF)
        return ActionResult{Outcome::already, "ZoneMinder 1.36 records no metadata"};
    if (action.kind == OMBUD_ACTION_REMOVE_EXPORT)
        return exports_ ? exports_->remove(action.export_id)
                        : ActionResult{Outcome::failed, "exports-dir is not set, so that exports are neither seen nor removed"};
    if (action.kind == OMBUD_ACTION_DISABLE_ACCOUNT)
        return database_ ? disable_account(*database_, action.user, options_.rest.user)
                         : ActionResult{Outcome::failed, "an account is disabled in ZoneMinder's database: feed outbox, and accounts.sql"};
    return ActionResult{Outcome::failed, "ZoneMinder cannot do " + std::string(action.kind)};
}

Result<sdk::WebAnswer> Connector::describe(const sdk::WebRequest& request) {
    if (options_.database.user.empty() || (options_.database.socket.empty() && options_.database.host.empty()))
        return fail(ErrorCode::refused, "ZoneMinder's pages can be judged with db-socket or db-host alone: accounts and sessions are "
                                        "looked up in its database");
    if (!web_)
        web_ = std::make_unique<web::Desk>(host_, options_.database, options_.web_path, options_.auth_secret);
    return web_->describe(request);
}

} // namespace ombud::zoneminder
