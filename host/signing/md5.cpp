#include "signing/md5.hpp"

#include <cstdio>
#include <cstdlib>
#include <openssl/evp.h>

namespace ombud::signing {

std::array<std::uint8_t, 16> md5(std::string_view text) {
    std::array<std::uint8_t, 16> digest{};
    // "-fips": a machine that allows only approved algorithms still has to speak to its cameras.
    static EVP_MD* const algorithm = EVP_MD_fetch(nullptr, "MD5", "-fips");
    if (algorithm == nullptr ||
        EVP_Digest(text.data(), text.size(), digest.data(), nullptr, algorithm, nullptr) != 1) {
        std::fputs("ombud: OpenSSL cannot compute MD5; its installation or configuration is broken\n", stderr);
        std::abort();
    }
    return digest;
}

} // namespace ombud::signing
