#pragma once
// How entries and reports of the ledger are shown.

#include "cli/command.hpp"
#include "ledger/reader.hpp"
#include "ledger/verify.hpp"

#include <boost/json/object.hpp>

namespace ombud::cli {

/// `{size, signed_size, checkpoints, openings, verifier_key, key_was_pinned, anchored, problem_count,
///   problems:[{kind, index, message}]}`
boost::json::object report_json(const ledger::VerifyReport& report);
void print_report(const Context& context, const ledger::VerifyReport& report);

/// All fields of one entry; with JSON `{index, line, fields:[{key, value, opening}]}`.
Exit show_entry(const Context& context, ledger::Reader& reader, std::uint64_t index);
/// One line an entry; with JSON the entries' own lines, exactly as they were hashed, one a line.
Exit list_entries(const Context& context, ledger::Reader& reader, const ledger::Query& query);

} // namespace ombud::cli
