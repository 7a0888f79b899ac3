// A module that does what an event's text says, by the SDK, with every table that a host lends.
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <fstream>
#include <string>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <thread>
#include <unistd.h>

#include <ombud/plugin.hpp>

using namespace ombud::sdk;

namespace {

class Echo {
  public:
    static Result<std::unique_ptr<Echo>> create(Host host, Config config) {
        if (config.get_str("options/create").value_or("") == "fails")
            return fail(ErrorCode::refused, "as the options say");
        if (config.get_str("options/create").value_or("") == "exits")
            ::_exit(9);
        return std::make_unique<Echo>(std::move(host), config);
    }
    Echo(Host host, Config config)
        : host_(std::move(host)), config_(config), say_(host_.names().id("say")), key_(host_.names().id("key")) {}

    Result<Verdict> judge(const HookCall& call) {
        ++calls_;
        const std::string said(call.event().get_text(say_).value_or(""));
        if (call.is_redelivery())
            return Verdict::allow("RET-1", "again");
        const auto answer = done(said, call.event().get_text(key_).value_or(""));
        if (!answer)
            return fail(answer.error());
        return Verdict::allow("RET-1", *answer);
    }
    Result<> observe(const EventReader& event) {
        const auto answer = done(std::string(event.get_text(say_).value_or("")), event.get_text(key_).value_or(""));
        return answer ? Result<>() : fail(answer.error());
    }

    /// Shows the squares whose first sample is bright.
    Result<> look(const Frame& frame, Squares& squares) {
        if (frame.time_ns() == 666)
            ::_exit(6);
        for (int row = 0; row < frame.rows(); ++row)
            for (int column = 0; column < frame.columns(); ++column)
                if (frame.row(row * frame.square())[column * frame.square()] > 127)
                    squares.show(column, row);
        return {};
    }
    Result<> audit(const AuditRun& run) {
        Finding finding;
        finding.severity = Severity::info;
        finding.control = "RET-3";
        finding.text = "found";
        for (int i = 0; i < 3000; ++i) {
            const std::string key = "k" + std::to_string(i);
            finding.key = key;
            if (auto raised = host_.findings()->raise(finding); !raised)
                return raised;
            if (auto told = run.progress(static_cast<std::uint64_t>(i), 3000); !told)
                return told;
        }
        return {};
    }

  private:
    Result<std::string> done(const std::string& said, std::string_view key) {
        if (said == "settings")
            return std::string(config_.get_str("options/word").value_or("none")) + " of " + std::to_string(config_.json().size()) + " bytes";
        if (said == "calls")
            return std::to_string(calls_);
        if (said == "name")
            return std::string(host_.names().name(say_)) + std::string(host_.names().name(60'000));
        if (said == "clocks")
            return std::to_string(host_.utc_ns()) + " " + std::to_string(host_.mono_ns());
        if (said == "log") {
            host_.log(LogLevel::warning, "a line of the module's");
            return std::string("logged");
        }
        if (said == "error")
            return fail(ErrorCode::refused, "in its own words");
        if (said == "finding") {
            Finding finding;
            finding.severity = Severity::warning;
            finding.key = key;
            finding.control = "RET-3";
            finding.text = "too old";
            if (auto raised = host_.findings()->raise(finding); !raised)
                return fail(raised.error());
            if (auto cleared = host_.findings()->clear("gone"); !cleared)
                return fail(cleared.error());
            return std::string("raised");
        }
        if (said == "action") {
            Action action;
            action.kind = key;
            action.attachment = "vms";
            action.recording = "17";
            action.control = "RET-3";
            action.reason = "too old";
            const auto asked = host_.actions()->request(action);
            return std::string(asked ? "taken" : asked.error().code == ErrorCode::refused ? "refused" : "failed");
        }
        if (said == "register") {
            const auto found = host_.registers()->find("people", key);
            return found ? std::string(found->get_text(key_).value_or("")) : Result<std::string>(fail(found.error()));
        }
        if (said == "state") {
            std::string kept;
            auto walked = host_.state()->each([&](std::string_view one, std::string_view value) -> Result<> {
                kept += std::string(one) + "=" + std::string(value) + ";";
                return {};
            });
            if (!walked)
                return fail(walked.error());
            if (auto put = host_.state()->put("kept", key); !put)
                return fail(put.error());
            return kept;
        }
        if (said == "probe") {
            const auto info = host_.media()->probe(std::string(key));
            return info ? std::string(info->tracks) : Result<std::string>(fail(info.error()));
        }
        if (said == "scan") {
            std::vector<ombud_recording> rows(20'000);
            std::uint64_t after = 0, all = 0;
            while (true) {
                const auto count = host_.inventory()->scan(after, rows.data(), rows.size());
                if (!count)
                    return fail(count.error());
                if (*count == 0)
                    return std::to_string(all) + " of " + std::to_string(host_.inventory()->recording_count().value_or(0));
                all += *count;
                after = rows[*count - 1].id;
            }
        }
        if (said == "thread") {
            std::string told;
            std::thread([&] {
                host_.log(LogLevel::warning, "a line of a thread's");
                told = std::string(host_.names().name(say_)) + " " + std::to_string(host_.utc_ns());
                const Finding finding{Severity::warning, "k", "RET-3", {}, {}, {}, "from a thread"};
                told += host_.findings()->raise(finding) ? " raised" : " refused";
            }).join();
            return told;
        }
        if (said == "attempts")
            return attempts();
        if (said == "crash")
            ::raise(SIGSEGV);
        if (said == "exit")
            ::_exit(3);
        if (said == "hang")
            while (true)
                std::this_thread::sleep_for(std::chrono::hours(1));
        return said;
    }

    // What a module must not be able to do: each word is one that it could.
    static std::string attempts() {
        std::string could;
        const auto attempt = [&](const char* what, bool done) { could += done ? std::string(what) + " " : std::string(); };
        attempt("read-host-files", std::ifstream("/etc/passwd").good());
        attempt("write-files", ::open("/tmp/ombud-echo", O_WRONLY | O_CREAT, 0600) >= 0);
        attempt("socket", ::socket(AF_INET, SOCK_STREAM, 0) >= 0 || ::socket(AF_UNIX, SOCK_STREAM, 0) >= 0);
        attempt("fork", ::syscall(SYS_fork) > 0);
        attempt("signal-host", ::kill(::getppid(), 0) == 0);
        attempt("look-into-host", ::open(("/proc/" + std::to_string(::getppid()) + "/mem").c_str(), O_RDONLY) >= 0);
        attempt("descriptors", ::fcntl(7, F_GETFD) >= 0 || ::fcntl(8, F_GETFD) >= 0 || ::fcntl(16, F_GETFD) >= 0);
        attempt("environment", ::environ != nullptr && *::environ != nullptr);
        attempt("memory", ::mmap(nullptr, std::size_t{4} << 30, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED);
        bool thread = false;
        std::thread([&] { thread = true; }).join();
        return could + (thread ? "thread" : "");
    }

    Host host_;
    Config config_;
    std::uint32_t say_, key_;
    int calls_ = 0;
};

} // namespace

OMBUD_PLUGIN(Echo, "echo", "1.2.3")
