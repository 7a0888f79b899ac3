#include "gates/stream/digest_access.hpp"

#include <array>
#include <cstdio>

#include "gates/stream/rtsp.hpp"
#include "signing/digest.hpp"
#include "signing/encoding.hpp"
#include "signing/md5.hpp"
#include "signing/random.hpp"

namespace ombud::stream {
namespace {

constexpr std::size_t header_bytes_max = 4096, parameters_max = 40;

bool is_sess(Algorithm algorithm) {
    return algorithm == Algorithm::md5_sess || algorithm == Algorithm::sha256_sess;
}

std::string hash(Algorithm algorithm, const std::string& text) {
    if (algorithm == Algorithm::md5 || algorithm == Algorithm::md5_sess)
        return signing::hex(signing::md5(text));
    return signing::hex(signing::sha256(text));
}

std::optional<Algorithm> parse_algorithm(std::string_view text) {
    if (text.empty())
        return Algorithm::md5;
    for (const Algorithm one : {Algorithm::md5, Algorithm::md5_sess, Algorithm::sha256, Algorithm::sha256_sess})
        if (equal_without_case(text, to_string(one)))
            return one;
    return std::nullopt;
}

/// Whether a comma-separated list names that word.
bool lists(std::string_view list, std::string_view word) {
    while (!list.empty()) {
        const std::size_t end = list.find(',');
        if (equal_without_case(trimmed(list.substr(0, end)), word))
            return true;
        list.remove_prefix(end == std::string_view::npos ? list.size() : end + 1);
    }
    return false;
}

std::string quoted(std::string_view text) {
    std::string result = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\')
            result += '\\';
        result += c;
    }
    return result + "\"";
}

/// Takes a token or a quoted string off `rest`. Nothing: an unfinished quote.
std::optional<std::string> take_value(std::string_view& rest) {
    if (!rest.starts_with('"')) {
        const std::size_t end = rest.find(',');
        std::string value(trimmed(rest.substr(0, end)));
        rest.remove_prefix(end == std::string_view::npos ? rest.size() : end);
        return value;
    }
    std::string value;
    for (std::size_t at = 1; at < rest.size(); ++at) {
        if (rest[at] == '"') {
            rest.remove_prefix(at + 1);
            return value;
        }
        if (rest[at] == '\\' && at + 1 < rest.size())
            ++at;
        value += rest[at];
    }
    return std::nullopt;
}

} // namespace

std::string_view to_string(Algorithm algorithm) {
    switch (algorithm) {
    case Algorithm::md5: return "MD5";
    case Algorithm::md5_sess: return "MD5-sess";
    case Algorithm::sha256: return "SHA-256";
    case Algorithm::sha256_sess: return "SHA-256-sess";
    }
    return "?";
}

std::string_view AuthHeader::get(std::string_view name) const {
    for (const auto& [key, value] : parameters)
        if (key == name)
            return value;
    return {};
}

Result<AuthHeader> parse_auth(std::string_view header) {
    const auto bad = [](const char* why) { return fail(ErrorCode::invalid_input, std::string("authentication: ") + why); };
    if (header.size() > header_bytes_max)
        return bad("over 4096 bytes");
    header = trimmed(header);
    const std::size_t space = header.find(' ');
    AuthHeader auth;
    auth.scheme = lower(header.substr(0, space));
    if (auth.scheme.empty())
        return bad("no scheme");
    std::string_view rest = space == std::string_view::npos ? std::string_view() : trimmed(header.substr(space + 1));
    const std::size_t mark = rest.find_first_of("=,\" ");
    const bool is_token = !rest.empty() && (mark == std::string_view::npos ||
                                            rest.find_first_not_of('=', mark) == std::string_view::npos);
    if (is_token) {
        auth.token = rest;
        return auth;
    }
    while (!rest.empty()) {
        const std::size_t equals = rest.find('=');
        const std::string_view name = trimmed(rest.substr(0, equals));
        if (equals == std::string_view::npos || name.empty() || name.find_first_of(",\" \t") != std::string_view::npos)
            return bad("a parameter without a name and \"=\"");
        if (auth.parameters.size() == parameters_max)
            return bad("more than 40 parameters");
        rest = rest.substr(equals + 1);
        rest.remove_prefix(std::min(rest.find_first_not_of(" \t"), rest.size()));
        auto value = take_value(rest);
        if (!value)
            return bad("a quote that does not end");
        auth.parameters.emplace_back(lower(name), std::move(*value));
        rest = trimmed(rest);
        if (rest.empty())
            break;
        if (rest[0] != ',')
            return bad("no comma between two parameters");
        rest.remove_prefix(std::min(rest.find_first_not_of(", \t"), rest.size()));
    }
    return auth;
}

std::string digest_response(const DigestInput& in) {
    const auto joined = [](std::initializer_list<std::string_view> parts) {
        std::string text;
        for (const std::string_view part : parts)
            text.append(part).append(":");
        text.pop_back();
        return text;
    };
    std::string secret = hash(in.algorithm, joined({in.user, in.realm, in.password}));
    if (is_sess(in.algorithm))
        secret = hash(in.algorithm, joined({secret, in.nonce, in.cnonce}));
    const std::string request = hash(in.algorithm, joined({in.method, in.uri}));
    return hash(in.algorithm, in.qop.empty() ? joined({secret, in.nonce, request})
                                             : joined({secret, in.nonce, in.nc, in.cnonce, in.qop, request}));
}

Result<Challenge> Challenge::choose(const std::vector<std::string_view>& www_authenticate) {
    std::optional<Challenge> best;
    std::string offered;
    const auto strength = [](const Challenge& one) {
        return one.basic_ ? 0 : one.algorithm_ == Algorithm::md5 || one.algorithm_ == Algorithm::md5_sess ? 1 : 2;
    };
    for (const std::string_view header : www_authenticate) {
        const auto auth = parse_auth(header);
        if (!auth)
            continue;
        offered.append(offered.empty() ? "" : ", ").append(auth->scheme).append(" ").append(auth->get("algorithm"));
        Challenge one;
        one.realm_ = auth->get("realm");
        if (auth->scheme == "basic") {
            one.basic_ = true;
        } else if (auth->scheme == "digest") {
            const auto algorithm = parse_algorithm(auth->get("algorithm"));
            const std::string_view qop = auth->get("qop");
            if (!algorithm || (!qop.empty() && !lists(qop, "auth")) || auth->get("nonce").empty())
                continue;
            one.algorithm_ = *algorithm;
            one.told_algorithm_ = !auth->get("algorithm").empty();
            one.qop_ = !qop.empty();
            one.nonce_ = auth->get("nonce");
            one.opaque_ = auth->get("opaque");
            one.stale_ = equal_without_case(auth->get("stale"), "true");
        } else {
            continue;
        }
        if (!best || strength(one) > strength(*best))
            best = std::move(one);
    }
    if (!best)
        return fail(ErrorCode::invalid_input,
                    "it asks for no authentication that the gate speaks (Digest with MD5 or SHA-256, Basic), but for: " +
                        (offered.empty() ? "nothing" : offered));
    return std::move(*best);
}

std::string Challenge::authorization(std::string_view user, std::string_view password, std::string_view method,
                                     std::string_view uri, std::string_view cnonce) {
    if (basic_)
        return "Basic " + signing::base64(signing::bytes_of(std::string(user).append(":").append(password)));
    std::array<char, 16> nc{};
    std::snprintf(nc.data(), nc.size(), "%08x", ++count_);
    const bool needs_cnonce = qop_ || is_sess(algorithm_);
    const std::string response = digest_response(
        {algorithm_, user, realm_, password, method, uri, nonce_, qop_ ? "auth" : "", cnonce, nc.data()});
    std::string text = "Digest username=" + quoted(user) + ", realm=" + quoted(realm_) + ", nonce=" + quoted(nonce_) +
                       ", uri=" + quoted(uri) + ", response=\"" + response + "\"";
    if (told_algorithm_)
        text.append(", algorithm=").append(to_string(algorithm_));
    if (qop_)
        text.append(", qop=auth, nc=").append(nc.data());
    if (needs_cnonce)
        text.append(", cnonce=").append(quoted(cnonce));
    if (!opaque_.empty())
        text.append(", opaque=").append(quoted(opaque_));
    return text;
}

std::string Challenge::name() const {
    return basic_ ? "Basic" : "Digest " + std::string(to_string(algorithm_));
}

Guard::Seen Guard::check(std::string_view authorization, std::string_view method, std::int64_t mono_ns) {
    if (authorization.empty())
        return {};
    const auto auth = parse_auth(authorization);
    if (!auth || auth->scheme != "digest")
        return {Standing::wrong, ""};
    const auto algorithm = parse_algorithm(auth->get("algorithm"));
    if (!algorithm || nonce_.empty() || auth->get("realm") != realm)
        return {Standing::wrong, ""};
    const std::string_view qop = auth->get("qop"), nc = auth->get("nc");
    if (!qop.empty() && !equal_without_case(qop, "auth"))
        return {Standing::wrong, ""};
    if (auth->get("nonce") != nonce_)
        return {Standing::stale, ""}; // of another connection, or from before
    for (const Login& login : logins_) {
        if (login.name != auth->get("username"))
            continue;
        const std::string expected = digest_response(
            {*algorithm, login.name, realm, login.password, method, auth->get("uri"), nonce_, qop, auth->get("cnonce"), nc});
        const std::string response = lower(auth->get("response"));
        if (!signing::constant_time_equal(signing::bytes_of(expected), signing::bytes_of(response)))
            return {Standing::wrong, ""};
        if (mono_ns - issued_ns_ > lifetime_ns_)
            return {Standing::stale, ""};
        if (!qop.empty()) { // a request that was sent before has a count that was seen
            unsigned long count = 0;
            if (nc.size() != 8 || std::sscanf(std::string(nc).c_str(), "%8lx", &count) != 1 || count <= last_count_)
                return {Standing::stale, ""};
            last_count_ = count;
        }
        return {Standing::right, login.name};
    }
    return {Standing::wrong, ""};
}

Result<std::vector<std::string>> Guard::challenges(bool stale, std::int64_t mono_ns) {
    if (stale || nonce_.empty() || mono_ns - issued_ns_ > lifetime_ns_) {
        std::array<std::uint8_t, 16> random{};
        if (auto filled = signing::random_bytes(random); !filled)
            return fail(filled.error());
        nonce_ = signing::hex(random);
        issued_ns_ = mono_ns;
        last_count_ = 0;
    }
    std::vector<std::string> headers;
    for (const Algorithm algorithm : {Algorithm::sha256, Algorithm::md5})
        headers.push_back("Digest realm=" + quoted(realm) + ", nonce=" + quoted(nonce_) + ", qop=\"auth\", algorithm=" +
                          std::string(to_string(algorithm)) + (stale ? ", stale=true" : ""));
    return headers;
}

} // namespace ombud::stream
