// push_bench FOLDER: pushes a second through the gate, and how long one takes, beside the bare HTTPS listener of the same
// process. Each question is an entry of a real ledger, durable before it is answered; deliveries go to a receiver on this
// machine. Clients keep their connections, as a video system would. FOLDER is on the disk to be measured.
#include "certificate.hpp"
#include "gates/push/push_gate.hpp"
#include "ledger/ledger.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <ombud/vocabulary.h>
#include <optional>
#include <thread>

using namespace ombud;
using Steady = std::chrono::steady_clock;

namespace {

constexpr const char* token = "a-token-of-32-bytes-for-a-bench";
constexpr const char* body =
    R"({"person":"guard01","title":"Gate","text":"Motion at the gate","data":{"event":4711,"zone":"north"}})";

template <class T>
T value_of(Result<T> result) {
    if (!result)
        throw std::runtime_error(result.error().message);
    return std::move(*result);
}

/// One connection that is kept. @return microseconds a call
std::vector<double> call(std::uint16_t port, std::size_t times, long expected) {
    CURL* const easy = curl_easy_init();
    const std::string url = "https://127.0.0.1:" + std::to_string(port) + "/v1/push";
    const std::string ca = Certificate::shared().pem().string();
    curl_slist* const fields = curl_slist_append(nullptr, (std::string("Authorization: Bearer ") + token).c_str());
    curl_easy_setopt(easy, CURLOPT_URL, url.c_str());
    curl_easy_setopt(easy, CURLOPT_CAINFO, ca.c_str());
    curl_easy_setopt(easy, CURLOPT_NOPROXY, "*");
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, body);
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, fields);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, +[](char*, std::size_t, std::size_t size, void*) { return size; });
    std::vector<double> took;
    for (std::size_t i = 0; i < times; ++i) {
        const auto begin = Steady::now();
        long status = 0;
        if (curl_easy_perform(easy) != CURLE_OK || curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status) != CURLE_OK ||
            status != expected)
            throw std::runtime_error("a call was answered with status " + std::to_string(status));
        took.push_back(std::chrono::duration<double, std::micro>(Steady::now() - begin).count());
    }
    curl_slist_free_all(fields);
    curl_easy_cleanup(easy);
    return took;
}

struct Figures {
    double per_second, p50_ms, p99_ms;
};

Figures measure(std::uint16_t port, std::size_t clients, std::size_t calls, long expected) {
    (void)call(port, 20, expected); // what is made at first use is made
    std::vector<std::vector<double>> took(clients);
    std::vector<std::thread> threads;
    const auto begin = Steady::now();
    for (std::size_t i = 0; i < clients; ++i)
        threads.emplace_back([&, i] { took[i] = call(port, calls / clients, expected); });
    for (auto& thread : threads)
        thread.join();
    const double seconds = std::chrono::duration<double>(Steady::now() - begin).count();
    std::vector<double> all;
    for (const auto& part : took)
        all.insert(all.end(), part.begin(), part.end());
    std::sort(all.begin(), all.end());
    return {static_cast<double>(all.size()) / seconds, all[all.size() / 2] / 1000, all[all.size() * 99 / 100] / 1000};
}

api::HttpsOptions https() {
    api::HttpsOptions options;
    options.listen = "127.0.0.1:0";
    options.certificate = Certificate::shared().pem();
    options.key = Certificate::shared().key();
    return options;
}

void print(const char* what, std::size_t clients, const Figures& figures, double of) {
    std::printf("| %-45s | %7zu | %8.0f | %6.2f | %6.2f | %5.2f |\n", what, clients, figures.per_second, figures.p50_ms,
                figures.p99_ms, figures.per_second / of);
}

void run(const std::filesystem::path& folder) {
    const SystemClock clock;
    Names names;
    auto signer = value_of(ledger::KeySigner::open(folder / "bench.key", "bench"));
    const auto ledger = value_of(ledger::Ledger::open(folder / "ledger", signer, clock));
    const auto receiver = value_of(api::HttpsServer::start(
        https(), [](const api::HttpsCall&) { return api::HttpsReply{{200, "{}", {}}, {}}; }));

    Decision decision;
    push::Device device;
    device.id = "phone-1";
    device.person = "guard01";
    device.forwarder = "hook";
    const auto gate_with = [&](VerdictAction action) {
        decision.action = action;
        decision.rule = "PUSH-1";
        decision.reason = "a benchmark";
        decision.fields = {{names.intern(OMBUD_KEY_TITLE), "Video system"}};
        push::PushGate::Options options;
        options.https = https();
        options.senders = {{"bench", token}};
        options.state_file = folder / (action == VerdictAction::deny ? "deny.db" : "push.db");
        options.limits.deliveries_max = 1'000'000; // what is measured is taking them in
        push::ForwarderOptions hook;
        hook.id = "hook";
        hook.url = "https://127.0.0.1:" + std::to_string(receiver->port()) + "/";
        hook.provider = "bench";
        hook.country = "DE";
        hook.ca_file = Certificate::shared().pem();
        options.forwarders = {hook};
        const auto note = [&](const ledger::Entry& entry) -> Result<void> {
            const auto recorded = ledger->append(entry);
            return recorded ? Result<void>() : fail(recorded.error());
        };
        return value_of(push::PushGate::start(
            options, {[&, note](const EventRef&) -> Result<Judgement> {
                          if (auto noted = note(ledger::Entry("hook.judged").set("type", "push.send")); !noted)
                              return fail(noted.error());
                          return Judgement{decision, decision, {}, 0};
                      },
                      [&](const std::string&) { return std::vector<push::Device>{device}; },
                      [&](const std::string&) { return std::optional<push::Device>(device); },
                      [](const std::string&, std::int64_t) {}, [](const std::string&, const std::string&) {}, note, clock,
                      names}));
    };

    std::puts("| what                                          | clients | calls/s  | p50 ms | p99 ms | ratio |");
    std::puts("|-----------------------------------------------|---------|----------|--------|--------|-------|");
    for (const std::size_t clients : {std::size_t{1}, std::size_t{16}}) {
        const std::size_t calls = clients == 1 ? 1'000 : 4'000;
        const auto bare = measure(receiver->port(), clients, calls, 200);
        print("the HTTPS listener alone", clients, bare, bare.per_second);
        {
            const auto gate = gate_with(VerdictAction::deny);
            print("refused: one entry, durable", clients, measure(gate->status().port, clients, calls, 403), bare.per_second);
        }
        const auto gate = gate_with(VerdictAction::transform);
        print("queued: one entry, original and delivery kept", clients, measure(gate->status().port, clients, calls, 202),
              bare.per_second);
        const auto begin = Steady::now();
        const auto left = gate->status().size.deliveries;
        while (gate->status().size.deliveries > 0)
            std::this_thread::sleep_for(std::chrono::milliseconds(5));
        const double seconds = std::chrono::duration<double>(Steady::now() - begin).count();
        if (left > 100)
            std::printf("\n%zu deliveries still waited, and went out at %.0f a second, each with its entry.\n\n", left,
                        static_cast<double>(left) / seconds);
    }
}

} // namespace

int main(int argc, char** argv) try {
    if (argc != 2) {
        std::fputs("usage: push_bench FOLDER\n", stderr);
        return 2;
    }
    const std::filesystem::path folder = std::filesystem::path(argv[1]) / "push_bench";
    std::filesystem::remove_all(folder);
    std::filesystem::create_directories(folder);
    run(folder);
    std::filesystem::remove_all(folder);
    return 0;
} catch (const std::exception& exception) {
    std::fprintf(stderr, "push_bench: %s\n", exception.what());
    return 1;
}
