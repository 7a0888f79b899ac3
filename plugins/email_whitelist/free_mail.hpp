// Domains at which anybody gets a mailbox (MAIL-4).
#pragma once

#include <string>
#include <string_view>
#include <unordered_set>

namespace ombud::email_whitelist {

class FreeMail {
  public:
    FreeMail();                       // those of free_mail_domains.txt
    void add(std::string_view domain); // ASCII, lower case
    /// The domain itself or one above it.
    [[nodiscard]] bool holds(std::string_view domain) const;

  private:
    std::unordered_set<std::string> domains_;
};

/// The domain one level up; empty when there is none.
std::string_view parent_of(std::string_view domain);

} // namespace ombud::email_whitelist
