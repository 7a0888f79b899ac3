#include "seal/open.hpp"

#include "ledger/proof.hpp"
#include "seal/plain_file.hpp"
#include "seal/window_queue.hpp"
#include "signing/cms/signed_message.hpp"
#include "signing/cms/time_stamp.hpp"

#include <algorithm>
#include <cerrno>
#include <dirent.h>
#include <fcntl.h>
#include <memory>
#include <set>
#include <unistd.h>

namespace ombud::seal {
namespace {

using Bytes = std::vector<std::uint8_t>;

constexpr std::size_t instructions_bytes_max = 65'536;
constexpr std::size_t strangers_max = 100;

tl::unexpected<Error> corrupt(const std::string& how) {
    return fail(ErrorCode::corrupt, how);
}

Result<void> read_at(int fd, std::uint64_t offset, std::span<std::uint8_t> to) {
    while (!to.empty()) {
        const ssize_t count = ::pread(fd, to.data(), to.size(), static_cast<off_t>(offset));
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return fail(ErrorCode::unavailable, "cannot read: " + errno_text());
        if (count == 0)
            return corrupt("became shorter while it was read");
        to = to.subspan(static_cast<std::size_t>(count));
        offset += static_cast<std::uint64_t>(count);
    }
    return {};
}

/// A sealed file, its envelope opened.
struct Envelope {
    Fd fd;
    signing::EnvelopeReader reader;

    static Result<Envelope> open(OpenFile file, signing::EnvelopeKey& key) {
        const std::uint64_t size = file.mark.size_bytes;
        Bytes head(std::min<std::uint64_t>(size, signing::envelope_head_bytes_max));
        Bytes tail(std::min<std::uint64_t>(size, signing::envelope_tail_bytes));
        for (auto read : {read_at(file.fd.number(), 0, head), read_at(file.fd.number(), size - tail.size(), tail)})
            if (!read)
                return fail(read.error());
        auto reader = signing::EnvelopeReader::open(head, tail, size, key);
        if (!reader)
            return fail(reader.error());
        return Envelope{std::move(file.fd), std::move(*reader)};
    }

    /// All that is inside.
    Result<Bytes> content(std::size_t bytes_max) {
        const auto& layout = reader.layout();
        if (layout.content_bytes > bytes_max)
            return corrupt("holds " + std::to_string(layout.content_bytes) + " bytes, " + std::to_string(bytes_max) +
                           " are the most");
        Bytes bytes(layout.content_bytes);
        constexpr std::size_t window_bytes = WindowQueue::window_bytes;
        for (std::size_t at = 0; at < bytes.size(); at += window_bytes) {
            const auto window = std::span(bytes).subspan(at, std::min(window_bytes, bytes.size() - at));
            if (auto read = read_at(fd.number(), layout.content_begin + at, window); !read)
                return fail(read.error());
            if (auto decrypted = reader.decrypt(window, window.data()); !decrypted)
                return fail(decrypted.error());
        }
        if (auto finished = reader.finish(); !finished)
            return fail(finished.error());
        return bytes;
    }
};

class Opening {
  public:
    Opening(const OpenRequest& request, signing::EnvelopeKey& key, const Clock& clock)
        : request_(request), key_(key), clock_(clock) {}

    /// @param out  null: nothing is written
    Result<Opened> run(const UnfinishedFolder* out) {
        if (auto read = open_folder(); !read)
            return fail(read.error());
        if (auto read = read_manifest(); !read)
            return fail(read.error());
        if (auto whole = verify_ledger(); !whole)
            return fail(std::move(whole.error()).within("ledger"));
        if (auto same = verify_instructions(); !same)
            return fail(std::move(same.error()).within(instructions_file));
        if (auto all = verify_names(); !all)
            return fail(all.error());
        queue_.emplace();
        for (std::size_t i = 0; i < opened_.manifest.files.size(); ++i)
            if (auto file = open_file(opened_.manifest.files[i], i + 1, out); !file)
                return fail(file.error());
        return std::move(opened_);
    }

  private:
    Result<void> open_folder() {
        folder_ = Fd(::open(request_.folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
        if (folder_.is_open())
            return {};
        return fail(errno == ENOENT || errno == ENOTDIR ? ErrorCode::not_found : ErrorCode::unavailable,
                    request_.folder.string() + ": cannot open the sealed folder: " + errno_text());
    }

    Result<OpenFile> open_sealed(const std::string& name) {
        auto file = open_plain_file(folder_.number(), name);
        if (!file && file.error().code == ErrorCode::not_found)
            return corrupt(name + ": is missing");
        return file;
    }

    Result<Bytes> small_content(const char* name, const signing::Digest* wrapping, signing::Digest* found) {
        auto file = open_sealed(name);
        if (!file)
            return fail(file.error());
        auto envelope = Envelope::open(std::move(*file), key_);
        if (!envelope)
            return fail(std::move(envelope.error()).within(name));
        const auto& own = envelope->reader.layout().wrapping_sha256;
        if (found)
            *found = own;
        if (wrapping && own != *wrapping)
            return corrupt(std::string(name) + ": its recipients or cipher are not those that the manifest names");
        auto content = envelope->content(signing::signed_message_bytes_max);
        if (!content)
            return fail(std::move(content.error()).within(name));
        return content;
    }

    Result<void> read_manifest() {
        struct stat found {};
        if (::fstatat(folder_.number(), manifest_file, &found, AT_SYMLINK_NOFOLLOW) != 0 && errno == ENOENT)
            return fail(ErrorCode::not_found, request_.folder.string() + ": is no seal: it has no " + manifest_file);
        signing::Digest wrapping{};
        const auto bytes = small_content(manifest_file, nullptr, &wrapping);
        if (!bytes)
            return fail(bytes.error());
        auto message = signing::verify_message(*bytes);
        if (!message)
            return fail(std::move(message.error()).within(manifest_file));
        const std::string_view text(reinterpret_cast<const char*>(message->message.data()), message->message.size());
        // Strangers' text is read only once somebody vouches for it; the time for that can come from its time stamp.
        auto stamped = verify_time_stamp(*bytes);
        if (!stamped)
            return fail(std::move(stamped.error()).within(time_stamp_file));
        const std::int64_t at = *stamped != 0 ? *stamped : message->signed_at_utc_ns;
        if (auto known = signing::verify_signer(*message, request_.trust.signers, at); !known)
            return fail(std::move(known.error()).within(manifest_file));
        auto manifest = parse_manifest(text);
        if (!manifest)
            return fail(std::move(manifest.error()).within(manifest_file));
        if (manifest->manifest_wrapping_sha256 != wrapping)
            return corrupt(std::string(manifest_file) + ": its recipients or cipher were altered");
        if (auto same = verify_stamp_wrapping(*manifest); !same)
            return same;
        opened_.manifest_sha256 = signing::sha256(text);
        opened_.manifest = std::move(*manifest);
        opened_.signer = std::move(message->signer);
        opened_.signed_at_utc_ns = message->signed_at_utc_ns;
        opened_.time_stamped_at_utc_ns = *stamped;
        return {};
    }

    /// @return  the time in the stamp; 0: there is none, or nobody to trust for it
    Result<std::int64_t> verify_time_stamp(const Bytes& message) {
        struct stat found {};
        if (::fstatat(folder_.number(), time_stamp_file, &found, AT_SYMLINK_NOFOLLOW) != 0)
            return 0; // whether there should be one is known with the manifest
        signing::Digest wrapping{};
        const auto stamp = small_content(time_stamp_file, nullptr, &wrapping);
        if (!stamp)
            return fail(stamp.error());
        stamp_wrapping_ = wrapping;
        if (request_.trust.time_stampers.empty())
            return 0;
        return signing::verify_time_stamp(*stamp, signing::sha256(message), request_.trust.time_stampers,
                                          clock_.utc_ns());
    }

    Result<void> verify_stamp_wrapping(const Manifest& manifest) {
        if (manifest.time_stamp_wrapping_sha256 && !stamp_wrapping_)
            return corrupt(std::string(time_stamp_file) + ": is missing");
        if (!manifest.time_stamp_wrapping_sha256 && stamp_wrapping_)
            return corrupt(std::string(time_stamp_file) + ": the manifest knows of no time stamp");
        if (manifest.time_stamp_wrapping_sha256 != stamp_wrapping_)
            return corrupt(std::string(time_stamp_file) +
                           ": its recipients or cipher are not those that the manifest names");
        return {};
    }

    Result<void> verify_ledger() {
        const auto& ledger = opened_.manifest.ledger;
        if (!ledger)
            return {};
        const auto proven = ledger::verify_inclusion_proof(ledger->entry, ledger->proof,
                                                           request_.trust.ledger ? &*request_.trust.ledger : nullptr);
        if (!proven)
            return fail(proven.error());
        if (proven->index != opened_.manifest.facts.ledger_index)
            return corrupt("the proof is of entry " + std::to_string(proven->index));
        opened_.ledger_origin = proven->checkpoint.origin;
        opened_.is_ledger_signature_verified = request_.trust.ledger.has_value();
        return {};
    }

    Result<void> verify_instructions() {
        auto file = open_plain_file(folder_.number(), instructions_file);
        if (!file)
            return corrupt("is missing, or no plain file");
        Bytes bytes(instructions_bytes_max);
        const auto size = read_full(file->fd.number(), bytes);
        if (!size)
            return fail(size.error());
        if (signing::sha256(std::span(bytes).first(*size)) != opened_.manifest.instructions_sha256)
            return corrupt("was altered");
        return {};
    }

    /// Everything that should be there is, before hours of work; what should not is told.
    Result<void> verify_names() {
        std::set<std::string> expected{manifest_file, instructions_file};
        if (stamp_wrapping_)
            expected.insert(time_stamp_file);
        const auto& files = opened_.manifest.files;
        for (std::size_t file = 0; file < files.size(); ++file) {
            for (std::size_t part = 0; part < files[file].parts.size(); ++part) {
                const std::string name = part_name(file + 1, part + 1);
                struct stat found {};
                if (::fstatat(folder_.number(), name.c_str(), &found, AT_SYMLINK_NOFOLLOW) != 0)
                    return corrupt(name + ": is missing");
                const std::uint64_t size = static_cast<std::uint64_t>(found.st_size);
                const std::uint64_t stated = files[file].parts[part].sealed_bytes;
                if (S_ISREG(found.st_mode) && size != stated)
                    return corrupt(name + ": has " + std::to_string(size) + " bytes instead of " +
                                   std::to_string(stated) + (size < stated ? "; it is cut off" : ""));
                expected.insert(name);
            }
            total_bytes_ += files[file].plain_bytes;
        }
        opened_.plain_bytes = total_bytes_;
        const std::unique_ptr<DIR, int (*)(DIR*)> listing(::fdopendir(::dup(folder_.number())), ::closedir);
        while (const dirent* entry = listing ? ::readdir(listing.get()) : nullptr) {
            const std::string name = entry->d_name;
            if (name != "." && name != ".." && !expected.contains(name) && opened_.strangers.size() < strangers_max)
                opened_.strangers.push_back(name);
        }
        std::sort(opened_.strangers.begin(), opened_.strangers.end());
        return {};
    }

    Result<void> open_file(const ManifestFile& file, std::size_t number, const UnfinishedFolder* out) {
        std::optional<PlainFile> plain;
        if (out) {
            auto made = PlainFile::create(*out);
            if (!made)
                return fail(std::move(made.error()).within(file.name));
            plain.emplace(std::move(*made));
        }
        signing::Sha256 hasher;
        const auto keep = [&](std::span<std::uint8_t> window) -> Result<void> {
            hasher.update(window);
            return plain ? write_all(plain->fd(), window) : Result<void>();
        };
        for (std::size_t part = 0; part < file.parts.size(); ++part) {
            auto opened = open_part(file.parts[part], part_name(number, part + 1), keep);
            const auto kept = queue_->settle(); // before `hasher` and `plain` go
            if (!opened)
                return fail(std::move(opened.error()).within(part_name(number, part + 1)));
            if (!kept)
                return fail(Error(kept.error()).within(file.name));
        }
        if (hasher.finish() != file.sha256)
            return corrupt(plain_name(number) + " (" + file.name + "): is not what was sealed: its SHA-256 is another");
        return plain ? plain->name(file.name) : Result<void>();
    }

    /// This thread reads and decrypts; the queue's hashes and writes.
    Result<void> open_part(const ManifestPart& part, const std::string& name, const WindowQueue::Work& keep) {
        auto file = open_plain_file(folder_.number(), name);
        if (!file)
            return fail(file.error());
        ::posix_fadvise(file->fd.number(), 0, 0, POSIX_FADV_SEQUENTIAL);
        auto envelope = Envelope::open(std::move(*file), key_);
        if (!envelope)
            return fail(envelope.error());
        const auto& layout = envelope->reader.layout();
        if (layout.wrapping_sha256 != part.wrapping_sha256 || layout.content_bytes != part.plain_bytes)
            return corrupt("is not the part that the manifest names: altered, exchanged, or of another export");
        for (std::uint64_t at = 0; at < layout.content_bytes;) {
            const auto window =
                queue_->take().first(std::min<std::uint64_t>(layout.content_bytes - at, WindowQueue::window_bytes));
            if (auto read = read_at(envelope->fd.number(), layout.content_begin + at, window); !read)
                return read;
            if (auto decrypted = envelope->reader.decrypt(window, window.data()); !decrypted)
                return decrypted;
            queue_->hand_over(window.size(), keep);
            at += window.size();
            done_bytes_ += window.size();
            if (request_.progress && !request_.progress(done_bytes_, total_bytes_))
                return fail(ErrorCode::cancelled, "opening was stopped");
        }
        return envelope->reader.finish();
    }

    const OpenRequest& request_;
    signing::EnvelopeKey& key_;
    const Clock& clock_;
    Fd folder_;
    std::optional<signing::Digest> stamp_wrapping_;
    std::optional<WindowQueue> queue_; // once the manifest is right
    Opened opened_;
    std::uint64_t done_bytes_ = 0, total_bytes_ = 0;
};

} // namespace

Result<Opened> verify_seal(const OpenRequest& request, signing::EnvelopeKey& key, const Clock& clock) {
    return Opening(request, key, clock).run(nullptr);
}

Result<Opened> open_seal(const OpenRequest& request, signing::EnvelopeKey& key, const std::filesystem::path& out,
                         const Clock& clock) {
    auto folder = UnfinishedFolder::create(out);
    if (!folder)
        return fail(folder.error());
    auto opened = Opening(request, key, clock).run(&*folder);
    if (!opened)
        return opened;
    if (auto published = folder->publish(); !published)
        return fail(published.error());
    return opened;
}

} // namespace ombud::seal
