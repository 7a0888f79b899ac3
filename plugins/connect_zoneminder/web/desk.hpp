#pragma once
// "ombud.web/1" of ZoneMinder: what a request means, who asks, and whether ZoneMinder's own rights cover it.

#include "accounts.hpp"
#include "meaning.hpp"

#include <ombud/host.hpp>
#include <ombud/web.hpp>

namespace ombud::zoneminder::web {

/// Thread: worker.
class Desk {
  public:
    /// @param prefix  where ZoneMinder's pages are, such as /zm
    Desk(sdk::Host host, const DatabaseSettings& database, std::string prefix, std::string secret);

    /// Errors  unavailable  the database is not there: nobody can be looked up
    ///         refused      it does not let us look: was web.sql run?
    Result<sdk::WebAnswer> describe(const sdk::WebRequest& request);

  private:
    struct Scope { ///< what it is about, in the end
        std::vector<std::string> recordings, devices;
        std::optional<std::int64_t> begin_utc_ns, end_utc_ns;
        bool is_whole = true; ///< each recording is known to ZoneMinder
    };
    Result<Scope> scope_of(const Meaning& meaning);
    Result<sdk::Event> event_of(const Meaning& meaning, const Who& who, const Scope& scope);

    sdk::Host host_;
    std::string prefix_;
    Accounts accounts_;
    bool has_warned_ = false;
};

/// Why the account's rights do not cover it; empty: they do.
std::string lacking(const Account& account, const Meaning& meaning, const std::vector<std::string>& devices, bool all_known);

} // namespace ombud::zoneminder::web
