#pragma once
// What a judged event or question leaves in the ledger, and in the tables that change with it.

#include <memory>
#include <vector>

#include "bus/dispatcher.hpp"
#include "bus/flight.hpp"
#include "findings/findings.hpp"

namespace ombud {

/// What came of one call, as one line for people: the answer whatever its mode, and the findings and requests
/// beside it in a fixed order.
/// @param judged  whether it was asked for an answer at all
std::string told(const Answer& answer, bool judged, const Outbox& outbox);

/// What the modules' answers to one landed flight come to; not recorded yet.
Judgement judgement_of(const Flight& flight);

/// Everything one landed flight means, in one unit of work. Adds nothing that the ledger does not hold.
/// @return index of the entry that records the judgement
Result<std::uint64_t> record_flight(ledger::Ledger::Transaction& transaction, Flight& flight, const Judgement& judgement,
                                    const Names& names, const Consequences& consequences, std::int64_t now_utc_ns,
                                    bool dry_run, std::size_t& actions_asked);

/// Which findings a module may close: those at devices that it is given.
findings::LooksAt looks_at(const Member& member);

/// Findings and requests of one module, as it sent them; an action that its manifest does not declare is refused and
/// recorded as a fault. `attachment` fills in where a request names none.
Result<void> record_outbox(ledger::Ledger::Transaction& transaction, const Member& member, const Outbox& outbox,
                           const std::string& attachment, std::int64_t audit, Mode mode, std::int64_t now_utc_ns,
                           std::size_t& actions_asked);

} // namespace ombud
