#include "approvals/person.hpp"

namespace ombud::approvals {

Person host_person() { return {std::nullopt, std::nullopt, "ombud", {}}; }

std::string name_of(const Person& person) {
    return person.login_account.empty() ? person.account : person.account + " (" + person.login_account + ")";
}

bool may_be_same(const Person& a, const Person& b) {
    if (!a.uid || !b.uid)
        return !a.uid && !b.uid;
    if (a.login && b.login && *a.login == *b.login)
        return true;
    // sudo makes many people root; then only their logins tell them apart.
    const bool told_apart = a.login && b.login && *a.uid == 0;
    if (*a.uid == *b.uid)
        return !told_apart;
    // One as themselves, the other reached from their login; from a session that the kernel knows no login of, too.
    return a.login == b.uid || b.login == a.uid;
}

} // namespace ombud::approvals
