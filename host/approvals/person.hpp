#pragma once
// Who asks for something, and who approves it.

#include <cstdint>
#include <optional>
#include <string>

namespace ombud::approvals {

/// A person as the kernel knows them at the local API.
struct Person {
    std::optional<std::uint32_t> uid;   ///< of the process that asks; none: the host itself
    std::optional<std::uint32_t> login; ///< with which they logged in, whatever they became since; none: not known
    std::string account;                ///< name, for people
    std::string login_account;          ///< name of `login`, where it is another one than `account`
};

/// The host itself, as in entries: `ombud`.
Person host_person();
/// `anna`, or `root (anna)` for one who became root.
std::string name_of(const Person& person);

/// Whether two may be one human: the same account, or accounts reached from one login (su, sudo).
///
/// Two who are root are told apart by their logins; where the kernel tells none, root is one person. What this cannot
/// see: one human with two accounts and a login to each, one who became root where the kernel tells no login, several humans
/// who share an account, and what root does: root can write any login into /proc/PID/loginuid, and the ledger's files.
/// Thread any.
[[nodiscard]] bool may_be_same(const Person& a, const Person& b);

} // namespace ombud::approvals
