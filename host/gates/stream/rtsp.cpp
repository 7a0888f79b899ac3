#include "gates/stream/rtsp.hpp"

#include <algorithm>

#include "events/printable.hpp"

namespace ombud::stream {
namespace {

constexpr std::string_view version = "RTSP/1.0";

char lower_of(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool is_token(std::string_view text) { // RFC 2326, section 15.1
    return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
        return c > ' ' && c < 127 && std::string_view("()<>@,;:\\\"/[]?={}").find(c) == std::string_view::npos;
    });
}

std::string shown(std::string_view bytes) {
    return "\"" + printable(bytes.substr(0, 60)) + (bytes.size() > 60 ? "…\"" : "\"");
}

std::string_view phrase_of(int status) {
    switch (status) {
    case 200: return "OK";
    case 400: return "Bad Request";
    case 401: return "Unauthorized";
    case 403: return "Forbidden";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    case 454: return "Session Not Found";
    case 455: return "Method Not Valid In This State";
    case 459: return "Aggregate Operation Not Allowed";
    case 461: return "Unsupported Transport";
    case 500: return "Internal Server Error";
    case 501: return "Not Implemented";
    case 502: return "Bad Gateway";
    case 503: return "Service Unavailable";
    case 504: return "Gateway Time-out";
    case 505: return "RTSP Version Not Supported";
    default: return "Unknown";
    }
}

/// Takes one line off `rest`, without its end.
std::string_view take_line(std::string_view& rest) {
    const std::size_t end = rest.find('\n');
    std::string_view line = rest.substr(0, end);
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
    if (line.ends_with('\r'))
        line.remove_suffix(1);
    return line;
}

/// How many bytes the head takes with the empty line that ends it; 0: not complete.
std::size_t head_size(std::string_view bytes) {
    for (std::size_t at = bytes.find('\n'); at != std::string_view::npos; at = bytes.find('\n', at + 1)) {
        if (bytes.substr(at + 1, 1) == "\n")
            return at + 2;
        if (bytes.substr(at + 1, 2) == "\r\n")
            return at + 3;
    }
    return 0;
}

Result<void> read_first_line(std::string_view line, Message& message) {
    const std::size_t first = line.find(' ');
    if (first == std::string_view::npos)
        return fail(ErrorCode::invalid_input, shown(line) + " is no first line of RTSP");
    if (line.starts_with("RTSP/")) {
        if (line.substr(0, first) != version)
            return fail(ErrorCode::invalid_input, shown(line.substr(0, first)) + " is not " + std::string(version));
        const auto status = parse_number(line.substr(first + 1, 3), 3);
        if (!status || *status < 100 || *status > 599 || (line.size() > first + 4 && line[first + 4] != ' '))
            return fail(ErrorCode::invalid_input, shown(line) + " has no status of 100 to 599");
        message.status = static_cast<int>(*status);
        message.reason = line.size() > first + 5 ? line.substr(first + 5) : std::string_view();
        return {};
    }
    const std::size_t last = line.rfind(' ');
    if (last == first || line.substr(last + 1) != version)
        return fail(ErrorCode::invalid_input, shown(line) + " does not end in " + std::string(version));
    message.method = line.substr(0, first);
    message.url = line.substr(first + 1, last - first - 1);
    if (!is_token(message.method))
        return fail(ErrorCode::invalid_input, shown(message.method) + " is no method");
    const bool is_plain = std::all_of(message.url.begin(), message.url.end(), [](char c) { return c > ' ' && c < 127; });
    if (message.url.empty() || !is_plain)
        return fail(ErrorCode::invalid_input, shown(message.url) + " is no URL");
    return {};
}

Result<std::size_t> body_size(const Message& message, const MessageLimits& limits) {
    std::optional<unsigned long> size;
    for (const std::string_view value : message.all("Content-Length")) {
        const auto told = parse_number(value);
        if (!told || (size && *size != *told)) // two that differ: whoever believes the other one reads other messages
            return fail(ErrorCode::invalid_input, "Content-Length " + shown(value) + " is not one number");
        size = told;
    }
    if (size.value_or(0) > limits.body_bytes_max)
        return fail(ErrorCode::invalid_input, "a body of " + std::to_string(*size) + " bytes is over the limit of " +
                                                  std::to_string(limits.body_bytes_max));
    return size.value_or(0);
}

} // namespace

bool equal_without_case(std::string_view left, std::string_view right) {
    return left.size() == right.size() && std::equal(left.begin(), left.end(), right.begin(),
                                                     [](char a, char b) { return lower_of(a) == lower_of(b); });
}

std::string_view trimmed(std::string_view text) {
    const std::size_t first = text.find_first_not_of(" \t");
    if (first == std::string_view::npos)
        return {};
    return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

std::string lower(std::string_view text) {
    std::string result(text);
    std::transform(result.begin(), result.end(), result.begin(), lower_of);
    return result;
}

std::optional<unsigned long> parse_number(std::string_view text, std::size_t digits_max) {
    if (text.empty() || text.size() > std::min<std::size_t>(digits_max, 18))
        return std::nullopt;
    unsigned long number = 0;
    for (const char c : text) {
        if (c < '0' || c > '9')
            return std::nullopt;
        number = number * 10 + static_cast<unsigned long>(c - '0');
    }
    return number;
}

std::string_view Message::header(std::string_view name) const {
    for (const Header& one : headers)
        if (equal_without_case(one.name, name))
            return one.value;
    return {};
}

std::vector<std::string_view> Message::all(std::string_view name) const {
    std::vector<std::string_view> values;
    for (const Header& one : headers)
        if (equal_without_case(one.name, name))
            values.push_back(one.value);
    return values;
}

void Message::erase(std::string_view name) {
    std::erase_if(headers, [name](const Header& one) { return equal_without_case(one.name, name); });
}

void Message::set(std::string_view name, std::string value) {
    erase(name);
    headers.push_back({std::string(name), std::move(value)});
}

std::string Message::bytes() const {
    std::string out;
    if (is_request())
        out.append(method).append(" ").append(url).append(" ").append(version);
    else
        out.append(version).append(" ").append(std::to_string(status)).append(" ").append(reason);
    out += "\r\n";
    for (const Header& one : headers)
        if (!equal_without_case(one.name, "Content-Length"))
            out.append(one.name).append(": ").append(one.value).append("\r\n");
    if (!body.empty())
        out.append("Content-Length: ").append(std::to_string(body.size())).append("\r\n");
    return out.append("\r\n").append(body);
}

Message request(std::string method, std::string url) {
    Message message;
    message.method = std::move(method);
    message.url = std::move(url);
    return message;
}

Message answer(int status, std::string_view reason) {
    Message message;
    message.status = status;
    message.reason = reason.empty() ? phrase_of(status) : reason.substr(0, 400);
    for (char& c : message.reason)
        c = c < ' ' || c > '~' ? '?' : c;
    return message;
}

Result<std::optional<ParsedMessage>> parse_message(std::string_view bytes, const MessageLimits& limits) {
    const std::size_t start = bytes.find_first_not_of("\r\n"); // some send empty lines after a body
    if (start == std::string_view::npos || start > limits.head_bytes_max) {
        if (bytes.size() > limits.head_bytes_max)
            return fail(ErrorCode::invalid_input, "nothing but empty lines");
        return std::nullopt;
    }
    const std::string_view message_bytes = bytes.substr(start);
    if (message_bytes[0] < 'A' || message_bytes[0] > 'Z') // known at once: its end may never come
        return fail(ErrorCode::invalid_input, shown(message_bytes.substr(0, 16)) + " begins no message");
    const std::size_t head = head_size(message_bytes.substr(0, limits.head_bytes_max));
    if (head == 0) {
        if (message_bytes.size() >= limits.head_bytes_max)
            return fail(ErrorCode::invalid_input,
                        "a head of more than " + std::to_string(limits.head_bytes_max) + " bytes");
        return std::nullopt;
    }
    ParsedMessage parsed;
    std::string_view rest = message_bytes.substr(0, head);
    if (rest.find('\0') != std::string_view::npos)
        return fail(ErrorCode::invalid_input, "a zero byte in the head");
    if (auto read = read_first_line(take_line(rest), parsed.message); !read)
        return fail(read.error());
    std::vector<Header>& headers = parsed.message.headers;
    for (std::string_view line = take_line(rest); !line.empty(); line = take_line(rest)) {
        if (line.find('\r') != std::string_view::npos)
            return fail(ErrorCode::invalid_input, "a bare CR in " + shown(line));
        if ((line[0] == ' ' || line[0] == '\t') && !headers.empty()) { // folded
            headers.back().value.append(" ").append(trimmed(line));
            continue;
        }
        const std::size_t colon = line.find(':');
        const std::string_view name = trimmed(line.substr(0, colon));
        if (colon == std::string_view::npos || !is_token(name))
            return fail(ErrorCode::invalid_input, shown(line) + " is no header");
        if (headers.size() == limits.headers_max)
            return fail(ErrorCode::invalid_input, "more than " + std::to_string(limits.headers_max) + " headers");
        headers.push_back({std::string(name), std::string(trimmed(line.substr(colon + 1)))});
    }
    const auto body = body_size(parsed.message, limits);
    if (!body)
        return fail(body.error());
    if (message_bytes.size() < head + *body)
        return std::nullopt;
    parsed.message.body = message_bytes.substr(head, *body);
    parsed.size = start + head + *body;
    return parsed;
}

} // namespace ombud::stream
