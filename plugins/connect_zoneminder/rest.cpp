#include "rest.hpp"

#include "server_text.hpp"

#include <algorithm>
#include <boost/json.hpp>
#include <curl/curl.h>
#include <exception>

namespace ombud::zoneminder {
namespace json = boost::json;

namespace {

constexpr std::int64_t second_ns = 1'000'000'000;
constexpr std::int64_t renew_ahead_s = 600; // of 7200 that an access token lives

void replace_all(std::string& text, std::string_view what, std::string_view with) {
    if (what.empty())
        return;
    for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + with.size()))
        text.replace(at, what.size(), with);
}

/// The text of a member, or empty.
std::string_view member(const json::value& value, std::string_view name) {
    const auto* object = value.if_object();
    const auto* found = object ? object->if_contains(name) : nullptr;
    const auto* text = found ? found->if_string() : nullptr;
    return text ? std::string_view(*text) : std::string_view();
}

json::value parse(const std::string& body, json::error_code& error) {
    json::value parsed = json::parse(body, error);
    return error ? json::value() : parsed;
}

/// What ZoneMinder itself says is wrong: data.exception.message of an error's body.
std::string complaint(const std::string& body) {
    json::error_code error;
    const json::value parsed = parse(body, error);
    const auto* object = parsed.if_object();
    const auto* data = object ? object->if_contains("data") : nullptr;
    if (!data)
        return {};
    const auto* exception = data->is_object() ? data->get_object().if_contains("exception") : nullptr;
    const auto inner = exception ? member(*exception, "message") : std::string_view();
    return excerpt(inner.empty() ? member(*data, "message") : inner);
}

} // namespace

/// The libcurl handle, and where its callbacks put what comes.
struct Rest::Curl {
    CURL* easy = curl_easy_init();
    curl_slist* as_get = curl_slist_append(nullptr, "X-HTTP-Method-Override: GET");
    std::string body;
    std::size_t body_bytes_max = 0;
    bool is_too_large = false;

    Curl() = default;
    Curl(const Curl&) = delete;
    Curl& operator=(const Curl&) = delete;
    ~Curl() {
        curl_slist_free_all(as_get);
        curl_easy_cleanup(easy);
    }

    static std::size_t take(char* data, std::size_t, std::size_t size, void* self_pointer) noexcept {
        auto& self = *static_cast<Curl*>(self_pointer);
        if (size > self.body_bytes_max - self.body.size()) {
            self.is_too_large = true;
            return 0;
        }
        try {
            self.body.append(data, size);
        } catch (const std::exception&) {
            return 0; // libcurl reports a write error
        }
        return size;
    }
};

Rest::Rest(RestSettings settings, std::function<std::int64_t()> mono_ns)
    : curl_(std::make_unique<Curl>()), settings_(std::move(settings)), mono_ns_(std::move(mono_ns)) {
    curl_->body_bytes_max = settings_.body_bytes_max;
}

Rest::~Rest() = default;

std::string Rest::escape(std::string_view text) const {
    const std::unique_ptr<char, decltype(&curl_free)> escaped(
        curl_easy_escape(curl_->easy, text.data(), static_cast<int>(text.size())), &curl_free);
    return escaped ? escaped.get() : "";
}

std::string Rest::without_secrets(std::string text) const {
    for (const std::string* secret : {&settings_.password, &access_token_, &refresh_token_}) {
        replace_all(text, *secret, "***");
        replace_all(text, escape(*secret), "***");
    }
    return text;
}

Result<Rest::Answer> Rest::send(std::string_view verb, std::string_view path, std::string body) {
    CURL* const easy = curl_->easy;
    if (!easy)
        return fail(ErrorCode::internal, "libcurl could not be set up");
    const std::string url = settings_.url + std::string(path);
    const bool is_get = verb == "GET";
    curl_easy_reset(easy);
    curl_->body.clear();
    curl_->is_too_large = false;
    curl_easy_setopt(easy, CURLOPT_URL, url.c_str());
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy, CURLOPT_NOPROXY, "*"); // a proxy of the environment would see the password
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_USERAGENT, "Ombud");
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS,
                     static_cast<long>(std::min<std::int64_t>(settings_.time_limit_ms, 5000)));
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, static_cast<long>(settings_.time_limit_ms));
    if (!settings_.ca_file.empty())
        curl_easy_setopt(easy, CURLOPT_CAINFO, settings_.ca_file.c_str());
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, &Curl::take);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, curl_.get());
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, body.c_str());
    if (is_get)
        curl_easy_setopt(easy, CURLOPT_HTTPHEADER, curl_->as_get);
    else if (verb != "POST")
        curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, std::string(verb).c_str());

    const CURLcode code = curl_easy_perform(easy);
    const std::string place = settings_.url + std::string(path.substr(0, path.find('?')));
    if (curl_->is_too_large)
        return fail(ErrorCode::corrupt,
                    place + ": answer is larger than " + std::to_string(settings_.body_bytes_max) + " bytes");
    if (code == CURLE_OPERATION_TIMEDOUT)
        return fail(ErrorCode::unavailable,
                    place + ": no whole answer within " + std::to_string(settings_.time_limit_ms) + " ms");
    if (code == CURLE_PEER_FAILED_VERIFICATION || code == CURLE_SSL_CACERT_BADFILE)
        return fail(ErrorCode::refused, place + ": the server's certificate cannot be verified (" +
                                            curl_easy_strerror(code) + "); check ca-file");
    if (code != CURLE_OK)
        return fail(ErrorCode::unavailable, place + ": " + curl_easy_strerror(code));
    Answer answer;
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &answer.status);
    const char* type = nullptr;
    curl_easy_getinfo(easy, CURLINFO_CONTENT_TYPE, &type);
    answer.content_type = excerpt(type ? type : "");
    answer.body = std::move(curl_->body);
    return answer;
}

/// Turns a status that is no success into an Error.
Result<> Rest::judge(const Answer& answer, std::string_view path) const {
    if (answer.status >= 200 && answer.status < 300)
        return {};
    const std::string said = without_secrets(complaint(answer.body));
    const std::string message = settings_.url + std::string(path.substr(0, path.find('?'))) + ": answered " +
                                std::to_string(answer.status) + (said.empty() ? "" : ", \"" + said + "\"");
    if (answer.status == 401 || answer.status == 403)
        return fail(ErrorCode::refused, message + "; check the rights of ZoneMinder's user \"" + settings_.user + "\"");
    if (answer.status == 404)
        return fail(ErrorCode::not_found, message);
    if (answer.status >= 300 && answer.status < 400)
        return fail(ErrorCode::corrupt, message + ", a redirect, which is not followed; check api-url");
    return fail(answer.status >= 500 ? ErrorCode::unavailable : ErrorCode::internal, message);
}

Result<> Rest::take_token(const Answer& answer) {
    json::error_code error;
    const json::value parsed = parse(answer.body, error);
    const auto token = member(parsed, "access_token");
    if (error || token.empty())
        return fail(ErrorCode::corrupt, settings_.url + "/host/login.json: answered " + std::to_string(answer.status) +
                                            " with " + (answer.content_type.empty() ? "no type" : answer.content_type) +
                                            " and " + std::to_string(answer.body.size()) +
                                            " bytes, but no token; does api-url end in /api?");
    const auto lifetime_ns = [&](std::string_view name, std::int64_t other_s) {
        const auto* found = parsed.get_object().if_contains(name);
        const std::int64_t seconds = found && found->is_int64() ? found->get_int64() : other_s;
        return mono_ns_() + std::max<std::int64_t>(seconds - renew_ahead_s, seconds / 2) * second_ns;
    };
    access_token_ = token;
    access_until_ns_ = lifetime_ns("access_token_expires", 7200);
    if (const auto refresh = member(parsed, "refresh_token"); !refresh.empty()) {
        refresh_token_ = refresh;
        refresh_until_ns_ = lifetime_ns("refresh_token_expires", 86400);
    }
    return {};
}

Result<> Rest::log_in() {
    access_token_.clear();
    refresh_token_.clear();
    auto answer =
        send("POST", "/host/login.json", "user=" + escape(settings_.user) + "&pass=" + escape(settings_.password));
    if (!answer)
        return fail(std::move(answer).error());
    if (answer->status == 401)
        return fail(ErrorCode::refused, settings_.url + "/host/login.json: ZoneMinder does not accept user \"" +
                                            settings_.user +
                                            "\"; check password, and that the user is enabled, with its API enabled");
    if (const auto judged = judge(*answer, "/host/login.json"); !judged)
        return judged;
    return take_token(*answer);
}

Result<> Rest::renew() {
    auto answer = send("POST", "/host/login.json", "token=" + escape(refresh_token_));
    if (!answer)
        return fail(std::move(answer).error());
    return answer->status == 200 ? take_token(*answer) : log_in();
}

Result<> Rest::ensure_token() {
    const std::int64_t now = mono_ns_();
    if (!access_token_.empty() && now < access_until_ns_)
        return {};
    return !refresh_token_.empty() && now < refresh_until_ns_ ? renew() : log_in();
}

Result<Rest::Answer> Rest::call(std::string_view verb, std::string_view path, Form form) {
    for (bool is_retry = false;; is_retry = true) {
        if (auto ready = ensure_token(); !ready)
            return fail(std::move(ready).error());
        std::string body = "token=" + escape(access_token_);
        for (const auto& [name, value] : form)
            body += "&" + escape(name) + "=" + escape(value);
        auto answer = send(verb, path, std::move(body));
        if (!answer)
            return answer;
        // 401 is a token that was revoked, or a right that is missing: only a fresh token tells which.
        if (answer->status == 401 && !is_retry) {
            access_token_.clear();
            refresh_token_.clear();
            continue;
        }
        if (auto judged = judge(*answer, path); !judged)
            return fail(std::move(judged).error());
        return answer;
    }
}

Result<json::value> Rest::get(std::string_view path) {
    auto answer = call("GET", path, {});
    if (!answer)
        return fail(std::move(answer).error());
    json::error_code error;
    json::value parsed = parse(answer->body, error);
    if (error || !parsed.is_object())
        return fail(ErrorCode::corrupt,
                    settings_.url + std::string(path.substr(0, path.find('?'))) + ": answered 200 with " +
                        (answer->content_type.empty() ? "no type" : answer->content_type) + " and " +
                        std::to_string(answer->body.size()) + " bytes that are no JSON object" +
                        (error ? " (" + error.message() + ")" : ""));
    return parsed;
}

Result<> Rest::edit(std::string_view path, Form form) {
    auto answer = call("PUT", path, form);
    return answer ? Result<>() : fail(std::move(answer).error());
}

Result<> Rest::erase(std::string_view path) {
    auto answer = call("DELETE", path, {});
    return answer ? Result<>() : fail(std::move(answer).error());
}

Result<std::string> Rest::version() {
    auto answer = get("/host/getVersion.json");
    if (!answer)
        return fail(std::move(answer).error());
    const auto version = member(*answer, "version");
    if (version.empty())
        return fail(ErrorCode::corrupt, settings_.url + "/host/getVersion.json: names no version; is this ZoneMinder?");
    return excerpt(version);
}

} // namespace ombud::zoneminder
