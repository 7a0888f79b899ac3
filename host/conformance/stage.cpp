#include "conformance/stage.hpp"

#include <cstring>
#include <future>
#include <utility>

#include <ombud/feed.h>
#include <ombud/vocabulary.h>

#include "conformance/sampler.hpp"
#include "conformance/settings.hpp"
#include "contained/plugin.hpp"
#include "verdicts/verdict.hpp"

namespace ombud::conformance {
namespace {

constexpr std::int64_t day_ns = 86'400'000'000'000;
constexpr std::uint64_t rows_of_inventory = 40;

tl::unexpected<Error> cannot() { return fail(ErrorCode::unavailable, "the service was told to fail"); }

// Forty recordings of two cameras, one a day, every fifth with sound.
class MadeUpInventory final : public InventoryReader {
  public:
    explicit MadeUpInventory(Stage& stage) : stage_(stage) {}

    Result<std::size_t> scan(std::uint64_t after, std::span<ombud_recording> rows) override {
        if (stage_.services_fail)
            return cannot();
        std::size_t count = 0;
        for (std::uint64_t id = after + 1; id <= rows_of_inventory && count < rows.size(); ++id) {
            const std::int64_t end = stage_.clock.utc_ns() - static_cast<std::int64_t>(id) * day_ns;
            rows[count++] = {id, static_cast<std::uint32_t>(id % 2), OMBUD_RECORDING_TRACKS_KNOWN | (id % 5 == 0 ? OMBUD_RECORDING_AUDIO : 0U),
                             end - 600'000'000'000, end, 1'000'000, 0};
        }
        return count;
    }
    Result<std::uint64_t> recording_count() override {
        return stage_.services_fail ? Result<std::uint64_t>(cannot()) : rows_of_inventory;
    }
    Result<EventRef> recording(std::uint64_t id) override {
        return id == 0 || id > rows_of_inventory ? Result<EventRef>(none()) : sample(OMBUD_RECORD_RECORDING, id);
    }
    Result<EventRef> device(std::uint32_t number) override {
        return number >= 2 ? Result<EventRef>(none()) : sample(OMBUD_EVENT_DEVICE_CHANGED, number);
    }
    Result<EventRef> storage(std::uint32_t) override { return none(); }
    std::uint32_t coverage(std::string_view, std::string_view) override { return OMBUD_COVERAGE_CORRECTABLE; }
    Result<std::optional<std::string>> device_of(const std::string&, const std::string&) override { return std::optional<std::string>(); }

  private:
    static tl::unexpected<Error> none() { return fail(ErrorCode::not_found, "behind the last one"); }
    Result<EventRef> sample(std::string_view type, std::uint64_t seed) {
        if (stage_.services_fail)
            return cannot();
        return Sampler(seed, stage_.names).usual(type);
    }
    Stage& stage_;
};

class EmptyRegisters final : public RegisterReader {
  public:
    explicit EmptyRegisters(const Stage& stage) : stage_(stage) {}
    void refresh() override {}
    Result<std::uint64_t> revision(std::string_view) override {
        return stage_.services_fail ? Result<std::uint64_t>(cannot()) : std::uint64_t{0};
    }
    Result<EventRef> find(std::string_view, std::string_view) override { return none(); }
    Result<EventRef> next(std::string_view, std::string_view) override { return none(); }

  private:
    Result<EventRef> none() const {
        return stage_.services_fail ? Result<EventRef>(cannot()) : fail(ErrorCode::not_found, "the register is empty");
    }
    const Stage& stage_;
};

class Memory final : public StateReader {
  public:
    Memory(const Stage& stage, const std::map<std::string, std::string>& state) : stage_(stage), state_(state) {}
    Result<std::optional<StateChange>> next(std::string_view key) override {
        if (stage_.services_fail)
            return cannot();
        const auto found = state_.upper_bound(std::string(key));
        if (found == state_.end())
            return std::optional<StateChange>();
        return std::optional<StateChange>({found->first, found->second});
    }

  private:
    const Stage& stage_;
    const std::map<std::string, std::string>& state_;
};

// Takes what a connector pushes, and forgets it.
class ForgetfulFeed final : public FeedSink {
  public:
    explicit ForgetfulFeed(const Stage& stage) : stage_(stage) {}
    Result<void> push(std::vector<EventRef>, std::string_view) override { return answer(); }
    Result<void> put(std::vector<EventRef>) override { return answer(); }
    Result<void> coverage(std::string_view, std::uint32_t, std::string_view) override { return answer(); }

  private:
    Result<void> answer() const { return stage_.services_fail ? Result<void>(cannot()) : Result<void>(); }
    const Stage& stage_;
};

const void* lend_nothing(void*, const char*) { return nullptr; }

// The host's table in another size: the rest of a larger one is not zero.
std::vector<std::byte> shaped(const ombud_host& table, const HostShape& shape) {
    ombud_host changed = table;
    changed.struct_size = shape.size;
    if (shape.lends_nothing)
        changed.get_extension = lend_nothing;
    if (shape.size > sizeof(ombud_host))
        changed.abi_minor = OMBUD_ABI_MINOR + 7;
    std::vector<std::byte> bytes(shape.size, std::byte{0x5a});
    std::memcpy(bytes.data(), &changed, std::min<std::size_t>(shape.size, sizeof changed));
    return bytes;
}

Pages pages_of(const std::vector<std::byte>& bytes) { return {bytes.data(), bytes.size()}; }

Result<std::shared_ptr<const Plugin>> load_confined(const AdmittedPlugin& admitted, const std::string& id, const Subject& subject) {
    auto watch = contained::ProcessWatch::open(contained::runner_program());
    if (!watch)
        return fail(watch.error());
    contained::ContainedPlugin::Expected expected{id};
    if (subject.manifest)
        expected.demanded = subject.manifest->sandbox_demand;
    return contained::ContainedPlugin::load(admitted, expected, *watch);
}

} // namespace

Stage::Stage(const Subject& subject, Witness& given, Where where)
    : names({}, [this](std::uint32_t, std::string_view) { return services_fail ? Result<void>(cannot()) : Result<void>(); }), witness_(given),
      subject_(subject) {
    services_.clock = &clock;
    services_.names = &names;
    services_.open_inventory = [this] { return std::make_unique<MadeUpInventory>(*this); };
    services_.open_registers = [this](const std::string&) { return std::make_unique<EmptyRegisters>(*this); };
    services_.open_state = [this](const std::string&) { return std::make_unique<Memory>(*this, *opening_); };
    services_.probe = [this](const std::filesystem::path&) -> Result<MediaInfo> {
        return services_fail ? fail(ErrorCode::unavailable, "still changing") : fail(ErrorCode::not_found, "no such file");
    };
    services_.log = [](const std::string&, int, std::string_view) {};

    step("loading it");
    const std::string id = subject.manifest ? subject.manifest->id : subject.file.stem().string();
    AdmittedPlugin admitted{subject.file, subject.file, {}, {}};
    auto loaded = where == Where::here ? Plugin::load(admitted, id) : load_confined(admitted, id, subject);
    auto settings = make_settings(subject);
    if (!loaded)
        problem_ = loaded.error().message;
    else if (!settings)
        problem_ = settings.error().message;
    else
        document_ = std::move(*settings);
    if (loaded)
        plugin_ = std::move(*loaded);
}

std::string Answered::text() const {
    std::string text = std::to_string(status) + "|" + error + "|" + fault;
    if (verdict) {
        text += "|" + std::string(to_string(verdict->action)) + "|" + verdict->rule + "|" + verdict->reason + "|" + verdict->evidence + "|" +
                to_string(verdict->tracks) + "|" + verdict->advice + "|" + std::to_string(verdict->valid_until_mono_ns);
        for (const FieldText& field : verdict->fields)
            text += "|" + std::to_string(field.key) + "=" + field.text;
        for (const std::uint32_t part : verdict->parts)
            text += "|" + std::to_string(part);
    }
    return text;
}

std::string Answered::text_and_sent() const {
    std::string sent = text();
    for (const Finding& finding : outbox.raised)
        sent += "|finding " + finding.key + " " + finding.text + " " + finding.evidence;
    for (const std::string& key : outbox.cleared)
        sent += "|cleared " + key;
    for (const ActionRequest& asked : outbox.actions)
        sent += "|action " + asked.kind + " " + asked.device + " " + asked.recording + " " + asked.reason;
    for (const StateChange& change : outbox.state)
        sent += "|state " + change.key + "=" + change.value;
    return sent;
}

namespace {
std::shared_ptr<FeedSink> feed_for(const Stage& stage) {
    return stage.plugin()->connector() != nullptr ? std::make_shared<ForgetfulFeed>(stage) : nullptr;
}
} // namespace

Actor::Actor(Stage& stage, HostShape shape) : Actor(stage, shape, stage.document()) {}

Actor::Actor(Stage& stage, HostShape shape, boost::json::value document)
    : stage_(stage), config_(std::move(document)), context_(stage.plugin()->id(), remembering(stage).services_, feed_for(stage)),
      cell_(stage.plugin()->make_cell(context_, config_.table())), table_(pages_of(shaped(*context_.table(), shape))) {
}

Stage& Actor::remembering(Stage& stage) {
    stage.opening_ = &state;
    return stage;
}

Actor::~Actor() {
    if (is_started_)
        stop();
    if (instance_ != nullptr)
        destroy();
}

template <class Call>
ombud_status Actor::enter(bool sends, Call&& call) {
    scope_ = {};
    scope_.sends = sends;
    const auto as_worker = [&] {
        context_.bind_worker();
        context_.enter(&scope_);
        const ombud_status status = call(stage_.plugin()->module());
        context_.enter(nullptr);
        return status;
    };
    if (threads && ((*threads)() & 1U) != 0)
        return std::async(std::launch::async, as_worker).get(); // ends before the next call begins
    return as_worker();
}

ombud_status Actor::create() {
    stage_.step("creating an instance");
    return enter(false, [&](const ombud_module& module) {
        return cell_ ? cell_->create(&instance_) : module.create(static_cast<const ombud_host*>(table_.get()), config_.table(), &instance_);
    });
}

ombud_status Actor::start() {
    stage_.step("starting an instance");
    const ombud_status status = enter(false, [&](const ombud_module& module) { return module.start(instance_); });
    is_started_ = status == OMBUD_OK;
    return status;
}

ombud_status Actor::stop(std::int64_t patience_ns) {
    stage_.step("stopping an instance");
    is_started_ = false;
    return enter(false, [&](const ombud_module& module) { return module.stop(instance_, stage_.clock.mono_ns() + patience_ns); });
}

void Actor::destroy() {
    stage_.step("destroying an instance");
    (void)enter(false, [&](const ombud_module& module) { return module.destroy(std::exchange(instance_, nullptr)), OMBUD_OK; });
}

Result<void> Actor::begin() {
    if (const ombud_status status = create(); status != OMBUD_OK || instance_ == nullptr)
        return fail(ErrorCode::unavailable, "create answered " + std::to_string(status) + (error().empty() ? ", and said nothing" : ": " + error()));
    if (const ombud_status status = start(); status != OMBUD_OK)
        return fail(ErrorCode::unavailable, "start answered " + std::to_string(status) + (error().empty() ? ", and said nothing" : ": " + error()));
    return {};
}

Answered Actor::finish(ombud_status status, std::int64_t began_ns) {
    Answered answered;
    answered.status = status;
    answered.error = scope_.error;
    answered.took_ns = SystemClock().mono_ns() - began_ns;
    for (const StateChange& change : scope_.outbox.state) {
        if (change.value.empty())
            state.erase(change.key);
        else
            state[change.key] = change.value;
    }
    answered.outbox = std::move(scope_.outbox);
    return answered;
}

Answered Actor::judge_raw(const ombud_hook_call* call, ombud_verdict* verdict) {
    const std::int64_t began = SystemClock().mono_ns();
    const ombud_status status = enter(true, [&](const ombud_module&) { return stage_.plugin()->hook()->judge(instance_, call, verdict); });
    return finish(status, began);
}

Answered Actor::judge(std::uint32_t hook, const EventRef& event, std::uint32_t flags, Lending lending, const ombud_packet* packet) {
    const auto bytes = event->bytes();
    auto lent = std::make_unique<Pages>(bytes.data(), (bytes.size() + 7) / 8 * 8);
    ombud_hook_call question{};
    question.struct_size = sizeof question;
    question.hook_id = hook;
    question.flags = flags;
    question.call_id = 1;
    question.deadline_mono_ns = stage_.clock.mono_ns() + 10'000'000'000;
    question.event = static_cast<const ombud_event*>(lent->get());
    question.packet = packet;
    auto call = std::make_unique<Pages>(&question, sizeof question);
    if (lending != Lending::plain) {
        lent->forbid_writing();
        call->forbid_writing();
    }
    ombud_verdict given{};
    given.struct_size = sizeof given;
    Answered answered = judge_raw(static_cast<const ombud_hook_call*>(call->get()), &given);
    if (lending == Lending::taken_back) {
        lent->take_back();
        call->take_back();
        constexpr std::size_t kept_max = 512;
        if (lent_.size() >= kept_max)
            lent_.clear();
        lent_.push_back(std::move(lent));
        lent_.push_back(std::move(call));
    }
    answered.action = given.action;
    answered.has_reason = given.reason.len > 0;
    answered.has_rule = given.rule_id.len > 0;
    if (answered.status == OMBUD_OK) {
        if (auto verdict = copy_verdict(given))
            answered.verdict = std::move(*verdict);
        else
            answered.fault = verdict.error().message;
    }
    return answered;
}

Answered Actor::observe(const ombud_event* event) {
    const std::int64_t began = SystemClock().mono_ns();
    const ombud_status status = enter(true, [&](const ombud_module&) { return stage_.plugin()->observer()->observe(instance_, event); });
    return finish(status, began);
}

Answered Actor::observe(const EventRef& event, Lending lending) {
    const auto bytes = event->bytes();
    auto lent = std::make_unique<Pages>(bytes.data(), (bytes.size() + 7) / 8 * 8);
    if (lending != Lending::plain)
        lent->forbid_writing();
    Answered answered = observe(static_cast<const ombud_event*>(lent->get()));
    if (lending == Lending::taken_back) {
        lent->take_back();
        lent_.push_back(std::move(lent));
    }
    return answered;
}

Answered Actor::audit(bool corrects) {
    ombud_audit_run run{};
    run.struct_size = sizeof run;
    run.flags = OMBUD_AUDIT_REQUESTED | (corrects ? OMBUD_AUDIT_CORRECT : 0U);
    run.progress = [](void*, std::uint64_t, std::uint64_t) -> ombud_status { return OMBUD_OK; };
    const std::int64_t began = SystemClock().mono_ns();
    const ombud_status status = enter(true, [&](const ombud_module&) { return stage_.plugin()->audit()->run(instance_, &run); });
    return finish(status, began);
}

std::optional<Seen> unplayable(const Stage& stage) {
    if (stage.plugin() == nullptr)
        return fails("cannot be loaded: " + stage.problem(), "make the checks of elf and load pass first");
    if (!stage.problem().empty())
        return fails("no settings for it: " + stage.problem(), give_settings);
    return std::nullopt;
}

} // namespace ombud::conformance
