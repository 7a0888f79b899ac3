#include "pipeline.hpp"

#include <thread>

#include <boost/json/object.hpp>
#include <ombud/hook.h>
#include <ombud/vocabulary.h>

#include "measure.hpp"
#include "plugin_runtime/plugin.hpp"

namespace ombud::bench {

ModuleSet judging_modules(int count, const std::filesystem::path& folder, Names& names, const HostServices& services) {
    const auto plugin = value(Plugin::load(value(admit_plugin(PLUGIN_FILE, folder, "")), "hello_cpp"));
    auto members = std::make_shared<std::vector<Member>>();
    for (int i = 0; i < count; ++i) {
        Instance::Options options;
        options.name = "hello_" + std::to_string(i);
        options.plugin = plugin;
        options.document = boost::json::object{{"options", boost::json::object{{"keep-sound", false}}}};
        Member member;
        member.id = options.name;
        member.mode = Mode::enforce;
        member.instance = value(Instance::create(std::move(options), services));
        member.hooks.push_back(
            {OMBUD_HOOK_RECORDING_FINISHED, names.intern(OMBUD_EVENT_RECORDING_FINISHED), 10'000'000'000, FailMode::closed});
        members->push_back(std::move(member));
    }
    return members;
}

EventRef finished_recording(Names& names) {
    return value(EventBuilder(names, OMBUD_EVENT_RECORDING_FINISHED, 1'700'000'000'000'000'000)
                     .text(OMBUD_KEY_DEVICE, "gate-2")
                     .text(OMBUD_KEY_RECORDING, "gate-2/2023-11-14/22-13-20.mp4")
                     .text(OMBUD_KEY_PATH, "/srv/video/gate-2/2023-11-14/22-13-20.mp4")
                     .text(OMBUD_KEY_TRACKS, "video/h264 audio/aac")
                     .integer(OMBUD_KEY_SIZE, 10'000'000)
                     .build());
}

Pipeline::Pipeline(const std::filesystem::path& folder, int instances) {
    std::filesystem::create_directories(folder / "plugins");
    signer_.emplace(value(ledger::KeySigner::open(folder / "key.pem", "example.com/bench")));
    ledger_ = value(ledger::Ledger::open(folder / "ledger", *signer_, clock_));
    Names::Persist persist;
    std::vector<std::string> known;
    journal_ = value(Journal::open(*ledger_, clock_, persist, known));
    names_ = std::make_unique<Names>(known, persist);
    services_.clock = &clock_;
    services_.names = names_.get();
    services_.log = [](const std::string& who, int, std::string_view message) {
        std::cerr << "pipeline_bench: " << who << ": " << message << "\n";
    };
    event_ = finished_recording(*names_);
    subscription_ = notices_.subscribe([this](const Notice& notice) {
        require(notice.kind != Notice::Kind::fault, "a module failed");
        if (notice.kind != Notice::Kind::event_judged)
            return;
        {
            const std::lock_guard lock(mutex_);
            judged_ += notice.count;
        }
        changed_.notify_all();
    });
    dispatcher_ = std::make_unique<Dispatcher>(
        Dispatcher::Parts{*ledger_, *journal_, notices_, *names_, clock_, {},
                          [](const Error& error) { require(false, error.message); }});
    dispatcher_->start(judging_modules(instances, folder / "plugins", *names_, services_));
}

Pipeline::~Pipeline() {
    journal_->close();
    dispatcher_->stop();
}

void Pipeline::push(int producers, int batches, int batch) {
    const std::vector<EventRef> events(static_cast<std::size_t>(batch), event_);
    const auto produce = [&](int producer) {
        const std::string attachment = "vms" + std::to_string(producer);
        for (int i = 0; i < batches; ++i)
            value(journal_->accept(attachment, events, std::nullopt));
    };
    if (producers == 1) {
        produce(0);
    } else {
        std::vector<std::thread> threads;
        for (int producer = 0; producer < producers; ++producer)
            threads.emplace_back(produce, producer);
        for (auto& thread : threads)
            thread.join();
    }
    pushed_ += static_cast<std::uint64_t>(producers) * static_cast<std::uint64_t>(batches) *
               static_cast<std::uint64_t>(batch);
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return judged_ >= pushed_; });
}

void Pipeline::capture(const std::filesystem::path* file) {
    const auto exchanged = dispatcher_->exchange([&](const ModuleSet& current) -> Result<ModuleSet> {
        if (capture_) {
            const auto status = value(capture_->end("measured"));
            require(status.calls > 0 && status.bytes > 0, "nothing was captured");
        }
        capture_.reset();
        if (file != nullptr)
            capture_ = value(replay::CaptureWriter::open(
                *file, "bench", "UTC", {clock_, *names_, [] { return std::make_shared<const registers::Contents>(); }}, {}));
        dispatcher_->set_tap(capture_);
        return current;
    });
    require(exchanged.has_value(), "no capture");
}

std::string Pipeline::newest_line() const {
    auto reader = value(ledger_->reader());
    return value(reader.entry(value(reader.size()) - 1)).line;
}

} // namespace ombud::bench
