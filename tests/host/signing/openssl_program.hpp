#pragma once
// The program `openssl`, as somebody without Ombud has it.

#include "signing/cms/certificate.hpp"
#include "signing/cms/private_key.hpp"
#include "temp_folder.hpp"

#include <catch2/catch.hpp>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

namespace ombud {

/// Runs a shell command in `folder`; what it says goes to `said` there.
inline bool runs(const std::filesystem::path& folder, const std::string& command) {
    return std::system(("cd '" + folder.string() + "' && { " + command + " ; } >said 2>&1").c_str()) == 0;
}

inline void write_bytes(const std::filesystem::path& file, std::string_view bytes) {
    std::ofstream(file, std::ios::binary) << bytes;
}

inline std::string read_bytes(const std::filesystem::path& file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

/// A person with `NAME.pem` and `NAME.key` in a folder, as `openssl req` made them.
struct Person {
    signing::Certificate certificate;
    signing::PrivateKey key;

    /// @param kind  "rsa:2048", or "ec -pkeyopt ec_paramgen_curve:P-384"
    static Person make(const std::filesystem::path& folder, const std::string& name, const std::string& kind,
                       const std::string& more = "-days 30") {
        INFO(read_bytes(folder / "said"));
        REQUIRE(runs(folder, "openssl req -x509 -newkey " + kind + " -nodes -keyout " + name + ".key -out " + name +
                                 ".pem -subj '/CN=" + name + "' " + more + " && chmod 600 " + name + ".key"));
        return {signing::Certificate::read_all(folder / (name + ".pem"), 1).value().front(),
                signing::PrivateKey::load(folder / (name + ".key"), std::nullopt).value()};
    }
};

} // namespace ombud
