#include "outgoing/mail.hpp"

#include <algorithm>
#include <cstring>
#include <ctime>
#include <curl/curl.h>
#include <memory>
#include <string_view>

namespace ombud::outgoing {
namespace {

constexpr std::size_t line_bytes_max = 998; // RFC 5322, 2.1.1

struct Free {
    void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
    void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};

bool is_address(const std::string& text) {
    return text.size() <= 320 && text.find('@') != std::string::npos &&
           std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < '\x7f' && c != '<' && c != '>'; });
}

bool is_printable_line(std::string_view line) {
    return line.size() <= line_bytes_max && std::all_of(line.begin(), line.end(), [](char c) { return c >= ' ' && c < '\x7f'; });
}

// RFC 5322, 3.3; by hand, as names of days and months are the process's language with strftime.
std::string date_text(std::int64_t utc_ns) {
    const auto seconds = static_cast<std::time_t>(utc_ns / 1'000'000'000);
    std::tm time{};
    ::gmtime_r(&seconds, &time);
    constexpr const char* days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    constexpr const char* months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    char rest[32];
    std::strftime(rest, sizeof rest, "%Y %H:%M:%S +0000", &time);
    return std::string(days[time.tm_wday]) + ", " + std::to_string(time.tm_mday) + " " + months[time.tm_mon] + " " + rest;
}

Result<std::string> written(const Mail& mail, std::int64_t date_utc_ns) {
    std::string all = "Date: " + date_text(date_utc_ns) + "\r\nFrom: <" + mail.from + ">\r\nTo: <" + mail.to + ">\r\nSubject: " + mail.subject +
                      "\r\nAuto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=us-ascii\r\nContent-Transfer-Encoding: 7bit\r\n\r\n";
    for (std::string_view rest = mail.text; !rest.empty();) {
        const auto line = rest.substr(0, rest.find('\n'));
        if (!is_printable_line(line))
            return fail(ErrorCode::invalid_input, "the mail's text has a line that is longer than 998 characters, or not ASCII");
        all.append(line).append("\r\n");
        rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    }
    return all;
}

std::size_t give(char* into, std::size_t size, std::size_t count, void* rest) noexcept {
    auto& text = *static_cast<std::string_view*>(rest);
    const std::size_t given = std::min(size * count, text.size());
    std::memcpy(into, text.data(), given);
    text.remove_prefix(given);
    return given;
}

int look_whether_cancelled(void* is_cancelled, curl_off_t, curl_off_t, curl_off_t, curl_off_t) noexcept {
    return static_cast<const std::atomic<bool>*>(is_cancelled)->load() ? 1 : 0;
}

} // namespace

Result<void> send_mail(const std::string& server, const Mail& mail, std::int64_t date_utc_ns, const std::atomic<bool>& is_cancelled) {
    if (!is_address(mail.from) || !is_address(mail.to) || !is_printable_line(mail.subject))
        return fail(ErrorCode::invalid_input, "the mail's sender, recipient or subject cannot be sent as it is");
    const auto text = written(mail, date_utc_ns);
    if (!text)
        return fail(text.error());
    const std::unique_ptr<CURL, Free> easy(curl_easy_init());
    const std::unique_ptr<curl_slist, Free> to(curl_slist_append(nullptr, ("<" + mail.to + ">").c_str()));
    if (!easy || !to)
        return fail(ErrorCode::internal, "libcurl could not be set up");
    std::string_view rest = *text;
    char told[CURL_ERROR_SIZE] = "";
    curl_easy_setopt(easy.get(), CURLOPT_URL, server.c_str());
    curl_easy_setopt(easy.get(), CURLOPT_PROTOCOLS_STR, "smtp,smtps");
    curl_easy_setopt(easy.get(), CURLOPT_NOPROXY, "*");
    curl_easy_setopt(easy.get(), CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy.get(), CURLOPT_CONNECTTIMEOUT_MS, 5'000L);
    curl_easy_setopt(easy.get(), CURLOPT_TIMEOUT_MS, 30'000L);
    curl_easy_setopt(easy.get(), CURLOPT_ERRORBUFFER, told);
    curl_easy_setopt(easy.get(), CURLOPT_MAIL_FROM, ("<" + mail.from + ">").c_str());
    curl_easy_setopt(easy.get(), CURLOPT_MAIL_RCPT, to.get());
    curl_easy_setopt(easy.get(), CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(easy.get(), CURLOPT_READFUNCTION, &give);
    curl_easy_setopt(easy.get(), CURLOPT_READDATA, &rest);
    curl_easy_setopt(easy.get(), CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(easy.get(), CURLOPT_XFERINFOFUNCTION, &look_whether_cancelled);
    curl_easy_setopt(easy.get(), CURLOPT_XFERINFODATA, &is_cancelled);
    const CURLcode code = is_cancelled ? CURLE_ABORTED_BY_CALLBACK : curl_easy_perform(easy.get());
    if (code == CURLE_OK)
        return {};
    long answered = 0;
    curl_easy_getinfo(easy.get(), CURLINFO_RESPONSE_CODE, &answered);
    if (answered >= 400)
        return fail(ErrorCode::refused, "the mail server answers " + std::to_string(answered) + " to a mail to " + mail.to + ": its log tells why");
    return fail(ErrorCode::unavailable, std::string("the mail server: ") + (told[0] != '\0' ? told : curl_easy_strerror(code)));
}

} // namespace ombud::outgoing
