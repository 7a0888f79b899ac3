#pragma once
// How entries and reports of the ledger are shown.

#include "anchors/evidence.hpp"
#include "cli/command.hpp"
#include "ledger/reader.hpp"
#include "ledger/verify.hpp"

#include <boost/json/object.hpp>

namespace ombud::cli {

/// `{size, signed_size, checkpoints, openings, verifier_key, key_was_pinned, anchored, kept, vouched:[{by, size, at_utc_ns}], pruned,
///   bodies_from, epochs, epoch_root, epoch_was_pinned, problem_count,
///   problems:[{kind, index, message}]}`
boost::json::object report_json(const ledger::VerifyReport& report, const std::vector<anchors::Vouched>& vouched);
void print_report(const Context& context, const ledger::VerifyReport& report, const std::vector<anchors::Vouched>& vouched);

/// All fields of one entry; with JSON `{index, line, fields:[{key, value, opening}]}`.
Exit show_entry(const Context& context, ledger::Reader& reader, std::uint64_t index);
/// One line an entry; with JSON the entries' own lines, exactly as they were hashed, one a line.
Exit list_entries(const Context& context, ledger::Reader& reader, const ledger::Query& query);

} // namespace ombud::cli
