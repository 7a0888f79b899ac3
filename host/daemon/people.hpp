#pragma once
// What people may do, keep and decide, as the site and the manifests say it.

#include <string>
#include <vector>

#include "api/request.hpp"
#include "approvals/person.hpp"
#include "config/manifest.hpp"
#include "config/site.hpp"
#include "registers/declaration.hpp"
#include "registers/registers.hpp"

namespace ombud::daemon {

/// What the site lets an account do; Access::none for one that it does not name.
api::Access access_of(const config::Site& site, const std::string& account);

/// A peer of the local API as the person who asks or decides.
approvals::Person person_of(const api::Peer& peer);

/// The registers of every manifest; dates are read in the site's time zone.
std::vector<registers::Declaration> declared_registers(const config::Manifests& manifests, const config::Site& site);

/// Nothing goes to this device any more: sets its state to `lost`, at once and whatever the register's own rule is.
/// Errors  as Registers::change; not_found  no such device
Result<RegisterChanged> lose_device(Registers& registers, const std::string& device, const std::string& reason,
                                    const approvals::Person& person);

/// What became of the account behind a lost device.
enum class AccountAsked {
    unnamed,   ///< the register does not say in which attachment its person has one
    asked,     ///< pending, or asked for before
    would,     ///< push_consent_guard is in monitor
    off,       ///< it is off: nothing was asked for
};
std::string_view to_string(AccountAsked asked);
/// Asks for account.disable of the person who carries the device (PUSH-5), durable on return. Asking again is fine.
/// Errors  those of the ledger; not_found  no such device
Result<AccountAsked> disable_account_of(const Registers& registers, ledger::Ledger& ledger, Mode mode, const std::string& device,
                                        std::int64_t now_utc_ns);

} // namespace ombud::daemon
