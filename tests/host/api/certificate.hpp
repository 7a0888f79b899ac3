#pragma once
// A certificate for 127.0.0.1, made once for all tests of a process, and an HTTPS client that is not ours: libcurl.

#include "temp_folder.hpp"

#include <curl/curl.h>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <vector>

/// Makes DIR/NAME.pem and DIR/NAME.key (mode 0600).
inline void make_certificate(const std::filesystem::path& folder, const std::string& name) {
    const std::string stem = (folder / name).string();
    const std::string command = "umask 077; openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes "
                                "-days 2 -subj /CN=localhost -addext subjectAltName=IP:127.0.0.1,DNS:localhost -keyout " +
                                stem + ".key -out " + stem + ".pem 2>/dev/null";
    if (std::system(command.c_str()) != 0)
        throw std::runtime_error("openssl cannot make a certificate");
}

class Certificate {
  public:
    Certificate() { make_certificate(folder_ / ".", "server"); }
    [[nodiscard]] std::filesystem::path pem() const { return folder_ / "server.pem"; }
    [[nodiscard]] std::filesystem::path key() const { return folder_ / "server.key"; }
    [[nodiscard]] std::filesystem::path folder() const { return folder_ / "."; }

    static const Certificate& shared() {
        static const Certificate certificate;
        return certificate;
    }

  private:
    TempFolder folder_;
};

struct HttpsAnswer {
    long status = 0; ///< 0: none came
    std::string body, headers;
    std::string error; ///< what libcurl says when there is no answer
};

/// One call on a connection of its own, the certificate checked.
inline HttpsAnswer https_call(std::uint16_t port, const std::string& method, const std::string& target,
                              const std::string& body = {}, const std::vector<std::string>& fields = {},
                              long tls_max = CURL_SSLVERSION_MAX_DEFAULT) {
    HttpsAnswer answer;
    CURL* const easy = curl_easy_init();
    const auto take = +[](char* data, std::size_t, std::size_t size, void* into) {
        static_cast<std::string*>(into)->append(data, size);
        return size;
    };
    curl_slist* list = nullptr;
    for (const auto& field : fields)
        list = curl_slist_append(list, field.c_str());
    char error[CURL_ERROR_SIZE] = {};
    const std::string url = "https://127.0.0.1:" + std::to_string(port) + target;
    const std::string ca = Certificate::shared().pem().string();
    curl_easy_setopt(easy, CURLOPT_URL, url.c_str());
    curl_easy_setopt(easy, CURLOPT_CAINFO, ca.c_str());
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_NOPROXY, "*");
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, 20'000L);
    curl_easy_setopt(easy, CURLOPT_SSLVERSION, tls_max);
    curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, method.c_str());
    if (!body.empty()) {
        curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
        curl_easy_setopt(easy, CURLOPT_POSTFIELDS, body.c_str());
    }
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, list);
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, error);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, &answer.body);
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, take);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, &answer.headers);
    if (curl_easy_perform(easy) == CURLE_OK)
        curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &answer.status);
    else
        answer.error = error;
    curl_slist_free_all(list);
    curl_easy_cleanup(easy);
    return answer;
}
