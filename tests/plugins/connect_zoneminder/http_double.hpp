#pragma once
// A web server of one thread on loopback that answers as a test tells it, also in ways no server should.

#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace ombud::zoneminder {

struct HttpRequest {
    std::string line;    ///< "POST /zm/api/monitors.json HTTP/1.1"
    std::string headers; ///< as they came
    std::string body;
};

/// The bytes to send back, head and all; empty closes the connection without an answer.
using HttpAnswer = std::function<std::string(const HttpRequest&)>;

/// A whole answer.
std::string http(int status, const std::string& type, const std::string& body, const std::string& more_headers = {});

class HttpDouble {
  public:
    explicit HttpDouble(HttpAnswer answer);
    ~HttpDouble();
    HttpDouble(const HttpDouble&) = delete;
    HttpDouble& operator=(const HttpDouble&) = delete;

    [[nodiscard]] std::string url() const { return "http://127.0.0.1:" + std::to_string(port_) + "/zm/api"; }
    [[nodiscard]] std::vector<HttpRequest> requests() const;

    std::atomic<bool> never_ends = false; ///< after the answer send 'x' for ever
    std::atomic<bool> hangs = false;      ///< after the answer keep the connection open

  private:
    void serve();
    void talk(int client);

    int listener_ = -1;
    std::uint16_t port_ = 0;
    HttpAnswer answer_;
    mutable std::mutex guard_;
    std::vector<HttpRequest> requests_;
    std::atomic<bool> stops_ = false;
    std::thread thread_;
};

} // namespace ombud::zoneminder
