#pragma once
// libmilter's home. libmilter keeps its listener, and the fact that it was stopped, in global variables for as long as the
// process lives: it can be started once, and stopping it takes up to five seconds and is for ever. So the listener is
// started once and stays; gates come and go behind it. While there is none, every mail is held (451).

#include <memory>
#include <string>

#include "gates/mail/session.hpp"

namespace ombud::mail::milter {

/// Starts listening, or goes on where this process listens already. Sessions that open from now on are judged by `judge`.
/// @param listen  "inet:127.0.0.1:8894" or "unix:/path"
/// @param group   of the Unix socket (mode 0660); empty: its owner alone
/// Errors  invalid_input  no such address form or group
///         unavailable    the address cannot be listened at
///         refused        this process listens elsewhere already: restart it
/// Thread  any
Result<void> attach(const std::string& listen, const std::string& group, std::shared_ptr<Judge> judge);
/// Sessions that open from now on hold every mail.
void detach(const Judge& judge);
/// Whether the listener runs.
bool is_listening();
std::size_t open_sessions();

} // namespace ombud::mail::milter
