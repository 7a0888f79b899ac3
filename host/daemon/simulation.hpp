#pragma once
// What another site would have decided of what was decided.

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "config/site.hpp"
#include "daemon/host.hpp"

namespace ombud::daemon {

/// A judgement that would have been another.
struct OtherVerdict {
    std::uint64_t ledger_index = 0;
    std::int64_t at_utc_ns = 0;
    std::string module, hook, attachment, subject;
    std::string was, becomes; ///< "deny RET-4", "not asked"
    std::string reason;       ///< of what it becomes
};

/// A finding that an audit would raise, or no more, or a correction that it would ask for, or no more.
struct OtherMatter {
    std::string module, control, what, subject; ///< what: "finding" or the action's kind; subject: key or recording
    bool is_new = false;                        ///< false: it would be no more
    std::string text;
};

struct Simulated {
    std::uint64_t judged = 0;   ///< entries in the time that was asked for
    std::uint64_t compared = 0; ///< answers whose facts are still there: today's site gives what was recorded
    std::map<std::string, std::uint64_t> unknown; ///< answers of which nothing can be said, by module
    std::vector<OtherVerdict> verdicts;           ///< oldest first, at most differences_max
    std::uint64_t more_verdicts = 0;
    std::vector<OtherMatter> matters; ///< of audits over today's inventory, at most differences_max
    std::uint64_t more_matters = 0;
    std::vector<std::string> problems; ///< modules that could not be asked, and why
    static constexpr std::size_t differences_max = 1000;
};

/// Asks the modules of `becomes` what the ledger's entries since then were about, in instances of their own and flagged
/// OMBUD_CALL_REPLAY; nothing is recorded or enforced. The ledger does not keep all that was known. So today's site is asked the same
/// beside it: only where that gives what was recorded is anything said. Registers, inventory and what modules run are today's.
///
/// @param entries_max  the newest so many entries
/// Errors  unavailable  the ledger cannot be read
/// Thread  any but workers; takes as long as judging them anew
Result<Simulated> simulate(Host& host, const config::Site& becomes, std::int64_t since_utc_ns, std::uint64_t entries_max);

} // namespace ombud::daemon
