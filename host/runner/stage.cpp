#include "runner/stage.hpp"

#include <algorithm>
#include <cstdlib>
#include <sys/mman.h>
#include <sys/stat.h>

#include <boost/json/parse.hpp>

#include "contained/process.hpp"

namespace ombud::runner {

using contained::Call;
using contained::Reader;
using contained::Writer;

namespace {

// What the host refuses anyway by its length is sent without its bytes.
constexpr std::size_t verdict_text_max = 16 * 1024, field_text_max = 2 * 1024;
constexpr std::uint32_t rules_max = 256, fields_max = 64, parts_max = 1024; // what the host takes

template <class Row>
std::uint32_t row_count(const void* rows, std::uint32_t count, std::uint32_t stride, std::uint32_t most) {
    const bool usable = rows != nullptr && stride >= sizeof(Row) && stride % alignof(Row) == 0 && count <= most;
    return usable ? count : 0;
}
template <class Row>
Row row_at(const void* rows, std::uint32_t stride, std::uint32_t at) {
    Row row{};
    std::memcpy(&row, static_cast<const std::byte*>(rows) + std::size_t{at} * stride, sizeof row);
    return row;
}

// Rows that cannot be read are sent as a number without rows: the host has words for that.
void put_verdict(Writer& answer, const ombud_verdict& verdict) {
    answer.put(verdict.action).put(verdict.reason_code).put(verdict.flags).put(verdict.valid_until_mono_ns).put(verdict.transform_kind);
    for (const ombud_view& view : {verdict.rule_id, verdict.reason, verdict.evidence_json, verdict.advice})
        answer.view(view, verdict_text_max);
    const auto rules = row_count<ombud_track_rule>(verdict.track_rules, verdict.track_rule_count, verdict.track_rule_stride, rules_max);
    answer.put(verdict.track_rule_count).put(rules);
    for (std::uint32_t i = 0; i < rules; ++i)
        answer.put(row_at<ombud_track_rule>(verdict.track_rules, verdict.track_rule_stride, i));
    const auto fields = row_count<ombud_field_text>(verdict.field_texts, verdict.field_text_count, verdict.field_text_stride, fields_max);
    answer.put(verdict.field_text_count).put(fields);
    for (std::uint32_t i = 0; i < fields; ++i) {
        const auto field = row_at<ombud_field_text>(verdict.field_texts, verdict.field_text_stride, i);
        answer.put(field.key_id).view(field.text, field_text_max);
    }
    const auto parts = row_count<std::uint32_t>(verdict.parts, verdict.part_count, sizeof(std::uint32_t), parts_max);
    answer.put(verdict.part_count).put(parts);
    for (std::uint32_t i = 0; i < parts; ++i)
        answer.put(verdict.parts[i]);
}

// The settings, which the host wrote into memory that nobody can change.
boost::json::value document() {
    struct stat info{};
    if (::fstat(contained::document_descriptor, &info) != 0 || info.st_size == 0)
        return nullptr;
    const auto size = static_cast<std::size_t>(info.st_size);
    void* at = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, contained::document_descriptor, 0);
    if (at == MAP_FAILED)
        return nullptr;
    auto parsed = boost::json::parse({static_cast<const char*>(at), size});
    ::munmap(at, size);
    return parsed;
}

} // namespace

void Stage::load(Reader& from) {
    AdmittedPlugin admitted; // by the host, which hashed the file behind the descriptor
    admitted.copy = "/proc/self/fd/" + std::to_string(contained::library_descriptor);
    const std::string id(from.text());
    admitted.file = from.text();
    auto loaded = Plugin::load(admitted, id);
    line_.answer([&](Writer& answer) {
        if (!loaded) {
            answer.put(static_cast<ombud_status>(loaded.error().code)).text(loaded.error().message);
            return;
        }
        plugin_ = std::move(*loaded);
        const auto has = [](std::uint32_t bit, const void* table) { return table != nullptr ? bit : 0U; };
        answer.put(ombud_status{OMBUD_OK}).text(plugin_->version());
        answer.put(has(contained::has_hook, plugin_->hook()) | has(contained::has_observer, plugin_->observer()) |
                   has(contained::has_audit, plugin_->audit()) | has(contained::has_frames, plugin_->frames()) |
                   has(contained::has_connector, plugin_->connector()) | has(contained::has_web, plugin_->web()));
    });
}

ombud_status Stage::create(Reader& from) {
    config_ = std::make_unique<ConfigTable>(document());
    lent_ = std::make_unique<LentTables>(line_, from.get<std::uint32_t>());
    const ombud_status status = plugin_->module().create(lent_->host(), config_->table(), &instance_);
    return status == OMBUD_OK && instance_ == nullptr ? OMBUD_INTERNAL : status;
}

const ombud_event* Stage::copied_event(Reader& from) {
    const auto bytes = from.bytes();
    event_.resize((bytes.size() + 7) / 8);
    std::memcpy(event_.data(), bytes.data(), bytes.size());
    return reinterpret_cast<const ombud_event*>(event_.data());
}

ombud_status Stage::judge(Reader& from, ombud_verdict& verdict) {
    ombud_hook_call call{};
    call.struct_size = sizeof call;
    call.hook_id = from.get<std::uint32_t>();
    call.flags = from.get<std::uint32_t>();
    call.call_id = from.get<std::uint64_t>();
    call.deadline_mono_ns = from.get<std::int64_t>();
    call.event = copied_event(from);
    ombud_packet packet{};
    if (from.get<std::uint8_t>() != 0) {
        packet = from.get<ombud_packet>();
        const auto extradata = from.bytes();
        packet.data.ptr = line_.arena().data(); // where the host put it; zeros follow
        packet.extradata = {extradata.data(), extradata.size()};
        call.packet = &packet;
    }
    return plugin_->hook()->judge(instance_, &call, &verdict);
}

ombud_status Stage::observe(Reader& from) { return plugin_->observer()->observe(instance_, copied_event(from)); }

ombud_status Stage::audit(Reader& from) {
    ombud_audit_run run{};
    run.struct_size = sizeof run;
    run.flags = from.get<std::uint32_t>();
    run.ctx = lent_.get();
    run.progress = LentTables::progress;
    return plugin_->audit()->run(instance_, &run);
}

// The picture lies in the arena, and behind it the squares.
ombud_status Stage::look(Reader& from) {
    auto frame = from.get<ombud_frame>();
    const auto squares_at = from.get<std::uint64_t>();
    frame.luma = reinterpret_cast<const std::uint8_t*>(line_.arena().data());
    return plugin_->frames()->look(instance_, &frame, reinterpret_cast<std::uint8_t*>(line_.arena().data() + squares_at));
}

// The plugin has returned before its answer is begun: what it asked meanwhile was written into the same box.
void Stage::carry_out(const Line::Order& order) {
    Reader from(order.payload);
    const auto tell = [&](ombud_status status) { line_.answer([&](Writer& answer) { answer.put(status); }); };
    switch (order.call) {
    case Call::load: return load(from);
    case Call::create: return tell(create(from));
    case Call::start: return tell(plugin_->module().start(instance_));
    case Call::stop: return tell(plugin_->module().stop(instance_, from.get<std::int64_t>()));
    case Call::destroy: plugin_->module().destroy(instance_); return tell(OMBUD_OK);
    case Call::judge: {
        ombud_verdict verdict{};
        verdict.struct_size = sizeof verdict;
        const ombud_status status = judge(from, verdict);
        return line_.answer([&](Writer& answer) {
            answer.put(status);
            put_verdict(answer, verdict);
        });
    }
    case Call::observe: return tell(observe(from));
    case Call::audit: return tell(audit(from));
    case Call::look: return tell(look(from));
    case Call::confine: break;
    }
    std::abort(); // the host says nothing else
}

} // namespace ombud::runner
