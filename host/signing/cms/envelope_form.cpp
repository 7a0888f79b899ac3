#include "signing/cms/envelope_form.hpp"

#include "signing/cms/envelope.hpp"

#include <algorithm>
#include <string>

namespace ombud::signing {
namespace {

using der::Bytes;

constexpr std::uint8_t oid_auth_enveloped[] = {0x06, 0x0B, 0x2A, 0x86, 0x48, 0x86, 0xF7,
                                               0x0D, 0x01, 0x09, 0x10, 0x01, 0x17};
constexpr std::uint8_t oid_data[] = {0x06, 0x09, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x07, 0x01};
constexpr std::uint8_t oid_aes256_gcm[] = {0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x01, 0x2E};
constexpr std::uint8_t version_0[] = {0x02, 0x01, 0x00};
constexpr std::uint8_t tag_length_16[] = {0x02, 0x01, 0x10};
constexpr std::uint64_t tag_bytes = 16;

/// The elements one behind the other, each demanded; the first that is wrong is the result.
class Strict {
  public:
    Strict(std::span<const std::uint8_t> window, std::uint64_t end) : window_(window), reader_(window, 0, end) {}

    [[nodiscard]] bool failed() const { return error_.has_value(); }
    [[nodiscard]] Error error() const { return *error_; }

    der::Element enter(std::uint8_t tag, std::string_view what) {
        const auto found = take(tag, what);
        if (!failed())
            reader_ = reader_.inside(found);
        return found;
    }
    /// Goes on behind what was entered, which must be used up, up to `end`.
    void leave(const der::Element& entered, std::uint64_t end, std::string_view what) {
        if (failed())
            return;
        if (auto finished = reader_.finish(what); !finished)
            error_ = finished.error();
        reader_ = der::Reader(window_, entered.end, end);
    }
    der::Element take(std::uint8_t tag, std::string_view what) {
        if (failed())
            return {};
        auto found = reader_.next(tag, what);
        if (found)
            return *found;
        error_ = found.error();
        return {};
    }
    void take_exactly(std::span<const std::uint8_t> bytes, std::string_view what) {
        const auto found = take(bytes[0], what);
        const auto whole = failed() ? bytes : reader_.whole_of(found).value_or(std::span<const std::uint8_t>());
        if (!std::equal(whole.begin(), whole.end(), bytes.begin(), bytes.end()))
            refuse(found, std::string(what) + " is not the one that is used here");
    }
    void refuse(const der::Element& at, const std::string& why) {
        if (!failed())
            error_ = Error{ErrorCode::corrupt, "byte " + std::to_string(at.begin) + ": " + why};
    }
    der::Reader& reader() { return reader_; }

  private:
    std::span<const std::uint8_t> window_;
    der::Reader reader_;
    std::optional<Error> error_;
};

} // namespace

Result<EnvelopeForm> parse_envelope(std::span<const std::uint8_t> head, std::uint64_t file_bytes, bool has_tag) {
    EnvelopeForm form;
    Strict in(head, file_bytes);
    const auto whole = in.enter(der::sequence, "the envelope");
    in.take_exactly(oid_auth_enveloped, "its content type");
    const auto explicit_content = in.enter(der::context(0, true), "its content");
    const auto data = in.enter(der::sequence, "AuthEnvelopedData");
    in.take_exactly(version_0, "its version");
    const auto recipients = in.enter(der::set, "its recipients");
    while (!in.failed() && !in.reader().at_end()) {
        const std::uint8_t tag = in.reader().peek();
        form.recipients.push_back(in.take(tag, "a recipient"));
        if (form.recipients.size() > envelope_recipients_max)
            in.refuse(form.recipients.back(), "more than " + std::to_string(envelope_recipients_max) + " recipients");
    }
    if (form.recipients.empty())
        in.refuse(recipients, "it is for nobody");
    in.leave(recipients, data.end, "its recipients");
    const auto info = in.enter(der::sequence, "its encrypted content");
    in.take_exactly(oid_data, "the type of what is encrypted");
    form.algorithm = in.enter(der::sequence, "its cipher");
    in.take_exactly(oid_aes256_gcm, "its cipher");
    const auto parameters = in.enter(der::sequence, "the parameters of its cipher");
    const auto iv = in.take(der::octet_string, "its IV");
    in.take_exactly(tag_length_16, "the length of its tag");
    in.leave(parameters, form.algorithm.end, "the parameters of its cipher");
    in.leave(form.algorithm, info.end, "its cipher");
    if (!in.failed() && !in.reader().at_end())
        form.content = in.take(der::context(0, false), "the encrypted bytes");
    in.leave(info, data.end, "its encrypted content");
    // The tag lies behind the content, so outside the window: its length is all that is left to check here.
    if (!in.failed() && has_tag && (!form.content || info.end > data.end || data.end - info.end != envelope_tail_bytes))
        in.refuse(data, "there are " + std::to_string(data.end - info.end) + " bytes for the tag instead of " +
                            std::to_string(envelope_tail_bytes));
    if (!in.failed() && (explicit_content.end != data.end || whole.end != data.end || whole.end != file_bytes))
        in.refuse(whole, "the envelope ends at byte " + std::to_string(whole.end) + ", the file at " +
                             std::to_string(file_bytes));
    if (!in.failed()) {
        const auto body = in.reader().body_of(iv);
        if (!body || body->size() != form.iv.size())
            in.refuse(iv, "the IV has not " + std::to_string(form.iv.size()) + " bytes");
        else
            std::copy(body->begin(), body->end(), form.iv.begin());
    }
    if (in.failed())
        return fail(in.error());
    return form;
}

namespace {

Bytes open_sequence(std::uint8_t tag, std::span<const std::uint8_t> inside, std::uint64_t behind_bytes) {
    Bytes bytes = der::header(tag, inside.size() + behind_bytes);
    bytes.insert(bytes.end(), inside.begin(), inside.end());
    return bytes;
}

Bytes joined(std::initializer_list<std::span<const std::uint8_t>> parts) {
    Bytes all;
    for (const auto part : parts)
        all.insert(all.end(), part.begin(), part.end());
    return all;
}

} // namespace

Bytes sorted_recipients(std::vector<Bytes> recipients) {
    // Not by operator<=>, of which GCC 12 wrongly warns with -O3.
    std::ranges::sort(recipients, [](const Bytes& a, const Bytes& b) { return std::ranges::lexicographical_compare(a, b); });
    Bytes all;
    for (const auto& recipient : recipients)
        all.insert(all.end(), recipient.begin(), recipient.end());
    return all;
}

Bytes envelope_head(std::span<const std::uint8_t> recipients, std::span<const std::uint8_t> algorithm,
                    std::uint64_t content_bytes) {
    const auto content = der::header(der::context(0, false), content_bytes);
    const auto info = open_sequence(der::sequence, joined({oid_data, algorithm, content}), content_bytes);
    const std::uint64_t behind = content_bytes + 2 + tag_bytes;
    const auto data =
        open_sequence(der::sequence, joined({version_0, der::element(der::set, {recipients}), info}), behind);
    return open_sequence(der::sequence,
                         joined({oid_auth_enveloped, open_sequence(der::context(0, true), data, behind)}), behind);
}

Bytes detached_envelope(std::span<const std::uint8_t> recipients, std::span<const std::uint8_t> algorithm,
                        std::span<const std::uint8_t> tail) {
    const auto info = der::element(der::sequence, {oid_data, algorithm});
    const auto data = der::element(der::sequence, {version_0, der::element(der::set, {recipients}), info, tail});
    return der::element(der::sequence, {oid_auth_enveloped, der::element(der::context(0, true), {data})});
}

Digest wrapping_sha256(std::span<const std::uint8_t> recipients, std::span<const std::uint8_t> algorithm) {
    Sha256 hasher;
    hasher.update(recipients);
    hasher.update(algorithm);
    return hasher.finish();
}

} // namespace ombud::signing
