#include "daemon/people.hpp"

#include <array>

#include <ombud/vocabulary.h>

#include "enforcement/actions.hpp"

namespace ombud::daemon {
namespace {

Result<registers::Values> checked_values(const config::Register& keeps, const std::string& zone, std::string_view key,
                                         const registers::Texts& texts) {
    auto record = config::check_record(keeps, key, {texts.begin(), texts.end()}, zone);
    if (!record)
        return fail(record.error());
    if (record->key != key)
        return fail(ErrorCode::invalid_input, "'" + std::string(key) + "' has blanks at its ends");
    registers::Values values;
    for (config::RecordValue& one : record->values)
        values[std::move(one.field)] = {std::move(one.text), std::move(one.value)};
    return values;
}

} // namespace

api::Access access_of(const config::Site& site, const std::string& account) {
    for (const config::Person& one : site.people) {
        if (one.account != account)
            continue;
        switch (one.role) {
        case config::Role::reader: return api::Access::read;
        case config::Role::approver: return api::Access::approve;
        case config::Role::administrator: return api::Access::write;
        }
    }
    return api::Access::none;
}

approvals::Person person_of(const api::Peer& peer) {
    approvals::Person person;
    person.uid = peer.uid;
    if (peer.login)
        person.login = *peer.login;
    person.account = peer.name;
    person.login_account = peer.login_name;
    return person;
}

std::vector<registers::Declaration> declared_registers(const config::Manifests& manifests, const config::Site& site) {
    std::vector<registers::Declaration> all;
    for (const auto& [id, manifest] : manifests)
        for (const config::Register& keeps : manifest.registers) {
            registers::Declaration declared{id, keeps.name, keeps.title, keeps.key, keeps.key_personal, keeps.two_persons,
                                             keeps.append_only, {}, {}};
            for (const config::RegisterField& field : keeps.fields)
                declared.fields.push_back({field.name, field.help + (field.help.empty() ? "" : "; ") + config::allowed_text(field),
                                           field.is_personal});
            declared.check = [keeps, zone = site.timezone](std::string_view key, const registers::Texts& texts) {
                return checked_values(keeps, zone, key, texts);
            };
            all.push_back(std::move(declared));
        }
    return all;
}

Result<RegisterChanged> lose_device(Registers& registers, const std::string& device, const std::string& reason,
                                    const approvals::Person& person) {
    RegisterChange change{"push_consent_guard", "devices", device, false, {{"state", "lost"}}, reason, true};
    const auto content = registers.content(change.module, change.name);
    if (!content)
        return fail(content.error());
    if (!(*content)->find(device)) // setting a field would otherwise make a record of a typing error
        return fail(ErrorCode::not_found, "there is no device '" + device + "'\nhint: ombud device list");
    return registers.change(change, person);
}

std::string_view to_string(AccountAsked asked) {
    constexpr std::array<std::string_view, 4> names{"unnamed", "asked", "would", "off"};
    return names[static_cast<std::size_t>(asked)];
}

Result<AccountAsked> disable_account_of(const Registers& registers, ledger::Ledger& ledger, Mode mode, const std::string& device,
                                        std::int64_t now) {
    const std::string module = "push_consent_guard";
    const auto content = registers.content(module, "devices");
    if (!content)
        return fail(content.error());
    const auto record = (*content)->find(device);
    if (!record)
        return fail(ErrorCode::not_found, "there is no device '" + device + "'\nhint: ombud device list");
    const auto text = [&](const char* field) {
        const auto found = record->values.find(field);
        return found == record->values.end() ? std::string() : found->second.text;
    };
    ActionRequest request;
    request.kind = OMBUD_ACTION_DISABLE_ACCOUNT;
    request.attachment = text("vms");
    request.control = "PUSH-5";
    request.reason = "device " + device + " was lost or stolen";
    request.user = text("vms_account").empty() ? text("person") : text("vms_account");
    if (request.attachment.empty() || request.user.empty())
        return AccountAsked::unnamed;
    if (mode == Mode::off)
        return AccountAsked::off;
    auto done = ledger.commit([&](ledger::Ledger::Transaction& transaction) -> Result<void> {
        auto asked = actions::request(transaction, module, mode, request, now);
        return asked ? Result<void>{} : fail(asked.error());
    });
    if (!done)
        return fail(done.error());
    return mode == Mode::enforce ? AccountAsked::asked : AccountAsked::would;
}

} // namespace ombud::daemon
