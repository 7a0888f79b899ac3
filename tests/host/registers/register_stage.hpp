#pragma once
// Registers over a ledger of their own: `whitelist/recipients` of one person, `whitelist/domains` of two.

#include <catch2/catch.hpp>

#include "registers/registers.hpp"
#include "scratch_ledger.hpp"

namespace ombud {

inline const approvals::Person anna{1000, 1000, "anna", ""}, bert{1001, 1001, "bert", ""};

/// Takes `level` as an integer 0..9 with 1 as default, `note` as a text, `owner` as a person's name; a key holds an `@`.
inline Result<registers::Values> check_example(std::string_view key, const registers::Texts& texts) {
    if (key.find('@') == std::string_view::npos)
        return fail(ErrorCode::invalid_input, "'" + std::string(key) + "' is no address");
    registers::Values values{{"level", {"1", std::int64_t{1}}}};
    for (const auto& [name, text] : texts) {
        if (name != "level") {
            values[name] = {text, text};
            continue;
        }
        if (text.size() != 1 || text[0] < '0' || text[0] > '9')
            return fail(ErrorCode::invalid_input, "level: '" + text + "' is not 0 to 9");
        values[name] = {text, std::int64_t{text[0] - '0'}};
    }
    return values;
}

inline registers::Declaration example(const std::string& name, bool two_persons, const std::string& module = "whitelist") {
    registers::Declaration declared;
    declared.module = module;
    declared.name = name;
    declared.title = "Who may get mail";
    declared.key_title = "address";
    declared.key_personal = true;
    declared.two_persons = two_persons;
    declared.fields = {{"level", "", false}, {"note", "", false}, {"owner", "", true}};
    declared.check = check_example;
    return declared;
}

struct RegisterStage {
    ledger::ScratchLedger ledger;
    Names names;
    std::unique_ptr<approvals::Approvals> approvals;
    std::unique_ptr<Registers> registers;

    RegisterStage() { reopen(); }
    void close() {
        registers.reset();
        approvals.reset();
        ledger.close();
    }
    void reopen() {
        close();
        ledger.reopen();
        approvals = must(approvals::Approvals::open(*ledger, ledger.clock));
        registers = must(Registers::open({*ledger, *approvals, names, ledger.clock}));
        if (auto declared = registers->declare({example("recipients", false), example("domains", true)}); !declared)
            FAIL(declared.error().message);
    }
    template <class T>
    static T must(Result<T> result) {
        if (!result)
            FAIL(result.error().message);
        return std::move(*result);
    }
    static RegisterChange set(const std::string& key, registers::Texts fields = {}, const std::string& name = "recipients") {
        return {"whitelist", name, key, false, std::move(fields), "asked for by the works council", false};
    }
    static RegisterChange removal(const std::string& key, const std::string& name = "recipients") {
        return {"whitelist", name, key, true, {}, "left", false};
    }
    RegisterChanged change(const RegisterChange& wanted, const approvals::Person& person = anna) {
        return must(registers->change(wanted, person));
    }
    registers::ContentRef content(const std::string& name = "recipients") { return must(registers->content("whitelist", name)); }
    std::string text(const std::string& key, const std::string& field, const std::string& name = "recipients") {
        const auto record = content(name)->find(key);
        if (!record)
            return "(no record)";
        const auto value = record->values.find(field);
        return value == record->values.end() ? "(none)" : value->second.text;
    }
    std::vector<std::string> lines(std::string_view kind = {}) {
        std::vector<std::string> found;
        auto reader = ledger.reader();
        auto read = reader.each({}, [&](const ledger::StoredEntry& entry) {
            if (kind.empty() || entry.kind == kind)
                found.push_back(entry.line);
            return true;
        });
        if (!read)
            FAIL(read.error().message);
        return found;
    }
};

} // namespace ombud
