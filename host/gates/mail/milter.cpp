#include "gates/mail/milter.hpp"

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <grp.h>
#include <mutex>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <thread>
#include <unistd.h>

#include <libmilter/mfapi.h>
#include <ombud/host.h>

namespace ombud::mail::milter {
namespace {

/// All that is known of the process's one listener. Never destroyed: libmilter's threads live until the process ends.
struct Listener {
    std::mutex mutex;
    std::string listen; ///< empty: not started
    std::shared_ptr<Judge> judge;
    std::atomic<bool> running{false};
    std::atomic<std::size_t> sessions{0};

    std::shared_ptr<Judge> current() {
        const std::lock_guard lock(mutex);
        return judge;
    }
};

Listener& listener() {
    static auto* const only = new Listener;
    return *only;
}

/// One connection of the mail server.
struct Connection {
    unsigned long steps = 0; ///< SMFIP_* that were agreed on
    std::shared_ptr<Judge> judge;
    std::optional<Session> session; ///< none: there is no gate

    /// A mail begins: it is judged by the gate of this moment, for a connection may outlive one.
    void renew() {
        auto now = listener().current();
        if (now == judge)
            return;
        judge = std::move(now);
        session.reset();
        if (judge)
            session.emplace(judge);
    }

    [[nodiscard]] sfsistat go_on(unsigned long no_reply) const { return (steps & no_reply) != 0 ? SMFIS_NOREPLY : SMFIS_CONTINUE; }
};

Connection* connection_of(SMFICTX* context) { return static_cast<Connection*>(smfi_getpriv(context)); }

std::string macro(SMFICTX* context, const char* name) {
    std::string copy(name);
    const char* const value = smfi_getsymval(context, copy.data());
    return value ? value : "";
}

sfsistat answer(SMFICTX* context, const Reply& reply) {
    if (reply.code == 0)
        return SMFIS_CONTINUE;
    std::string text;
    for (const char c : reply.text)
        text.append(c == '%' ? 2 : 1, c); // the milter protocol takes the text for a format
    std::string code = std::to_string(reply.code), enhanced = reply.enhanced;
    smfi_setreply(context, code.data(), enhanced.data(), text.data());
    return reply.code >= 500 ? SMFIS_REJECT : SMFIS_TEMPFAIL;
}

/// Nothing that is thrown may unwind into C; a mail whose handling threw is held.
template <class Body>
sfsistat guarded(SMFICTX* context, Body body) noexcept {
    try {
        Connection* const connection = connection_of(context);
        return connection ? body(*connection) : SMFIS_TEMPFAIL;
    } catch (...) {
        return SMFIS_TEMPFAIL;
    }
}

constexpr unsigned long needed_actions = SMFIF_ADDHDRS | SMFIF_CHGHDRS | SMFIF_CHGBODY;
// DATA is asked for though nothing is decided there: over TCP Postfix would send its macros all the same, and what follows them
// would wait 40 ms for an acknowledgement that only an answer brings at once.
constexpr unsigned long unneeded_steps = SMFIP_NOCONNECT | SMFIP_NOHELO | SMFIP_NOUNKNOWN | SMFIP_NOEOH;
constexpr unsigned long silent_steps = SMFIP_NR_MAIL | SMFIP_NR_HDR | SMFIP_NR_BODY;

sfsistat on_negotiate(SMFICTX* context, unsigned long actions, unsigned long steps, unsigned long, unsigned long, unsigned long* out_actions,
                      unsigned long* out_steps, unsigned long* out2, unsigned long* out3) noexcept {
    try {
        const auto judge = listener().current();
        if ((actions & needed_actions) != needed_actions) {
            if (judge)
                judge->log(OMBUD_LOG_ERROR, "a mail server that cannot change mails is turned away; Postfix and Sendmail can");
            return SMFIS_REJECT;
        }
        auto connection = std::make_unique<Connection>();
        *out_actions = needed_actions;
        *out_steps = connection->steps = steps & (unneeded_steps | silent_steps | SMFIP_HDR_LEADSPC);
        *out2 = *out3 = 0;
        if ((actions & SMFIF_SETSYMLIST) != 0) {
            std::string mail = "i {client_addr} {tls_version}", rcpt = "{rcpt_mailer} {rcpt_host} {smtp_tls_security_level}", end = "i";
            smfi_setsymlist(context, SMFIM_ENVFROM, mail.data());
            smfi_setsymlist(context, SMFIM_ENVRCPT, rcpt.data());
            smfi_setsymlist(context, SMFIM_EOM, end.data());
            *out_actions |= SMFIF_SETSYMLIST;
        }
        delete connection_of(context);
        smfi_setpriv(context, connection.release());
        ++listener().sessions;
        return SMFIS_CONTINUE;
    } catch (...) {
        return SMFIS_REJECT;
    }
}

sfsistat on_sender(SMFICTX* context, char** arguments) noexcept {
    return guarded(context, [&](Connection& connection) {
        connection.renew();
        if (connection.session)
            connection.session->begin({without_brackets(arguments[0]), macro(context, "{client_addr}"), macro(context, "{tls_version}"),
                                       macro(context, "i")});
        return connection.go_on(SMFIP_NR_MAIL);
    });
}

sfsistat on_recipient(SMFICTX* context, char** arguments) noexcept {
    return guarded(context, [&](Connection& connection) {
        if (!connection.session)
            return answer(context, held("the mail gate is closed"));
        return answer(context, connection.session->recipient({without_brackets(arguments[0]), macro(context, "{rcpt_mailer}"),
                                                              macro(context, "{rcpt_host}"), macro(context, "{smtp_tls_security_level}")}));
    });
}

sfsistat on_data(SMFICTX*) noexcept { return SMFIS_CONTINUE; }

sfsistat on_header(SMFICTX* context, char* name, char* value) noexcept {
    return guarded(context, [&](Connection& connection) {
        if (connection.session)
            connection.session->header(name, (connection.steps & SMFIP_HDR_LEADSPC) != 0 ? std::string(value) : " " + std::string(value));
        return connection.go_on(SMFIP_NR_HDR);
    });
}

sfsistat on_body(SMFICTX* context, unsigned char* bytes, std::size_t size) noexcept {
    return guarded(context, [&](Connection& connection) {
        if (connection.session)
            connection.session->body({static_cast<const char*>(static_cast<void*>(bytes)), size});
        return connection.go_on(SMFIP_NR_BODY);
    });
}

bool carry_out(SMFICTX* context, Ending& ending, bool leading_space) {
    for (HeaderChange& change : ending.headers) {
        std::string value = change.value.value_or("");
        if (leading_space && change.value)
            value.insert(0, " ");
        const int done = change.index == 0 ? smfi_addheader(context, change.name.data(), value.data())
                                           : smfi_chgheader(context, change.name.data(), change.index, change.value ? value.data() : nullptr);
        if (done != MI_SUCCESS)
            return false;
    }
    if (!ending.body)
        return true;
    auto* const bytes = static_cast<unsigned char*>(static_cast<void*>(ending.body->data()));
    return smfi_replacebody(context, bytes, static_cast<int>(ending.body->size())) == MI_SUCCESS;
}

sfsistat on_end(SMFICTX* context) noexcept {
    return guarded(context, [&](Connection& connection) {
        if (!connection.session)
            return answer(context, held("the mail gate is closed"));
        Ending ending = connection.session->end(macro(context, "i"));
        if (ending.reply.code == 0 && !carry_out(context, ending, (connection.steps & SMFIP_HDR_LEADSPC) != 0))
            ending.reply = held("the mail server did not take the changes");
        return answer(context, ending.reply);
    });
}

sfsistat on_abort(SMFICTX* context) noexcept {
    return guarded(context, [](Connection& connection) {
        if (connection.session)
            connection.session->abort();
        return SMFIS_CONTINUE;
    });
}

sfsistat on_close(SMFICTX* context) noexcept {
    if (Connection* const connection = connection_of(context)) {
        smfi_setpriv(context, nullptr);
        delete connection;
        --listener().sessions;
    }
    return SMFIS_CONTINUE;
}

/// The address as libmilter writes it: "inet:8894@127.0.0.1", "inet6:8894@::1", "unix:/path".
Result<std::string> libmilter_address(const std::string& listen) {
    if (listen.starts_with("unix:/"))
        return listen;
    const std::size_t colon = listen.rfind(':');
    if (!listen.starts_with("inet:") || colon <= 5 || colon + 1 >= listen.size())
        return fail(ErrorCode::invalid_input, "listen '" + listen + "' is neither inet:ADDRESS:PORT nor unix:/path");
    std::string address = listen.substr(5, colon - 5);
    const bool is_six = address.starts_with("[") && address.ends_with("]");
    if (is_six)
        address = address.substr(1, address.size() - 2);
    return (is_six ? "inet6:" : "inet:") + listen.substr(colon + 1) + "@" + address;
}

Result<void> open_to_group(const std::string& path, const std::string& group) {
    if (group.empty())
        return {};
    const struct group* const found = ::getgrnam(group.c_str());
    if (!found)
        return fail(ErrorCode::invalid_input, "group '" + group + "' is not known on this machine");
    if (::chown(path.c_str(), static_cast<uid_t>(-1), found->gr_gid) != 0 || ::chmod(path.c_str(), 0660) != 0)
        return fail(ErrorCode::unavailable, path + ": cannot be given to group '" + group + "': " + std::strerror(errno));
    return {};
}

/// A changed mail is answered in several small writes, of which the second would wait 40 ms for the first one's
/// acknowledgement. libmilter tells no descriptor; accepted connections inherit the listening one's option.
void answer_at_once(const std::string& listen) {
    if (listen.starts_with("unix:"))
        return;
    const int port = std::atoi(listen.substr(listen.rfind(':') + 1).c_str());
    std::error_code unreadable; // then it is slow, and right all the same
    for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd", unreadable)) {
        const int fd = std::atoi(entry.path().filename().c_str());
        int listens = 0, on = 1;
        socklen_t size = sizeof listens;
        sockaddr_in6 address{}; // sockaddr_in has its port at the same place
        socklen_t length = sizeof address;
        auto* const generic = static_cast<sockaddr*>(static_cast<void*>(&address));
        if (::getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &size) == 0 && listens == 1 && ::getsockname(fd, generic, &length) == 0 &&
            (generic->sa_family == AF_INET || generic->sa_family == AF_INET6) && ntohs(address.sin6_port) == port)
            (void)::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    }
}

void run() {
    const int ended = smfi_main();
    listener().running = false;
    const auto judge = listener().current();
    if (judge)
        judge->log(OMBUD_LOG_ERROR, "the mail gate no longer listens; the mail server holds all mail");
    // libmilter waits for SIGTERM, SIGINT and SIGHUP in a thread of its own and may win one that was meant for the whole
    // process; it ends by that. Given back, so that the process ends as it was told to.
    if (ended == MI_SUCCESS)
        ::kill(::getpid(), SIGTERM);
}

Result<void> start(const std::string& listen, const std::string& group) {
    auto address = libmilter_address(listen);
    if (!address)
        return fail(address.error());
    static char name[] = "ombud";
    smfiDesc filter{};
    filter.xxfi_name = name;
    filter.xxfi_version = SMFI_VERSION;
    filter.xxfi_flags = needed_actions | SMFIF_SETSYMLIST;
    filter.xxfi_envfrom = &on_sender;
    filter.xxfi_envrcpt = &on_recipient;
    filter.xxfi_data = &on_data;
    filter.xxfi_header = &on_header;
    filter.xxfi_body = &on_body;
    filter.xxfi_eom = &on_end;
    filter.xxfi_abort = &on_abort;
    filter.xxfi_close = &on_close;
    filter.xxfi_negotiate = &on_negotiate;
    errno = 0;
    if (smfi_setconn(address->data()) != MI_SUCCESS || smfi_register(filter) != MI_SUCCESS)
        return fail(ErrorCode::unavailable, "libmilter cannot be set up for " + listen);
    smfi_setbacklog(256);
    if (smfi_opensocket(true) != MI_SUCCESS)
        return fail(ErrorCode::unavailable, "cannot listen at " + listen + (errno != 0 ? std::string(": ") + std::strerror(errno) : std::string()) +
                                                "; the system's log tells what libmilter met");
    answer_at_once(listen);
    if (listen.starts_with("unix:"))
        if (auto opened = open_to_group(listen.substr(5), group); !opened)
            return opened;
    listener().listen = listen;
    listener().running = true;
    std::thread(&run).detach();
    return {};
}

} // namespace

Result<void> attach(const std::string& listen, const std::string& group, std::shared_ptr<Judge> judge) {
    Listener& only = listener();
    const std::lock_guard lock(only.mutex);
    if (only.judge)
        return fail(ErrorCode::refused, "there is a mail gate in this process already, at " + only.listen);
    if (!only.listen.empty() && only.listen != listen)
        return fail(ErrorCode::refused, "this process listens at " + only.listen + " already, and libmilter can listen once: restart to listen at " + listen);
    if (only.listen.empty())
        if (auto started = start(listen, group); !started)
            return started;
    only.judge = std::move(judge);
    return {};
}

void detach(const Judge& judge) {
    Listener& only = listener();
    const std::lock_guard lock(only.mutex);
    if (only.judge.get() == &judge)
        only.judge.reset();
}

bool is_listening() { return listener().running; }
std::size_t open_sessions() { return listener().sessions; }

} // namespace ombud::mail::milter
