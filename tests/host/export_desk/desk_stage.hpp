#pragma once
// A desk over a real ledger and real approvals, whose modules and sealing the test plays.

#include <atomic>
#include <condition_variable>
#include <deque>
#include <fstream>
#include <mutex>
#include <unistd.h>

#include "gates/export/desk.hpp"
#include "kernel.hpp"
#include "scratch_ledger.hpp"

#include <ombud/vocabulary.h>

namespace ombud::exports {

inline const approvals::Person anna{::geteuid(), 1000, "anna", ""}, ben{1001, 1001, "ben", ""};

/// What modules answer.
struct ModuleAnswer {
    VerdictAction action = VerdictAction::allow;
    std::string rule{}, reason{};
};

class DeskStage {
  public:
    ledger::ScratchLedger ledger;
    TempFolder folder;
    std::filesystem::path root = std::filesystem::canonical(folder.path());
    Kernel kernel;
    Options options;
    std::unique_ptr<Names> names = std::make_unique<Names>();
    std::unique_ptr<approvals::Approvals> approvals;
    std::unique_ptr<ExportDesk> desk;

    std::mutex mutex; // the members below, which the desk's thread uses, too
    std::function<ModuleAnswer(bool approved)> enforced = [](bool) { return ModuleAnswer{}; };
    std::function<ModuleAnswer(const std::map<std::string, std::string>&)> enforced_by; ///< by all fields; none: `enforced`
    std::optional<ModuleAnswer> merged; ///< as if all were in enforce; none: the same
    std::vector<std::map<std::string, std::string>> asked; ///< fields of each question
    /// Called on the desk's thread before a copy is made, with what tells how far it is; false: cancelled. Set before the first export.
    std::function<bool(const std::function<bool(double)>& progress)> while_pixelating;
    std::optional<Error> seal_fails, enter_fails, pixelate_fails;
    std::vector<std::pair<std::int64_t, bool>> told; ///< findings about exports without a description: opened, ended
    std::vector<std::int64_t> entered; ///< exports that registers have
    std::deque<std::string> sealed;    ///< content of what was sealed
    std::deque<std::string> sealed_sha256; ///< that it had to have
    seal::Facts facts;                 ///< of the last seal
    std::int64_t stamped_utc_ns = 0;   ///< of seals to come
    std::string stamp_missing;

    DeskStage() {
        for (const char* name : {"evidence", "drop", "mine", "stick"})
            std::filesystem::create_directory(root / name);
        kernel.disk("pci/ata1", "sda", "8:0", false, true).disk("pci/usb1/1-1", "sdb", "8:16", true, false).mount("8:0", "/", "ext4");
        options.site = "depot";
        options.hold = root / "hold";
        options.keep_ns = 7 * 86'400'000'000'000;
        options.size_bytes_max = 1 << 20;
        options.waiting_max = 10;
        options.destinations = {{"evidence", "folder", root / "evidence"}, {"stick", "removable", root / "stick"}};
        options.recipients = {{"police", "Ada Apt", "Inspector", "Police", "other-institution", "", "", "a long passphrase"}};
        options.cameras = {{"entrance", {"files", "e"}}, {"yard", {"files", "y"}}};
        open();
    }
    ~DeskStage() { desk.reset(); }

    void open() {
        auto opened = approvals::Approvals::open(*ledger, ledger.clock);
        REQUIRE(opened);
        approvals = std::move(*opened);
        approvals->add(ExportDesk::proposal_kind([this] {
            if (desk)
                desk->wake();
        }));
        REQUIRE(ExportDesk::prepare(*ledger));
        start();
    }
    void start() {
        auto started = ExportDesk::start(options, parts());
        if (!started)
            FAIL(started.error().message);
        desk = std::move(*started);
    }
    void reopen() {
        desk.reset();
        approvals.reset();
        ledger.reopen();
        open();
    }

    ExportDesk::Parts parts() {
        ExportDesk::Parts parts{*ledger, *approvals, *names, ledger.clock, {}, {}, {}, {}, {}, {}};
        parts.ask = [this](const EventRef& event) { return answer(*event); };
        parts.seal = [this](const seal::SealRequest& request) { return seal_it(request); };
        parts.pixelate = [this](const std::filesystem::path& from, const std::filesystem::path& to, media::PixelateOptions how) -> Result<media::PixelatedCopy> {
            if (const std::lock_guard lock(mutex); pixelate_fails)
                return fail(*pixelate_fails);
            if (while_pixelating)
                if (!while_pixelating(how.copy.progress))
                    return fail(ErrorCode::cancelled, "cancelled");
            how.watch = [](media::WatchedPicture&) { return Result<>(); }; // all of it moves
            return media::pixelate(from, to, how);
        };
        parts.enter = [this](ledger::Ledger::Transaction&, const Export& one) -> Result<std::function<void()>> {
            const std::lock_guard lock(mutex);
            if (enter_fails)
                return fail(*enter_fails);
            return [this, id = one.id] {
                const std::lock_guard again(mutex);
                entered.push_back(id);
            };
        };
        parts.tell_undescribed = [this](ledger::Ledger::Transaction&, const Export& one, bool is_undescribed) {
            const std::lock_guard lock(mutex);
            told.emplace_back(one.id, is_undescribed);
            return Result<void>();
        };
        parts.log = [](int, std::string_view) {};
        parts.kernel = kernel.files();
        return parts;
    }

    std::string file(const std::string& name, const std::string& content = "plain video") {
        std::ofstream(root / "mine" / name) << content;
        return (root / "mine" / name).string();
    }
    /// A second of pictures, in the requester's folder.
    std::string film(const std::string& name) const {
        const auto recording = (root / "mine" / name).string();
        const std::string make = "ffmpeg -v error -nostdin -f lavfi -i testsrc2=size=160x120:rate=10:duration=1 -c:v libx264 -preset ultrafast "
                                 "-pix_fmt yuv420p -y " + recording;
        REQUIRE(std::system(make.c_str()) == 0);
        return recording;
    }
    static Fields said() {
        return {{"camera", "entrance"}, {"from", "2026-11-20"}, {"to", "2026-11-20"}, {"reason", "theft 17/2026"},
                {"recipient", "police"}, {"destination", "evidence"}};
    }
    Export submit(const Fields& fields = said(), const std::string& name = "a.mp4") {
        auto done = desk->submit({{file(name)}, fields, anna});
        if (!done)
            FAIL(done.error().message);
        return *done;
    }
    /// Waits until an export is in a state; its outcome counts as one.
    Export await(std::int64_t id, std::string_view state) {
        for (int tries = 0; tries < 30'000; ++tries) {
            const auto now = desk->find(id);
            if (now && (now->is_open() ? to_string(now->state) : std::string_view(now->outcome)) == state)
                return *now;
            desk->wake();
            ::usleep(1'000);
        }
        const auto now = desk->find(id);
        REQUIRE(now);
        FAIL("export " << id << " is " << to_string(now->state) << " (" << now->why << "), not " << state);
        return {};
    }
    std::filesystem::path released(std::int64_t id) const { return root / "evidence" / ("ombud-export-depot-" + std::to_string(id)); }
    std::vector<std::string> entries(const std::string& kind) {
        std::vector<std::string> lines;
        auto reader = ledger.reader();
        ledger::Query query;
        query.kind = kind;
        REQUIRE(reader.each(query, [&](const ledger::StoredEntry& entry) { return lines.push_back(entry.line), true; }));
        return lines;
    }
    static std::size_t count(const std::filesystem::path& folder) {
        std::size_t files = 0;
        for (const auto& one : std::filesystem::directory_iterator(folder))
            files += one.path().empty() ? 0U : 1U;
        return files;
    }

  private:
    Result<Judgement> answer(const Event& event) {
        std::map<std::string, std::string> fields;
        for (const sdk::Field field : event.read())
            if (const auto text = field.as_text())
                fields[std::string(names->name(field.key()))] = *text;
            else if (const auto number = field.as_i64())
                fields[std::string(names->name(field.key()))] = std::to_string(*number);
        const std::lock_guard lock(mutex);
        asked.push_back(fields);
        const auto verdict = enforced_by ? enforced_by(fields) : enforced(fields.contains(OMBUD_KEY_APPROVED));
        Judgement judgement;
        judgement.applied.action = verdict.action;
        judgement.applied.rule = verdict.rule;
        judgement.applied.reason = verdict.reason;
        judgement.merged = judgement.applied;
        if (merged) {
            judgement.merged.action = merged->action;
            judgement.merged.rule = merged->rule;
            judgement.merged.reason = merged->reason;
        }
        auto recorded = ledger->append(ledger::Entry("hook.judged"));
        if (!recorded)
            return fail(recorded.error());
        judgement.ledger_index = recorded->index();
        return judgement;
    }
    Result<seal::Sealed> seal_it(const seal::SealRequest& request) {
        const std::lock_guard lock(mutex);
        if (seal_fails)
            return fail(*seal_fails);
        std::filesystem::create_directory(request.folder);
        for (const seal::Input& input : request.files) {
            std::ifstream in(input.file);
            std::string content{std::istreambuf_iterator<char>(in), {}};
            std::ofstream(request.folder / "sealed") << "sealed:" << content.size();
            sealed.push_back(input.name + ":" + content);
            sealed_sha256.push_back(input.sha256);
        }
        facts = request.facts;
        seal::Sealed done;
        done.folder = request.folder;
        done.sealed_bytes = 7;
        done.time_stamped_at_utc_ns = stamped_utc_ns;
        done.time_stamp_missing = stamp_missing;
        return done;
    }
};

} // namespace ombud::exports
