#pragma once
// One demand on a plugin, and what came of looking. Internal to this folder; conformance.hpp is the way in.

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "config/manifest.hpp"
#include "conformance/conformance.hpp"

namespace ombud::conformance {

/// The plugin that is looked at, and what it is given.
struct Subject {
    std::filesystem::path file;
    std::optional<config::Manifest> manifest; ///< none: manifest_problem says why
    std::string manifest_problem;
    std::map<std::string, std::string> options; ///< as site.xml would have them; the rest is made up
    std::vector<std::string> libraries;         ///< sonames that it may need beside those of C and C++
    Result<trust::Signers> signers = trust::Signers{};
    std::filesystem::path folder;               ///< exists, is empty and ours: what path options name
    std::uint64_t seed = 1;
};

/// What one check saw; `advice` is empty unless it failed.
struct Seen {
    Outcome outcome = Outcome::fail;
    std::string what, advice;
};
inline Seen passes(std::string what) { return {Outcome::pass, std::move(what), {}}; }
inline Seen fails(std::string what, std::string advice) { return {Outcome::fail, std::move(what), std::move(advice)}; }
inline Seen does_not_apply(std::string why) { return {Outcome::not_applicable, std::move(why), {}}; }

/// Advice for whatever cannot be made or does nothing with settings that were made up.
inline constexpr const char* give_settings = "give it settings that it accepts: --option NAME=VALUE";

/// Where a check notes what it is about to do, so that a crash or a hang can be placed.
class Witness {
  public:
    virtual ~Witness() = default;
    virtual void step(std::string_view doing) = 0;
};

struct Check {
    std::string_view name; ///< GROUP.NAME
    Seen (*run)(const Subject&, Witness&);
};

// By group; each in the file of its name in checks/.
std::span<const Check> elf_checks();
std::span<const Check> manifest_checks();
std::span<const Check> load_checks();
std::span<const Check> lifecycle_checks();
std::span<const Check> compatibility_checks();
std::span<const Check> configuration_checks();
std::span<const Check> hook_checks();
std::span<const Check> determinism_checks();
std::span<const Check> sandbox_checks();

} // namespace ombud::conformance
