#include "connect/feed.hpp"

#include <ombud/connector.h>
#include <ombud/vocabulary.h>

#include "enforcement/actions.hpp"

namespace ombud {
namespace {

void copy_field(sdk::EventBuilder& builder, const sdk::Field& field) {
    const auto privacy = field.is_personal() ? sdk::Privacy::personal : sdk::Privacy::impersonal;
    if (const auto text = field.as_text())
        builder.add_text(field.key(), *text, privacy);
    else if (const auto bytes = field.as_bytes())
        builder.add_bytes(field.key(), *bytes, privacy);
    else if (const auto large = field.as_u64())
        builder.add_u64(field.key(), *large, privacy);
    else if (const auto number = field.as_i64())
        builder.add_i64(field.key(), *number, privacy);
    else if (const auto real = field.as_f64())
        builder.add_f64(field.key(), *real, privacy);
}

// The event under another type and time, with the fields of `more` that it lacks. Fields of `added` replace its own; an
// empty one takes it away.
Result<EventRef> rebuilt(const Event& event, std::uint32_t type, std::int64_t utc_ns, std::uint32_t flags, const Event* more,
                         const std::vector<std::pair<std::uint32_t, std::string>>& added) {
    sdk::EventBuilder builder(type, utc_ns);
    builder.flags(flags).correlation(event.header().correlation);
    const auto is_added = [&](std::uint32_t key) {
        for (const auto& one : added)
            if (one.first == key)
                return true;
        return false;
    };
    for (const sdk::Field field : event.read())
        if (!is_added(field.key()))
            copy_field(builder, field);
    if (more != nullptr)
        for (const sdk::Field field : more->read())
            if (!event.read().find(field.key()) && !is_added(field.key()))
                copy_field(builder, field);
    for (const auto& [key, text] : added)
        if (!text.empty())
            builder.add_text(key, text);
    auto built = builder.finish();
    if (!built)
        return fail(ErrorCode::invalid_input, built.error().message);
    return Event::copy(built->get());
}

} // namespace

// Adds what only the host knows: the attachment, what the inventory still holds of something that is gone, and whether
// we did it ourselves.
Result<EventRef> AttachmentFeed::enriched(const EventRef& event) {
    Names& names = parts_.names;
    std::vector<std::pair<std::uint32_t, std::string>> added{{names.intern(OMBUD_KEY_ATTACHMENT), id_}};
    EventRef more;
    if (event->type() == names.intern(OMBUD_EVENT_RECORDING_GONE)) {
        const std::string recording(event->text(names.intern(OMBUD_KEY_RECORDING)).value_or(""));
        auto known = parts_.inventory.record(id_, recording);
        if (!known)
            return known;
        more = *known;
        auto db = parts_.ledger.open_for_reading();
        if (!db)
            return fail(db.error());
        auto ours = actions::caused_by_us(*db, id_, recording);
        if (!ours)
            return fail(ours.error());
        added.emplace_back(names.intern(OMBUD_KEY_CAUSE), *ours ? "ombud" : ""); // ours to say, whatever a connector says
    }
    return rebuilt(*event, event->type(), event->header().utc_ns, event->header().flags, more.get(), added);
}

Result<void> AttachmentFeed::push(std::vector<EventRef> events, std::string_view position) {
    for (EventRef& event : events) {
        auto full = enriched(event);
        if (!full)
            return fail(full.error());
        event = std::move(*full);
    }
    const auto keep = [&](const std::vector<EventRef>& taken) {
        // The events are durable already; what the inventory misses the next listing tells.
        if (auto applied = parts_.inventory.apply(id_, taken); !applied)
            parts_.services.log(id_, OMBUD_LOG_ERROR, "inventory: " + applied.error().message);
    };
    auto accepted = parts_.journal.accept(id_, events, position.empty() ? std::nullopt : std::optional(position), keep);
    if (!accepted)
        return fail(accepted.error());
    if (!events.empty())
        told_(events.size());
    return {};
}

Result<void> AttachmentFeed::put(std::vector<EventRef> records) {
    if (!listing_)
        return fail(ErrorCode::refused, "put is for the time of a listing only");
    return parts_.inventory.put(id_, listing_->generation, records,
                                [this](const std::vector<InventoryChange>& changes) { return tell_changes(changes); });
}

Result<void> AttachmentFeed::tell_changes(const std::vector<InventoryChange>& changes) {
    Names& names = parts_.names;
    const std::uint32_t device_record = names.intern(OMBUD_RECORD_DEVICE);
    const std::uint32_t recording_record = names.intern(OMBUD_RECORD_RECORDING);
    const std::uint32_t end = names.intern(OMBUD_KEY_END);
    const std::vector<std::pair<std::uint32_t, std::string>> added{{names.intern(OMBUD_KEY_ATTACHMENT), id_}};
    std::vector<EventRef> events;
    for (const InventoryChange& change : changes) {
        std::uint32_t type = 0;
        if (change.record->type() == device_record) {
            type = names.intern(OMBUD_EVENT_DEVICE_CHANGED);
        } else if (change.record->type() == recording_record && !listing_->first) {
            const bool closed = change.record->integer(end).has_value();
            if (change.kind == InventoryChange::Kind::changed)
                type = names.intern(OMBUD_EVENT_RECORDING_CHANGED);
            else if (closed)
                type = names.intern(OMBUD_EVENT_RECORDING_FINISHED);
        }
        if (type == 0)
            continue;
        auto event = rebuilt(*change.record, type, parts_.clock.utc_ns(), OMBUD_EVENT_SYNTHETIC, nullptr, added);
        if (!event)
            return fail(event.error());
        events.push_back(std::move(*event));
    }
    if (events.empty())
        return {};
    auto accepted = parts_.journal.accept(id_, events, std::nullopt);
    if (!accepted)
        return fail(accepted.error());
    told_(events.size());
    return {};
}

Result<void> AttachmentFeed::begin_listing(std::uint32_t what) {
    const auto listed = parts_.inventory.was_listed(id_, what);
    if (!listed)
        return fail(listed.error());
    const auto generation = parts_.inventory.begin_listing(id_, what);
    if (!generation)
        return fail(generation.error());
    listing_ = Listing{what, *generation, !*listed};
    return {};
}

Result<void> AttachmentFeed::end_listing(bool complete) {
    const auto listing = std::exchange(listing_, std::nullopt);
    if (!complete || !listing)
        return {};
    auto gone = parts_.inventory.end_listing(id_, listing->what, listing->generation, parts_.clock.utc_ns());
    if (!gone)
        return fail(gone.error());
    constexpr std::size_t batch = 256;
    for (std::size_t at = 0; at < gone->size(); at += batch) {
        const auto begin = gone->begin() + static_cast<std::ptrdiff_t>(at);
        const auto stop = gone->begin() + static_cast<std::ptrdiff_t>(std::min(gone->size(), at + batch));
        if (auto pushed = push({begin, stop}, {}); !pushed)
            return pushed;
    }
    return {};
}

Result<void> AttachmentFeed::coverage(std::string_view control, std::uint32_t level, std::string_view note) {
    parts_.inventory.set_coverage(id_, control, {level, std::string(note)});
    return {};
}

} // namespace ombud
