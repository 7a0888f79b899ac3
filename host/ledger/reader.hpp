#pragma once
// Questions to a ledger, answered beside the host that writes it.

#include "events/result.hpp"
#include "ledger/checkpoint.hpp"
#include "ledger/entry.hpp"
#include "ledger/tree.hpp"
#include "store/database.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <vector>

namespace ombud::ledger {

/// One entry as stored.
struct StoredEntry {
    std::uint64_t index = 0;
    std::string kind;
    std::int64_t at_ns = 0; ///< UTC, the host's clock when it was appended
    std::string line;       ///< the bytes that were hashed: one line of JSON
};

/// Which entries; what is left alone does not restrict.
struct Query {
    std::uint64_t begin = 0;                                         ///< first index
    std::uint64_t end = std::numeric_limits<std::int64_t>::max();    ///< one past the last index
    std::string kind{};                                              ///< exactly this kind; empty: any
    std::int64_t from_ns = std::numeric_limits<std::int64_t>::min(); ///< recorded at or after, UTC
    std::int64_t to_ns = std::numeric_limits<std::int64_t>::max();   ///< recorded before, UTC
    std::uint64_t limit = std::numeric_limits<std::int64_t>::max();  ///< at most so many
    bool newest_first = false;
};

/// A field of an entry as a person may see it.
struct ShownField {
    std::string key;
    std::string value;                  ///< as stored: a commitment, for a personal value
    std::optional<std::string> opening; ///< the personal value, while it exists
};

/// Reads one ledger. Each call sees one consistent state, the newest.
/// Thread  one at a time; open as many as needed
class Reader {
  public:
    /// Errors  not_found  there is no ledger in the folder;  too_new  written by a newer version
    ///         unavailable  it cannot be read;  corrupt  not a database
    static Result<Reader> open(const std::filesystem::path& folder);

    /// Durable entries.
    Result<std::uint64_t> size();
    /// Errors  not_found  no such entry, or its body was pruned
    Result<StoredEntry> entry(std::uint64_t index);
    /// Calls `visit` for each entry that has its body in order of index, until it returns false.
    /// `visit` must be quick: while it runs, the host's log file grows.
    Result<void> each(const Query& query, const std::function<bool(const StoredEntry&)>& visit);
    /// Calls `visit` for the leaf hash of each entry from `begin` to `end` (exclusive), body or not, until it returns false.
    Result<void> each_leaf(std::uint64_t begin, std::uint64_t end, const std::function<bool(const Digest& leaf)>& visit);
    /// The index from which all entries have their bodies; 0: none was pruned.
    Result<std::uint64_t> bodies_from();
    /// The fields of an entry, with personal values where they are still to be had.
    /// Errors  not_found  no such entry;  corrupt  the line is not in the form of an entry
    Result<std::vector<ShownField>> show(std::uint64_t index);

    /// The newest checkpoint, a signed note.
    /// Errors  not_found  none was signed yet
    Result<std::string> newest_checkpoint();

    /// The smallest checkpoint that covers an entry.
    /// Errors  not_found  none does yet
    Result<std::string> first_checkpoint_over(std::uint64_t index);

    /// Proof that an entry is in the ledger: its path to the root that the newest checkpoint states, and that
    /// checkpoint. Costs one pass over the leaf hashes.
    /// @return text of c2sp.org/tlog-proof, version 1
    /// Errors  not_found  no such entry;  unavailable  no checkpoint covers it yet, ask again a second later
    Result<std::string> inclusion_proof(std::uint64_t index);

    /// Proof that the ledger of `old_size` entries is a prefix of what the newest checkpoint states.
    /// @param old_size  1 or more
    /// @return `old SIZE`, one line of base64 a hash, an empty line, the checkpoint: the body of an `add-checkpoint`
    ///         request of c2sp.org/tlog-witness
    /// Errors  invalid_input  old_size is 0 or larger than the checkpoint's;  not_found  no checkpoint yet
    Result<std::string> consistency_proof(std::uint64_t old_size);

  private:
    Reader(std::filesystem::path folder, store::Database db) : folder_(std::move(folder)), db_(std::move(db)) {}
    Result<std::string> hashes(const std::vector<Range>& ranges);
    struct Covered {
        std::string note;
        Checkpoint checkpoint;
    };
    Result<Covered> covered();

    std::filesystem::path folder_;
    store::Database db_;
};

} // namespace ombud::ledger
