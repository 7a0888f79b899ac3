// Checkpoints told to the system's log, which hands them on to another machine when it is set up so.
#include "anchors/anchor.hpp"
#include "anchors/kept.hpp"

#include <cerrno>
#include <cstring>
#include <ctime>
#include <sys/socket.h>
#include <sys/un.h>
#include <syslog.h>
#include <unistd.h>

namespace ombud::anchors {
namespace {

constexpr const char* system_socket = "/dev/log";

// By hand: syslog(3) tells nobody when nobody listens.
class SyslogAnchor final : public Anchor {
  public:
    SyslogAnchor(std::filesystem::path socket, const Clock& clock) : socket_(std::move(socket)), clock_(clock) {}

    Result<void> keep(const Offered& offered) override {
        const std::string message = header() + kept_line(offered.note, offered.checkpoint);
        const int type = is_stream_ ? SOCK_STREAM : SOCK_DGRAM;
        auto sent = send(type, message);
        if (!sent && errno == EPROTOTYPE) {
            is_stream_ = !is_stream_;
            sent = send(is_stream_ ? SOCK_STREAM : SOCK_DGRAM, message);
        }
        return sent;
    }

  private:
    // RFC 3164: priority, local time, tag. What syslog(3) of the C library writes.
    [[nodiscard]] std::string header() const {
        const auto seconds = static_cast<std::time_t>(clock_.utc_ns() / 1'000'000'000);
        std::tm local{};
        ::localtime_r(&seconds, &local);
        char time[32];
        const std::size_t size = std::strftime(time, sizeof time, "%b %e %H:%M:%S ", &local);
        return "<" + std::to_string(LOG_DAEMON | LOG_NOTICE) + ">" + std::string(time, size) + "ombud[" + std::to_string(::getpid()) + "]: ";
    }

    Result<void> send(int type, std::string message) const {
        const auto failed = [&](const char* step) {
            const int why = errno;
            auto error = fail(ErrorCode::unavailable, socket_.string() + ": " + step + ": " + std::strerror(why) + "; is a syslog daemon running?");
            errno = why;
            return error;
        };
        message.pop_back(); // the line feed; a stream wants a NUL, a datagram nothing
        if (type == SOCK_STREAM)
            message += '\0';
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        const std::string path = socket_.string();
        if (path.size() >= sizeof address.sun_path)
            return fail(ErrorCode::invalid_input, path + ": is too long for a socket");
        std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
        const int fd = ::socket(AF_UNIX, type | SOCK_CLOEXEC, 0);
        if (fd < 0)
            return failed("no socket");
        const timeval limit{5, 0};
        ::setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
        Result<void> done;
        if (::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
            done = failed("cannot be reached");
        else if (::send(fd, message.data(), message.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(message.size()))
            done = failed("does not take the checkpoint");
        const int why = errno;
        ::close(fd);
        errno = why;
        return done;
    }

    const std::filesystem::path socket_;
    const Clock& clock_;
    bool is_stream_ = false;
};

} // namespace

Result<std::unique_ptr<Anchor>> make_syslog_anchor(const config::Anchor& wanted, const Surroundings& around) {
    return std::make_unique<SyslogAnchor>(wanted.path.empty() ? system_socket : wanted.path, around.clock);
}

} // namespace ombud::anchors
