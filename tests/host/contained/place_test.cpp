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
        config::Isolation isolation;
        Trust trust;
        Runner untrusted, place;
    };
    using config::Isolation;
    const Row rows[] = {
        {"the site says inline", Runner::in_process, {}, Isolation::process, Trust::none, Runner::sandboxed, Runner::in_process},
        {"the site says sandboxed", Runner::sandboxed, {}, Isolation::in_process, Trust::signer, Runner::in_process, Runner::sandboxed},
        {"the manifest demands a layer", {}, {"seccomp"}, Isolation::in_process, Trust::signer, Runner::in_process, Runner::sandboxed},
        {"nobody vouches for it", {}, {}, Isolation::in_process, Trust::none, Runner::sandboxed, Runner::sandboxed},
        {"a trusted signer asks for inline", {}, {}, Isolation::in_process, Trust::signer, Runner::sandboxed, Runner::in_process},
        {"a trusted signer asks for a process", {}, {}, Isolation::process, Trust::signer, Runner::sandboxed, Runner::sandboxed},
    };
    for (const Row& row : rows)
        DYNAMIC_SECTION(row.behaviour) {
            config::Manifest manifest;
            manifest.isolation = row.isolation;
            manifest.sandbox_demand = row.demand;
            config::ModuleSettings settings;
            settings.runner = row.said;

            CHECK(place_of(manifest, &settings, row.trust, row.untrusted) == row.place);
        }
}

TEST_CASE("a connector runs inline, and so does nothing that demands a sandbox", "[contained]") {
    config::Manifest connector, module;
    connector.kind = config::PluginKind::connector;
    module.id = "m";
    module.sandbox_demand = {"seccomp"};

    CHECK(place_of(connector, nullptr, Trust::none, Runner::sandboxed) == Runner::in_process);
    const auto loaded = load_at(Runner::in_process, {}, module, nullptr);
    REQUIRE_FALSE(loaded);
    CHECK(loaded.error().code == ErrorCode::refused);
    CHECK_THAT(loaded.error().message, Catch::Contains("demands a sandbox"));
}

} // namespace
} // namespace ombud::daemon
