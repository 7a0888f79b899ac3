#pragma once
// Disabling an account of ZoneMinder, by what accounts.sql granted.

#include "database.hpp"

#include <ombud/action.hpp>
#include <string>
#include <string_view>

namespace ombud::zoneminder {

/// Whether accounts.sql was run.
bool can_disable_accounts(Database& database);

/// account.disable: no login, no token issued until now, no web session, until people enable the account again; a live
/// picture that is being shown ends with its window. Seen to be so afterwards; doing it again does nothing more. Refused
/// for our own account, and for the last one enabled that may change ZoneMinder's system.
/// @param own_account  ZoneMinder's user for Ombud
/// The outcome's proof names nobody.
sdk::ActionResult disable_account(Database& database, std::string_view user, std::string_view own_account);

} // namespace ombud::zoneminder
