#pragma once
// One change of a register, ready to be written, and what the ways to make one share. Internal to this folder.

#include <string>

#include "registers/records.hpp"
#include "registers/registers.hpp"

namespace ombud {

struct Registers::Step {
    const registers::Declaration& declared;
    const std::string& key;
    const registers::Values* was;  ///< null: there is no such record
    const registers::Values* next; ///< null: it is removed
    const std::string& reason;
    const approvals::Person& person;
    const approvals::Proposal* proposal = nullptr;
    const approvals::Person* approver = nullptr;
    std::string corrects = {}; ///< of a row that is added
};

namespace registers {

inline std::string name_of(const Declaration& declared) { return declared.module + "/" + declared.name; }
inline Place place_of(const Declaration& declared) { return {declared.module, declared.name}; }

/// What a record will hold: the given texts over those it has, an empty one takes a value away.
/// Errors  invalid_input  an unknown field, and what Declaration::check says
Result<Values> becomes(const Declaration& declared, std::string_view key, const Texts& given, const Values* was);

tl::unexpected<Error> no_record(const Declaration& declared, const std::string& key);

} // namespace registers
} // namespace ombud
