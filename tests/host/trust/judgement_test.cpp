#include "workshop.hpp"

#include "signing/digest.hpp"
#include "signing/encoding.hpp"

namespace ombud::trust {
namespace {

void write(const std::filesystem::path& file, const std::string& bytes) {
    std::ofstream(file, std::ios::binary) << bytes;
}

TEST_CASE("a signed manifest tells who answers for it, and how far that is trusted", "[trust]") {
    Workshop shop;
    shop.trust("acme", "level: organisation\n");
    const auto manifest = shop.manifest(Workshop::manifest_xml("probe"), "acme");

    const auto found = judge_manifest(manifest, read_signature(manifest.file), shop.signers(), {}, false, now_ns);

    REQUIRE(found);
    CHECK(found->level == TrustLevel::organisation);
    CHECK(found->signer == "acme");
    CHECK(found->signer_key == fingerprint(shop.key("acme").public_key()));
    CHECK(found->manifest_sha256 == signing::hex(signing::sha256(manifest.document)));
    CHECK(found->reason.empty());
    CHECK(found->may_run_inline);
}

TEST_CASE("what each level may", "[trust]") {
    struct Row {
        const char* level;
        const char* kind;
        bool is_dev;
        bool accepted;
        bool may_run_inline;
    };
    const Row rows[] = {
        {"ours", "module", false, true, true},          {"ours", "connector", false, true, true},
        {"organisation", "module", false, true, true},  {"organisation", "connector", false, true, true},
        {"community", "module", false, true, false},    {"community", "connector", false, false, false},
        {"development", "module", false, false, false}, {"development", "connector", false, false, false},
        {"development", "module", true, true, true},    {"development", "connector", true, true, true},
    };
    for (const Row& row : rows) {
        DYNAMIC_SECTION(row.level << " " << row.kind << (row.is_dev ? " under --dev" : "")) {
            Workshop shop;
            shop.trust("acme", "level: " + std::string(row.level) + "\n");
            const auto manifest = shop.manifest(Workshop::manifest_xml("probe", "1.0.0", row.kind), "acme");

            const auto found = judge_manifest(manifest, read_signature(manifest.file), shop.signers(), {}, row.is_dev, now_ns);

            REQUIRE(found.has_value() == row.accepted);
            if (found)
                CHECK(found->may_run_inline == row.may_run_inline);
            else
                CHECK(found.error().code == ErrorCode::refused);
        }
    }
}

TEST_CASE("a manifest is refused with the reason when its signature does not hold", "[trust]") {
    struct Row {
        const char* behaviour;
        void (*spoil)(Workshop&, config::Manifest&);
        const char* says;
    };
    const Row rows[] = {
        {"the manifest was changed by one byte",
         [](Workshop&, config::Manifest& m) { m.document[m.document.find("title=\"T\"") + 7] = 'U'; }, "changed after it was signed"},
        {"a blank was added behind its end", [](Workshop&, config::Manifest& m) { m.document += ' '; }, "changed after it was signed"},
        {"somebody signed it whom nobody here trusts",
         [](Workshop& s, config::Manifest& m) { REQUIRE(write_signed(m.file, m.document, s.key("stranger"))); }, "somebody else signed it"},
        {"it has the signature of another manifest",
         [](Workshop& s, config::Manifest& m) {
             REQUIRE(write_signed(s.folder / "other.xml", Workshop::manifest_xml("other"), s.key("acme")));
             std::filesystem::rename(s.folder / "other.xml.sig", signature_file(m.file));
         },
         "changed after it was signed"},
        {"one bit of the signature is another",
         [](Workshop&, config::Manifest& m) {
             auto bytes = *read_signature(m.file);
             bytes[40] ^= 1U;
             write(signature_file(m.file), {bytes.begin(), bytes.end()});
         },
         "changed after it was signed"},
        {"the signature is cut off", [](Workshop&, config::Manifest& m) { write(signature_file(m.file), "short"); }, "5 bytes"},
        {"the signature is empty", [](Workshop&, config::Manifest& m) { write(signature_file(m.file), ""); }, "0 bytes"},
        {"the signature is longer", [](Workshop&, config::Manifest& m) { write(signature_file(m.file), std::string(65, 'x')); }, "65 bytes"},
        {"others may write the signature",
         [](Workshop&, config::Manifest& m) { std::filesystem::permissions(signature_file(m.file), std::filesystem::perms(0666)); }, "chmod go-w"},
        {"its key is withdrawn", [](Workshop& s, config::Manifest&) { s.trust("acme", "level: withdrawn\nreason: stolen\n"); },
         "whose key is withdrawn: stolen"},
        {"its key's days are over", [](Workshop& s, config::Manifest&) { s.trust("acme", "level: ours\nuntil: 2026-11-17\n"); },
         "trusted until 2026-11-17"},
        {"there is no signature", [](Workshop&, config::Manifest& m) { std::filesystem::remove(signature_file(m.file)); },
         "is not signed: there is no probe.xml.sig"},
    };
    for (const Row& row : rows) {
        DYNAMIC_SECTION(row.behaviour) {
            Workshop shop;
            shop.trust("acme", "level: ours\n");
            auto manifest = shop.manifest(Workshop::manifest_xml("probe"), "acme");
            REQUIRE(judge_manifest(manifest, read_signature(manifest.file), shop.signers(), {}, false, now_ns));
            row.spoil(shop, manifest);

            const auto found = judge_manifest(manifest, read_signature(manifest.file), shop.signers(), {}, false, now_ns);

            REQUIRE_FALSE(found);
            CHECK_THAT(found.error().message, Catch::Contains("probe.xml") && Catch::Contains(row.says));
        }
    }
}

TEST_CASE("a key is trusted through its last day", "[trust]") {
    Workshop shop;
    shop.trust("acme", "level: ours\nuntil: 2026-11-18\n");
    const auto manifest = shop.manifest(Workshop::manifest_xml("probe"), "acme");
    constexpr std::int64_t end = 1'795'046'400LL * 1'000'000'000; // 2026-11-19T00:00:00Z

    CHECK(judge_manifest(manifest, read_signature(manifest.file), shop.signers(), {}, false, end - 1));
    CHECK_FALSE(judge_manifest(manifest, read_signature(manifest.file), shop.signers(), {}, false, end));
}

TEST_CASE("a signature over a manifest without a library's hash is worth nothing", "[trust]") {
    Workshop shop;
    shop.trust("acme", "level: ours\n");
    const auto manifest = shop.manifest(Workshop::manifest_xml("probe", "1.0.0", "module", ""), "acme");

    const auto found = judge_manifest(manifest, read_signature(manifest.file), shop.signers(), {}, false, now_ns);

    REQUIRE_FALSE(found);
    CHECK_THAT(found.error().message, Catch::Contains("names no <library sha256>"));
}

TEST_CASE("an unsigned module runs only for a reason, sandboxed, and an unsigned connector not at all", "[trust]") {
    Workshop shop;
    const auto module = shop.manifest(Workshop::manifest_xml("probe"), "");
    const auto connector = shop.manifest(Workshop::manifest_xml("probe", "1.0.0", "connector"), "");

    const auto reasoned = judge_manifest(module, read_signature(module.file), shop.signers(), "trial until May", false, now_ns);
    REQUIRE(reasoned);
    CHECK(reasoned->level == TrustLevel::unsigned_code);
    CHECK(reasoned->reason == "trial until May");
    CHECK_FALSE(reasoned->may_run_inline);

    CHECK_FALSE(judge_manifest(module, read_signature(module.file), shop.signers(), {}, false, now_ns));
    CHECK_FALSE(judge_manifest(connector, read_signature(connector.file), shop.signers(), "trial until May", false, now_ns));

    const auto dev = judge_manifest(connector, read_signature(connector.file), shop.signers(), {}, true, now_ns);
    REQUIRE(dev);
    CHECK(dev->reason == "the host runs with --dev");
    CHECK(dev->may_run_inline);
}

TEST_CASE("no reason and no --dev overlooks a signature that is there and wrong", "[trust]") {
    Workshop shop;
    const auto manifest = shop.manifest(Workshop::manifest_xml("probe"), "stranger");

    CHECK_FALSE(judge_manifest(manifest, read_signature(manifest.file), shop.signers(), "trial until May", true, now_ns));
}

} // namespace
} // namespace ombud::trust
