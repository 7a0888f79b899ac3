#include "daemon/not_given.hpp"

#include <catch2/catch.hpp>
#include <ombud/hook.h>

namespace ombud::daemon {
namespace {

using Texts = std::vector<std::string>;

config::Site site_of(const std::vector<std::pair<std::string, Texts>>& modules) {
    config::Site site;
    for (const auto& [id, attachment] : {std::pair("entrance", "zm"), std::pair("yard", "zm"), std::pair("hall", "files")}) {
        config::Camera camera;
        camera.id = id;
        camera.attachment = attachment;
        site.cameras.push_back(std::move(camera));
    }
    for (const auto& [id, cameras] : modules) {
        config::ModuleSettings settings;
        settings.id = id;
        settings.cameras = cameras;
        site.modules.push_back(std::move(settings));
    }
    return site;
}

config::Manifest manifest(const Texts& controls, std::uint32_t hook = OMBUD_HOOK_STREAM_OPEN) {
    config::Manifest made;
    made.controls = controls;
    config::HookSpec spec;
    spec.id = hook;
    made.hooks.push_back(std::move(spec));
    return made;
}

Member member(const std::string& id, Mode mode = Mode::enforce) {
    Member made;
    made.id = id;
    made.mode = mode;
    return made;
}

TEST_CASE("cameras are kept from a module that is given others", "[given]") {
    const auto site = site_of({{"limited", {"entrance"}}, {"free", {}}});

    CHECK(cameras_kept_from(site, *site.module("limited")) == Texts{"yard", "hall"});
    CHECK(cameras_kept_from(site, *site.module("limited"), "zm") == Texts{"yard"});
    CHECK(cameras_kept_from(site, *site.module("free")).empty());
    CHECK(cameras_given_to_none(site, {"limited"}) == Texts{"yard", "hall"});
    CHECK(cameras_given_to_none(site, {"limited", "free"}) == std::nullopt);
}

TEST_CASE("controls that nobody watches at some cameras are told with them", "[given]") {
    const config::Manifests manifests{{"a", manifest({"AMG-1", "RET-1"})}, {"b", manifest({"RET-1"})}, {"mail", manifest({"MAIL-2"}, OMBUD_HOOK_MAIL_SEND)}};
    struct Row {
        const char* behaviour;
        std::vector<std::pair<std::string, Texts>> modules;
        std::vector<Member> members;
        Texts told;
    };
    const Row rows[] = {
        {"a module that is given all", {{"a", {}}}, {member("a")}, {}},
        {"a module that is given some", {{"a", {"entrance"}}}, {member("a")},
         {"not given to a: cameras yard, hall, and devices that are no camera of the site; nobody watches AMG-1, RET-1 there"}},
        {"what another one watches there is watched", {{"a", {"entrance"}}, {"b", {}}}, {member("a"), member("b", Mode::monitor)},
         {"not given to a: cameras yard, hall, and devices that are no camera of the site; nobody watches AMG-1 there"}},
        {"one that is off watches nothing", {{"a", {"entrance"}}, {"b", {}}}, {member("a"), member("b", Mode::off)},
         {"not given to a: cameras yard, hall, and devices that are no camera of the site; nobody watches AMG-1, RET-1 there"}},
        {"two that share the cameras", {{"a", {"entrance", "yard"}}, {"b", {"hall"}}}, {member("a"), member("b")},
         {"not given to a: cameras hall, and devices that are no camera of the site; nobody watches AMG-1 there",
          "not given to a, b: devices that are no camera of the site; nobody watches RET-1 there"}},
        {"a module of mails, which are no camera's", {{"mail", {"hall"}}}, {member("mail")}, {}},
        {"a limited module that is off, which is told as such elsewhere", {{"a", {"hall"}}}, {member("a", Mode::off)}, {}},
    };
    for (const Row& row : rows)
        DYNAMIC_SECTION(row.behaviour) {
            CHECK(unwatched(site_of(row.modules), manifests, row.members) == row.told);
        }
}

TEST_CASE("a long list of cameras ends with how many more there are", "[given]") {
    CHECK(camera_list({"a", "b"}) == "a, b");
    CHECK_THAT(camera_list(Texts(23, "x")), Catch::EndsWith("x, x and 3 more"));
}

} // namespace
} // namespace ombud::daemon
