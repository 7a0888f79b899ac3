// A mailbox of RFC 5321 in the one form in which it is compared.
#pragma once

#include <ombud/result.hpp>

#include <string>
#include <string_view>

namespace ombud::email_whitelist {

/// Two spellings of one mailbox are equal here. The local part compares without regard to case, as mail systems in use
/// deliver it (RFC 5321, 2.4, would allow otherwise).
struct Address {
    std::string local;   // unquoted, in Unicode's NFKC_Casefold form
    std::string domain;  // ASCII in lower case ("xn--…" for others), without a final dot; "[…]" for a literal
    std::string shown;   // the domain as people read it (Unicode)
    bool is_literal = false;

    [[nodiscard]] std::string text() const { return local + "@" + domain; }
    friend bool operator==(const Address& left, const Address& right) {
        return left.local == right.local && left.domain == right.domain;
    }
};

/// Reads an envelope address without its brackets. What could be routed further than it seems is refused: source routes,
/// and local parts with @ % ! or a colon in them, which mail servers may rewrite into another address.
/// Errors  invalid_input  what is wrong with it, without the address itself
sdk::Result<Address> parse_address(std::string_view text);

/// Reads "@example.org": the domain alone, `local` is empty.
sdk::Result<Address> parse_domain(std::string_view text);

/// The part of `local` before its first plus sign; empty when there is none.
std::string_view without_plus(std::string_view local);

} // namespace ombud::email_whitelist
