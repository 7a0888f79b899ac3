// Captures: switched on and off while the host runs, each recorded with who did it.
#include "daemon/host.hpp"

#include <sys/stat.h>

#include "config/module_document.hpp"
#include "ledger/timestamp.hpp"

namespace ombud::daemon {
namespace {

// `capture-2026-03-02T080000.123456789Z.jsonl`: no colons, which other systems do not take.
std::string file_name(std::int64_t utc_ns) {
    std::string time = ledger::format_utc(utc_ns);
    std::erase(time, ':');
    return "capture-" + time + ".jsonl";
}

Result<void> record(ledger::Ledger& ledger, const char* kind, const replay::CaptureWriter::Status& status, const std::string& who) {
    ledger::Entry entry(kind);
    entry.set("file", status.file.filename().string()).set("calls", static_cast<std::int64_t>(status.calls));
    if (!status.ended_because.empty())
        entry.set("why", status.ended_because);
    if (!who.empty())
        entry.set("user", ledger::Personal{who});
    const auto index = ledger.append(entry);
    return index ? Result<void>() : fail(index.error());
}

} // namespace

Result<replay::CaptureWriter::Status> Host::start_capture(std::uint64_t calls_max, const std::string& who) {
    const std::lock_guard one_change(changing_);
    if (const auto now = capture(); now && now->ended_because.empty())
        return fail(ErrorCode::refused, "a capture is being taken already: " + now->file.string() + "\nhint: ombud capture stop");
    const auto folder = options.state / "captures";
    std::error_code error;
    std::filesystem::create_directories(folder, error);
    if (error || ::chmod(folder.c_str(), 0700) != 0)
        return fail(ErrorCode::unavailable, folder.string() + ": cannot be made");
    const auto of_site = site();
    std::shared_ptr<replay::CaptureWriter> writer;
    auto begun = dispatcher->exchange([&](const ModuleSet& current) -> Result<ModuleSet> {
        replay::CaptureWriter::Bounds bounds;
        bounds.calls_max = calls_max;
        auto opened = replay::CaptureWriter::open(folder / file_name(clock.utc_ns()), of_site->id, of_site->timezone,
                                                  {clock, *names, [this] { return registers->all(); }}, bounds);
        if (!opened)
            return fail(opened.error());
        for (const Member& member : *current)
            if (const auto* settings = of_site->module(member.id); settings != nullptr && member.instance)
                (*opened)->add_module(manifests()->find(member.id)->second, member.instance->plugin().version(), member.instance->plugin().file().sha256,
                                      config::module_document(*of_site, *settings), member.cameras != nullptr);
        if (auto recorded = record(*ledger, "capture.started", (*opened)->status(), who); !recorded)
            return fail(recorded.error());
        writer = std::move(*opened);
        dispatcher->set_tap(writer);
        return current;
    });
    if (!begun)
        return fail(begun.error());
    const std::lock_guard lock(mutex_);
    capture_ = writer;
    return writer->status();
}

void Host::end_capture(const std::string& why) {
    std::shared_ptr<replay::CaptureWriter> writer;
    {
        const std::lock_guard lock(mutex_);
        writer = capture_;
    }
    if (!writer)
        return;
    dispatcher->set_tap(nullptr);
    if (const auto ended = writer->end(why); !ended)
        log("capture", OMBUD_LOG_ERROR, ended.error().message);
}

Result<replay::CaptureWriter::Status> Host::stop_capture(const std::string& who) {
    const std::lock_guard one_change(changing_);
    const auto running = capture();
    if (!running)
        return running;
    auto ended = dispatcher->exchange([&](const ModuleSet& current) -> Result<ModuleSet> {
        end_capture("stopped");
        return current;
    });
    if (!ended)
        return fail(ended.error());
    std::shared_ptr<replay::CaptureWriter> writer;
    {
        const std::lock_guard lock(mutex_);
        writer = std::move(capture_);
        capture_ = nullptr;
    }
    auto status = writer->end("stopped");
    if (!status)
        return status;
    if (auto recorded = record(*ledger, "capture.ended", *status, who); !recorded)
        return fail(recorded.error());
    return status;
}

Result<replay::CaptureWriter::Status> Host::capture() const {
    const std::lock_guard lock(mutex_);
    if (!capture_)
        return fail(ErrorCode::not_found, "no capture is being taken\nhint: ombud capture start");
    return capture_->status();
}

} // namespace ombud::daemon
