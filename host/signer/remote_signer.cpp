#include "signer/remote_signer.hpp"

#include "ledger/checkpoint.hpp"
#include "ledger/reader.hpp"
#include "signer/message.hpp"

#include <cerrno>
#include <charconv>
#include <cstring>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>
#include <vector>

namespace ombud::signer {
namespace {

tl::unexpected<Error> failed(const std::filesystem::path& what, const char* step) {
    return fail(ErrorCode::unavailable, what.string() + ": " + step + ": " + std::strerror(errno));
}

struct Account {
    uid_t user;
    gid_t group;
};

std::optional<Account> find_account(const std::string& name) {
    if (::geteuid() != 0)
        return std::nullopt;
    std::vector<char> memory(16'384);
    passwd entry{};
    passwd* found = nullptr;
    if (::getpwnam_r(name.c_str(), &entry, memory.data(), memory.size(), &found) != 0 || found == nullptr)
        return std::nullopt;
    return Account{entry.pw_uid, entry.pw_gid};
}

// The folder and all files in it, also those of a time before there was such an account.
Result<void> give_folder(const std::filesystem::path& folder, const std::optional<Account>& account) {
    std::error_code error;
    std::filesystem::create_directories(folder, error);
    if (error)
        return fail(ErrorCode::unavailable, folder.string() + ": cannot be made: " + error.message());
    const Account owner = account ? *account : Account{::geteuid(), ::getegid()};
    if (::chmod(folder.c_str(), 0700) != 0 || ::lchown(folder.c_str(), owner.user, owner.group) != 0)
        return failed(folder, "cannot be given to the signer");
    for (const auto& file : std::filesystem::directory_iterator(folder, error))
        if (::lchown(file.path().c_str(), owner.user, owner.group) != 0)
            return failed(file.path(), "cannot be given to the signer");
    return {};
}

/// In the child, before the program: nothing here may allocate or lock.
[[noreturn]] void become(int program, int folder, int socket, const std::optional<Account>& account) {
    const bool dropped = !account || (::setgroups(0, nullptr) == 0 && ::setresgid(account->group, account->group, account->group) == 0 &&
                                      ::setresuid(account->user, account->user, account->user) == 0);
    char name[] = "ombud-signer";
    char* arguments[] = {name, nullptr};
    char* environment[] = {nullptr};
    program = ::fcntl(program, F_DUPFD_CLOEXEC, service_fd + 1); // out of the way of the socket's number
    if (::fchdir(folder) == 0 && dropped && program >= 0 && ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
        (socket == service_fd ? ::fcntl(socket, F_SETFD, 0) : ::dup2(socket, service_fd)) >= 0)
        ::fexecve(program, arguments, environment);
    ::_exit(127);
}

} // namespace

Result<std::unique_ptr<RemoteSigner>> RemoteSigner::start(RemoteOptions options) {
    std::unique_ptr<RemoteSigner> signer(new RemoteSigner(std::move(options)));
    if (auto launched = signer->launch(); !launched)
        return fail(launched.error());
    return signer;
}

RemoteSigner::~RemoteSigner() { end(); }

void RemoteSigner::end() {
    if (fd_ >= 0)
        ::close(fd_); // the process ends with its socket
    fd_ = -1;
    if (pid_ > 0)
        while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
        }
    pid_ = -1;
}

Result<void> RemoteSigner::launch() {
    end();
    const auto account = find_account(options_.account);
    if (auto given = give_folder(options_.folder, account); !given)
        return given;
    const int program = ::open(options_.program.c_str(), O_RDONLY | O_CLOEXEC);
    if (program < 0)
        return failed(options_.program, "cannot be started");
    const int folder = ::open(options_.folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int ends[2] = {-1, -1};
    const bool ready = folder >= 0 && ::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) == 0;
    pid_ = ready ? ::fork() : -1;
    if (pid_ == 0)
        become(program, folder, ends[1], account);
    const int why = errno;
    for (const int fd : {program, folder, ends[1]})
        if (fd >= 0)
            ::close(fd);
    fd_ = ends[0];
    errno = why;
    if (pid_ < 0)
        return failed(options_.program, "cannot be started");
    const timeval limit{10, 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    ::setsockopt(fd_, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
    const auto key = ask_once("hello\n" + options_.name);
    if (!key)
        return fail(Error(key.error()).within("signer"));
    auto verifier = signing::NoteVerifier::parse(*key);
    if (!verifier)
        return fail(verifier.error());
    if (verifier_ && !(verifier_->key() == verifier->key()))
        return fail(ErrorCode::refused, "the signer was started again and has another key");
    verifier_ = std::move(*verifier);
    return {};
}

Result<std::string> RemoteSigner::ask_once(const std::string& request) {
    if (fd_ < 0)
        return fail(ErrorCode::unavailable, "the signer's process has ended");
    if (auto sent = send_message(fd_, request); !sent)
        return fail(sent.error());
    const auto answer = receive_message(fd_);
    return answer ? parse_answer(*answer) : fail(answer.error());
}

Result<std::string> RemoteSigner::ask(const std::string& request) {
    auto answer = ask_once(request);
    if (answer || answer.error().code != ErrorCode::unavailable)
        return answer;
    if (auto launched = launch(); !launched)
        return fail(launched.error());
    if (auto resumed = ask_once(resume_request()); !resumed)
        return resumed;
    return ask_once(request);
}

Result<std::string> RemoteSigner::sign(std::string_view text) {
    const auto stated = ledger::parse_checkpoint(text);
    if (!stated)
        return fail(stated.error());
    const auto told = ask("begin\n");
    if (!told)
        return told;
    std::uint64_t from = 0;
    std::from_chars(told->data(), told->data() + told->size(), from);
    if (from < stated->size)
        if (auto grown = grow(from, stated->size); !grown)
            return fail(grown.error());
    return ask_once("sign\n" + std::string(text));
}

Result<void> RemoteSigner::grow(std::uint64_t from, std::uint64_t end) {
    auto reader = ledger::Reader::open(options_.ledger);
    if (!reader)
        return fail(reader.error());
    std::string leaves;
    Result<std::string> grown;
    const auto hand_over = [&] {
        grown = ask_once("grow\n" + leaves);
        leaves.clear();
        return grown.has_value();
    };
    auto read = reader->each_leaf(from, end, [&](const ledger::Digest& leaf) {
        leaves.append(reinterpret_cast<const char*>(leaf.data()), leaf.size());
        return leaves.size() < leaves_max * sizeof leaf || hand_over();
    });
    if (!read)
        return read;
    if (grown && !leaves.empty())
        hand_over();
    return grown ? Result<void>() : fail(grown.error());
}

std::string RemoteSigner::resume_request() const {
    return "resume\n" + (epoch_.current ? epoch_.current->verifier_key() : "") + "\n" + (epoch_.next ? epoch_.next->verifier_key() : "") + "\n";
}

Result<void> RemoteSigner::resume(const ledger::EpochKeys& keys) {
    epoch_ = keys;
    const auto resumed = ask_once(resume_request());
    return resumed ? Result<void>() : fail(resumed.error());
}

Result<signing::NoteVerifier> RemoteSigner::prepare_epoch() {
    const auto key = ask("prepare\n");
    auto verifier = key ? signing::NoteVerifier::parse(*key) : fail(key.error());
    if (verifier)
        epoch_.next = *verifier;
    return verifier;
}

Result<void> RemoteSigner::enter_epoch() {
    const auto entered = ask("enter\n");
    if (!entered)
        return fail(entered.error());
    epoch_.current = std::exchange(epoch_.next, std::nullopt);
    return {};
}

} // namespace ombud::signer
