#include "ledger/epoch_signer.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace ombud::ledger {
namespace {

bool is_same(const signing::NoteVerifier& left, const signing::NoteVerifier& right) { return left.key() == right.key(); }

Result<void> sync_folder(const std::filesystem::path& file) {
    const int fd = ::open(file.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const bool synced = fd >= 0 && ::fsync(fd) == 0;
    const int why = errno;
    if (fd >= 0)
        ::close(fd);
    return synced ? Result<void>() : fail(ErrorCode::unavailable, file.parent_path().string() + ": cannot be synced: " + std::strerror(why));
}

// Through a descriptor from before its name went to another: a crash in between leaves a file that nobody can name.
void overwrite(int fd) {
    struct stat about {};
    if (fd < 0 || ::fstat(fd, &about) != 0)
        return;
    const std::string zeros(static_cast<std::size_t>(about.st_size), '\0');
    if (::pwrite(fd, zeros.data(), zeros.size(), 0) == static_cast<ssize_t>(zeros.size()))
        ::fsync(fd);
}

} // namespace

Result<std::unique_ptr<EpochSigner>> EpochSigner::open(const std::filesystem::path& key_file, std::string name) {
    auto root = KeySigner::open(key_file, std::move(name));
    if (!root)
        return fail(root.error());
    const auto beside = [&](const char* which) { return key_file.parent_path() / (key_file.stem().string() + which); };
    return std::unique_ptr<EpochSigner>(new EpochSigner(std::move(*root), beside("-epoch.pem"), beside("-epoch-next.pem")));
}

Result<EpochSigner::Pair> EpochSigner::pair_of(signing::SigningKey key) const {
    auto verifier = signing::NoteVerifier::create(root_.verifier().name(), key.public_key());
    if (!verifier)
        return fail(verifier.error());
    return Pair{std::move(key), std::move(*verifier)};
}

Result<std::optional<EpochSigner::Pair>> EpochSigner::load(const std::filesystem::path& file) const {
    auto key = signing::SigningKey::load(file);
    if (!key && key.error().code == ErrorCode::not_found)
        return std::nullopt;
    if (!key)
        return fail(key.error());
    auto pair = pair_of(std::move(*key));
    if (!pair)
        return fail(pair.error());
    return std::move(*pair);
}

Result<std::string> EpochSigner::sign(std::string_view text) {
    auto lines = root_.sign(text);
    if (!lines || !current_)
        return lines;
    const auto epoch = signing::sign_note(current_->key, current_->verifier, text);
    if (!epoch)
        return fail(epoch.error());
    return *lines + *epoch;
}

Result<void> EpochSigner::resume(const EpochKeys& keys) {
    auto current = load(current_file_), next = load(next_file_);
    if (!current || !next)
        return fail(current ? next.error() : current.error());
    current_ = std::move(*current);
    next_ = std::move(*next);
    const auto lost = [&](const std::filesystem::path& file, const signing::NoteVerifier& wanted) {
        return fail(ErrorCode::refused, file.string() + ": is not the key of the ledger's epoch, which is " + wanted.verifier_key() +
                                            "; restore ledger and keys of one moment together");
    };
    if (keys.current && next_ && is_same(next_->verifier, *keys.current)) // a crash came before it was entered
        if (auto entered = enter_epoch(); !entered)
            return entered;
    if (keys.current && !(current_ && is_same(current_->verifier, *keys.current)))
        return lost(current_file_, *keys.current);
    if (keys.next && !(next_ && is_same(next_->verifier, *keys.next)))
        return lost(next_file_, *keys.next);
    if (!keys.current)
        current_.reset();
    return {};
}

Result<signing::NoteVerifier> EpochSigner::prepare_epoch() {
    if (!next_) {
        auto key = signing::SigningKey::generate();
        if (!key)
            return fail(key.error());
        if (auto saved = key->save(next_file_); !saved)
            return fail(saved.error());
        auto pair = pair_of(std::move(*key));
        if (!pair)
            return fail(pair.error());
        next_ = std::move(*pair);
    }
    return next_->verifier;
}

Result<void> EpochSigner::enter_epoch() {
    if (!next_)
        return fail(ErrorCode::internal, "no epoch was prepared");
    const int old = ::open(current_file_.c_str(), O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
    const bool renamed = ::rename(next_file_.c_str(), current_file_.c_str()) == 0;
    const int why = errno;
    if (renamed)
        overwrite(old);
    if (old >= 0)
        ::close(old);
    if (!renamed)
        return fail(ErrorCode::unavailable, current_file_.string() + ": cannot be replaced: " + std::strerror(why));
    current_ = std::move(*next_);
    next_.reset();
    return sync_folder(current_file_);
}

} // namespace ombud::ledger
