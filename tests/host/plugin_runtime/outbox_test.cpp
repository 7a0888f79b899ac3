#include "theatre.hpp"

#include <cstring>
#include <future>

#include <ombud/action.h>
#include <ombud/finding.h>
#include <ombud/inventory.h>
#include <ombud/names.h>

namespace ombud {
namespace {

ombud_finding finding_of(std::string_view key) {
    ombud_finding finding{};
    finding.struct_size = sizeof finding;
    finding.severity = OMBUD_SEVERITY_WARNING;
    finding.key = view(key);
    finding.control = view("RET-3");
    finding.text = view("kept too long");
    return finding;
}

/// Runs work on the instance's worker and gives what it left in its outbox.
Outbox outbox_of(Instance& instance, const std::function<void()>& work,
                 std::function<Result<void>(Outbox&&)> flush = {}) {
    std::promise<Outbox> left;
    instance.post([&](ombud_instance*, CallScope& scope) {
        scope.flush = flush;
        work();
        left.set_value(std::move(scope.outbox));
    });
    return left.get_future().get();
}

TEST_CASE("what a call sends is copied and kept in order", "[outbox]") {
    Lent lent;
    Hands hands;
    const auto instance = play(hands, lent);

    const Outbox sent = outbox_of(*instance, [&] {
        const auto& findings = hands.service<ombud_findings>(OMBUD_FINDINGS_ID);
        std::string key = "RET-3/r1";
        const ombud_finding finding = finding_of(key);
        CHECK(findings.raise(hands.host->ctx, &finding) == OMBUD_OK);
        key[0] = 'x'; // the plugin's memory is its own again
        CHECK(findings.clear(hands.host->ctx, view("RET-3/r0")) == OMBUD_OK);
    });

    REQUIRE(sent.raised.size() == 1);
    CHECK(sent.raised[0].key == "RET-3/r1");
    CHECK(sent.raised[0].severity == OMBUD_SEVERITY_WARNING);
    CHECK(sent.cleared == std::vector<std::string>{"RET-3/r0"});
}

TEST_CASE("findings and actions that cannot be used are refused one by one", "[outbox]") {
    Lent lent;
    Hands hands;
    const auto instance = play(hands, lent);
    static const std::string long_text(4097, 'x');
    struct Row {
        const char* behaviour;
        void (*spoil)(ombud_finding&);
        ombud_status status;
    };
    const Row rows[] = {
        {"a size of nothing", [](auto& f) { f.struct_size = 0; }, OMBUD_INVALID_INPUT},
        {"a size beyond reason", [](auto& f) { f.struct_size = UINT32_MAX; }, OMBUD_INVALID_INPUT},
        {"no key", [](auto& f) { f.key = {}; }, OMBUD_INVALID_INPUT},
        {"no text", [](auto& f) { f.text = {}; }, OMBUD_INVALID_INPUT},
        {"an unknown severity", [](auto& f) { f.severity = 4; }, OMBUD_INVALID_INPUT},
        {"a text that is not UTF-8", [](auto& f) { f.text = view("\xFF"); }, OMBUD_INVALID_INPUT},
        {"a text that is too long", [](auto& f) { f.text = view(long_text); }, OMBUD_INVALID_INPUT},
        {"a null text with a length", [](auto& f) { f.text = {nullptr, 5}; }, OMBUD_INVALID_INPUT},
    };
    for (const Row& row : rows) {
        DYNAMIC_SECTION(row.behaviour) {
            const Outbox sent = outbox_of(*instance, [&] {
                ombud_finding finding = finding_of("k");
                row.spoil(finding);
                CHECK(hands.service<ombud_findings>(OMBUD_FINDINGS_ID).raise(hands.host->ctx, &finding) == row.status);
            });

            CHECK(sent.size() == 0);
        }
    }
}

TEST_CASE("a finding written for a newer host is taken when the host knows all of it, else TOO_NEW", "[outbox]") {
    Lent lent;
    Hands hands;
    const auto instance = play(hands, lent);
    struct Newer {
        ombud_finding finding;
        std::uint64_t appended;
    };

    const Outbox sent = outbox_of(*instance, [&] {
        const auto& findings = hands.service<ombud_findings>(OMBUD_FINDINGS_ID);
        Newer newer{finding_of("k"), 0};
        newer.finding.struct_size = sizeof newer;
        CHECK(findings.raise(hands.host->ctx, &newer.finding) == OMBUD_OK);
        newer.appended = 1;
        CHECK(findings.raise(hands.host->ctx, &newer.finding) == OMBUD_TOO_NEW);
    });

    CHECK(sent.raised.size() == 1);
}

TEST_CASE("a call that may not flush is refused what exceeds its outbox", "[outbox]") {
    Lent lent;
    Hands hands;
    const auto instance = play(hands, lent);
    std::size_t taken = 0;
    ombud_status last = OMBUD_OK;

    const Outbox sent = outbox_of(*instance, [&] {
        const ombud_finding finding = finding_of("k");
        while ((last = hands.service<ombud_findings>(OMBUD_FINDINGS_ID).raise(hands.host->ctx, &finding)) == OMBUD_OK)
            ++taken;
    });

    CHECK(last == OMBUD_REFUSED);
    CHECK(taken == CallScope::flush_at);
    CHECK(sent.size() == CallScope::flush_at);
}

TEST_CASE("a call that may flush loses nothing and keeps little", "[outbox]") {
    Lent lent;
    Hands hands;
    const auto instance = play(hands, lent);
    std::size_t flushed = 0;

    const Outbox rest = outbox_of(
        *instance,
        [&] {
            const ombud_finding finding = finding_of("k");
            for (int i = 0; i < 2'500; ++i)
                REQUIRE(hands.service<ombud_findings>(OMBUD_FINDINGS_ID).raise(hands.host->ctx, &finding) == OMBUD_OK);
        },
        [&](Outbox&& full) -> Result<void> { return flushed += full.size(), Result<void>{}; });

    CHECK(flushed == 2 * CallScope::flush_at);
    CHECK(flushed + rest.size() == 2'500);
}

TEST_CASE("a flush that cannot record is told to the plugin", "[outbox]") {
    Lent lent;
    Hands hands;
    const auto instance = play(hands, lent);

    outbox_of(
        *instance,
        [&] {
            const auto& findings = hands.service<ombud_findings>(OMBUD_FINDINGS_ID);
            const ombud_finding finding = finding_of("k");
            for (std::size_t i = 0; i < CallScope::flush_at; ++i)
                REQUIRE(findings.raise(hands.host->ctx, &finding) == OMBUD_OK);
            CHECK(findings.raise(hands.host->ctx, &finding) == OMBUD_UNAVAILABLE);
        },
        [](Outbox&&) -> Result<void> { return fail(ErrorCode::unavailable, "disk full"); });
}

TEST_CASE("what is sent while an instance begins is refused: nothing would make it durable", "[outbox]") {
    Lent lent;
    Hands hands;
    ombud_status in_start = OMBUD_OK;
    hands.start = [&] {
        const ombud_finding finding = finding_of("k");
        in_start = hands.service<ombud_findings>(OMBUD_FINDINGS_ID).raise(hands.host->ctx, &finding);
        return OMBUD_OK;
    };

    const auto instance = play(hands, lent);

    CHECK(in_start == OMBUD_REFUSED);
}

TEST_CASE("a service called from a thread of the plugin's own is refused and logged", "[outbox]") {
    Lent lent;
    Hands hands;
    const auto instance = play(hands, lent);
    ombud_status status = OMBUD_OK;

    const Outbox sent = outbox_of(*instance, [&] {
        std::thread([&] {
            const ombud_finding finding = finding_of("k");
            status = hands.service<ombud_findings>(OMBUD_FINDINGS_ID).raise(hands.host->ctx, &finding);
        }).join();
    });

    CHECK(status == OMBUD_REFUSED);
    CHECK(sent.size() == 0);
    CHECK(lent.was_logged("findings.raise was called from a thread of the plugin's own"));
}

TEST_CASE("an error text from a thread of the plugin's own is logged, and belongs to no call that runs meanwhile", "[outbox]") {
    Lent lent;
    Hands hands;
    const auto instance = play(hands, lent);
    std::atomic<bool> over{false};
    std::atomic<int> said{0};
    std::thread own([&] {
        while (!over) {
            hands.host->set_error(hands.host->ctx, OMBUD_INTERNAL, view("from a thread"));
            ++said;
            std::this_thread::yield();
        }
    });
    std::string error;

    while (said < 100) {
        std::promise<std::string> left;
        instance->post([&](ombud_instance*, CallScope& scope) { left.set_value(scope.error); });
        error += left.get_future().get();
    }
    over = true;
    own.join();

    CHECK(error.empty());
    CHECK(lent.was_logged("from a thread"));
}

TEST_CASE("a module gets no feed, and without an inventory it gets none", "[outbox]") {
    Lent lent;
    Hands hands;
    const auto instance = play(hands, lent);

    CHECK(hands.host->get_extension(hands.host->ctx, OMBUD_FEED_ID) == nullptr);
    CHECK(hands.host->get_extension(hands.host->ctx, OMBUD_INVENTORY_ID) == nullptr);
    CHECK(hands.host->get_extension(hands.host->ctx, "ombud.unheard.of/1") == nullptr);
    CHECK(hands.host->get_extension(hands.host->ctx, nullptr) == nullptr);
    CHECK(hands.host->get_extension(hands.host->ctx, OMBUD_NAMES_ID) != nullptr);
}

} // namespace
} // namespace ombud
