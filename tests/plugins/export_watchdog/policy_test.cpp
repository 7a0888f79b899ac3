#include "export_watchdog/policy.hpp"

#include <catch2/catch.hpp>

#include <functional>

using namespace ombud::export_watchdog;
using Kind = Answer::Kind;

namespace {

constexpr int64_t day_ns = int64_t{86'400} * 1'000'000'000;
constexpr int64_t now = 20'000 * day_ns;

Settings settings() {
    Settings made;
    made.exporters = {"zm-anna"};
    made.desk_exporters = {"anna", "berta"};
    made.administrators = {"root-zm"};
    made.deleters = {"zm-del"};
    made.archivers = {"zm-arc"};
    made.mask_lifters = {"anna"};
    return made;
}

/// An export that nothing speaks against.
Release good() {
    Release release;
    release.via = "desk";
    release.user = "anna";
    release.formats = {"mp4"};
    release.sealed = true;
    release.reason = "request of the police, 77 Js 12/26";
    release.recipient_class = "other-institution";
    release.destination = "safe";
    release.destination_kind = "folder";
    release.destroy_by_utc_ns = now + 30 * day_ns;
    release.masks = "none";
    return release;
}

} // namespace

TEST_CASE("an export by a listed account under all conditions is released", "[export]") {
    CHECK(judge_release(good(), settings(), now).kind == Kind::allow);
}

TEST_CASE("each condition of an export at the desk is kept", "[export]") {
    struct Row {
        const char* behaviour;
        std::function<void(Release&)> change;
        Kind kind;
        const char* rule;
        const char* says;
    };
    const Row rows[] = {
        {"nobody known exports", [](Release& r) { r.user.reset(); }, Kind::deny, "EXP-1", "cannot be known who"},
        {"an account that is not listed", [](Release& r) { r.user = "bert"; }, Kind::deny, "EXP-1", "desk-exporters"},
        {"an exporter of the video system is none of the desk", [](Release& r) { r.user = "zm-anna"; }, Kind::deny, "EXP-1", "not among"},
        {"an unknown way", [](Release& r) { r.via = "mail"; }, Kind::deny, "EXP-1", "which way"},
        {"plain and unsealed", [](Release& r) { r.sealed = false; }, Kind::deny, "EXP-2", "unsealed"},
        {"unknown formats and unsealed", [](Release& r) { r.sealed = false, r.formats.clear(); }, Kind::deny, "EXP-2", "unsealed"},
        {"encrypted and plain together, unsealed", [](Release& r) { r.sealed = false, r.formats = {"encrypted", "jpeg"}; }, Kind::deny, "EXP-2", "unsealed"},
        {"encrypted already needs no seal", [](Release& r) { r.sealed = false, r.formats = {"encrypted"}; }, Kind::allow, "EXP-1", ""},
        {"without a reason", [](Release& r) { r.reason.clear(); }, Kind::deny, "EXP-6", "say why"},
        {"removable without a medium", [](Release& r) { r.destination_kind = "removable"; }, Kind::deny, "EXP-4", "ombud medium add"},
        {"no destination of the site", [](Release& r) { r.destination.clear(), r.destination_kind = "folder"; }, Kind::deny, "EXP-4", "none of the site's"},
        {"an unlisted destination", [](Release& r) { r.destination_kind = "unlisted"; }, Kind::deny, "EXP-4", "none of the site's"},
        {"a kind of destination that is not known", [](Release& r) { r.destination_kind = "carrier-pigeon"; }, Kind::deny, "EXP-4", "none of the site's"},
        {"a medium that cannot be used", [](Release& r) { r.destination_kind = "removable", r.medium = "3"; }, Kind::deny, "EXP-4", "medium 3"},
        {"removable with its medium waits for a second person", [](Release& r) { r.destination_kind = "removable", r.medium = "3", r.medium_usable = true; }, Kind::defer, "EXP-8", "removable"},
        {"and leaves when that person agreed", [](Release& r) { r.destination_kind = "removable", r.medium = "3", r.medium_usable = r.approved = true; }, Kind::allow, "EXP-8", ""},
        {"an approval does not replace a medium", [](Release& r) { r.destination_kind = "removable", r.approved = true; }, Kind::deny, "EXP-4", "medium"},
        {"an approval does not list an account", [](Release& r) { r.user = "bert", r.approved = true; }, Kind::deny, "EXP-1", "not among"},
        {"masks are missing", [](Release& r) { r.masks = "missing"; }, Kind::deny, "EXP-7", "not applied"},
        {"masks are unknown", [](Release& r) { r.masks.reset(); }, Kind::deny, "EXP-7", "not known"},
        {"masks of another word", [](Release& r) { r.masks = "some"; }, Kind::deny, "EXP-7", "not known"},
        {"masks are lifted: a second person", [](Release& r) { r.masks = "lifted"; }, Kind::defer, "EXP-7", "lifted"},
        {"masks are applied", [](Release& r) { r.masks = "applied"; }, Kind::allow, "EXP-1", ""},
        {"no class of recipient", [](Release& r) { r.recipient_class.clear(); }, Kind::deny, "EXP-10", "class"},
        {"a third country without a legal ground", [](Release& r) { r.recipient_class = "third-country"; }, Kind::deny, "EXP-10", "legal ground"},
        {"a third country with one waits for a second person", [](Release& r) { r.recipient_class = "third-country", r.legal_ground = "Art. 49(1)(e)"; }, Kind::defer, "EXP-8", "outside of the EU"},
        {"masks are lifted by who may not", [](Release& r) { r.masks = "lifted", r.user = "berta"; }, Kind::deny, "EXP-7", "mask-lifters"},
        {"a second person lifts nothing for who may not", [](Release& r) { r.masks = "lifted", r.user = "berta", r.approved = true; }, Kind::deny, "EXP-7", "mask-lifters"},
        {"a data subject's copy that is not pixelated", [](Release& r) { r.recipient_class = "data-subject"; }, Kind::deny, "EXP-13", "nobody else"},
        {"a data subject's copy that nobody reviewed", [](Release& r) { r.recipient_class = "data-subject", r.pixelated = true; }, Kind::defer, "EXP-13", "nobody has looked through"},
        {"a data subject's copy, pixelated and reviewed", [](Release& r) { r.recipient_class = "data-subject", r.pixelated = r.reviewed = true; }, Kind::allow, "EXP-1", ""},
        {"a data subject's copy with lifted masks", [](Release& r) { r.recipient_class = "data-subject", r.pixelated = r.reviewed = true, r.masks = "lifted"; }, Kind::deny, "EXP-13", "nobody else"},
        {"no day to destroy it by", [](Release& r) { r.destroy_by_utc_ns.reset(); }, Kind::deny, "EXP-11", "no day"},
        {"a day that is past", [](Release& r) { r.destroy_by_utc_ns = now; }, Kind::deny, "EXP-11", "past"},
        {"the last day that is allowed", [](Release& r) { r.destroy_by_utc_ns = now + 365 * day_ns; }, Kind::allow, "EXP-1", ""},
        {"a day too late", [](Release& r) { r.destroy_by_utc_ns = now + 365 * day_ns + 1; }, Kind::deny, "EXP-11", "365 days"},
        {"all that is wrong is told at once", [](Release& r) { r.user = "bert", r.destroy_by_utc_ns.reset(); }, Kind::deny, "EXP-1", "also EXP-11: no day"},
    };
    for (const Row& row : rows) {
        DYNAMIC_SECTION(row.behaviour) {
            Release release = good();
            row.change(release);

            const Answer answer = judge_release(release, settings(), now);

            CHECK(answer.kind == row.kind);
            CHECK(answer.rule == row.rule);
            CHECK_THAT(answer.reason, Catch::Contains(row.says));
            CHECK_THAT(answer.reason, !Catch::Contains("bert"));
        }
    }
}

TEST_CASE("which exports need a second person is the site's choice, except where masks are lifted", "[export]") {
    Settings chosen = settings();
    Release plain = good(), far = good(), lifted = good();
    far.recipient_class = "third-country";
    far.legal_ground = "Art. 49(1)(e)";
    lifted.masks = "lifted";

    chosen.second_person = SecondPerson::never;
    CHECK(judge_release(far, chosen, now).kind == Kind::allow);
    CHECK(judge_release(lifted, chosen, now).kind == Kind::defer);
    chosen.second_person = SecondPerson::always;
    CHECK(judge_release(plain, chosen, now).kind == Kind::defer);
    plain.approved = true;
    CHECK(judge_release(plain, chosen, now).kind == Kind::allow);
}

TEST_CASE("an export on the video system's pages leaves unsealed, so it is refused or needs two", "[export]") {
    Release web;
    web.via = "web";
    web.user = "zm-anna";
    Settings chosen = settings();

    CHECK(judge_release(web, chosen, now).rule == "EXP-2");
    CHECK(judge_release(web, chosen, now).kind == Kind::deny);
    web.approved = true;
    CHECK(judge_release(web, chosen, now).kind == Kind::deny);

    chosen.web_exports_by_two = true;
    CHECK(judge_release(web, chosen, now).kind == Kind::allow);
    web.approved = false;
    CHECK(judge_release(web, chosen, now).kind == Kind::defer);
    web.masks = "missing";
    web.approved = true;
    CHECK(judge_release(web, chosen, now).rule == "EXP-7");
    CHECK(judge_release(web, chosen, now).kind == Kind::deny);
    web.masks = "none";
    web.user = "anna"; // of this machine, not of the video system
    CHECK(judge_release(web, chosen, now).rule == "EXP-1");
}

TEST_CASE("what somebody may do on the video system's pages", "[export]") {
    struct Row {
        const char *act, *user;
        Kind kind;
        const char* rule;
    };
    const Row rows[] = {
        {"login", nullptr, Kind::allow, "ACC-4"},     {"view", nullptr, Kind::deny, "ACC-1"},      {"view", "guest", Kind::allow, "ACC-4"},
        {"replay", "guest", Kind::allow, "ACC-4"},    {"image", "guest", Kind::allow, "ACC-4"},    {"read", "guest", Kind::allow, "ACC-4"},
        {"download", "guest", Kind::deny, "EXP-1"},   {"download", "zm-anna", Kind::allow, "EXP-1"},
        {"archive", "zm-anna", Kind::deny, "ACC-1"},  {"archive", "zm-arc", Kind::allow, "ACC-1"},
        {"delete", "zm-arc", Kind::deny, "ACC-1"},    {"delete", "zm-del", Kind::allow, "ACC-1"},
        {"change", "zm-del", Kind::deny, "ACC-1"},    {"change", "root-zm", Kind::allow, "ACC-1"},
        {"other", "root-zm", Kind::deny, "ACC-1"},    {"", "root-zm", Kind::deny, "ACC-1"},
        {"VIEW", "root-zm", Kind::deny, "ACC-1"},     {"viewer", "root-zm", Kind::deny, "ACC-1"},
    };
    for (const Row& row : rows) {
        DYNAMIC_SECTION(row.act << " by " << (row.user == nullptr ? "nobody" : row.user)) {
            const Answer answer = judge_access(row.act, row.user == nullptr ? std::nullopt : std::optional<std::string>(row.user), settings());
            CHECK(answer.kind == row.kind);
            CHECK(answer.rule == row.rule);
            CHECK_FALSE(answer.reason.empty());
        }
    }
}

TEST_CASE("an export inside the video system is judged when it is seen", "[export]") {
    SeenExport seen{"zm", "k1/3", "made", "zm-anna", {"mp4"}, false};

    SECTION("by a listed account: it lies there unsealed") {
        const auto meaning = judge_seen(seen, settings());
        REQUIRE(meaning.findings.size() == 1);
        CHECK(meaning.findings[0].control == "EXP-2");
        CHECK(meaning.findings[0].severity == Finding::Severity::violation);
        CHECK_FALSE(meaning.remove);
    }
    SECTION("by an account that is not listed") {
        seen.user = "eve";
        const auto meaning = judge_seen(seen, settings());
        REQUIRE(meaning.findings.size() == 2);
        CHECK(meaning.findings[0].control == "EXP-1");
        CHECK(meaning.findings[0].severity == Finding::Severity::violation);
        CHECK(meaning.findings[0].person == "eve");
        CHECK_THAT(meaning.findings[0].text + meaning.findings[0].key, !Catch::Contains("eve"));
    }
    SECTION("by somebody who cannot be known: a warning, since it may have been right") {
        seen.user.reset();
        const auto meaning = judge_seen(seen, settings());
        CHECK(meaning.findings.at(0).control == "EXP-1");
        CHECK(meaning.findings.at(0).severity == Finding::Severity::warning);
    }
    SECTION("fetched by somebody else than who made it: a matter of its own") {
        seen.user = "eve";
        const auto made = judge_seen(seen, settings());
        seen.state = "fetched";
        CHECK(judge_seen(seen, settings()).findings.at(0).key != made.findings.at(0).key);
    }
    SECTION("abandoned: it is to go") {
        seen.state = "abandoned";
        const auto meaning = judge_seen(seen, settings());
        CHECK(meaning.remove);
        REQUIRE(meaning.findings.size() == 2);
        CHECK(meaning.findings[0].control == "EXP-11");
        CHECK(meaning.findings[1].control == "EXP-2");
    }
    SECTION("gone: what lay there is no matter any more") {
        seen.user = "eve";
        const auto made = judge_seen(seen, settings());
        seen.state = "gone";
        const auto meaning = judge_seen(seen, settings());
        CHECK(meaning.findings.empty());
        CHECK(std::count(meaning.cleared.begin(), meaning.cleared.end(), made.findings.at(1).key) == 1);
        CHECK(std::count(meaning.cleared.begin(), meaning.cleared.end(), made.findings.at(0).key) == 0);
    }
    SECTION("encrypted: nothing lies open") {
        seen.formats = {"encrypted"};
        CHECK(judge_seen(seen, settings()).findings.empty());
    }
}
