// Any bytes at all as a capture: read whole or refused with words, and what was read is what a replay may rely on. Under libFuzzer.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <ombud/view.hpp>

#include "replay/capture.hpp"

using namespace ombud;

namespace {

void demand(bool holds, const char* promise) {
    if (holds)
        return;
    std::fprintf(stderr, "broken promise: %s\n", promise);
    std::abort();
}

/// Written and read again it is the same.
void check_event(const Event& event, Names& names) {
    demand(!names.name(event.type()).empty(), "an event has a type");
    for (const sdk::Field field : event.read()) {
        demand(!names.name(field.key()).empty(), "a field has a name");
        const auto words = field.as_text();
        demand(!words || sdk::is_utf8(*words), "a text is UTF-8");
    }
    const std::string text = boost::json::serialize(replay::event_json(event, names));
    const auto again = replay::parse_event(boost::json::parse(text).as_object(), names);
    demand(again.has_value(), "what is written of an event can be read");
    demand(boost::json::serialize(replay::event_json(**again, names)) == text, "and is the same event");
}

void check_register(const replay::CapturedRegister& one, Names& names) {
    demand(one.declaration != nullptr && one.before >= 1, "a register is declared, and holds from some call on");
    for (const registers::Record& record : one.records)
        if (const auto event = registers::record_event(*one.declaration, record.key, record.values, record.changed_utc_ns, names))
            demand(names.name((*event)->type()) == one.place.second, "a record is an event of its register's name");
}

void check(const replay::Capture& capture, Names& names) {
    std::int64_t mono_ns = 0;
    std::uint64_t number = 0, before = 0;
    for (const replay::CapturedCall& call : capture.calls) {
        demand(call.number == ++number, "calls are numbered from 1, without gaps");
        demand(call.mono_ns >= mono_ns && call.utc_ns >= 0, "times do not go back");
        mono_ns = call.mono_ns;
        demand(call.event != nullptr, "a call is about an event");
        check_event(*call.event, names);
    }
    for (const replay::CapturedRegister& one : capture.registers) {
        demand(one.before >= before, "registers come in the order of the calls");
        before = one.before;
        check_register(one, names);
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    Names names;
    const auto capture = replay::parse_capture({reinterpret_cast<const char*>(data), size}, names);
    if (capture) {
        check(*capture, names);
        return 0;
    }
    demand(!capture.error().message.empty(), "a refusal says why");
    demand(sdk::is_utf8(capture.error().message), "in UTF-8");
    return 0;
}
