#include "fake_daemon.hpp"

#include <catch2/catch.hpp>

TEST_CASE("an audit is waited for and its end shown", "[cli]") {
    FakeDaemon daemon;
    const Place place{0, false, false, {{"OMBUD_STATE", daemon.folder().string()}}};

    const Outcome outcome = run_ombud({"audit", "run", "retention_auditor"}, place);

    CHECK(outcome.exit_code == 0);
    CHECK(outcome.err.empty());
    CHECK(outcome.out == "audit 7 of retention_auditor: done, 3 overdue\n"
                         "examined  1200 of 1200\n"
                         "findings  3 opened, 1 closed\n"
                         "actions   2 asked for\n"
                         "processor 41 ms\n");
}

TEST_CASE("on a terminal an audit shows how far it is, and clears the bar at the end", "[cli]") {
    FakeDaemon daemon;
    const Place place{80, false, true, {{"OMBUD_STATE", daemon.folder().string()}}};

    const Outcome outcome = run_ombud({"audit", "run", "retention_auditor"}, place);

    CHECK_THAT(outcome.err, Catch::Contains("audit [########................] 400/1200"));
    CHECK_THAT(outcome.err, Catch::EndsWith("\r\x1b[K"));
}

TEST_CASE("quiet is quiet on a terminal, too", "[cli]") {
    FakeDaemon daemon;
    const Place place{80, false, true, {{"OMBUD_STATE", daemon.folder().string()}}};

    const Outcome outcome = run_ombud({"audit", "run", "retention_auditor", "--quiet"}, place);

    CHECK(outcome.err.empty());
}

TEST_CASE("Ctrl-C cancels the audit and shows how far it came", "[cli]") {
    FakeDaemon daemon;
    daemon.interrupts_audits = true;
    const Place place{0, false, false, {{"OMBUD_STATE", daemon.folder().string()}}};

    const Outcome outcome = run_ombud({"audit", "run", "retention_auditor"}, place);

    CHECK(outcome.exit_code == 3);
    CHECK_THAT(outcome.out, Catch::StartsWith("audit 7 of retention_auditor: cancelled") &&
                                Catch::Contains("examined  400 of 1200"));
}
