#include "seal/seal.hpp"

#include "ledger/proof.hpp"
#include "seal/file.hpp"
#include "seal/instructions.hpp"
#include "seal/manifest.hpp"
#include "seal/window_queue.hpp"
#include "signing/cms/envelope.hpp"
#include "signing/cms/signed_message.hpp"
#include "signing/cms/time_stamp.hpp"
#include "signing/encoding.hpp"

#include <algorithm>
#include <fcntl.h>
#include <set>
#include <unistd.h>

namespace ombud::seal {
namespace {

using Bytes = std::vector<std::uint8_t>;

/// A file of the seal while it is written, on the queue's thread.
struct Sink {
    Fd fd;
    signing::Sha256 hasher;
    std::uint64_t size_bytes = 0;

    Result<void> write(std::span<const std::uint8_t> bytes) {
        hasher.update(bytes);
        if (auto written = write_all(fd.number(), bytes); !written)
            return written;
        // Begin now what sync waits for at the end.
        ::sync_file_range(fd.number(), static_cast<off_t>(size_bytes), static_cast<off_t>(bytes.size()),
                          SYNC_FILE_RANGE_WRITE);
        size_bytes += bytes.size();
        return {};
    }
    Result<void> sync() {
        if (::fsync(fd.number()) != 0)
            return fail(ErrorCode::unavailable, "cannot sync: " + errno_text());
        return {};
    }
};

Result<signing::EnvelopeRecipients> recipients_of(const Recipients& named, std::int64_t now_utc_ns) {
    if (named.certificates.size() > recipients_max)
        return fail(ErrorCode::invalid_input, std::to_string(named.certificates.size()) + " recipients, " +
                                                  std::to_string(recipients_max) + " are the most");
    if (named.passphrase &&
        (named.passphrase->size() < passphrase_bytes_min || named.passphrase->size() > passphrase_bytes_max))
        return fail(ErrorCode::invalid_input, "the passphrase has not " + std::to_string(passphrase_bytes_min) +
                                                  " to " + std::to_string(passphrase_bytes_max) + " bytes");
    std::vector<signing::Certificate> certificates;
    for (std::size_t i = 0; i < named.certificates.size(); ++i) {
        auto parsed = signing::Certificate::parse_pem(named.certificates[i]);
        if (!parsed)
            return fail(std::move(parsed.error()).within("certificate " + std::to_string(i + 1)));
        if (!parsed->is_valid_at(now_utc_ns))
            return fail(ErrorCode::invalid_input, "the recipient's certificate of " + parsed->subject() +
                                                      " is not valid now: valid " +
                                                      signing::utc_text(parsed->not_before_utc_ns()) + " to " +
                                                      signing::utc_text(parsed->not_after_utc_ns()));
        certificates.push_back(std::move(*parsed));
    }
    return signing::EnvelopeRecipients::create(std::move(certificates), named.passphrase);
}

Result<void> check_inputs(const SealRequest& request) {
    if (request.files.empty() || request.files.size() > files_max)
        return fail(ErrorCode::invalid_input,
                    std::to_string(request.files.size()) + " files, not 1 to " + std::to_string(files_max));
    if (request.part_bytes == 0 || request.part_bytes > part_plain_bytes_max)
        return fail(ErrorCode::invalid_input, "a part of " + std::to_string(request.part_bytes) +
                                                  " bytes is not in 1.." + std::to_string(part_plain_bytes_max));
    std::set<std::string> names;
    for (const Input& input : request.files) {
        if (auto fine = check_name(input.name); !fine)
            return fine;
        if (!names.insert(input.name).second)
            return fail(ErrorCode::invalid_input, "two files are to have the name '" + input.name + "' inside");
    }
    return {};
}

Result<void> check_key(const SealingKey& key, std::int64_t now_utc_ns) {
    if (!key.certificate.is_valid_at(now_utc_ns))
        return fail(ErrorCode::unavailable, "the site's sealing certificate " + key.certificate.subject() +
                                                " is not valid now: valid " +
                                                signing::utc_text(key.certificate.not_before_utc_ns()) + " to " +
                                                signing::utc_text(key.certificate.not_after_utc_ns()) +
                                                "\nhint: ombud seal rotate-key --reason …");
    return {};
}

class Sealing {
  public:
    Sealing(const SealRequest& request, const SealingKey& key, const Clock& clock,
            const signing::EnvelopeRecipients& recipients, UnfinishedFolder& folder)
        : request_(request), key_(key), clock_(clock), recipients_(recipients), folder_(folder) {}

    Result<Sealed> run(std::vector<FileMark> marks, Manifest manifest) {
        for (const FileMark& mark : marks)
            total_bytes_ += mark.size_bytes;
        for (std::size_t i = 0; i < request_.files.size(); ++i) {
            auto file = seal_file(request_.files[i], marks[i], i + 1);
            if (!file)
                return fail(std::move(file.error()).within(request_.files[i].file.string()));
            manifest.files.push_back(std::move(*file));
        }
        if (auto written = write_signed(manifest); !written)
            return fail(written.error());
        if (auto published = folder_.publish(); !published)
            return fail(published.error());
        sealed_.folder = request_.folder;
        sealed_.plain_bytes = total_bytes_;
        std::sort(sealed_.files.begin(), sealed_.files.end(),
                  [](const SealedFile& left, const SealedFile& right) { return left.name < right.name; });
        for (const SealedFile& file : sealed_.files)
            sealed_.sealed_bytes += file.size_bytes;
        return std::move(sealed_);
    }

  private:
    Result<ManifestFile> seal_file(const Input& input, const FileMark& mark, std::size_t number) {
        const auto changed = [] {
            return fail(ErrorCode::refused, "it changed while it was sealed; nothing was sealed");
        };
        auto source = open_plain_file(AT_FDCWD, input.file.string());
        if (!source)
            return fail(source.error());
        if (!(source->mark == mark))
            return changed();
        ::posix_fadvise(source->fd.number(), 0, 0, POSIX_FADV_SEQUENTIAL);
        ManifestFile file;
        file.name = input.name;
        file.plain_bytes = mark.size_bytes;
        signing::Sha256 hasher;
        std::uint64_t left = mark.size_bytes;
        do {
            const std::uint64_t size = std::min(left, request_.part_bytes);
            auto part = seal_part(source->fd.number(), size, part_name(number, file.parts.size() + 1), hasher);
            if (!part)
                return fail(part.error());
            file.parts.push_back(*part);
            left -= size;
        } while (left > 0);
        file.sha256 = hasher.finish();
        struct stat now {};
        std::uint8_t one = 0;
        if (::fstat(source->fd.number(), &now) != 0 || !(FileMark(now) == mark) ||
            read_full(source->fd.number(), {&one, 1}).value_or(1) != 0)
            return changed();
        if (!input.sha256.empty() && input.sha256 != signing::hex(file.sha256))
            return fail(ErrorCode::refused, "its SHA-256 is " + signing::hex(file.sha256) + ", and was to be " + input.sha256 + "; nothing was sealed");
        return file;
    }

    /// This thread reads, hashes and encrypts; the queue's hashes what became of it, and writes.
    Result<ManifestPart> seal_part(int source, std::uint64_t size, const std::string& name, signing::Sha256& plain) {
        auto fd = folder_.create_file(name);
        if (!fd)
            return fail(fd.error());
        auto envelope = signing::EnvelopeWriter::begin(recipients_);
        if (!envelope)
            return fail(envelope.error());
        Sink sink{std::move(*fd), {}};
        if (auto written = sink.write(envelope->head(size)); !written)
            return fail(std::move(written.error()).within(name));
        auto encrypted = encrypt_part(source, size, plain, *envelope, sink);
        if (auto settled = queue_.settle(); !settled) // before `sink` goes
            return fail(std::move(settled.error()).within(name));
        if (!encrypted)
            return fail(encrypted.error());
        auto tail = envelope->finish();
        if (!tail)
            return fail(tail.error());
        if (auto written = sink.write(*tail); !written)
            return fail(std::move(written.error()).within(name));
        if (auto synced = sink.sync(); !synced)
            return fail(std::move(synced.error()).within(name));
        ManifestPart part{size, sink.size_bytes, sink.hasher.finish(), envelope->wrapping_sha256()};
        sealed_.files.push_back({name, part.sealed_bytes, part.sha256});
        return part;
    }

    Result<void> encrypt_part(int source, std::uint64_t size, signing::Sha256& plain, signing::EnvelopeWriter& envelope,
                              Sink& sink) {
        for (std::uint64_t left = size; left > 0;) {
            const auto window = queue_.take().first(std::min<std::uint64_t>(left, WindowQueue::window_bytes));
            const auto count = read_full(source, window);
            if (!count)
                return fail(count.error());
            if (*count != window.size())
                return fail(ErrorCode::refused, "it became shorter while it was sealed; nothing was sealed");
            plain.update(window);
            if (auto encrypted = envelope.encrypt(window, window.data()); !encrypted)
                return encrypted;
            queue_.hand_over(window.size(), [&sink](std::span<std::uint8_t> sealed) { return sink.write(sealed); });
            left -= window.size();
            done_bytes_ += window.size();
            if (request_.progress && !request_.progress(done_bytes_, total_bytes_))
                return fail(ErrorCode::cancelled, "sealing was stopped");
        }
        return {};
    }

    Result<signing::Digest> write_file(const std::string& name, std::span<const std::span<const std::uint8_t>> pieces) {
        auto fd = folder_.create_file(name);
        if (!fd)
            return fail(fd.error());
        Sink sink{std::move(*fd), {}};
        for (const auto piece : pieces)
            if (auto written = sink.write(piece); !written)
                return fail(std::move(written.error()).within(name));
        if (auto synced = sink.sync(); !synced)
            return fail(std::move(synced.error()).within(name));
        const auto sha256 = sink.hasher.finish();
        sealed_.files.push_back({name, sink.size_bytes, sha256});
        return sha256;
    }

    Result<void> write_envelope(const std::string& name, signing::EnvelopeWriter& envelope, Bytes content) {
        const Bytes head = envelope.head(content.size());
        if (auto encrypted = envelope.encrypt(content, content.data()); !encrypted)
            return fail(encrypted.error());
        const auto tail = envelope.finish();
        if (!tail)
            return fail(tail.error());
        const std::span<const std::uint8_t> pieces[] = {head, content, *tail};
        auto written = write_file(name, pieces);
        return written ? Result<void>() : fail(written.error());
    }

    /// README.txt and manifest name each other's content and whether there is a time stamp, which is over the signed manifest:
    /// so they are made, stamped, and only then written.
    Result<void> write_signed(Manifest& manifest) {
        auto envelope = signing::EnvelopeWriter::begin(recipients_);
        auto stamp_envelope = signing::EnvelopeWriter::begin(recipients_);
        if (!envelope || !stamp_envelope)
            return fail(envelope ? stamp_envelope.error() : envelope.error());
        manifest.manifest_wrapping_sha256 = envelope->wrapping_sha256();
        manifest.sealed_at_utc_ns = clock_.utc_ns();
        if (request_.time_stamp)
            manifest.time_stamp_wrapping_sha256 = stamp_envelope->wrapping_sha256();
        std::optional<Bytes> stamp;
        auto message = sign(manifest);
        if (message && request_.time_stamp) {
            auto stamped = time_stamp(*message);
            if (!stamped && (request_.is_time_stamp_required || stamped.error().code == ErrorCode::cancelled))
                return fail(std::move(stamped.error()).within("time stamp"));
            if (stamped) {
                stamp = std::move(*stamped);
            } else {
                sealed_.time_stamp_missing = stamped.error().message;
                manifest.time_stamp_wrapping_sha256.reset();
                message = sign(manifest);
            }
        }
        if (!message)
            return fail(message.error());
        const std::string instructions = instructions_for(manifest);
        const std::span<const std::uint8_t> pieces[] = {signing::bytes_of(instructions)};
        if (auto written = write_file(instructions_file, pieces); !written)
            return fail(written.error());
        if (stamp)
            if (auto written = write_envelope(time_stamp_file, *stamp_envelope, std::move(*stamp)); !written)
                return written;
        return write_envelope(manifest_file, *envelope, std::move(*message));
    }

    std::string instructions_for(const Manifest& manifest) const {
        return instructions(request_.facts.export_id, !request_.recipients.certificates.empty(), request_.recipients.passphrase.has_value(),
                            manifest.time_stamp_wrapping_sha256.has_value());
    }

    Result<Bytes> sign(Manifest& manifest) {
        manifest.instructions_sha256 = signing::sha256(instructions_for(manifest));
        const std::string text = write_manifest(manifest);
        if (text.size() > manifest_bytes_max)
            return fail(ErrorCode::invalid_input, "the manifest would have " + std::to_string(text.size()) +
                                                      " bytes, " + std::to_string(manifest_bytes_max) +
                                                      " are the most");
        sealed_.manifest_sha256 = signing::sha256(text);
        sealed_.certificate_sha256 = key_.certificate.sha256();
        sealed_.sealed_at_utc_ns = manifest.sealed_at_utc_ns;
        return signing::sign_message(signing::bytes_of(text), key_.key, key_.certificate, manifest.sealed_at_utc_ns);
    }

    Result<Bytes> time_stamp(const Bytes& message) {
        const auto query = signing::time_stamp_query(signing::sha256(message));
        if (!query)
            return fail(query.error());
        const auto answer = request_.time_stamp(std::string(query->begin(), query->end()));
        if (!answer)
            return fail(answer.error());
        Bytes bytes(answer->begin(), answer->end());
        const auto time = signing::check_time_stamp(bytes, *query);
        if (!time)
            return fail(time.error());
        if (!request_.time_stampers.empty())
            if (const auto known = signing::verify_time_stamp(bytes, signing::sha256(message), request_.time_stampers, clock_.utc_ns()); !known)
                return fail(known.error());
        sealed_.time_stamped_at_utc_ns = *time;
        return bytes;
    }

    const SealRequest& request_;
    const SealingKey& key_;
    const Clock& clock_;
    const signing::EnvelopeRecipients& recipients_;
    UnfinishedFolder& folder_;
    WindowQueue queue_;
    Sealed sealed_;
    std::uint64_t done_bytes_ = 0, total_bytes_ = 0;
};

Result<std::optional<LedgerProof>> ledger_proof(const SealRequest& request) {
    if (!request.facts.ledger_index)
        return std::optional<LedgerProof>();
    if (!request.proof)
        return fail(ErrorCode::invalid_input, "a ledger entry is named, and nothing that proves it");
    auto proof = request.proof(*request.facts.ledger_index);
    if (!proof)
        return fail(std::move(proof.error()).within("ledger"));
    if (proof->entry.size() + proof->proof.size() > ledger_proof_bytes_max)
        return fail(ErrorCode::invalid_input, "the ledger's entry and its proof are too long");
    const auto proven = ledger::verify_inclusion_proof(proof->entry, proof->proof, nullptr);
    if (!proven)
        return fail(Error(proven.error()).within("ledger"));
    if (proven->index != *request.facts.ledger_index)
        return fail(ErrorCode::corrupt, "the ledger proves entry " + std::to_string(proven->index) + " instead of " +
                                            std::to_string(*request.facts.ledger_index));
    return std::optional<LedgerProof>(std::move(*proof));
}

} // namespace

Result<Sealed> seal_files(const SealRequest& request, const SealingKey& key, const Clock& clock) {
    const std::int64_t now_utc_ns = clock.utc_ns();
    for (auto fine : {check_facts(request.facts), check_inputs(request), check_key(key, now_utc_ns)})
        if (!fine)
            return fail(fine.error());
    std::vector<FileMark> marks;
    std::uint64_t parts = 0;
    for (const Input& input : request.files) {
        auto opened = open_plain_file(AT_FDCWD, input.file.string());
        if (!opened)
            return fail(opened.error());
        marks.push_back(opened->mark);
        parts += std::max<std::uint64_t>(1, (opened->mark.size_bytes + request.part_bytes - 1) / request.part_bytes);
    }
    if (parts > parts_max)
        return fail(ErrorCode::invalid_input, "the files would make " + std::to_string(parts) + " parts, " +
                                                  std::to_string(parts_max) + " are the most");
    auto proof = ledger_proof(request);
    if (!proof)
        return fail(proof.error());
    const auto recipients = recipients_of(request.recipients, now_utc_ns);
    if (!recipients)
        return fail(recipients.error());
    auto folder = UnfinishedFolder::create(request.folder);
    if (!folder)
        return fail(folder.error());
    Manifest manifest;
    manifest.facts = request.facts;
    manifest.ledger = std::move(*proof);
    return Sealing(request, key, clock, *recipients, *folder).run(std::move(marks), std::move(manifest));
}

} // namespace ombud::seal
