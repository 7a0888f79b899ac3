// Any bytes at all, as site.xml and as a manifest: read or rejected with words, and never anything else.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "config/byte_check.hpp"
#include "config/module_document.hpp"
#include "fixtures.hpp"

using namespace ombud::config;

namespace {

void demand(bool is_so, const char* promise) {
    if (is_so)
        return;
    std::fprintf(stderr, "broken promise: %s\n", promise);
    std::abort();
}

void check_rejection(const Rejection& rejection, std::size_t bytes) {
    demand(!rejection.problems.empty(), "a rejection says why");
    for (const Problem& problem : rejection.problems) {
        demand(!problem.message.empty(), "a problem has words");
        demand(is_utf8(problem.message), "a message is UTF-8");
        demand(problem.line <= bytes + 1, "a line is one of the file");
    }
}

void check_site(const Site& site, std::string_view bytes) {
    demand(diff(site, site).empty(), "a site equals itself");
    const auto again = config_test::parse(bytes);
    demand(again && canonical_text(*again) == canonical_text(site), "reading twice gives the same");
    demand(is_utf8(canonical_text(site)), "canonical text is UTF-8");
    for (const Camera& camera : site.cameras) {
        demand(site.attachment(camera.attachment) != nullptr, "a camera's attachment is there");
        demand(site.camera_of(camera.attachment, camera.device) == &camera, "a device has one camera");
        demand(!camera.retention || camera.retention->period_s > 0, "a period is longer than nothing");
    }
    demand(!site.gates.mail || !site.gates.mail->listen.empty(), "a mail gate listens somewhere");
    if (site.gates.streams) {
        demand(!site.gates.streams->viewers.empty(), "a stream gate has a viewer");
        for (const StreamSource& stream : site.gates.streams->streams)
            demand(site.camera(stream.camera) != nullptr, "a stream's camera is there");
    }
    for (const ModuleSettings& module : site.modules)
        (void)module_document(site, module);
    for (const Attachment& attachment : site.attachments) {
        demand(attachment.options.contains("root"), "a required option is there");
        (void)connector_document(site, attachment);
    }
}

/// A record with no fields given, and one with every field given the bytes.
void check_register(const Register& keeps, std::string_view bytes) {
    std::map<std::string, std::string> values;
    for (int round = 0; round < 2; ++round) {
        if (const auto record = check_record(keeps, bytes.substr(0, 300), values, "UTC"); record) {
            demand(is_utf8(record->key), "a key is UTF-8");
            demand(record->values.size() <= keeps.fields.size(), "a field is set once");
        } else {
            demand(is_utf8(record.error().message), "a message is UTF-8");
        }
        for (const RegisterField& field : keeps.fields)
            values[field.name] = bytes;
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    if (const auto site = config_test::parse(bytes))
        check_site(*site, bytes);
    else
        check_rejection(site.error(), size);
    const auto manifest = parse_manifest(bytes, "fuzz.xml");
    if (!manifest)
        check_rejection(manifest.error(), size);
    else
        for (const Register& keeps : manifest->registers)
            check_register(keeps, bytes);
    return 0;
}
