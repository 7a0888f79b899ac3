#include "ledger/export.hpp"

#include "ledger/checkpoint.hpp"
#include "ledger/file.hpp"
#include "ledger/layout.hpp"
#include "ledger/line.hpp"
#include "ledger/reader.hpp"
#include "ledger/tree.hpp"
#include "ledger/verify.hpp"

#include <algorithm>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

namespace ombud::ledger {
namespace {

constexpr std::size_t tile_width = 256;

Result<void> write_file(const std::filesystem::path& file, std::string_view content) {
    std::error_code error;
    std::filesystem::create_directories(file.parent_path(), error);
    std::ofstream out(file, std::ios::binary | std::ios::trunc);
    out.write(content.data(), static_cast<std::streamsize>(content.size()));
    out.close();
    if (!out)
        return fail(ErrorCode::unavailable, file.string() + ": cannot write; is the disk full?");
    return {};
}

// `x001/x234/067`, and `.p/W` behind it for a tile that is not full.
std::string tile_name(std::uint64_t number, std::size_t width) {
    const auto three = [](std::uint64_t value) {
        const std::string digits = std::to_string(value);
        return std::string(3 - digits.size(), '0') + digits;
    };
    std::string name = three(number % 1'000);
    while (number >= 1'000) {
        number /= 1'000;
        name = "x" + three(number % 1'000) + "/" + name;
    }
    return width == tile_width ? name : name + ".p/" + std::to_string(width);
}

// One level of hash tiles; level L holds the hashes of complete subtrees of 256^L leaves.
class TileLevel {
  public:
    TileLevel(const std::filesystem::path& target, std::size_t level)
        : folder_(target / "tile" / std::to_string(level)) {}

    // True with a full tile, which `take` then writes.
    bool add(const Digest& hash) {
        hashes_.append(reinterpret_cast<const char*>(hash.data()), hash.size());
        subtree_.append(hash);
        return width() == tile_width;
    }
    [[nodiscard]] std::size_t width() const { return hashes_.size() / sizeof(Digest); }

    // Writes the tile and returns the hash that stands for it one level up.
    Result<Digest> take() {
        if (auto written = write_file(folder_ / tile_name(number_++, width()), hashes_); !written)
            return fail(written.error());
        const Digest root = subtree_.root();
        hashes_.clear();
        subtree_ = Tree();
        return root;
    }

  private:
    std::filesystem::path folder_;
    std::uint64_t number_ = 0;
    std::string hashes_;
    Tree subtree_;
};

class Exporter {
  public:
    explicit Exporter(const std::filesystem::path& target)
        : target_(target), lines_(target / "entries.jsonl", std::ios::binary | std::ios::trunc) {}

    /// An entry whose body was pruned: its bundle is left out, as is its line.
    Result<void> add_pruned(const Digest& leaf) {
        ++size_;
        return add_hash(0, leaf);
    }

    Result<void> add(std::string_view line) {
        if (line.size() > line_bytes_max)
            return fail(ErrorCode::corrupt, "entry " + std::to_string(size_) + " is too long; verify the ledger");
        bundle_ += static_cast<char>(line.size() >> 8);
        bundle_ += static_cast<char>(line.size() & 255);
        bundle_ += line;
        lines_ << line << '\n';
        ++size_;
        if (size_ % tile_width == 0)
            if (auto written = write_bundle(tile_width); !written)
                return written;
        return add_hash(0, leaf_hash(line));
    }

    Result<ExportReport> finish() {
        if (size_ % tile_width != 0)
            if (auto written = write_bundle(size_ % tile_width); !written)
                return fail(written.error());
        for (TileLevel& level : levels_)
            if (level.width() > 0) {
                if (auto written = level.take(); !written)
                    return fail(written.error());
                ++tiles_;
            }
        lines_.close();
        if (!lines_)
            return fail(ErrorCode::unavailable,
                        (target_ / "entries.jsonl").string() + ": cannot write; is the disk full?");
        return ExportReport{size_, tiles_};
    }

  private:
    Result<void> write_bundle(std::size_t width) {
        auto written = write_file(target_ / "tile" / "entries" / tile_name((size_ - 1) / tile_width, width), bundle_);
        bundle_.clear();
        ++tiles_;
        return written;
    }

    Result<void> add_hash(std::size_t level, Digest hash) {
        for (;; ++level) {
            if (level == levels_.size())
                levels_.emplace_back(target_, level);
            if (!levels_[level].add(hash))
                return {};
            auto root = levels_[level].take();
            if (!root)
                return fail(root.error());
            ++tiles_;
            hash = *root;
        }
    }

    std::filesystem::path target_;
    std::ofstream lines_;
    std::vector<TileLevel> levels_;
    std::string bundle_;
    std::uint64_t size_ = 0;
    std::uint64_t tiles_ = 0;
};

Result<void> write_epochs(Reader& reader, std::uint64_t size, const std::filesystem::path& folder) {
    Query epochs;
    epochs.kind = epoch_kind;
    epochs.end = size;
    Result<void> written;
    auto read = reader.each(epochs, [&](const StoredEntry& entry) {
        const auto sealed = reader.first_checkpoint_over(entry.index);
        written = sealed ? write_file(folder / std::to_string(entry.index), *sealed) : fail(sealed.error());
        if (written)
            written = write_file(folder / (std::to_string(entry.index) + ".key"), text_field(entry.line, "key") + "\n");
        return written.has_value();
    });
    return read ? written : read;
}

} // namespace

Result<ExportReport> export_to(const std::filesystem::path& ledger, const std::filesystem::path& target) {
    auto reader = Reader::open(ledger);
    if (!reader)
        return fail(reader.error());
    const auto note = reader->newest_checkpoint();
    if (!note)
        return fail(note.error());
    const auto pinned = read_verifier(ledger);
    if (!pinned)
        return fail(pinned.error());
    const auto* verifier = &pinned->verifier;
    const auto checkpoint = open_checkpoint(*note, *verifier);
    if (!checkpoint)
        return fail(ErrorCode::corrupt, "the newest checkpoint: " + checkpoint.error().message + "; verify the ledger");

    std::error_code error;
    std::filesystem::create_directories(target, error);
    if (!std::filesystem::is_empty(target, error) || error)
        return fail(ErrorCode::refused, target.string() + ": is not an empty folder; name a new one");

    Exporter exporter(target);
    Result<void> added;
    const auto bodies_from = reader->bodies_from();
    if (!bodies_from)
        return fail(bodies_from.error());
    const std::uint64_t begin = std::min(*bodies_from, checkpoint->size);
    auto read = reader->each_leaf(0, begin, [&](const Digest& leaf) {
        added = exporter.add_pruned(leaf);
        return added.has_value();
    });
    if (!read || !added)
        return fail(read ? added.error() : read.error());
    read = reader->each({.begin = begin, .end = checkpoint->size}, [&](const StoredEntry& entry) {
        added = exporter.add(entry.line);
        return added.has_value();
    });
    if (!read || !added)
        return fail(read ? added.error() : read.error());
    auto report = exporter.finish();
    if (!report)
        return report;
    if (report->size != checkpoint->size)
        return fail(ErrorCode::corrupt, "entries are missing: the checkpoint covers " +
                                            std::to_string(checkpoint->size) + ", there are " +
                                            std::to_string(report->size) + "; verify the ledger");
    if (auto written = write_epochs(*reader, checkpoint->size, target / "epochs"); !written)
        return fail(written.error());
    for (const auto& [name, content] : {std::pair{"checkpoint", *note},
                                        {"verifier", verifier->verifier_key() + "\n"},
                                        {"public.pem", verifier->key().pem()}})
        if (auto written = write_file(target / name, content); !written)
            return fail(written.error());
    return report;
}

} // namespace ombud::ledger
