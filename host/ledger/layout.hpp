#pragma once
// What is where in a ledger's folder. Private to this folder of the source.

#include <array>
#include <filesystem>
#include <string_view>

namespace ombud::ledger {

struct Layout {
    std::filesystem::path folder;

    [[nodiscard]] std::filesystem::path database() const { return folder / "ledger.db"; }
    [[nodiscard]] std::filesystem::path openings() const { return folder / "openings.db"; }
    [[nodiscard]] std::filesystem::path lock() const { return folder / "lock"; }
    /// The newest published checkpoint: a signed note.
    [[nodiscard]] std::filesystem::path checkpoint() const { return folder / "checkpoint"; }
    /// The verifier key, `name+hash+base64` and a line feed.
    [[nodiscard]] std::filesystem::path verifier() const { return folder / "verifier"; }
};

/// The ledger's account of itself: these keep their bodies when others are pruned.
inline constexpr std::string_view epoch_kind = "ledger.epoch";     ///< `key`: what the next epoch is signed under
inline constexpr std::string_view pruned_kind = "ledger.pruned";   ///< `below`: entries before it lose their bodies
inline constexpr std::string_view erasure_kind = "ledger.erasure"; ///< which personal values are gone

inline constexpr std::string_view ledger_part = "ledger";
/// `leaf` is kept beside the line so that the tree can be rebuilt, and a changed line told from a changed hash.
/// `erasure` holds what was promised to be erased by an entry and is not erased yet.
inline constexpr std::array<std::string_view, 1> ledger_steps = {R"(
    CREATE TABLE entry(
        idx INTEGER PRIMARY KEY, kind TEXT NOT NULL, at_ns INTEGER NOT NULL, line TEXT NOT NULL, leaf BLOB NOT NULL
    ) STRICT;
    CREATE INDEX entry_by_kind ON entry(kind);
    CREATE TABLE tree(id INTEGER PRIMARY KEY CHECK(id = 0), size INTEGER NOT NULL, edge BLOB NOT NULL) STRICT;
    INSERT INTO tree VALUES(0, 0, x'');
    CREATE TABLE checkpoint(size INTEGER PRIMARY KEY, at_ns INTEGER NOT NULL, note TEXT NOT NULL) STRICT;
    CREATE TABLE erasure(idx INTEGER NOT NULL, key TEXT NOT NULL, PRIMARY KEY(idx, key)) STRICT, WITHOUT ROWID;
)"};

inline constexpr std::string_view openings_part = "openings";
inline constexpr std::array<std::string_view, 1> openings_steps = {R"(
    CREATE TABLE opening(
        idx INTEGER NOT NULL, key TEXT NOT NULL, at_ns INTEGER NOT NULL, salt BLOB NOT NULL, value TEXT NOT NULL,
        PRIMARY KEY(idx, key)
    ) STRICT, WITHOUT ROWID;
)"};

} // namespace ombud::ledger
