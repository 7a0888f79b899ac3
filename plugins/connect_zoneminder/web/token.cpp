#include "token.hpp"

#include <array>
#include <boost/json.hpp>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

namespace ombud::zoneminder::web {
namespace {

constexpr std::size_t token_bytes_max = 4096;

// RFC 4648, 5, without padding; what does not decode to the very same text again is none.
std::optional<std::string> from_base64url(std::string_view text) {
    std::string out;
    std::uint32_t bits = 0;
    int count = 0;
    for (const char c : text) {
        int value = -1;
        if (c >= 'A' && c <= 'Z')
            value = c - 'A';
        else if (c >= 'a' && c <= 'z')
            value = c - 'a' + 26;
        else if (c >= '0' && c <= '9')
            value = c - '0' + 52;
        else if (c == '-')
            value = 62;
        else if (c == '_')
            value = 63;
        if (value < 0)
            return std::nullopt;
        bits = (bits << 6U) | static_cast<std::uint32_t>(value);
        count += 6;
        if (count >= 8) {
            count -= 8;
            out += static_cast<char>((bits >> static_cast<unsigned>(count)) & 0xFFU);
        }
    }
    const bool is_whole = count < 6 && (bits & ((1U << static_cast<unsigned>(count)) - 1U)) == 0;
    return is_whole ? std::optional(out) : std::nullopt;
}

std::optional<boost::json::object> object_of(std::string_view part) {
    const auto text = from_base64url(part);
    if (!text)
        return std::nullopt;
    boost::system::error_code error;
    auto value = boost::json::parse(*text, error);
    if (error || !value.is_object())
        return std::nullopt;
    return std::move(value.get_object());
}

std::string text_of(const boost::json::object& object, const char* name) {
    const auto* value = object.if_contains(name);
    return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

std::int64_t time_of(const boost::json::object& object, const char* name) {
    const auto* value = object.if_contains(name);
    return value != nullptr && value->is_int64() ? value->get_int64() : 0;
}

} // namespace

std::optional<Token> read_token(std::string_view text, std::string_view secret) {
    if (text.size() > token_bytes_max || secret.empty())
        return std::nullopt;
    const auto first = text.find('.');
    const auto second = first == std::string_view::npos ? first : text.find('.', first + 1);
    if (second == std::string_view::npos)
        return std::nullopt;
    const auto signed_part = text.substr(0, second);
    const auto given = from_base64url(text.substr(second + 1));
    std::array<unsigned char, EVP_MAX_MD_SIZE> made{};
    unsigned made_bytes = 0;
    if (!given || HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
                       reinterpret_cast<const unsigned char*>(signed_part.data()), signed_part.size(), made.data(), &made_bytes) == nullptr)
        return std::nullopt;
    if (given->size() != made_bytes || CRYPTO_memcmp(given->data(), made.data(), made_bytes) != 0)
        return std::nullopt;
    const auto head = object_of(text.substr(0, first));
    const auto body = object_of(text.substr(first + 1, second - first - 1));
    if (!head || !body || text_of(*head, "alg") != "HS256")
        return std::nullopt;
    const std::string type = text_of(*body, "type");
    Token token;
    token.user = text_of(*body, "user");
    token.is_refresh = type == "refresh";
    token.issued_s = time_of(*body, "iat");
    token.expires_s = time_of(*body, "exp");
    if (token.user.empty() || (type != "access" && type != "refresh") || token.issued_s <= 0 || token.expires_s <= 0)
        return std::nullopt;
    return token;
}

} // namespace ombud::zoneminder::web
