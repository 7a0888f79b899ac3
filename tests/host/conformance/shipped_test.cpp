#include <catch2/catch.hpp>

#include <map>
#include <string>
#include <vector>

#include "conformance/conformance.hpp"

using namespace ombud::conformance;

// What we hand out keeps the rules that we ask others to keep.
TEST_CASE("every plugin and sample of the project passes every check", "[conformance]") {
    struct Row {
        std::string plugin;
        std::string manifest;
        std::map<std::string, std::string> options = {};
        std::vector<std::string> libraries = {};
    };
    const std::string samples = SAMPLES;
    const Row rows[] = {
        {"audio_metadata_gate", ""},
        {"connect_folder", ""},
        {"connect_zoneminder",
         "",
         {{"api-url", "http://127.0.0.1:9/zm/api"}, {"db-socket", "/nonexistent/mysqld.sock"}},
         {"libcurl.so.4", "libcrypto.so.3", "libmariadb.so.3", "libboost_json.so.1.81.0"}},
        {"email_whitelist", "", {}, {"libicuuc.so.72", "libicui18n.so.72"}},
        {"export_watchdog", ""},
        {"pixelate", "", {}, {"libopencv_core.so.406", "libopencv_imgproc.so.406", "libopencv_video.so.406"}},
        {"push_consent_guard", ""},
        {"retention_auditor", ""},
        {"hello_c", samples + "/hello_c/hello_c.xml"},
        {"hello_cpp", samples + "/hello_cpp/hello_cpp.xml"},
#ifdef WITH_RUST
        {"hello_rust", samples + "/hello_rust/hello_rust.xml"},
#endif
    };
    for (const Row& row : rows) {
        DYNAMIC_SECTION(row.plugin) {
            Request request;
            request.file = std::string(PLUGINS) + "/" + row.plugin + ".so";
            request.manifest = row.manifest;
            request.manifests = MANIFESTS;
            request.options = row.options;
            request.libraries = row.libraries;

            const auto report = check_plugin(request);

            REQUIRE(report);
            for (const CheckResult& result : report->checks) {
                INFO(result.name << ": " << result.seen << "; do: " << result.advice);
                CHECK(result.outcome != Outcome::fail);
            }
        }
    }
}
