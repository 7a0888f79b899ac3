#include "signing/digest.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <openssl/crypto.h>
#include <openssl/evp.h>

namespace ombud::signing {
namespace {

// Hashing fails only when memory or the crypto library itself is broken. A host that cannot hash cannot keep
// its record, and a wrong digest would be worse than an end.
void require(bool works) {
    if (works)
        return;
    std::fputs("ombud: OpenSSL cannot compute SHA-256; its installation or configuration is broken\n", stderr);
    std::abort();
}

// Fetched once: a fetch for each digest halves the speed (EVP_sha256() does that fetch behind the scenes).
const EVP_MD* fetched_sha256() {
    static const EVP_MD* const md = [] {
        const EVP_MD* found = EVP_MD_fetch(nullptr, "SHA256", nullptr);
        require(found != nullptr);
        return found;
    }();
    return md;
}

} // namespace

struct Sha256::Context {
    Context() : handle(EVP_MD_CTX_new()) { restart(); }
    ~Context() { EVP_MD_CTX_free(handle); }
    Context(const Context&) = delete;
    Context& operator=(const Context&) = delete;

    void restart() { require(handle != nullptr && EVP_DigestInit_ex2(handle, fetched_sha256(), nullptr) == 1); }

    EVP_MD_CTX* handle;
};

Sha256::Sha256() : context_(std::make_unique<Context>()) {}
Sha256::~Sha256() = default;
Sha256::Sha256(Sha256&&) noexcept = default;
Sha256& Sha256::operator=(Sha256&&) noexcept = default;

void Sha256::update(std::span<const std::uint8_t> bytes) {
    require(EVP_DigestUpdate(context_->handle, bytes.data(), bytes.size()) == 1);
}

Digest Sha256::finish() {
    Digest digest;
    require(EVP_DigestFinal_ex(context_->handle, digest.data(), nullptr) == 1);
    context_->restart();
    return digest;
}

Digest sha256(std::span<const std::uint8_t> bytes) {
    thread_local Sha256 hasher;
    hasher.update(bytes);
    return hasher.finish();
}

Digest hmac_sha256(std::span<const std::uint8_t> key, std::span<const std::uint8_t> message) {
    std::array<std::uint8_t, 64> block{}; // SHA-256's block: a shorter key is padded with zeros, a longer one hashed
    if (key.size() > block.size()) {
        const Digest short_key = sha256(key);
        std::copy(short_key.begin(), short_key.end(), block.begin());
    } else {
        std::copy(key.begin(), key.end(), block.begin());
    }
    thread_local Sha256 hasher;
    const auto masked = [&block](std::uint8_t mask) {
        auto copy = block;
        for (auto& byte : copy)
            byte = static_cast<std::uint8_t>(byte ^ mask);
        return copy;
    };
    hasher.update(masked(0x36));
    hasher.update(message);
    const Digest inner = hasher.finish();
    hasher.update(masked(0x5c));
    hasher.update(inner);
    OPENSSL_cleanse(block.data(), block.size());
    return hasher.finish();
}

bool constant_time_equal(std::span<const std::uint8_t> left, std::span<const std::uint8_t> right) {
    return left.size() == right.size() && CRYPTO_memcmp(left.data(), right.data(), left.size()) == 0;
}

} // namespace ombud::signing
