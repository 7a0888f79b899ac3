// Where a module runs: the site's word, its manifest's demand, and what is done with code that nobody vouches for.
#include "cellar.hpp"

#include "daemon/place.hpp"

namespace ombud::daemon {
namespace {

using config::Runner;

TEST_CASE("the site's word comes first, then the manifest's demand, then trust", "[contained]") {
    struct Row {
        const char* behaviour;
        std::optional<Runner> said;
        std::vector<std::string> demand;
        bool may_run_inline;
        Runner place;
    };
    const Row rows[] = {
        {"the site says inline", Runner::in_process, {}, true, Runner::in_process},
        {"the site says sandboxed", Runner::sandboxed, {}, true, Runner::sandboxed},
        {"the manifest demands a layer", {}, {"seccomp"}, true, Runner::sandboxed},
        {"nobody says anything of who may run inline", {}, {}, true, Runner::in_process},
        {"nobody says anything of who may not", {}, {}, false, Runner::sandboxed},
    };
    for (const Row& row : rows)
        DYNAMIC_SECTION(row.behaviour) {
            config::Manifest manifest;
            manifest.sandbox_demand = row.demand;
            config::ModuleSettings settings;
            settings.runner = row.said;
            Provenance provenance;
            provenance.may_run_inline = row.may_run_inline;

            CHECK(place_of(manifest, &settings, provenance, 0) == row.place);
        }
}

TEST_CASE("who may not run inline does not, whatever the site says", "[contained]") {
    config::Manifest manifest;
    config::ModuleSettings settings;
    settings.runner = Runner::in_process;

    const auto place = place_of(manifest, &settings, Provenance{}, 0);

    REQUIRE_FALSE(place);
    CHECK(place.error().code == ErrorCode::refused);
    CHECK_THAT(place.error().message, Catch::Contains("its level is unsigned, which may run sandboxed only"));
}

TEST_CASE("a library that took the host down too often runs apart, whatever the site says", "[contained]") {
    config::Manifest manifest;
    config::ModuleSettings settings;
    settings.runner = Runner::in_process;
    Provenance provenance;
    provenance.may_run_inline = true;

    CHECK(place_of(manifest, &settings, provenance, crashes_borne) == Runner::in_process);
    CHECK(place_of(manifest, &settings, provenance, crashes_borne + 1) == Runner::sandboxed);
}

TEST_CASE("a connector runs inline, and so does nothing that demands a sandbox", "[contained]") {
    config::Manifest connector, module;
    connector.kind = config::PluginKind::connector;
    module.id = "m";
    module.sandbox_demand = {"seccomp"};

    CHECK(place_of(connector, nullptr, Provenance{}, crashes_borne + 1) == Runner::in_process);
    const auto loaded = load_at(Runner::in_process, {}, module, nullptr);
    REQUIRE_FALSE(loaded);
    CHECK(loaded.error().code == ErrorCode::refused);
    CHECK_THAT(loaded.error().message, Catch::Contains("demands a sandbox"));
}

} // namespace
} // namespace ombud::daemon
