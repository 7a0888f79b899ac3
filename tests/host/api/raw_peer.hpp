#pragma once
// A peer that says whatever it likes to the server.

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <poll.h>
#include <stdexcept>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

class RawPeer {
  public:
    explicit RawPeer(const std::filesystem::path& socket) : socket_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        std::strncpy(address.sun_path, socket.c_str(), sizeof address.sun_path - 1);
        if (connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
            throw std::runtime_error("connect: " + std::string(std::strerror(errno)));
    }
    ~RawPeer() { close(socket_); }
    RawPeer(const RawPeer&) = delete;
    RawPeer& operator=(const RawPeer&) = delete;

    /// Sends it all; false when the server has hung up.
    bool send(std::string_view bytes) {
        while (!bytes.empty()) {
            const auto sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
            if (sent < 0)
                return false;
            bytes.remove_prefix(static_cast<std::size_t>(sent));
        }
        return true;
    }
    void finish_sending() { shutdown(socket_, SHUT_WR); }

    /// Everything until the server closes.
    std::string read_all() {
        std::string bytes;
        while (read_some(bytes)) {
        }
        return bytes;
    }
    /// Everything up to and with `mark`, or less when the server closes before it.
    std::string read_until(std::string_view mark) {
        std::string bytes;
        while (bytes.find(mark) == std::string::npos && read_some(bytes)) {
        }
        return bytes;
    }

    /// Waits that many milliseconds for the server to close the connection or to say something.
    [[nodiscard]] bool hangs_up_within(int wait_ms) const {
        pollfd entry{socket_, POLLIN, 0};
        return poll(&entry, 1, wait_ms) == 1;
    }

  private:
    bool read_some(std::string& bytes) {
        std::array<char, 65'536> part;
        const auto size = recv(socket_, part.data(), part.size(), 0);
        if (size > 0)
            bytes.append(part.data(), static_cast<std::size_t>(size));
        return size > 0;
    }

    int socket_;
};

/// The status of each answer in the bytes of a connection, in order: "200 404 ".
inline std::string statuses(std::string_view bytes) {
    std::string found;
    constexpr std::string_view mark = "HTTP/1.1 ";
    for (auto at = bytes.find(mark); at != std::string_view::npos; at = bytes.find(mark, at + 1))
        found += std::string(bytes.substr(at + mark.size(), 3)) + " ";
    return found;
}
