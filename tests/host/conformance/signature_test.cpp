// A signature beside the manifest: right, or caught. Real keys, a real library.
#include <catch2/catch.hpp>

#include <chrono>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>

#include "config/manifest_edit.hpp"
#include "conformance/conformance.hpp"
#include "signing/digest.hpp"
#include "signing/encoding.hpp"
#include "temp_folder.hpp"
#include "trust/signature.hpp"

using namespace ombud;
using namespace ombud::conformance;
namespace fs = std::filesystem;

namespace {

std::string content(const fs::path& file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

/// The sound plugin in a folder of its own, its manifest signed as `ombud plugin sign` does.
struct Bench {
    TempFolder folder;
    signing::SigningKey acme = *signing::SigningKey::generate();
    fs::path library = folder / "sound.so", manifest = folder / "sound.xml";

    Bench() {
        fs::copy_file(std::string(BROKEN) + "/sound.so", library);
        fs::copy_file(std::string(BROKEN) + "/sound.xml", manifest);
    }
    void sign(const signing::SigningKey& key) const {
        const auto text = config::with_library_hash(content(manifest), manifest.string(), signing::hex(signing::sha256(content(library))));
        REQUIRE(text);
        REQUIRE(trust::write_signed(manifest, *text, key));
    }
    trust::Signer signer() const { return {"acme", TrustLevel::community, false, {}, 0, {}, acme.public_key(), "acme.pem"}; }
    /// What the check sees where one key is trusted; nothing: none is.
    CheckResult seen(const std::optional<trust::Signer>& trusted, const std::string& only = "manifest.signature") const {
        Request request;
        request.file = library;
        request.only = only;
        if (trusted)
            request.signers = trust::Signers::of(*trusted);
        const auto report = check_plugin(request);
        REQUIRE(report);
        return report->checks.front();
    }
};

TEST_CASE("a manifest that a trusted key signed passes, and the signer is told", "[conformance]") {
    const Bench bench;
    bench.sign(bench.acme);

    const CheckResult result = bench.seen(bench.signer());

    CHECK(result.outcome == Outcome::pass);
    CHECK(result.seen == "of acme, whose level is community");
    CHECK(bench.seen(bench.signer(), "manifest.library").outcome == Outcome::pass);
}

TEST_CASE("a plugin that nobody signed is told so, and has not failed", "[conformance]") {
    const Bench bench;

    const CheckResult result = bench.seen(bench.signer());

    CHECK(result.outcome == Outcome::not_applicable);
    CHECK(result.seen == "not signed: there is no sound.xml.sig");
}

TEST_CASE("a signature that is there and wrong is caught", "[conformance]") {
    Bench bench;
    bench.sign(bench.acme);
    trust::Signer trusted = bench.signer();
    bool trusts_somebody = true;
    std::string says;
    SECTION("somebody else's") {
        bench.sign(*signing::SigningKey::generate());
        says = "of none of the keys trusted here (acme)";
    }
    SECTION("of a manifest that was changed since") {
        std::ofstream(bench.manifest, std::ios::app) << "<!-- later -->\n";
        says = "it was changed after it was signed";
    }
    SECTION("cut off") {
        fs::resize_file(trust::signature_file(bench.manifest), 63);
        says = "63 bytes";
    }
    SECTION("of a key that is withdrawn") {
        trusted.is_withdrawn = true;
        trusted.reason = "was stolen";
        says = "was stolen";
    }
    SECTION("of a key whose time is over") {
        trusted.until = "2020-01-01";
        trusted.ends_utc_ns = 1;
        says = "was trusted until 2020-01-01";
    }
    SECTION("where nobody is trusted") {
        trusts_somebody = false;
        says = "(none)";
    }
    SECTION("of a manifest that names no library") {
        fs::copy_file(std::string(BROKEN) + "/sound.xml", bench.manifest, fs::copy_options::overwrite_existing);
        REQUIRE(trust::write_signed(bench.manifest, content(bench.manifest), bench.acme));
        says = "names no <library sha256>";
    }

    const CheckResult result = bench.seen(trusts_somebody ? std::optional(trusted) : std::nullopt);

    CHECK(result.outcome == Outcome::fail);
    CHECK_THAT(result.seen, Catch::Contains(says));
    CHECK_FALSE(result.advice.empty());
}

TEST_CASE("where trusted keys cannot be read, only what is signed fails for it", "[conformance]") {
    const Bench bench;
    Request request;
    request.file = bench.library;
    request.only = "manifest.signature";
    request.signers = fail(ErrorCode::refused, "trust.d: others may write it");

    CHECK(check_plugin(request)->checks.front().outcome == Outcome::not_applicable);
    bench.sign(bench.acme);
    CHECK_THAT(check_plugin(request)->checks.front().seen, Catch::Contains("others may write it"));
}

} // namespace
