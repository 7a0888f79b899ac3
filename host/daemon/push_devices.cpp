#include "daemon/push_devices.hpp"

#include <chrono>

#include "gates/push/device_token.hpp"

namespace ombud::daemon {
namespace {

constexpr const char* module = "push_consent_guard";
constexpr const char* name = "devices";

std::string text_of(const registers::Record& record, std::string_view field) {
    const auto value = record.values.find(field);
    return value == record.values.end() ? std::string{} : value->second.text;
}

std::int64_t time_of(const registers::Record& record, std::string_view field) {
    const auto value = record.values.find(field);
    const auto* time = value == record.values.end() ? nullptr : std::get_if<std::int64_t>(&value->second.typed);
    return time == nullptr ? 0 : *time;
}

push::Device device_of(const registers::Record& record) {
    push::Device device;
    device.id = record.key;
    device.person = text_of(record, "person");
    device.forwarder = text_of(record, "forwarder");
    device.endpoint = text_of(record, "endpoint");
    device.p256dh = text_of(record, "p256dh");
    device.auth = text_of(record, "auth");
    device.token_sha256 = text_of(record, "token_hash");
    device.seen_utc_ns = time_of(record, "seen");
    device.is_active = text_of(record, "state") == "active";
    return device;
}

std::string day_of(std::int64_t utc_ns) {
    const std::chrono::sys_time<std::chrono::nanoseconds> at{std::chrono::nanoseconds{utc_ns}};
    const std::chrono::year_month_day day{std::chrono::floor<std::chrono::days>(at)};
    char text[16];
    std::snprintf(text, sizeof text, "%04d-%02u-%02u", static_cast<int>(day.year()), static_cast<unsigned>(day.month()),
                  static_cast<unsigned>(day.day()));
    return text;
}

RegisterChange change_of(const std::string& id, registers::Texts fields, std::string reason) {
    RegisterChange change;
    change.module = module;
    change.name = name;
    change.key = id;
    change.fields = std::move(fields);
    change.reason = std::move(reason);
    return change;
}

} // namespace

registers::ContentRef PushDevices::content() const {
    auto found = registers_.content(module, name);
    return found ? *found : nullptr;
}

std::vector<push::Device> PushDevices::of(const std::string& person) const {
    std::vector<push::Device> devices;
    if (const auto all = content())
        for (const registers::RecordRef& record : all->records)
            if (text_of(*record, "person") == person)
                devices.push_back(device_of(*record));
    return devices;
}

std::optional<push::Device> PushDevices::find(const std::string& id) const {
    const auto all = content();
    const auto record = all ? all->find(id) : nullptr;
    return record ? std::optional(device_of(*record)) : std::nullopt;
}

Result<RegisterChanged> PushDevices::saw(const std::string& id, std::int64_t utc_ns) {
    return registers_.change(change_of(id, {{"seen", day_of(utc_ns)}}, "it resolved a reference"), approvals::host_person());
}

Result<RegisterChanged> PushDevices::forget(const std::string& id, const std::string& reason) {
    RegisterChange change = change_of(id, {}, reason);
    change.removes = true;
    return registers_.change(change, approvals::host_person());
}

Result<PushDevices::Added> PushDevices::add(const std::string& id, registers::Texts fields, std::int64_t now_utc_ns,
                                            const std::string& reason, const approvals::Person& person) {
    if (find(id))
        return fail(ErrorCode::refused, "there is a device '" + id + "'; remove it first: ombud device remove " + id);
    for (const char* own : {"token_hash", "registered"})
        if (fields.contains(own))
            return fail(ErrorCode::invalid_input, std::string("field '") + own + "' is set by the host");
    auto token = push::new_device_token();
    if (!token)
        return fail(token.error());
    fields["token_hash"] = token->sha256;
    fields["registered"] = day_of(now_utc_ns);
    auto changed = registers_.change(change_of(id, std::move(fields), reason), person);
    if (!changed)
        return fail(changed.error());
    return Added{std::move(token->token), std::move(*changed)};
}

} // namespace ombud::daemon
