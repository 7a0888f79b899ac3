#include "outgoing/http_post.hpp"

#include "outgoing/networks.hpp"

#include <algorithm>
#include <curl/curl.h>
#include <sys/socket.h>

namespace ombud::outgoing {
namespace {

constexpr std::size_t answer_bytes_max = 64 * 1024;

struct Free {
    void operator()(CURLU* url) const { curl_url_cleanup(url); }
    void operator()(char* text) const { curl_free(text); }
    void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};

std::string part_of(CURLU* url, CURLUPart part, unsigned flags = 0) {
    char* text = nullptr;
    if (curl_url_get(url, part, &text, flags) != CURLUE_OK)
        return {};
    const std::unique_ptr<char, Free> owned(text);
    return text;
}

bool is_loopback_text(const std::string& host) {
    static const std::vector<Network> loopback{parse_network("127.0.0.0/8").value(), parse_network("::1").value()};
    if (host == "localhost")
        return true;
    const auto address = parse_address(host);
    return address && std::any_of(loopback.begin(), loopback.end(),
                                  [&](const Network& one) { return one.contains(*address); });
}

} // namespace

Result<Url> parse_post_url(const std::string& text, Plain plain) {
    const auto wrong = [](const char* what) { return fail(ErrorCode::invalid_input, std::string("the URL ") + what); };
    const std::unique_ptr<CURLU, Free> parsed(curl_url());
    if (text.size() > 2048 || !parsed || curl_url_set(parsed.get(), CURLUPART_URL, text.c_str(), 0) != CURLUE_OK)
        return wrong("cannot be read");
    Url url;
    url.scheme = part_of(parsed.get(), CURLUPART_SCHEME);
    url.host = part_of(parsed.get(), CURLUPART_HOST);
    std::transform(url.host.begin(), url.host.end(), url.host.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    const std::string bare = url.host.size() > 2 && url.host.front() == '['
                                 ? url.host.substr(1, url.host.size() - 2)
                                 : url.host;
    url.is_loopback = is_loopback_text(bare);
    if (!part_of(parsed.get(), CURLUPART_USER).empty() || !part_of(parsed.get(), CURLUPART_PASSWORD).empty())
        return wrong("holds a user or password");
    if (!part_of(parsed.get(), CURLUPART_FRAGMENT).empty())
        return wrong("holds a fragment");
    if (url.scheme != "https" && !(url.scheme == "http" && (url.is_loopback || plain == Plain::anywhere)))
        return wrong(plain == Plain::anywhere ? "is neither http nor https" : "is not https");
    const std::string port = part_of(parsed.get(), CURLUPART_PORT);
    const bool is_default = port.empty() || port == (url.scheme == "https" ? "443" : "80");
    url.origin = url.scheme + "://" + url.host + (is_default ? "" : ":" + port);
    url.host = bare;
    return url;
}

struct HttpPost::Curl {
    CURL* easy = curl_easy_init();
    std::size_t received = 0;
    std::string* kept = nullptr; // where the answer's text goes; null: it is of no use, what counts is its status
    bool was_private = false;

    Curl() = default;
    Curl(const Curl&) = delete;
    Curl& operator=(const Curl&) = delete;
    ~Curl() { curl_easy_cleanup(easy); }

    static std::size_t receive(char* text, std::size_t, std::size_t size, void* self) noexcept {
        auto& curl = *static_cast<Curl*>(self);
        curl.received += size;
        if (curl.received > answer_bytes_max)
            return 0;
        if (curl.kept)
            curl.kept->append(text, size); // reserved
        return size;
    }

    static int look_whether_cancelled(void* is_cancelled, curl_off_t, curl_off_t, curl_off_t, curl_off_t) noexcept {
        return static_cast<std::atomic<bool>*>(is_cancelled)->load() ? 1 : 0;
    }

    // Looked at here, behind name resolution: a name of the internet may stand for an address of the site.
    static curl_socket_t open_public(void* self, curlsocktype, curl_sockaddr* address) noexcept {
        if (!is_public(&address->addr)) {
            static_cast<Curl*>(self)->was_private = true;
            return CURL_SOCKET_BAD;
        }
        return ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
    }
};

HttpPost::HttpPost(Options options) : curl_(std::make_unique<Curl>()), options_(std::move(options)) {}
HttpPost::~HttpPost() = default;

Result<HttpAnswer> HttpPost::post(const std::string& url, std::string_view body,
                                  const std::vector<std::string>& fields) {
    CURL* const easy = curl_->easy;
    if (!easy)
        return fail(ErrorCode::internal, "libcurl could not be set up");
    curl_->received = 0;
    curl_->was_private = false;
    HttpAnswer answer;
    curl_->kept = options_.keeps_answer ? &answer.body : nullptr;
    if (options_.keeps_answer)
        answer.body.reserve(answer_bytes_max);
    std::unique_ptr<curl_slist, Free> list(curl_slist_append(nullptr, "Expect:"));
    for (const std::string& field : fields)
        if (!curl_slist_append(list.get(), field.c_str()))
            return fail(ErrorCode::internal, "libcurl has no memory");
    const long time_limit_ms = static_cast<long>(options_.time_limit.count());
    curl_easy_reset(easy); // options only; the connection stays
    curl_easy_setopt(easy, CURLOPT_URL, url.c_str());
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(easy, CURLOPT_NOPROXY, "*");
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_USERAGENT, "Ombud");
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, std::min(time_limit_ms, 5'000L));
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, time_limit_ms);
    if (!options_.ca_file.empty())
        curl_easy_setopt(easy, CURLOPT_CAINFO, options_.ca_file.c_str());
    curl_easy_setopt(easy, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(easy, CURLOPT_XFERINFOFUNCTION, &Curl::look_whether_cancelled);
    curl_easy_setopt(easy, CURLOPT_XFERINFODATA, &is_cancelled_);
    if (options_.public_only) {
        curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, &Curl::open_public);
        curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, curl_.get());
    }
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, list.get());
    curl_easy_setopt(easy, CURLOPT_POST, 1L);
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, body.data());
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, &Curl::receive);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, curl_.get());

    const CURLcode code = is_cancelled_ ? CURLE_ABORTED_BY_CALLBACK : curl_easy_perform(easy);
    if (curl_->was_private)
        return fail(ErrorCode::refused, "its host has an address that is not of the public internet");
    curl_->kept = nullptr;
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &answer.status);
    if (const char* type = nullptr; options_.keeps_answer && curl_easy_getinfo(easy, CURLINFO_CONTENT_TYPE, &type) == CURLE_OK && type != nullptr)
        answer.content_type = std::string(type).substr(0, std::string_view(type).find_first_of("; "));
    if (code == CURLE_WRITE_ERROR && options_.keeps_answer)
        return fail(ErrorCode::unavailable, "the answer is longer than " + std::to_string(answer_bytes_max) + " bytes");
    // An answer that is too long has its status all the same.
    if (code != CURLE_OK && !(code == CURLE_WRITE_ERROR && answer.status != 0))
        return fail(ErrorCode::unavailable, curl_easy_strerror(code));
    curl_off_t wait_s = 0;
    curl_easy_getinfo(easy, CURLINFO_RETRY_AFTER, &wait_s);
    answer.retry_after_s = std::clamp<std::int64_t>(wait_s, 0, 3600);
    return answer;
}

} // namespace ombud::outgoing
