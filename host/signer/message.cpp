#include "signer/message.hpp"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <sys/socket.h>

namespace ombud::signer {

Result<void> send_message(int fd, std::string_view message) {
    ssize_t sent = 0;
    do
        sent = ::send(fd, message.data(), message.size(), MSG_NOSIGNAL);
    while (sent < 0 && errno == EINTR);
    if (sent != static_cast<ssize_t>(message.size()))
        return fail(ErrorCode::unavailable, std::string("the signer's process does not listen: ") + std::strerror(errno));
    return {};
}

Result<std::string> receive_message(int fd) {
    std::string message(message_bytes_max, '\0');
    ssize_t size = 0;
    do
        size = ::recv(fd, message.data(), message.size(), 0);
    while (size < 0 && errno == EINTR);
    if (size <= 0)
        return fail(ErrorCode::unavailable, std::string("the signer's process ") +
                                                (size == 0 || errno == ECONNRESET ? "has ended" : std::string("does not answer: ") + std::strerror(errno)));
    message.resize(static_cast<std::size_t>(size));
    return message;
}

std::string answer_of(const Result<std::string>& result) {
    if (result)
        return "0\n" + *result;
    return std::to_string(static_cast<int>(result.error().code)) + "\n" + result.error().message.substr(0, 4'096);
}

Result<std::string> parse_answer(std::string_view answer) {
    const auto end = std::min(answer.find('\n'), answer.size());
    int code = -1;
    const auto [stop, error] = std::from_chars(answer.data(), answer.data() + end, code);
    if (error != std::errc{} || stop != answer.data() + end || end == answer.size())
        return fail(ErrorCode::internal, "the signer's process answers what cannot be read");
    if (code != 0)
        return fail(static_cast<ErrorCode>(code), std::string(answer.substr(end + 1)));
    return std::string(answer.substr(end + 1));
}

} // namespace ombud::signer
