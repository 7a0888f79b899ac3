#include "signing/cms/envelope.hpp"

#include "signing/cms/envelope_form.hpp"
#include "signing/cms/envelope_recipients.hpp"
#include "signing/cms/openssl.hpp"
#include "signing/random.hpp"

#include <algorithm>
#include <openssl/crypto.h>
#include <openssl/rsa.h>

namespace ombud::signing {
namespace {

using der::Bytes;

constexpr std::size_t wrapping_bytes_max = envelope_head_bytes_max - 256; // the rest of the head is shorter
constexpr int rsa_bits_min = 2'048;
constexpr int ec_bits_min = 224;

Result<void> check(const Certificate& certificate) {
    const auto wrong = [&](const std::string& why) {
        return fail(ErrorCode::invalid_input, "certificate of " + certificate.subject() + ": " + why);
    };
    const int bits = certificate.key_bits();
    if (certificate.key_kind() == KeyKind::other)
        return wrong("its key is neither RSA nor EC, so nothing can be sealed for it");
    if (bits < (certificate.key_kind() == KeyKind::rsa ? rsa_bits_min : ec_bits_min))
        return wrong("its key has " + std::to_string(bits) + " bits, which is too weak");
    if (!certificate.allows_encryption())
        return wrong("it is not meant for encryption (its key usage)");
    return {};
}

bool add(CMS_ContentInfo* cms, const Certificate& certificate) {
    CMS_RecipientInfo* recipient = CMS_add1_recipient_cert(cms, certificate.handle().x509.get(), CMS_KEY_PARAM);
    EVP_PKEY_CTX* context = recipient ? CMS_RecipientInfo_get0_pkey_ctx(recipient) : nullptr;
    if (!context)
        return false;
    if (certificate.key_kind() == KeyKind::ec)
        return EVP_PKEY_CTX_set_ecdh_kdf_md(context, EVP_sha256()) == 1;
    return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_OAEP_PADDING) == 1 &&
           EVP_PKEY_CTX_set_rsa_oaep_md(context, EVP_sha256()) == 1 &&
           EVP_PKEY_CTX_set_rsa_mgf1_md(context, EVP_sha256()) == 1;
}

/// A recipient of our own, whose key we know: OpenSSL makes the content's key itself, and this is how it tells us.
bool add_known(CMS_ContentInfo* cms, const ContentKey& known) {
    auto* key = static_cast<unsigned char*>(OPENSSL_memdup(known.data(), known.size()));
    auto* id = static_cast<unsigned char*>(OPENSSL_memdup("own", 3));
    if (key && id &&
        CMS_add0_recipient_key(cms, NID_id_aes256_wrap, key, known.size(), id, 3, nullptr, nullptr, nullptr))
        return true;
    OPENSSL_clear_free(key, known.size());
    OPENSSL_free(id);
    return false;
}

/// What add_known's recipient holds.
Result<ContentKey> unwrap_known(std::span<const std::uint8_t> recipient, const ContentKey& known) {
    ContentKey content_key{};
    constexpr std::size_t wrapped_bytes = std::tuple_size_v<ContentKey> + 8;
    const Owned<EVP_CIPHER_CTX> context(EVP_CIPHER_CTX_new());
    std::array<std::uint8_t, wrapped_bytes> out{}; // the cipher wants room for as much as goes in
    int size = 0;
    EVP_CIPHER_CTX_set_flags(context.get(), EVP_CIPHER_CTX_FLAG_WRAP_ALLOW);
    if (recipient.size() < wrapped_bytes ||
        EVP_DecryptInit_ex2(context.get(), EVP_aes_256_wrap(), known.data(), nullptr, nullptr) != 1 ||
        EVP_DecryptUpdate(context.get(), out.data(), &size, recipient.last(wrapped_bytes).data(), wrapped_bytes) != 1 ||
        size != static_cast<int>(content_key.size()))
        return fail(ErrorCode::internal, "OpenSSL does not tell the content's key: " + openssl_reason());
    std::copy_n(out.begin(), content_key.size(), content_key.begin());
    OPENSSL_cleanse(out.data(), out.size());
    return content_key;
}

} // namespace

Result<EnvelopeRecipients> EnvelopeRecipients::create(std::vector<Certificate> certificates,
                                                      const std::optional<std::string>& passphrase) {
    if (certificates.empty() && !passphrase)
        return fail(ErrorCode::invalid_input, "no recipient: name a certificate or a passphrase");
    if (certificates.size() > envelope_recipients_max - 1)
        return fail(ErrorCode::invalid_input, std::to_string(certificates.size()) + " recipients, " +
                                                  std::to_string(envelope_recipients_max - 1) + " are the most");
    for (auto at = certificates.begin(); at != certificates.end(); ++at) {
        if (auto fine = check(*at); !fine)
            return fail(fine.error());
        if (std::find(certificates.begin(), at, *at) != at)
            return fail(ErrorCode::invalid_input, "the certificate of " + at->subject() + " is named twice");
    }
    Held held{std::move(certificates), {}};
    if (passphrase) {
        std::array<std::uint8_t, 16> salt{};
        if (auto random = random_bytes(salt); !random)
            return fail(random.error());
        auto derived = derive_password_key(*passphrase, salt, password_rounds);
        if (!derived)
            return fail(derived.error());
        held.password = *derived;
    }
    return EnvelopeRecipients(std::make_shared<const Held>(std::move(held)));
}

struct EnvelopeWriter::State {
    Owned<CMS_ContentInfo> cms; // the chain points into it
    Owned<BIO> chain;
    EVP_CIPHER_CTX* cipher = nullptr; // the chain's
    Bytes recipients, algorithm;
    Digest wrapping_sha256{};
    std::uint64_t left_bytes = 0;
};

EnvelopeWriter::EnvelopeWriter(std::unique_ptr<State> state) : state_(std::move(state)) {}
EnvelopeWriter::EnvelopeWriter(EnvelopeWriter&&) noexcept = default;
EnvelopeWriter& EnvelopeWriter::operator=(EnvelopeWriter&&) noexcept = default;
EnvelopeWriter::~EnvelopeWriter() = default;

// OpenSSL makes the content's key, the recipients and the cipher; the envelope is put together from them here, since
// OpenSSL would write lengths that are not known before the end.
Result<EnvelopeWriter> EnvelopeWriter::begin(const EnvelopeRecipients& recipients) {
    const auto failure = [](const char* what) {
        return fail(ErrorCode::internal, std::string("OpenSSL cannot ") + what + ": " + openssl_reason());
    };
    const auto& held = recipients.held();
    auto state = std::make_unique<State>();
    state->cms.reset(CMS_AuthEnvelopedData_create(EVP_aes_256_gcm()));
    CMS_ContentInfo* cms = state->cms.get();
    if (!cms || CMS_set_detached(cms, 1) != 1)
        return failure("make an envelope");
    for (const auto& certificate : held.certificates)
        if (!add(cms, certificate))
            return failure(("add the recipient " + certificate.subject()).c_str());
    ContentKey known{};
    if (held.password) {
        if (auto random = random_bytes(known); !random)
            return fail(random.error());
        if (!add_known(cms, known))
            return failure("add a recipient");
    }
    state->chain.reset(CMS_dataInit(cms, nullptr));
    BIO* filter = state->chain ? BIO_find_type(state->chain.get(), BIO_TYPE_CIPHER) : nullptr;
    if (!filter || BIO_get_cipher_ctx(filter, &state->cipher) != 1)
        return failure("encrypt the content's key for its recipients");

    unsigned char* encoded = nullptr;
    const int encoded_bytes = i2d_CMS_ContentInfo(cms, &encoded);
    if (encoded_bytes <= 0)
        return failure("write an envelope");
    const Bytes made(encoded, encoded + encoded_bytes);
    OPENSSL_free(encoded);
    const auto form = parse_envelope(made, made.size(), false);
    if (!form)
        return fail(Error(form.error()).within("the envelope that OpenSSL made"));
    std::vector<Bytes> infos;
    for (const auto& recipient : form->recipients) {
        const auto bytes = std::span(made).subspan(recipient.begin, recipient.end - recipient.begin);
        if (recipient.tag != der::context(2, true)) { // all but the one that we know
            infos.emplace_back(bytes.begin(), bytes.end());
            continue;
        }
        auto content_key = unwrap_known(bytes, known);
        OPENSSL_cleanse(known.data(), known.size());
        if (!content_key)
            return fail(content_key.error());
        auto wrapped = wrap_for_password(*held.password, *content_key);
        OPENSSL_cleanse(content_key->data(), content_key->size());
        if (!wrapped)
            return fail(wrapped.error());
        infos.push_back(std::move(*wrapped));
    }
    state->recipients = sorted_recipients(std::move(infos));
    if (state->recipients.size() > wrapping_bytes_max)
        return fail(ErrorCode::invalid_input, "the recipients take " + std::to_string(state->recipients.size()) +
                                                  " bytes of an envelope, " + std::to_string(wrapping_bytes_max) +
                                                  " are the most");
    const auto algorithm = std::span(made).subspan(form->algorithm.begin, form->algorithm.end - form->algorithm.begin);
    state->algorithm.assign(algorithm.begin(), algorithm.end());
    state->wrapping_sha256 = signing::wrapping_sha256(state->recipients, state->algorithm);
    return EnvelopeWriter(std::move(state));
}

const Digest& EnvelopeWriter::wrapping_sha256() const {
    return state_->wrapping_sha256;
}

std::vector<std::uint8_t> EnvelopeWriter::head(std::uint64_t content_bytes) {
    state_->left_bytes = content_bytes;
    return envelope_head(state_->recipients, state_->algorithm, content_bytes);
}

Result<void> EnvelopeWriter::encrypt(std::span<const std::uint8_t> in, std::uint8_t* out) {
    int size = 0;
    if (in.size() > state_->left_bytes)
        return fail(ErrorCode::internal, "more content than was announced");
    if (!in.empty() && EVP_EncryptUpdate(state_->cipher, out, &size, in.data(), static_cast<int>(in.size())) != 1)
        return fail(ErrorCode::internal, "OpenSSL cannot encrypt: " + openssl_reason());
    state_->left_bytes -= in.size();
    return {};
}

Result<std::vector<std::uint8_t>> EnvelopeWriter::finish() {
    std::array<std::uint8_t, 16> tag{};
    int size = 0;
    if (state_->left_bytes != 0)
        return fail(ErrorCode::internal, std::to_string(state_->left_bytes) + " bytes of content less than announced");
    if (EVP_EncryptFinal_ex(state_->cipher, tag.data(), &size) != 1 ||
        EVP_CIPHER_CTX_ctrl(state_->cipher, EVP_CTRL_AEAD_GET_TAG, static_cast<int>(tag.size()), tag.data()) != 1)
        return fail(ErrorCode::internal, "OpenSSL gives no tag: " + openssl_reason());
    return der::element(der::octet_string, {tag});
}

} // namespace ombud::signing
