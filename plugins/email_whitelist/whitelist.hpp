// The register of recipients, read and ready for questions.
#pragma once

#include "address.hpp"
#include "free_mail.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace ombud::email_whitelist {

/// One record of the register as people keep it.
struct Record {
    std::string key;                    // "anna@example.org" or "@example.org"
    bool attachments = false;           // may get pictures, files and what cannot be inspected (MAIL-5)
    bool subdomains = false;            // of "@example.org": those below it too
    bool plus = false;                  // of "anna@…": anna+anything too
    std::optional<int64_t> until_utc_ns; // the first instant at which it no longer holds
    std::string override_reason;        // why a free-mail domain is meant (MAIL-4)
};

struct Entry {
    Record record;
    Address address; // local is empty: the whole domain
    bool is_free_mail = false;
};

/// Immutable. All addresses are those of address.hpp.
class Whitelist {
  public:
    Whitelist() = default;
    Whitelist(const std::vector<Record>& records, const FreeMail& free_mail);

    /// The entry that an address falls under; the nearest one: itself, itself without its plus part, its domain, a domain above.
    [[nodiscard]] const Entry* find(const Address& address) const;
    /// A listed address or domain that looks the same without being the same, or is written in mixed scripts.
    [[nodiscard]] bool looks_like_listed(const Address& address) const;
    /// The whole address that was probably meant (MAIL-2); empty: none is near, or several equally are.
    [[nodiscard]] std::string nearest(const Address& address) const;

    [[nodiscard]] const std::vector<Entry>& entries() const { return entries_; }
    /// Keys that are neither an address nor a domain, each with the reason.
    struct Unreadable {
        std::string key, why;
    };
    [[nodiscard]] const std::vector<Unreadable>& unreadable() const { return unreadable_; }

  private:
    [[nodiscard]] const Entry* entry(const std::string& text) const;

    std::vector<Entry> entries_;
    std::unordered_map<std::string, size_t> by_text_;                 // "local@domain", "@domain"
    std::unordered_map<std::string, std::string> skeletons_; // of what is shown -> "local@domain", "@domain"
    std::vector<Unreadable> unreadable_;
};

} // namespace ombud::email_whitelist
