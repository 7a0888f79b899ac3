#pragma once
// Keys, a folder that trusts some of them, and manifests that they signed.

#include "config/manifest.hpp"
#include "signing/key.hpp"
#include "temp_folder.hpp"
#include "trust/signature.hpp"
#include "trust/trust.hpp"

#include <catch2/catch.hpp>
#include <fstream>
#include <map>
#include <string>

namespace ombud::trust {

constexpr std::int64_t now_ns = 1'795'000'000LL * 1'000'000'000; // 2026-11-18
const std::string library_hash(64, 'a');

struct Workshop {
    TempFolder folder;
    std::filesystem::path trust_folder = folder / "trust.d";
    std::map<std::string, signing::SigningKey> keys;

    Workshop() { std::filesystem::create_directory(trust_folder); }

    const signing::SigningKey& key(const std::string& name) {
        auto found = keys.find(name);
        if (found == keys.end())
            found = keys.emplace(name, *signing::SigningKey::generate()).first;
        return found->second;
    }
    /// `lines` stand above the key, such as "level: ours\n".
    void trust(const std::string& name, const std::string& lines) {
        std::ofstream(trust_folder / (name + ".pem")) << lines << key(name).public_key().pem();
    }
    Signers signers() {
        auto read = Signers::read({trust_folder});
        if (!read)
            FAIL(read.error().message);
        return std::move(*read);
    }
    static std::string manifest_xml(const std::string& id, const std::string& version = "1.0.0", const std::string& kind = "module",
                                    const std::string& library = library_hash) {
        return "<plugin xmlns=\"urn:ombud:module:1\" id=\"" + id + "\" kind=\"" + kind + "\" title=\"T\" company=\"C\" version=\"" +
               version + "\" abi=\"1.0\" isolation=\"process\">\n  <summary>s</summary>\n" +
               (library.empty() ? "" : "  <library sha256=\"" + library + "\"/>\n") + "</plugin>\n";
    }
    /// The manifest as the host has read it, signed by `signer` (empty: not signed).
    config::Manifest manifest(const std::string& text, const std::string& signer) {
        auto parsed = config::parse_manifest(text, (folder / "probe.xml").string());
        if (!parsed)
            FAIL(parsed.error().error().message);
        if (!signer.empty())
            REQUIRE(write_signed(parsed->file, text, key(signer)));
        return std::move(*parsed);
    }
    std::filesystem::path index(const std::string& name, const config::PluginIndex& index, const std::string& signer) {
        const auto file = trust_folder / (name + ".index.xml");
        REQUIRE(write_signed(file, to_xml(index), key(signer)));
        return file;
    }
};

} // namespace ombud::trust
