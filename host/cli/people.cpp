// `ombud whitelist`, `ombud consent`, `ombud device`: the registers of mail and push in the words of those who keep them.
#include "cli/fields.hpp"
#include "cli/register_calls.hpp"
#include "cli/wording.hpp"

#include <boost/json/object.hpp>

namespace ombud::cli {
namespace {

using boost::json::object;

const RegisterNoun recipients{"email_whitelist/recipients", "recipients"};
const RegisterNoun consents{"push_consent_guard/consents", "consents"};
const RegisterNoun devices{"push_consent_guard/devices", "devices"};

Option key_option(const char* name, const char* help, bool required = true) { return {name, "", help, required}; }

Command listing_of(const char* path, const char* summary, const RegisterNoun& noun, const char* key, const char* help) {
    return {path,
            summary,
            "",
            {key_option(key, help, false)},
            {{"--after", "KEY", "those behind this one; a thousand at once are shown"}},
            [&noun, key](Context& context) { return show_register(context, noun, context.text(key)); }};
}

Command set_of(const char* path, const char* summary, const char* details, const RegisterNoun& noun, const char* key, const char* help) {
    return {path, summary, details, {key_option(key, help), field_arguments()}, {change_reason()}, [&noun, key](Context& context) {
                auto fields = parse_fields(context.texts("FIELD"));
                if (!fields)
                    return context.misused(fields.error().message);
                return set_record(context, noun, context.text(key), std::move(*fields));
            }};
}

Command removal_of(const char* path, const char* summary, const char* details, const RegisterNoun& noun, const char* key, const char* help) {
    return {path, summary, details, {key_option(key, help)}, {change_reason()},
            [&noun, key](Context& context) { return remove_record(context, noun, context.text(key)); }};
}

// The consent stays as proof that there was one, with the day on which it ended.
Exit withdraw(Context& context) {
    const std::string today = utc_words(context.clock.utc_ns()).substr(0, 10);
    return change_record(context, consents, context.text("PERSON"), object{{"withdrawn", today}});
}

Exit add_device(Context& context) {
    auto fields = parse_fields(context.texts("FIELD"));
    if (!fields)
        return context.misused(fields.error().message);
    const std::string device = context.text("DEVICE");
    const object body{{"device", device}, {"fields", std::move(*fields)}, {"reason", context.text("--reason")}};
    return context.call(api::Method::post, "/v1/devices", body, [&](const boost::json::value& answer) {
        const Exit said = say_changed(context, "device " + harmless(device), answer);
        context.terminal.out << "token: " << text_of(answer.as_object(), "token") << '\n';
        context.terminal.remark("the token is for the device; it is told this once, and only its hash is kept");
        return said;
    });
}

Exit lose(Context& context) {
    const std::string device = context.text("DEVICE");
    return context.call(api::Method::post, "/v1/devices/lost", object{{"device", device}, {"reason", context.text("--reason")}},
                        [&](const boost::json::value& answer) {
                            const Exit said = say_changed(context, "device " + harmless(device), answer);
                            const auto account = text_of(answer.as_object(), "account");
                            if (account == "asked")
                                context.terminal.remark("the account of its person is being disabled: see `ombud actions`");
                            else if (account == "would")
                                context.terminal.remark("push_consent_guard is in monitor: the account of its person stays, see `ombud actions`");
                            else if (account == "off")
                                context.terminal.remark("push_consent_guard is off: disable the account of its person in the VMS");
                            else if (account == "unnamed")
                                context.terminal.remark("the register does not say in which VMS its person has an account (field vms): disable it there");
                            return said;
                        });
}

} // namespace

Commands whitelist_commands() {
    return {
        listing_of("whitelist list", "who may get alarm mail", recipients, "ADDRESS", "all of one"),
        set_of("whitelist add", "let an address or a @domain get alarm mail",
               "Fields: see `ombud register list`, email_whitelist/recipients. Where two persons are needed, it holds once "
               "a second one ran `ombud approve`.",
               recipients, "ADDRESS", "address, or @domain"),
        removal_of("whitelist remove", "let an address get no more mail", "", recipients, "ADDRESS", "address, or @domain"),
    };
}

Commands consent_commands() {
    return {
        listing_of("consent list", "who agreed to be notified, and to which text", consents, "PERSON", "all of one"),
        set_of("consent give", "record that a person agreed", "Fields: see `ombud register list`, push_consent_guard/consents.", consents,
               "PERSON", "account of the person"),
        {"consent withdraw",
         "record that a person agrees no longer; it holds for the very next push",
         "The consent stays in the register with the day of its end, as proof that there was one; `ombud register remove "
         "push_consent_guard/consents PERSON` removes it.",
         {key_option("PERSON", "account of the person")},
         {change_reason()},
         withdraw},
    };
}

Commands device_commands() {
    return {
        listing_of("device list", "devices that notifications go to", devices, "DEVICE", "all of one"),
        {"device add",
         "register a device, and get the token by which it reads what was pushed",
         "Fields: see `ombud register list`, push_consent_guard/devices; `ombud register set push_consent_guard/devices DEVICE` "
         "changes them later.",
         {key_option("DEVICE", "id of the device"), field_arguments()},
         {change_reason()},
         add_device},
        removal_of("device remove", "remove a device; its addresses are overwritten", "", devices, "DEVICE", "id of the device"),
        {"device lost",
         "a device is lost or stolen: nothing goes to it any more, at once",
         "Needs no second person, since it only takes away.",
         {key_option("DEVICE", "id of the device")},
         {change_reason()},
         lose},
    };
}

} // namespace ombud::cli
