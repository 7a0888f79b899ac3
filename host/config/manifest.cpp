#include "config/manifest.hpp"

#include <ombud/hook.h>

#include <algorithm>
#include <array>
#include <set>
#include <sstream>
#include <system_error>
#include <utility>

#include "config/controls.hpp"
#include "config/option_reader.hpp"
#include "config/xml_reader.hpp"

namespace ombud::config {
namespace {

constexpr std::int64_t deadline_ms_max = 60'000;

constexpr std::array<std::pair<std::string_view, std::uint32_t>, 8> hooks{{
    {"stream.open", OMBUD_HOOK_STREAM_OPEN},
    {"stream.packet", OMBUD_HOOK_STREAM_PACKET},
    {"recording.finished", OMBUD_HOOK_RECORDING_FINISHED},
    {"recording.delete", OMBUD_HOOK_RECORDING_DELETE},
    {"export.release", OMBUD_HOOK_EXPORT_RELEASE},
    {"mail.send", OMBUD_HOOK_MAIL_SEND},
    {"push.send", OMBUD_HOOK_PUSH_SEND},
    {"access.request", OMBUD_HOOK_ACCESS_REQUEST},
}};

constexpr std::array option_types{OptionType::text,     OptionType::integer, OptionType::boolean,
                                  OptionType::duration, OptionType::size,    OptionType::path,
                                  OptionType::secret,   OptionType::choice,  OptionType::time};
constexpr std::array field_types{OptionType::text,     OptionType::integer, OptionType::boolean,
                                 OptionType::duration, OptionType::choice,  OptionType::date};

/// Adds a problem when a key was seen before.
void check_once(XmlReader& xml, std::set<std::string>& seen, pugi::xml_node node, const char* attribute) {
    const auto key = XmlReader::text(node, attribute);
    if (!key.empty() && !seen.insert(key).second)
        xml.add(node, std::string(attribute) + " " + in_quotes(key) + " is given twice");
}

std::int64_t read_deadline(XmlReader& xml, pugi::xml_node node) {
    const auto ms = xml.value(node, "deadline", parse_deadline_ms, "a whole number with ms or s, such as 500ms or 2s");
    if (ms && *ms > deadline_ms_max)
        xml.add(node, "deadline " + in_quotes(XmlReader::text(node, "deadline")) + " is longer than 60s");
    return ms.value_or(0);
}

void read_hooks(XmlReader& xml, pugi::xml_node list, Manifest& manifest) {
    std::set<std::string> seen;
    for (const auto& node : list.children("hook")) {
        check_once(xml, seen, node, "name");
        HookSpec hook;
        hook.name = XmlReader::text(node, "name");
        const auto* const known = std::ranges::find(hooks, hook.name, [](const auto& entry) { return entry.first; });
        hook.id = known == hooks.end() ? 0 : known->second; // an unknown name is the grammar's to refuse
        hook.deadline_ms = read_deadline(xml, node);
        hook.fail = XmlReader::text(node, "fail") == "open" ? FailMode::open : FailMode::closed;
        manifest.hooks.push_back(std::move(hook));
    }
}

void read_events(XmlReader& xml, pugi::xml_node list, Manifest& manifest) {
    std::set<std::string> seen;
    if (list)
        manifest.events_deadline_ms = read_deadline(xml, list);
    for (const auto& node : list.children("event")) {
        check_once(xml, seen, node, "type");
        manifest.events.push_back(XmlReader::text(node, "type"));
    }
}

void read_options(XmlReader& xml, pugi::xml_node list, Manifest& manifest) {
    std::set<std::string> seen;
    for (const auto& node : list.children("option")) {
        check_once(xml, seen, node, "name");
        if (auto option = read_option_spec(xml, node, option_types))
            manifest.options.push_back(std::move(*option));
    }
}

void read_registers(XmlReader& xml, pugi::xml_node list, Manifest& manifest) {
    std::set<std::string> seen;
    if (list && manifest.kind == PluginKind::connector)
        xml.add(list, "are kept for modules alone, and this is a connector; remove them");
    for (const auto& node : list.children("register")) {
        check_once(xml, seen, node, "name");
        Register keeps;
        keeps.name = XmlReader::text(node, "name");
        keeps.title = XmlReader::content(node.child("title"));
        keeps.key = XmlReader::text(node, "key");
        keeps.key_personal = XmlReader::text(node, "personal") == "true";
        keeps.two_persons = XmlReader::text(node, "change") == "two-persons";
        keeps.append_only = XmlReader::text(node, "change") == "append";
        if (keeps.append_only && keeps.key_personal)
            xml.add(node, "change 'append' gives running numbers as keys, which are not personal; say personal=\"false\"");
        std::set<std::string> fields;
        for (const auto& field : node.children("field")) {
            check_once(xml, fields, field, "name");
            if (XmlReader::text(field, "name") == "key")
                xml.add(field, "name 'key' is taken by the record's own key");
            if (auto spec = read_option_spec(xml, field, field_types))
                keeps.fields.push_back({std::move(*spec)});
        }
        manifest.registers.push_back(std::move(keeps));
    }
}

/// The option that another element refers to must exist and have the type.
void check_reference(XmlReader& xml, pugi::xml_node node, const char* attribute, OptionType type,
                     const Manifest& manifest) {
    const auto name = XmlReader::text(node, attribute);
    if (name.empty())
        return;
    const OptionSpec* option = manifest.option(name);
    if (option == nullptr || option->type != type)
        xml.add(node, std::string(attribute) + " " + in_quotes(name) + " is not the name of an option of type " +
                          option_type_name(type));
}

void read_audit(XmlReader& xml, pugi::xml_node node, Manifest& manifest) {
    if (!node)
        return;
    manifest.audit_interval_option = XmlReader::text(node, "interval-option");
    check_reference(xml, node, "interval-option", OptionType::duration, manifest);
    const OptionSpec* option = manifest.option(manifest.audit_interval_option);
    if (option != nullptr && option->type == OptionType::duration && !option->default_value && !option->is_required)
        xml.add(node, in_quotes(option->name) + " must have a default or be required, or no audit would be due");
}

void read_permissions(XmlReader& xml, pugi::xml_node list, Manifest& manifest) {
    manifest.may_use_network = !list.child("network").empty();
    for (const auto& node : list.children("files")) {
        check_reference(xml, node, "option", OptionType::path, manifest);
        manifest.files.push_back({XmlReader::text(node, "access") == "write", XmlReader::text(node, "option")});
    }
    std::set<std::string> seen;
    for (const auto& node : list.children("action")) {
        check_once(xml, seen, node, "kind");
        manifest.actions.push_back(XmlReader::text(node, "kind"));
    }
}

void read_sandbox(pugi::xml_node node, Manifest& manifest) {
    std::istringstream words(XmlReader::text(node, "demand"));
    for (std::string word; words >> word;)
        manifest.sandbox_demand.push_back(std::move(word));
}

void read_covered(XmlReader& xml, pugi::xml_node list, Manifest& manifest) {
    std::set<std::string> seen;
    for (const auto& node : list.children("control")) {
        check_once(xml, seen, node, "id");
        const auto id = XmlReader::text(node, "id");
        if (find_control(id) == nullptr)
            xml.add(node, "id " + in_quotes(id) + " is not in the catalogue of requirements (controls.xml)");
        manifest.controls.push_back(id);
    }
}

void read_identity(pugi::xml_node root, Manifest& manifest) {
    manifest.id = XmlReader::text(root, "id");
    manifest.kind = XmlReader::text(root, "kind") == "connector" ? PluginKind::connector : PluginKind::module;
    manifest.title = XmlReader::text(root, "title");
    manifest.company = XmlReader::text(root, "company");
    manifest.version = XmlReader::text(root, "version");
    manifest.isolation = XmlReader::text(root, "isolation") == "inline" ? Isolation::in_process : Isolation::process;
    manifest.summary = XmlReader::content(root.child("summary"));
    manifest.library_sha256 = XmlReader::text(root.child("library"), "sha256");
    const auto abi = XmlReader::text(root, "abi");
    const auto dot = std::min(abi.find('.'), abi.size());
    const auto minor = std::min(dot + 1, abi.size());
    manifest.abi_major = static_cast<std::uint32_t>(parse_integer(abi.substr(0, dot)).value_or(0));
    manifest.abi_minor = static_cast<std::uint32_t>(parse_integer(abi.substr(minor)).value_or(0));
}

} // namespace

const OptionSpec* Manifest::option(std::string_view name) const {
    const auto found = std::ranges::find(options, name, &OptionSpec::name);
    return found == options.end() ? nullptr : &*found;
}

const Register* Manifest::find_register(std::string_view name) const {
    const auto found = std::ranges::find(registers, name, &Register::name);
    return found == registers.end() ? nullptr : &*found;
}

bool Manifest::has_action(std::string_view action) const {
    return std::ranges::find(actions, action) != actions.end();
}

Checked<Manifest> parse_manifest(std::string_view text, const std::string& name) {
    XmlReader xml(text, name, Grammar::module);
    Manifest manifest;
    manifest.file = name;
    manifest.document = text;
    if (const auto root = xml.root()) {
        read_identity(root, manifest);
        read_hooks(xml, root.child("hooks"), manifest);
        read_events(xml, root.child("events"), manifest);
        read_options(xml, root.child("options"), manifest);
        read_audit(xml, root.child("audit"), manifest);
        read_permissions(xml, root.child("permissions"), manifest);
        read_sandbox(root.child("sandbox"), manifest);
        read_registers(xml, root.child("registers"), manifest);
        read_covered(xml, root.child("controls"), manifest);
    }
    if (xml.has_problems())
        return tl::unexpected(std::move(xml).rejection());
    return manifest;
}

Checked<Manifest> read_manifest(const std::filesystem::path& file) {
    const auto text = read_bytes(file);
    if (!text)
        return tl::unexpected(text.error());
    return parse_manifest(*text, file.string());
}

Checked<Manifests> read_manifests(const std::filesystem::path& folder, const ReadFile& read) {
    std::error_code error;
    std::vector<std::filesystem::path> files;
    for (std::filesystem::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error))
        if (entry->path().extension() == ".xml" && entry->path().filename() != "controls.xml")
            files.push_back(entry->path());
    if (error) {
        const bool is_missing = error == std::errc::no_such_file_or_directory;
        return tl::unexpected(Rejection{is_missing ? ErrorCode::not_found : ErrorCode::unavailable,
                                        {{folder.string(), 0, "cannot list the manifests: " + error.message()}}});
    }
    std::ranges::sort(files);
    Manifests manifests;
    std::vector<Problem> problems;
    for (const auto& file : files) {
        const auto text = read ? read(file) : read_bytes(file);
        auto manifest = text ? parse_manifest(*text, file.string()) : Checked<Manifest>(tl::unexpected(text.error()));
        if (!manifest) {
            std::ranges::move(manifest.error().problems, std::back_inserter(problems));
            continue;
        }
        const auto id = manifest->id;
        if (!manifests.emplace(id, std::move(*manifest)).second)
            problems.push_back(
                {file.string(), 0, "id " + in_quotes(id) + " is taken by another manifest of this folder"});
    }
    if (!problems.empty())
        return tl::unexpected(Rejection{ErrorCode::invalid_input, std::move(problems)});
    return manifests;
}

} // namespace ombud::config
