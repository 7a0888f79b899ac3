#include "address.hpp"

#include <unicode/uidna.h>
#include <unicode/unorm2.h>
#include <unicode/ustring.h>

#include <ombud/view.hpp>

#include <algorithm>
#include <memory>
#include <vector>

namespace ombud::email_whitelist {

namespace {

sdk::Failure malformed(const char* why) { return sdk::fail(sdk::ErrorCode::invalid_input, why); }

bool is_ascii(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}
bool is_letter_or_digit(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); }
char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }
std::string lowered(std::string_view text) {
    std::string result(text);
    std::transform(result.begin(), result.end(), result.begin(), lower);
    return result;
}

// RFC 5321's atext, and RFC 6531's addition of everything beyond ASCII.
bool is_atom(char c) {
    return is_letter_or_digit(c) || static_cast<unsigned char>(c) >= 0x80 || std::string_view("!#$%&'*+-/=?^_`{|}~").find(c) != std::string_view::npos;
}

sdk::Result<std::string> unquote(std::string_view quoted) {
    std::string local;
    for (size_t i = 1; i + 1 < quoted.size(); ++i) {
        char c = quoted[i];
        if (c == '"')
            return malformed("the local part has a quotation mark within");
        if (c == '\\') {
            c = ++i + 1 < quoted.size() ? quoted[i] : '\0';
            if (c != '"' && c != '\\' && c != ' ')
                return malformed("the local part escapes what needs no escape");
        }
        local += c;
    }
    return local;
}

sdk::Result<std::string> casefold(const std::string& text) {
    if (is_ascii(text))
        return lowered(text);
    UErrorCode status = U_ZERO_ERROR;
    const UNormalizer2* const folding = unorm2_getNFKCCasefoldInstance(&status);
    std::vector<UChar> wide(text.size() + 1), folded(text.size() * 4 + 16);
    int32_t wide_length = 0, length = 0;
    u_strFromUTF8(wide.data(), static_cast<int32_t>(wide.size()), &wide_length, text.data(), static_cast<int32_t>(text.size()), &status);
    const int32_t folded_length = unorm2_normalize(folding, wide.data(), wide_length, folded.data(), static_cast<int32_t>(folded.size()), &status);
    std::string result(static_cast<size_t>(std::max(folded_length, 0)) * 3 + 1, '\0');
    u_strToUTF8(result.data(), static_cast<int32_t>(result.size()), &length, folded.data(), folded_length, &status);
    if (U_FAILURE(status))
        return malformed("the local part cannot be read as Unicode");
    result.resize(static_cast<size_t>(length));
    return result;
}

const UIDNA* idna() {
    static const UIDNA* const shared = [] {
        UErrorCode status = U_ZERO_ERROR;
        const UIDNA* const opened = uidna_openUTS46(UIDNA_CHECK_BIDI | UIDNA_CHECK_CONTEXTJ | UIDNA_NONTRANSITIONAL_TO_ASCII |
                                                        UIDNA_NONTRANSITIONAL_TO_UNICODE | UIDNA_USE_STD3_RULES,
                                                    &status);
        return U_SUCCESS(status) ? opened : nullptr;
    }();
    return shared;
}

using Convert = int32_t (*)(const UIDNA*, const char*, int32_t, char*, int32_t, UIDNAInfo*, UErrorCode*);
sdk::Result<std::string> convert(Convert way, std::string_view domain) {
    UErrorCode status = U_ZERO_ERROR;
    UIDNAInfo info = UIDNA_INFO_INITIALIZER;
    std::string result(1024, '\0');
    const int32_t length = idna() ? way(idna(), domain.data(), static_cast<int32_t>(domain.size()), result.data(),
                                        static_cast<int32_t>(result.size()), &info, &status)
                                  : -1;
    if (length < 0 || U_FAILURE(status) || info.errors != 0)
        return malformed("the domain is no valid internationalized name");
    result.resize(static_cast<size_t>(length));
    return result;
}

sdk::Result<Address> with_domain(std::string_view domain) {
    Address address;
    if (domain.size() > 2 && domain.front() == '[' && domain.back() == ']') {
        if (domain.find_first_not_of("0123456789abcdefABCDEFIPv.:[]") != std::string_view::npos)
            return malformed("the address literal is malformed");
        address.is_literal = true;
        address.domain = address.shown = lowered(domain);
        return address;
    }
    if (domain.empty() || domain.size() > 255)
        return malformed("there is no domain");
    auto ascii = convert(&uidna_nameToASCII_UTF8, domain);
    if (!ascii)
        return sdk::fail(ascii.error());
    if (!ascii->empty() && ascii->back() == '.') // the same name, said to be complete; the dot may have been another script's
        ascii->pop_back();
    auto shown = convert(&uidna_nameToUnicodeUTF8, *ascii);
    if (!shown)
        return sdk::fail(shown.error());
    if (ascii->empty() || ascii->front() == '.' || ascii->find("..") != std::string::npos)
        return malformed("the domain has an empty label");
    address.domain = std::move(*ascii);
    address.shown = std::move(*shown);
    return address;
}

} // namespace

sdk::Result<Address> parse_domain(std::string_view text) {
    if (text.size() < 2 || text.front() != '@' || !sdk::is_utf8(text))
        return malformed("a domain is written @example.org");
    return with_domain(text.substr(1));
}

sdk::Result<Address> parse_address(std::string_view text) {
    if (text.size() > 320 || !sdk::is_utf8(text))
        return malformed(text.size() > 320 ? "the address is longer than any can be" : "the address is not UTF-8");
    if (!text.empty() && text.front() == '@')
        return malformed("the address has a source route");
    size_t at = std::string_view::npos; // the @ that ends the local part
    bool is_quoted = false;
    if (!text.empty() && text.front() == '"') {
        is_quoted = true;
        size_t end = 1;
        while (end < text.size() && text[end] != '"')
            end += text[end] == '\\' ? size_t{2} : size_t{1};
        if (end >= text.size())
            return malformed("the quoted local part has no end");
        if (end + 1 < text.size() && text[end + 1] == '@')
            at = end + 1;
    } else {
        at = text.find('@');
    }
    if (at == std::string_view::npos)
        return malformed("the address has no domain");
    const std::string_view written = text.substr(0, at);
    std::string local(written);
    if (is_quoted) {
        auto unquoted = unquote(written);
        if (!unquoted)
            return sdk::fail(unquoted.error());
        local = std::move(*unquoted);
    } else if (!std::all_of(local.begin(), local.end(), [](char c) { return c == '.' || is_atom(c); })) {
        return malformed("the local part holds what must be quoted");
    } else if (!local.empty() && (local.front() == '.' || local.back() == '.' || local.find("..") != std::string::npos)) {
        return malformed("the local part has a dot too many");
    }
    if (local.empty() || local.size() > 64)
        return malformed(local.empty() ? "the local part is empty" : "the local part is longer than 64 bytes");
    if (local.find_first_of("@%!:") != std::string::npos)
        return malformed("the local part holds a route to somewhere else");
    if (std::any_of(local.begin(), local.end(), [](char c) { return (c >= 0 && c < 0x20) || c == 0x7f; }))
        return malformed("the local part holds a control character");
    if (local.front() == '-')
        return malformed("the local part begins like an option");
    auto address = with_domain(text.substr(at + 1));
    if (!address)
        return address;
    auto folded = casefold(local);
    if (!folded)
        return sdk::fail(folded.error());
    if (folded->find_first_of("@%!:") != std::string::npos)
        return malformed("the local part holds a route to somewhere else");
    address->local = std::move(*folded);
    return address;
}

std::string_view without_plus(std::string_view local) {
    const size_t plus = local.find('+');
    return plus == std::string_view::npos || plus == 0 ? std::string_view() : local.substr(0, plus);
}

} // namespace ombud::email_whitelist
