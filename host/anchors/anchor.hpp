#pragma once
// One place outside where checkpoints are kept. Private to this folder, but for `Offered`.

#include "config/ledger_settings.hpp"
#include "events/clock.hpp"
#include "events/result.hpp"
#include "ledger/checkpoint.hpp"

#include <filesystem>
#include <memory>
#include <string>

namespace ombud::anchors {

struct Offered {
    std::string note;              ///< a checkpoint of the ledger, signed
    ledger::Checkpoint checkpoint; ///< what it states
};

/// What every anchor is made with.
struct Surroundings {
    std::filesystem::path ledger; ///< the ledger's folder: where proofs come from
    std::filesystem::path folder; ///< for what is kept when the site names no place; made when it is needed
    const Clock& clock;
};

/// Thread  one at a time, but for cancel
class Anchor {
  public:
    virtual ~Anchor() = default;
    /// Keeps a checkpoint. It is kept when this returns, as far as the other side can be believed.
    /// Errors  corrupt  what is kept there already contradicts the ledger: it was rolled back or rewritten
    ///         any other: it is not kept; asked again
    virtual Result<void> keep(const Offered& offered) = 0;
    /// Makes a call that runs fail within about a second.  Thread  any
    virtual void cancel() {}
};

// One a kind. Errors  invalid_input  a key or an authority that cannot be used;  not_found  a file that is not there
Result<std::unique_ptr<Anchor>> make_file_anchor(const config::Anchor& wanted, const Surroundings& around);
Result<std::unique_ptr<Anchor>> make_syslog_anchor(const config::Anchor& wanted, const Surroundings& around);
Result<std::unique_ptr<Anchor>> make_mail_anchor(const config::Anchor& wanted, const Surroundings& around);
Result<std::unique_ptr<Anchor>> make_witness_anchor(const config::Anchor& wanted, const Surroundings& around);
Result<std::unique_ptr<Anchor>> make_stamp_anchor(const config::Anchor& wanted, const Surroundings& around);

/// Where an anchor appends: what the site says, or a file in the state's folder, named by kind and a digest of the URL.
Result<std::filesystem::path> evidence_file(const config::Anchor& wanted, const Surroundings& around);

} // namespace ombud::anchors
