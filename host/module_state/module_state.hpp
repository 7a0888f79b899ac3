#pragma once
// What modules remember: a table in the ledger's file, so that it changes with the entries of what was judged.

#include <memory>
#include <string>

#include "ledger/ledger.hpp"
#include "plugin_runtime/services.hpp"

namespace ombud::module_state {

Result<void> prepare(ledger::Ledger& ledger);

/// Keeps or forgets values of one module; forgotten ones are overwritten. [ledger's writer]
Result<void> apply(ledger::Ledger::Transaction& transaction, const std::string& module, const std::vector<StateChange>& changes);

/// What a module's instance reads. @param ledger  outlives it
std::unique_ptr<StateReader> make_reader(const ledger::Ledger& ledger, std::string module);

} // namespace ombud::module_state
