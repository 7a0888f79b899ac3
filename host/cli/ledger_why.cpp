#include "cli/ledger_why.hpp"

#include "cli/table.hpp"
#include "cli/wording.hpp"

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <optional>
#include <string>
#include <vector>

namespace ombud::cli {
namespace {

using boost::json::object;

/// An entry's fields by key. Values of persons stay commitments: why something was decided needs no names.
Result<object> parse_fields(const ledger::StoredEntry& entry) {
    boost::json::error_code error;
    auto value = boost::json::parse(entry.line, error);
    if (error || !value.is_object())
        return fail(ErrorCode::corrupt, "entry " + std::to_string(entry.index) + ": is not an object of JSON");
    return std::move(value.as_object());
}
Result<object> fields_of(ledger::Reader& reader, std::uint64_t index) {
    const auto entry = reader.entry(index);
    return entry ? parse_fields(*entry) : fail(entry.error());
}

/// The newest entry before `end` of either kind that brings a configuration, if it brings this one.
Result<std::optional<std::uint64_t>> entry_of_config(ledger::Reader& reader, const std::string& config, std::uint64_t end) {
    std::optional<std::uint64_t> newest;
    for (const char* kind : {"config.applied", "host.started"}) {
        ledger::Query query;
        query.end = end;
        query.kind = kind;
        query.newest_first = true;
        query.limit = 1;
        const auto read = reader.each(query, [&](const ledger::StoredEntry& entry) {
            if (!newest || entry.index > *newest)
                newest = entry.index;
            return true;
        });
        if (!read)
            return fail(read.error());
    }
    if (!newest)
        return newest;
    const auto fields = fields_of(reader, *newest);
    if (!fields)
        return fail(fields.error());
    return text_of(*fields, "config") == config ? newest : std::nullopt;
}

struct Why {
    std::uint64_t index = 0; ///< of the judgement, or of what else a module did
    object entry;
    boost::json::array modules;
};

/// The newest `module.loaded` of a module before `end`: nothing is judged while one takes the place of another, so it is
/// the binary that did what the entry `end` records.
Result<std::optional<object>> loaded_before(ledger::Reader& reader, const std::string& module, std::uint64_t end) {
    ledger::Query query;
    query.end = end;
    query.kind = "module.loaded";
    query.newest_first = true;
    std::optional<object> found;
    std::optional<Error> damaged;
    const auto read = reader.each(query, [&](const ledger::StoredEntry& entry) {
        auto fields = parse_fields(entry);
        if (!fields) {
            damaged = fields.error();
            return false;
        }
        if (text_of(*fields, "module") == module)
            found = std::move(*fields);
        return !found;
    });
    if (!read || damaged)
        return fail(damaged ? *damaged : read.error());
    return found;
}

/// The modules that an entry is about: who answered, or who did it.
std::vector<std::string> modules_of(const object& entry) {
    constexpr std::string_view answer = "answer.";
    std::vector<std::string> modules;
    for (const auto& [key, value] : entry)
        if (const std::string_view name(key.data(), key.size()); name.starts_with(answer))
            modules.emplace_back(name.substr(answer.size()));
    if (const auto module = text_of(entry, "module"); modules.empty() && !module.empty() && text_of(entry, "kind") != "module.loaded")
        modules.push_back(module);
    return modules;
}

Result<Why> find_why(ledger::Reader& reader, std::uint64_t index) {
    auto entry = fields_of(reader, index);
    if (!entry)
        return fail(entry.error());
    Why why{index, std::move(*entry), {}};
    for (const std::string& id : modules_of(why.entry)) {
        auto loaded = loaded_before(reader, id, index);
        if (!loaded)
            return fail(loaded.error());
        if (!*loaded)
            return fail(ErrorCode::not_found, "entry " + std::to_string(index) + ": no entry before it tells what was loaded for " + id +
                                                  "; the version of Ombud that wrote it did not record that");
        object module{{"loaded", (*loaded)->at("index")}};
        for (auto& [key, value] : **loaded)
            if (key != "kind" && key != "index" && key != "at")
                module[key] = value;
        if (const auto* answer = why.entry.if_contains("answer." + id))
            module["answer"] = *answer;
        const auto config = entry_of_config(reader, text_of(module, "config"), index);
        if (!config)
            return fail(config.error());
        if (*config)
            module["config_entry"] = **config;
        why.modules.push_back(std::move(module));
    }
    return why;
}

void print(const Context& context, const Why& why) {
    context.terminal.out << "entry " << why.index << ", " << text_of(why.entry, "kind") << ' ' << text_of(why.entry, "type") << '\n';
    if (why.entry.contains("decision"))
        context.terminal.out << "decided " << text_of(why.entry, "decision") << ", applied " << text_of(why.entry, "applied")
                             << (why.entry.contains("rule") ? ", " + text_of(why.entry, "rule") : "")
                             << (why.entry.contains("reason") ? ": " + text_of(why.entry, "reason") : "") << '\n';
    for (const auto& value : why.modules) {
        const object& module = value.as_object();
        context.terminal.out << '\n' << context.terminal.styled(text_of(module, "module"), Style::strong) << ' ' << text_of(module, "version")
                             << (module.contains("answer") ? " said " + text_of(module, "answer") : "") << '\n';
        const bool is_signed = module.contains("signer");
        const auto line = [&](const char* name, const std::string& text) {
            context.terminal.out << "  " << name << std::string(15 - std::string_view(name).size(), ' ') << text << '\n';
        };
        line("library", text_of(module, "library"));
        line("manifest", text_of(module, "manifest"));
        line("configuration", text_of(module, "config") + (module.contains("config_entry") ? ", since entry " + text_of(module, "config_entry") : ""));
        line("signed by", is_signed ? text_of(module, "signer") + " (" + text_of(module, "level") + "), key " + text_of(module, "key")
                                    : "nobody: " + text_of(module, "unsigned"));
        line("runner", text_of(module, "runner") + (module.contains("sandbox") ? ": " + text_of(module, "sandbox") : ""));
        line("on record", "entry " + text_of(module, "loaded"));
    }
}

} // namespace

Exit show_why(const Context& context, ledger::Reader& reader, std::uint64_t index) {
    const auto why = find_why(reader, index);
    if (!why)
        return context.failed(why.error());
    if (why->modules.empty()) {
        context.terminal.print_error({ErrorCode::not_found, "entry " + std::to_string(index) + ": is a " + text_of(why->entry, "kind") +
                                                                " and names no module\nhint: --why is for what modules decided and did: "
                                                                "ombud verdicts, or --kind hook.judged, event.judged, finding.opened"});
        return Exit::wrong;
    }
    if (!context.json) {
        print(context, *why);
        return Exit::done;
    }
    object out{{"index", why->index}};
    for (const char* key : {"kind", "type", "at", "decision", "applied", "rule", "reason"})
        if (const auto* value = why->entry.if_contains(key))
            out[key] = *value;
    out["modules"] = why->modules;
    context.terminal.out << boost::json::serialize(out) << '\n';
    return Exit::done;
}

} // namespace ombud::cli
