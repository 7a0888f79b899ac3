#pragma once
// Telling the host of exports inside ZoneMinder: made, fetched, abandoned, gone (OMBUD_EVENT_EXPORT_SEEN).

#include "access_log_line.hpp"
#include "exports_folder.hpp"
#include "exports_memory.hpp"
#include "news.hpp"

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <ombud/action.hpp>
#include <optional>
#include <string>
#include <vector>

namespace ombud::zoneminder {

/// Whom an act is laid to, or why nobody.
struct Doer {
    std::string user;   ///< empty: cannot be known
    std::string detail; ///< then: why
};

/// What there is to go by. Never a guess: of two who may have done it, it is neither.
struct DoerEvidence {
    const LoggedAct* line = nullptr; ///< of the access log
    /// Sessions that asked for something at that moment; empty: they could not be looked at, for `no_sessions`.
    const std::optional<std::vector<WebSession>>* sessions = nullptr;
    std::string no_sessions;
};
Doer doer_of(const DoerEvidence& evidence);

/// Watches the exports folder and the access log. Thread: worker.
class Exports {
  public:
    Exports(NewsDesk desk, Database& database, ExportSettings settings);

    /// Looks, and pushes what happened since; never waits.
    /// @return whether anything was handed over
    /// Errors: those of the database and of the host. What is wrong with folder or log is no error but shows in problems().
    Result<bool> hand_over();

    /// What cannot be seen now.
    struct Problems {
        std::string folder; ///< why exports are not seen; empty: they are
        std::string log;    ///< why the access log is not read; empty: it is, or there is none
        std::string videos; ///< why encoded videos are not seen; empty: they are
        std::string nearby; ///< why archives outside of the folder are not all seen where they are looked for; empty: they are
        friend bool operator==(const Problems&, const Problems&) = default;
    };
    [[nodiscard]] const Problems& problems() const { return problems_; }

    /// export.remove: takes archive and links away, and sees them gone; the recordings stay.
    sdk::ActionResult remove(std::string_view export_id);

  private:
    static constexpr std::int64_t second_ns = 1'000'000'000;
    static constexpr std::int64_t settled_ns = 3 * second_ns; ///< an archive that nobody was seen to close is whole after that
    static constexpr std::int64_t line_ns = second_ns;        ///< so long a line of the log is waited for
    static constexpr std::int64_t session_slack_s = 3;        ///< a session is written before the folder is made

    struct Begin {
        std::int64_t mono_ns;
        std::optional<std::vector<WebSession>> sessions;
        std::string no_sessions;
    };
    struct Fetch {
        std::string id;
        std::int64_t mono_ns;
    };
    struct Line {
        LoggedAct act;
        std::int64_t mono_ns;
    };

    bool open();
    [[nodiscard]] std::string overlap() const;
    Begin sessions_now();
    Result<> read_folder();
    void read_log();
    Result<> look_over();
    Result<> find_abandoned();
    Result<> tell_made(const ExportEntry& entry, const std::string& id, bool was_seen);
    Result<> tell_fetched();
    [[nodiscard]] bool leads_back(const std::string& beyond) const;
    Result<std::filesystem::path> place_of_elsewhere(const std::string& id);
    [[nodiscard]] Result<bool> is_there_elsewhere(const std::string& id, KnownExport& known);
    Result<> find_archives_beyond();
    [[nodiscard]] std::vector<std::filesystem::path> places_nearby();
    Result<> find_archives_nearby();
    Result<> find_videos();
    Result<> tell_elsewhere(const std::string& id, std::vector<std::uint64_t> recordings, std::int64_t utc_ns, const Doer& doer);
    void remember(const std::string& id, KnownExport known);
    Result<> tell(const char* state, const std::string& id, const KnownExport& known, std::int64_t utc_ns,
                  const Doer& doer);

    NewsDesk desk_;
    ExportsMemory memory_;
    ExportSettings settings_;
    std::optional<ExportsFolder> folder_;
    std::unique_ptr<AccessLog> log_;
    Problems problems_;

    std::map<std::string, KnownExport> known_;    ///< by id
    std::map<std::string, std::int64_t> settled_; ///< names that were closed after writing, and when
    std::map<std::string, Begin> begun_;          ///< by root
    std::map<std::string, Line> made_lines_;      ///< by root
    std::vector<Line> fetch_lines_;
    std::vector<Line> beyond_lines_; ///< made outside of the folder
    std::vector<Fetch> reads_;                                  ///< whose lines have not come yet
    std::vector<sdk::Event> events_;                            ///< to be pushed
    std::map<std::string, std::optional<KnownExport>> changes_; ///< of the memory, behind them; empty: dropped

    bool looks_ = true; ///< at the next call, whatever the time
    std::int64_t tried_mono_ns_ = 0, noticed_mono_ns_ = 0, looked_mono_ns_ = 0, compared_mono_ns_ = 0, placed_mono_ns_ = 0;
    std::int64_t started_utc_s_ = 0;
    std::optional<AccessLog::Place> place_; ///< that the memory has
    std::int64_t asked_videos_mono_ns_ = 0, looked_nearby_mono_ns_ = 0;
    std::optional<std::uint64_t> videos_, videos_kept_; ///< read so far, and what the memory has
};

} // namespace ombud::zoneminder
