#include "signing/cms/password_recipient.hpp"

#include "signing/cms/openssl.hpp"
#include "signing/random.hpp"

#include <algorithm>
#include <openssl/crypto.h>

namespace ombud::signing {
namespace {

using der::Bytes;

// Algorithm identifiers as they stand in the file, parameters aside.
constexpr std::uint8_t oid_pbkdf2[] = {0x06, 0x09, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x05, 0x0C};
constexpr std::uint8_t hmac_sha256_algorithm[] = {0x30, 0x0C, 0x06, 0x08, 0x2A, 0x86, 0x48,
                                                  0x86, 0xF7, 0x0D, 0x02, 0x09, 0x05, 0x00};
constexpr std::uint8_t oid_pwri_kek[] = {0x06, 0x0B, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x09, 0x10, 0x03, 0x09};
constexpr std::uint8_t oid_aes256_cbc[] = {0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x01, 0x2A};
constexpr std::uint8_t version_0[] = {0x02, 0x01, 0x00};

constexpr std::size_t block = 16;

using Wrapped = std::array<std::uint8_t, 48>;

bool cbc(bool encrypts, const std::uint8_t* key, const std::uint8_t* iv, const std::uint8_t* in, std::uint8_t* out,
         std::size_t size) {
    const Owned<EVP_CIPHER_CTX> context(EVP_CIPHER_CTX_new());
    int done = 0;
    return context && EVP_CipherInit_ex2(context.get(), EVP_aes_256_cbc(), key, iv, encrypts ? 1 : 0, nullptr) == 1 &&
           EVP_CIPHER_CTX_set_padding(context.get(), 0) == 1 &&
           EVP_CipherUpdate(context.get(), out, &done, in, static_cast<int>(size)) == 1 &&
           done == static_cast<int>(size);
}

/// Reads an element and demands that it is exactly these bytes.
template <std::size_t size>
Result<void> expect(der::Reader& reader, const std::uint8_t (&bytes)[size], std::string_view what) {
    const auto found = reader.next(bytes[0], what);
    if (!found)
        return fail(found.error());
    const auto whole = reader.whole_of(*found);
    if (!whole)
        return fail(whole.error());
    if (!std::equal(whole->begin(), whole->end(), std::begin(bytes), std::end(bytes)))
        return fail(ErrorCode::corrupt, std::string(what) + " is not the one that is used here");
    return {};
}

template <std::size_t size>
Result<void> read_octets(der::Reader& reader, std::array<std::uint8_t, size>& to, std::string_view what) {
    const auto found = reader.next(der::octet_string, what);
    if (!found)
        return fail(found.error());
    const auto body = reader.body_of(*found);
    if (!body)
        return fail(body.error());
    if (body->size() != size)
        return fail(ErrorCode::corrupt, std::string(what) + " has " + std::to_string(body->size()) +
                                            " bytes instead of " + std::to_string(size));
    std::copy(body->begin(), body->end(), to.begin());
    return {};
}

Result<std::uint32_t> read_rounds(der::Reader& reader) {
    const auto found = reader.next(der::integer, "the rounds of PBKDF2");
    if (!found)
        return fail(found.error());
    const auto body = reader.body_of(*found);
    if (!body)
        return fail(body.error());
    std::uint64_t rounds = body->size() > 4 || body->empty() ? 0 : 1;
    if (rounds != 0) {
        rounds = 0;
        for (const std::uint8_t byte : *body)
            rounds = rounds << 8 | byte;
    }
    if (rounds < password_rounds || rounds > password_rounds_max)
        return fail(ErrorCode::corrupt, "the rounds of PBKDF2 are not in " + std::to_string(password_rounds) + ".." +
                                            std::to_string(password_rounds_max));
    return static_cast<std::uint32_t>(rounds);
}

} // namespace

Result<PasswordKey> derive_password_key(const std::string& passphrase, const std::array<std::uint8_t, 16>& salt,
                                        std::uint32_t rounds) {
    PasswordKey derived{salt, rounds, {}};
    if (PKCS5_PBKDF2_HMAC(passphrase.data(), static_cast<int>(passphrase.size()), salt.data(),
                          static_cast<int>(salt.size()), static_cast<int>(rounds), EVP_sha256(),
                          static_cast<int>(derived.key.size()), derived.key.data()) != 1)
        return fail(ErrorCode::internal, "OpenSSL cannot derive a key from a passphrase: " + openssl_reason());
    return derived;
}

Result<Bytes> wrap_for_password(const PasswordKey& key, const ContentKey& content_key) {
    std::array<std::uint8_t, block> iv{};
    Wrapped plain{};
    if (auto random = random_bytes(iv); !random)
        return fail(random.error());
    if (auto random = random_bytes(plain); !random) // what is not overwritten below is the padding
        return fail(random.error());
    plain[0] = static_cast<std::uint8_t>(content_key.size());
    for (std::size_t i = 0; i < 3; ++i)
        plain[1 + i] = static_cast<std::uint8_t>(~content_key[i]);
    std::copy(content_key.begin(), content_key.end(), plain.begin() + 4);
    // Twice, the second time with the last block of the first as IV, so that every bit depends on every other.
    Wrapped once{}, twice{};
    const bool done =
        cbc(true, key.key.data(), iv.data(), plain.data(), once.data(), once.size()) &&
        cbc(true, key.key.data(), once.data() + once.size() - block, once.data(), twice.data(), once.size());
    OPENSSL_cleanse(plain.data(), plain.size());
    if (!done)
        return fail(ErrorCode::internal, "OpenSSL cannot wrap a key for a passphrase: " + openssl_reason());

    Bytes rounds{static_cast<std::uint8_t>(key.rounds >> 24), static_cast<std::uint8_t>(key.rounds >> 16),
                 static_cast<std::uint8_t>(key.rounds >> 8), static_cast<std::uint8_t>(key.rounds)};
    while (rounds.size() > 1 && rounds[0] == 0 && rounds[1] < 0x80)
        rounds.erase(rounds.begin());
    const auto parameters = der::element(der::sequence, {der::element(der::octet_string, {key.salt}),
                                                         der::element(der::integer, {rounds}), hmac_sha256_algorithm});
    const auto derivation = der::element(der::context(0, true), {oid_pbkdf2, parameters});
    const auto cipher = der::element(der::sequence, {oid_aes256_cbc, der::element(der::octet_string, {iv})});
    const auto encryption = der::element(der::sequence, {oid_pwri_kek, cipher});
    return der::element(der::context(3, true),
                        {version_0, derivation, encryption, der::element(der::octet_string, {twice})});
}

Result<PasswordRecipient> parse_password_recipient(std::span<const std::uint8_t> bytes) {
    PasswordRecipient recipient;
    der::Reader outer(bytes, 0, bytes.size());
    const auto whole = outer.next(der::context(3, true), "a passphrase's recipient");
    if (!whole)
        return fail(whole.error());
    der::Reader in = outer.inside(*whole);
    if (auto version = expect(in, version_0, "its version"); !version)
        return fail(version.error());
    const auto derivation = in.next(der::context(0, true), "its key derivation");
    if (!derivation)
        return fail(derivation.error());
    der::Reader deriving = in.inside(*derivation);
    if (auto algorithm = expect(deriving, oid_pbkdf2, "its key derivation"); !algorithm)
        return fail(algorithm.error());
    const auto parameters = deriving.next(der::sequence, "the parameters of PBKDF2");
    if (!parameters)
        return fail(parameters.error());
    der::Reader parameter = deriving.inside(*parameters);
    if (auto salt = read_octets(parameter, recipient.salt, "the salt of PBKDF2"); !salt)
        return fail(salt.error());
    const auto rounds = read_rounds(parameter);
    if (!rounds)
        return fail(rounds.error());
    recipient.rounds = *rounds;
    if (auto prf = expect(parameter, hmac_sha256_algorithm, "the function of PBKDF2"); !prf)
        return fail(prf.error());
    const auto encryption = in.next(der::sequence, "its key encryption");
    if (!encryption)
        return fail(encryption.error());
    der::Reader encrypting = in.inside(*encryption);
    if (auto algorithm = expect(encrypting, oid_pwri_kek, "its key encryption"); !algorithm)
        return fail(algorithm.error());
    const auto cipher = encrypting.next(der::sequence, "the cipher of its key");
    if (!cipher)
        return fail(cipher.error());
    der::Reader ciphering = encrypting.inside(*cipher);
    if (auto algorithm = expect(ciphering, oid_aes256_cbc, "the cipher of its key"); !algorithm)
        return fail(algorithm.error());
    if (auto iv = read_octets(ciphering, recipient.iv, "the IV of its key"); !iv)
        return fail(iv.error());
    if (auto wrapped = read_octets(in, recipient.wrapped, "its wrapped key"); !wrapped)
        return fail(wrapped.error());
    for (const der::Reader* reader : {&outer, &in, &deriving, &parameter, &encrypting, &ciphering})
        if (auto finished = reader->finish("a passphrase's recipient"); !finished)
            return fail(finished.error());
    return recipient;
}

Result<ContentKey> unwrap_for_password(const PasswordKey& key, const PasswordRecipient& recipient) {
    const auto& wrapped = recipient.wrapped;
    constexpr std::size_t last = std::tuple_size_v<Wrapped> - block;
    Wrapped once{}, plain{};
    // The last block of the first pass is the IV of the second: it comes out of decrypting the last block alone.
    bool done =
        cbc(false, key.key.data(), wrapped.data() + last - block, wrapped.data() + last, once.data() + last, block);
    std::array<std::uint8_t, block> iv{};
    std::copy_n(once.begin() + last, block, iv.begin());
    done = done && cbc(false, key.key.data(), iv.data(), wrapped.data(), once.data(), last) &&
           cbc(false, key.key.data(), recipient.iv.data(), once.data(), plain.data(), plain.size());
    ContentKey content_key{};
    const bool fits = done && plain[0] == content_key.size() && (plain[1] ^ plain[4]) == 0xff &&
                      (plain[2] ^ plain[5]) == 0xff && (plain[3] ^ plain[6]) == 0xff;
    std::copy_n(plain.begin() + 4, content_key.size(), content_key.begin());
    OPENSSL_cleanse(plain.data(), plain.size());
    if (!fits) {
        ERR_clear_error();
        return fail(ErrorCode::refused, "the passphrase does not open it");
    }
    return content_key;
}

} // namespace ombud::signing
