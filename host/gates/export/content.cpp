#include "gates/export/content.hpp"

#include <algorithm>
#include <fcntl.h>
#include <unistd.h>

#include "media/probe.hpp"
#include "media/recording_file.hpp"
#include "signing/digest.hpp"
#include "signing/encoding.hpp"

namespace ombud::exports {
namespace {

using Bytes = std::span<const std::uint8_t>;

bool begins(Bytes head, std::string_view with) {
    return head.size() >= with.size() && std::equal(with.begin(), with.end(), head.begin(), [](char a, std::uint8_t b) {
               return static_cast<std::uint8_t>(a) == b;
           });
}

bool holds(Bytes bytes, std::string_view wanted) {
    return std::search(bytes.begin(), bytes.end(), wanted.begin(), wanted.end(), [](std::uint8_t a, char b) {
               return a == static_cast<std::uint8_t>(b);
           }) != bytes.end();
}

// A SEQUENCE that begins with the object identifier of enveloped, encrypted or authenticated-enveloped data (RFC 5652, RFC 5083).
bool is_cms(Bytes head) {
    using namespace std::string_view_literals;
    if (!begins(head, "\x30"))
        return false;
    const Bytes start = head.first(std::min<std::size_t>(head.size(), 32));
    return holds(start, "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x03"sv) || holds(start, "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x06"sv) ||
           holds(start, "\x06\x0b\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x01\x17"sv);
}

// A session key packet, which comes first in what is encrypted (RFC 4880, 4.3: tags 1 and 3), in either form of the header.
bool is_pgp(Bytes head) {
    if (head.size() < 4)
        return false;
    const bool old_form = (head[0] & 0xC0) == 0x80, new_form = (head[0] & 0xC0) == 0xC0;
    const int tag = old_form ? (head[0] >> 2) & 15 : new_form ? head[0] & 63 : 0;
    const std::size_t length_bytes = old_form ? (head[0] & 3) == 0 ? 1U : (head[0] & 3) == 1 ? 2U : 0U : head[1] < 192 ? 1U : 2U;
    if ((tag != 1 && tag != 3) || length_bytes == 0)
        return false;
    const int version = head[1 + length_bytes];
    return tag == 1 ? version == 3 || version == 6 : version >= 4 && version <= 6;
}

Result<void> digest(const std::filesystem::path& path, HeldFile& file, const std::function<bool()>& may_go_on, std::string& head) {
    const media::Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
    if (!fd.is_open())
        return media::fail_errno(path.string());
    std::vector<std::uint8_t> window(1U << 20);
    signing::Sha256 sha256;
    std::int64_t size = 0;
    for (;;) {
        if (!may_go_on())
            return fail(ErrorCode::cancelled, "stopped while it was read");
        const ssize_t count = ::read(fd.get(), window.data(), window.size());
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return media::fail_errno(path.string());
        if (count == 0)
            break;
        const Bytes got(window.data(), static_cast<std::size_t>(count));
        if (head.size() < sniffed_bytes)
            head.append(reinterpret_cast<const char*>(got.data()), std::min(got.size(), sniffed_bytes - head.size()));
        sha256.update(got);
        size += count;
    }
    file.size_bytes = size;
    file.sha256 = signing::hex(sha256.finish());
    return {};
}

} // namespace

std::string_view sniff(Bytes head) {
    using namespace std::string_view_literals;
    if (begins(head, "RIFF") && head.size() >= 12 && begins(head.subspan(8), "AVI "))
        return "avi";
    if (begins(head, "\xFF\xD8\xFF"))
        return "jpeg";
    if (begins(head, "\x89PNG\r\n\x1a\n"))
        return "png";
    if (begins(head, "PK\x03\x04"sv))
        return head.size() > 6 && (head[6] & 1) != 0 ? "encrypted" : "zip"; // APPNOTE.TXT 4.4.4: bit 0
    if (begins(head, "-----BEGIN CMS-----") || begins(head, "-----BEGIN PKCS7-----") || begins(head, "-----BEGIN PGP MESSAGE-----") ||
        begins(head, "age-encryption.org/v1") || begins(head, "LUKS\xba\xbe"sv) || is_cms(head) || is_pgp(head))
        return "encrypted";
    return {};
}

Result<void> look_into(const std::filesystem::path& path, HeldFile& file, const Clock& clock, const std::function<bool()>& may_go_on) {
    file.tracks.clear();
    file.created_utc_ns = file.duration_ns = 0;
    std::string head;
    if (auto read = digest(path, file, may_go_on, head); !read)
        return read;
    if (const auto found = sniff(signing::bytes_of(head)); !found.empty()) {
        file.format = found;
        return {};
    }
    file.format = "other";
    const auto probed = media::probe(path, clock);
    if (!probed)
        return {};
    file.format = probed->container == media::Container::matroska ? "matroska"
                  : probed->container == media::Container::mpegts ? "mpegts"
                                                                   : "mp4";
    for (const media::Track& track : probed->tracks)
        file.tracks += (file.tracks.empty() ? "" : " ") + std::string(media::name_of(track.kind)) + "/" +
                       (track.codec.empty() ? "unknown" : track.codec);
    file.created_utc_ns = probed->creation_utc_ns.value_or(0);
    file.duration_ns = probed->duration_ns.value_or(0);
    return {};
}

} // namespace ombud::exports
