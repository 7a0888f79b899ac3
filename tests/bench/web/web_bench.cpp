// web_bench FOLDER: authorisations a second through the web gate, and what one adds to a request, beside the bare HTTP server of the
// same process answering 204. Each address is read by ZoneMinder's own classification; accounts are not looked up, as there is no
// ZoneMinder here. Each question is an entry of a real ledger, durable before it is answered. Clients keep their connections, as a
// proxy does. FOLDER is on the disk to be measured.
// web_bench --gate FOLDER        the gate alone: prints its port, and lives until the end of its input
// web_bench --ask PORT CLIENTS CALLS distinct|same   as browsers behind nginx do: prints calls a second, p50 and p99 in ms
#include "api/http_server.hpp"
#include "gates/web/web_gate.hpp"
#include "ledger/ledger.hpp"
#include "web/meaning.hpp"

#include <algorithm>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/streambuf.hpp>
#include <boost/asio/write.hpp>
#include <chrono>
#include <cstdio>
#include <ombud/vocabulary.h>
#include <sys/resource.h>
#include <string>
#include <thread>
#include <vector>

using namespace ombud;
using Steady = std::chrono::steady_clock;
using Tcp = boost::asio::ip::tcp;

namespace {

template <class T>
T value_of(Result<T> result) {
    if (!result)
        throw std::runtime_error(result.error().message);
    return std::move(*result);
}

double processor_s() {
    rusage used{};
    getrusage(RUSAGE_SELF, &used);
    const auto seconds = [](const timeval& time) { return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6; };
    return seconds(used.ru_utime) + seconds(used.ru_stime);
}

/// Whom the requests go to: the gate, as a proxy asks it, or a proxy.
enum class To { gate, proxy };

/// What a page's pictures are: each of another recording where `distinct`. @return microseconds a call
std::vector<double> call(To to, std::uint16_t port, std::size_t times, std::size_t first, bool distinct) {
    boost::asio::io_context io;
    Tcp::socket socket(io);
    socket.connect({boost::asio::ip::make_address("127.0.0.1"), port});
    socket.set_option(Tcp::no_delay(true));
    boost::asio::streambuf answer;
    std::vector<double> took;
    for (std::size_t i = 0; i < times; ++i) {
        const std::string id = std::to_string(1 + (distinct ? first + i : 0));
        const std::string target = "/zm/index.php?view=image&eid=" + id + "&fid=snapshot&width=200";
        const std::string request = (to == To::proxy ? "GET " + target + " HTTP/1.1\r\n"
                                                     : "GET /v1/authorize HTTP/1.1\r\nX-Original-Method: GET\r\nX-Real-IP: 192.0.2.7\r\n"
                                                       "X-Original-URI: " + target + "\r\n") +
                                    "Host: cctv.example\r\n"
                                    "Cookie: zmSkin=classic; zmCSS=base; ZMSESSID=0123456789abcdef0123456789\r\n"
                                    "User-Agent: Mozilla/5.0 (X11; Linux x86_64)\r\nAccept: image/avif,image/webp,*/*\r\n\r\n";
        const auto begin = Steady::now();
        boost::asio::write(socket, boost::asio::buffer(request));
        const auto size = boost::asio::read_until(socket, answer, "\r\n\r\n");
        took.push_back(std::chrono::duration<double, std::micro>(Steady::now() - begin).count());
        const std::string_view head(static_cast<const char*>(answer.data().data()), size);
        if (!head.starts_with("HTTP/1.1 204"))
            throw std::runtime_error("answered: " + std::string(head.substr(0, 64)));
        answer.consume(size);
    }
    return took;
}

struct Figures {
    double per_second, p50_ms, p99_ms, processor_us;
};

Figures measure(To to, std::uint16_t port, std::size_t clients, std::size_t calls, bool distinct) {
    static std::size_t base = static_cast<std::size_t>(Steady::now().time_since_epoch().count() / 1000 % 1'000'000) * 100'000'000;
    base += 10'000'000;
    (void)call(to, port, 50, base - 1000, distinct);
    std::vector<std::vector<double>> took(clients);
    std::vector<std::thread> threads;
    const double processor = processor_s();
    const auto begin = Steady::now();
    for (std::size_t i = 0; i < clients; ++i)
        threads.emplace_back([&, i] { took[i] = call(to, port, calls / clients, base + i * calls, distinct); });
    for (auto& thread : threads)
        thread.join();
    const double seconds = std::chrono::duration<double>(Steady::now() - begin).count();
    std::vector<double> all;
    for (const auto& part : took)
        all.insert(all.end(), part.begin(), part.end());
    std::sort(all.begin(), all.end());
    const auto count = static_cast<double>(all.size());
    return {count / seconds, all[all.size() / 2] / 1000, all[all.size() * 99 / 100] / 1000, (processor_s() - processor) * 1e6 / count};
}

void print(const char* what, std::size_t clients, const Figures& figures, const Figures& bare) {
    std::printf("| %-38s | %7zu | %8.0f | %6.3f | %6.3f | %14.3f | %15.0f |\n", what, clients, figures.per_second, figures.p50_ms,
                figures.p99_ms, figures.p50_ms - bare.p50_ms, figures.processor_us);
}

/// Begins the gate and lets `use` have it and the bare server.
template <class Use>
void with_gate(const std::filesystem::path& folder, const Use& use) {
    const SystemClock clock;
    Names names;
    auto signer = value_of(ledger::KeySigner::open(folder / "bench.key", "bench"));
    const auto ledger = value_of(ledger::Ledger::open(folder / "ledger", signer, clock));
    const auto approvals = value_of(approvals::Approvals::open(*ledger, clock));
    api::HttpServerOptions http;
    http.listen = "inet:127.0.0.1:0";
    const auto bare = value_of(api::HttpServer::start(http, [](const api::HttpCall&) { return api::HttpAnswer{204, {}, {}, {}}; }));

    web::WebGate::Options options;
    options.http = http;
    options.attachment = "zm";
    options.enforces = true;
    const auto describe = [&](const web::Asked& asked) -> Result<web::Description> {
        sdk::WebRequest request{asked.method, asked.target};
        request.cookie = asked.cookie;
        const auto meaning = zoneminder::web::meaning_of(request, "/zm");
        web::Description said;
        said.standing = meaning.strange.empty() ? web::Standing::granted : web::Standing::strange;
        EventBuilder builder(names, OMBUD_EVENT_ACCESS_REQUEST, clock.utc_ns());
        builder.text(OMBUD_KEY_ACT, meaning.act).text(OMBUD_KEY_USER, "anna", true).text(OMBUD_KEY_DEVICES, "1");
        if (!meaning.recordings.empty())
            builder.text(OMBUD_KEY_RECORDINGS, meaning.recordings.front());
        said.event = value_of(builder.build());
        return said;
    };
    const auto ask = [&](std::uint32_t, const EventRef& event) -> Result<Judgement> {
        ledger::Entry entry("hook.judged");
        for (const sdk::Field field : event->read()) {
            const auto text = field.as_text();
            if (!text)
                continue;
            if (field.is_personal())
                entry.set(names.name(field.key()), ledger::Personal{std::string(*text)});
            else
                entry.set(names.name(field.key()), *text);
        }
        if (auto noted = ledger->append(entry); !noted)
            return fail(noted.error());
        Judgement judgement;
        judgement.applied.action = VerdictAction::allow;
        return judgement;
    };
    const auto gate = value_of(web::WebGate::start(
        options, {describe, ask, [](std::string_view) { return std::string("gate"); },
                  [](std::string_view) { return std::optional<approvals::Person>(); }, *approvals, value_of(web::Releases::open(*ledger, clock)), {},
                  clock, names, [](int, std::string_view) {}}));

    use(*gate, *bare);
}

void print_table(const web::WebGate& gate, const api::HttpServer& bare) {
    std::puts("| what                                   | clients | calls/s  | p50 ms | p99 ms | added p50 (ms) | processor us    |");
    std::puts("|----------------------------------------|---------|----------|--------|--------|----------------|-----------------|");
    for (const std::size_t clients : {std::size_t{1}, std::size_t{16}}) {
        const std::size_t calls = clients == 1 ? 2'000 : 16'000;
        const Figures alone = measure(To::gate, bare.port(), clients, calls, true);
        print("the HTTP server alone", clients, alone, alone);
        print("asked, each durable in the ledger", clients, measure(To::gate, gate.status().port, clients, calls, true), alone);
        print("the same as a moment ago", clients, measure(To::gate, gate.status().port, clients, calls, false), alone);
    }
}

} // namespace

int main(int argc, char** argv) {
    const std::vector<std::string> words(argv + 1, argv + argc);
    try {
        if (words.size() == 5 && words[0] == "--ask") {
            const auto found = measure(To::proxy, static_cast<std::uint16_t>(std::stoul(words[1])), std::stoul(words[2]), std::stoul(words[3]), words[4] == "distinct");
            std::printf("%.0f %.3f %.3f\n", found.per_second, found.p50_ms, found.p99_ms);
            return 0;
        }
        const bool waits = words.size() == 2 && words[0] == "--gate";
        if (!waits && words.size() != 1) {
            std::fputs("usage: web_bench FOLDER | --gate FOLDER | --ask PORT CLIENTS CALLS distinct|same\n", stderr);
            return 2;
        }
        const auto folder = std::filesystem::path(words.back()) / "web_bench";
        std::filesystem::remove_all(folder);
        std::filesystem::create_directories(folder);
        with_gate(folder, [&](const web::WebGate& gate, const api::HttpServer& bare) {
            if (!waits)
                return print_table(gate, bare);
            std::printf("%u\n", unsigned{gate.status().port});
            std::fflush(stdout);
            while (std::getchar() != EOF) {
            }
        });
        std::filesystem::remove_all(folder);
    } catch (const std::exception& exception) {
        std::fprintf(stderr, "web_bench: %s\n", exception.what());
        return 1;
    }
    return 0;
}
