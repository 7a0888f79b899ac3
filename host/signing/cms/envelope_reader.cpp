#include "signing/cms/envelope.hpp"

#include "signing/cms/envelope_form.hpp"
#include "signing/cms/envelope_recipients.hpp"
#include "signing/cms/openssl.hpp"

#include <algorithm>
#include <openssl/crypto.h>

namespace ombud::signing {
namespace {

using der::Bytes;

bool is_for(CMS_RecipientInfo* recipient, X509* certificate) {
    switch (CMS_RecipientInfo_type(recipient)) {
    case CMS_RECIPINFO_TRANS:
        return CMS_RecipientInfo_ktri_cert_cmp(recipient, certificate) == 0;
    case CMS_RECIPINFO_AGREE: {
        STACK_OF(CMS_RecipientEncryptedKey)* keys = CMS_RecipientInfo_kari_get0_reks(recipient);
        for (int i = 0; i < sk_CMS_RecipientEncryptedKey_num(keys); ++i)
            if (CMS_RecipientEncryptedKey_cert_cmp(sk_CMS_RecipientEncryptedKey_value(keys, i), certificate) == 0)
                return true;
        return false;
    }
    default:
        return false;
    }
}

bool names(CMS_ContentInfo* cms, X509* certificate) {
    STACK_OF(CMS_RecipientInfo)* recipients = CMS_get0_RecipientInfos(cms);
    for (int i = 0; i < sk_CMS_RecipientInfo_num(recipients); ++i)
        if (is_for(sk_CMS_RecipientInfo_value(recipients, i), certificate))
            return true;
    return false;
}

} // namespace

EnvelopeKey::EnvelopeKey(std::unique_ptr<Held> held) : held_(std::move(held)) {}
EnvelopeKey::EnvelopeKey(EnvelopeKey&&) noexcept = default;
EnvelopeKey& EnvelopeKey::operator=(EnvelopeKey&&) noexcept = default;
EnvelopeKey::~EnvelopeKey() {
    if (!held_)
        return;
    OPENSSL_cleanse(held_->passphrase.data(), held_->passphrase.size());
    if (held_->derived)
        OPENSSL_cleanse(held_->derived->key.data(), held_->derived->key.size());
}

Result<EnvelopeKey> EnvelopeKey::create(PrivateKey key, Certificate certificate) {
    if (!key.belongs_to(certificate))
        return fail(ErrorCode::invalid_input,
                    "the private key does not belong to the certificate of " + certificate.subject());
    return EnvelopeKey(std::make_unique<Held>(Held{std::move(key), std::move(certificate), {}, {}}));
}

EnvelopeKey EnvelopeKey::of_passphrase(std::string passphrase) {
    return EnvelopeKey(std::make_unique<Held>(Held{{}, {}, std::move(passphrase), {}}));
}

struct EnvelopeReader::State {
    EnvelopeLayout layout;
    Owned<CMS_ContentInfo> cms; // the chain points into it; both null for a passphrase
    Owned<BIO> chain;
    Owned<EVP_CIPHER_CTX> own;        // for a passphrase
    EVP_CIPHER_CTX* cipher = nullptr; // the chain's, or our own
    std::array<std::uint8_t, 16> tag{};
    std::uint64_t left_bytes = 0;

    Result<void> use_certificate(std::span<const std::uint8_t> recipients, std::span<const std::uint8_t> algorithm,
                                 std::span<const std::uint8_t> tail, EnvelopeKey::Held& key) {
        const Bytes detached = detached_envelope(recipients, algorithm, tail);
        const unsigned char* at = detached.data();
        cms.reset(d2i_CMS_ContentInfo(nullptr, &at, static_cast<long>(detached.size())));
        if (!cms)
            return fail(ErrorCode::corrupt, "a recipient in it cannot be read: " + openssl_reason());
        X509* certificate = key.certificate->handle().x509.get();
        if (!names(cms.get(), certificate))
            return fail(ErrorCode::refused, "it is not sealed for the certificate of " + key.certificate->subject());
        if (CMS_decrypt_set1_pkey(cms.get(), key.key->handle().key.get(), certificate) != 1)
            return fail(ErrorCode::refused,
                        "the private key of " + key.certificate->subject() + " does not open it: " + openssl_reason());
        chain.reset(CMS_dataInit(cms.get(), nullptr));
        BIO* filter = chain ? BIO_find_type(chain.get(), BIO_TYPE_CIPHER) : nullptr;
        if (!filter || BIO_get_cipher_ctx(filter, &cipher) != 1)
            return fail(ErrorCode::corrupt, "OpenSSL cannot decrypt it: " + openssl_reason());
        return {};
    }

    Result<void> use_passphrase(std::span<const std::uint8_t> head, const EnvelopeForm& form, EnvelopeKey::Held& key) {
        const auto place = std::find_if(form.recipients.begin(), form.recipients.end(),
                                        [](const auto& recipient) { return recipient.tag == der::context(3, true); });
        if (place == form.recipients.end())
            return fail(ErrorCode::refused, "it is not sealed for a passphrase");
        const auto recipient = parse_password_recipient(head.subspan(place->begin, place->end - place->begin));
        if (!recipient)
            return fail(recipient.error());
        if (!key.derived || key.derived->salt != recipient->salt || key.derived->rounds != recipient->rounds) {
            auto derived = derive_password_key(key.passphrase, recipient->salt, recipient->rounds);
            if (!derived)
                return fail(derived.error());
            key.derived = *derived;
        }
        auto content_key = unwrap_for_password(*key.derived, *recipient);
        if (!content_key)
            return fail(content_key.error());
        own.reset(EVP_CIPHER_CTX_new());
        cipher = own.get();
        const bool ready =
            cipher && EVP_DecryptInit_ex2(cipher, EVP_aes_256_gcm(), content_key->data(), form.iv.data(), nullptr) == 1;
        OPENSSL_cleanse(content_key->data(), content_key->size());
        if (!ready)
            return fail(ErrorCode::internal, "OpenSSL cannot decrypt: " + openssl_reason());
        return {};
    }
};

EnvelopeReader::EnvelopeReader(std::unique_ptr<State> state) : state_(std::move(state)) {}
EnvelopeReader::EnvelopeReader(EnvelopeReader&&) noexcept = default;
EnvelopeReader& EnvelopeReader::operator=(EnvelopeReader&&) noexcept = default;
EnvelopeReader::~EnvelopeReader() = default;

Result<EnvelopeReader> EnvelopeReader::open(std::span<const std::uint8_t> head, std::span<const std::uint8_t> tail,
                                            std::uint64_t file_bytes, EnvelopeKey& key) {
    const auto form = parse_envelope(head, file_bytes, true);
    if (!form)
        return fail(form.error());
    auto state = std::make_unique<State>();
    if (tail.size() != envelope_tail_bytes || tail[0] != der::octet_string || tail[1] != state->tag.size())
        return fail(ErrorCode::corrupt,
                    "it does not end with a tag of " + std::to_string(state->tag.size()) + " bytes");
    std::copy(tail.begin() + 2, tail.end(), state->tag.begin());
    const auto recipients =
        head.subspan(form->recipients.front().begin, form->recipients.back().end - form->recipients.front().begin);
    const auto algorithm = head.subspan(form->algorithm.begin, form->algorithm.end - form->algorithm.begin);
    state->layout = {form->content->body, form->content->length(), wrapping_sha256(recipients, algorithm)};
    state->left_bytes = form->content->length();
    auto used = key.held().key ? state->use_certificate(recipients, algorithm, tail, key.held())
                               : state->use_passphrase(head, *form, key.held());
    if (!used)
        return fail(used.error());
    return EnvelopeReader(std::move(state));
}

const EnvelopeLayout& EnvelopeReader::layout() const {
    return state_->layout;
}

Result<void> EnvelopeReader::decrypt(std::span<const std::uint8_t> in, std::uint8_t* out) {
    int size = 0;
    if (in.size() > state_->left_bytes)
        return fail(ErrorCode::internal, "more content than the envelope has");
    if (!in.empty() && EVP_DecryptUpdate(state_->cipher, out, &size, in.data(), static_cast<int>(in.size())) != 1)
        return fail(ErrorCode::internal, "OpenSSL cannot decrypt: " + openssl_reason());
    state_->left_bytes -= in.size();
    return {};
}

Result<void> EnvelopeReader::finish() {
    std::array<std::uint8_t, 16> rest{};
    int size = 0;
    if (state_->left_bytes != 0)
        return fail(ErrorCode::internal, std::to_string(state_->left_bytes) + " bytes of content were not decrypted");
    if (EVP_CIPHER_CTX_ctrl(state_->cipher, EVP_CTRL_AEAD_SET_TAG, static_cast<int>(state_->tag.size()),
                            state_->tag.data()) != 1 ||
        EVP_DecryptFinal_ex(state_->cipher, rest.data(), &size) != 1) {
        ERR_clear_error();
        return fail(ErrorCode::corrupt, "its content was altered: the tag of AES-GCM does not fit");
    }
    return {};
}

} // namespace ombud::signing
