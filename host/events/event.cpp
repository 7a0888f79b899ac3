#include "events/event.hpp"

#include <cstring>

namespace ombud {

Result<EventRef> Event::copy(const ombud_event* given) {
    if (given == nullptr)
        return fail(ErrorCode::invalid_input, "malformed event: a null pointer");
    return from_bytes({reinterpret_cast<const std::uint8_t*>(given), given->total_size});
}

Result<EventRef> Event::from_bytes(std::span<const std::uint8_t> bytes) {
    if (bytes.size() < sizeof(ombud_event) || bytes.size() > OMBUD_EVENT_SIZE_MAX)
        return fail(ErrorCode::invalid_input, "malformed event: " + std::to_string(bytes.size()) + " bytes, not " +
                                                  std::to_string(sizeof(ombud_event)) + " to " +
                                                  std::to_string(OMBUD_EVENT_SIZE_MAX));
    auto event = std::make_shared<Event>();
    event->words_.resize((bytes.size() + 7) / 8);
    std::memcpy(event->words_.data(), bytes.data(), bytes.size());
    if (const char* problem = sdk::malformation(event->words_.data(), bytes.size()))
        return fail(ErrorCode::invalid_input, std::string("malformed event: ") + problem);
    return EventRef(std::move(event));
}

EventRef Event::stamped(std::uint64_t seq, std::int64_t mono_ns, const ombud_id& source, std::uint32_t flags) const {
    auto event = std::make_shared<Event>(*this);
    auto& header = *reinterpret_cast<ombud_event*>(event->words_.data());
    header.seq = seq;
    header.mono_ns = mono_ns;
    header.source = source;
    header.flags = flags;
    return event;
}

EventRef Event::renamed(std::uint32_t type) const {
    auto event = std::make_shared<Event>(*this);
    reinterpret_cast<ombud_event*>(event->words_.data())->type_id = type;
    return event;
}

Result<EventRef> EventBuilder::build() const {
    const auto built = builder_.finish();
    if (!built)
        return fail(ErrorCode::invalid_input, built.error().message);
    return Event::copy(built->get());
}

boost::json::object to_json(const Event& event, const Names& names, bool personal) {
    boost::json::object fields;
    for (const sdk::Field field : event.read()) {
        boost::json::value& value = fields[names.name(field.key())];
        if (field.is_personal() && !personal)
            value = "(personal)";
        else if (const auto text = field.as_text())
            value = *text;
        else if (const auto bytes = field.as_bytes())
            value = std::to_string(bytes->size()) + " bytes";
        else if (const auto number = field.as_i64())
            value = *number;
        else if (const auto large = field.as_u64())
            value = *large;
        else if (const auto real = field.as_f64())
            value = *real;
    }
    return {{"type", names.name(event.type())},
            {"seq", event.seq()},
            {"at_utc_ns", event.header().utc_ns},
            {"fields", std::move(fields)}};
}

} // namespace ombud
