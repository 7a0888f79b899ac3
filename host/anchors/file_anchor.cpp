// Checkpoints appended to a file: on another machine's disk, on write-once storage, or where this host may only append.
#include "anchors/anchor.hpp"
#include "anchors/growth.hpp"
#include "anchors/kept_file.hpp"

namespace ombud::anchors {
namespace {

class FileAnchor final : public Anchor {
  public:
    FileAnchor(std::filesystem::path file, const Surroundings& around) : file_(std::move(file)), around_(around) {}

    Result<void> keep(const Offered& offered) override {
        if (!compared_)
            if (auto grown = compare(); !grown)
                return grown;
        if (kept_ && kept_->size == offered.checkpoint.size && kept_->root == offered.checkpoint.root)
            return {};
        if (auto written = append_kept(file_, kept_line(offered.note, offered.checkpoint)); !written)
            return written;
        kept_ = offered.checkpoint;
        return {};
    }

  private:
    // Once, before anything is added: what an earlier run kept is what this one must go on from.
    Result<void> compare() {
        auto last = read_last_kept(file_);
        if (!last)
            return fail(last.error());
        if (*last) {
            if (auto grown = check_growth(around_.ledger, (*last)->checkpoint, file_.string()); !grown)
                return grown;
            kept_ = (*last)->checkpoint;
        }
        compared_ = true;
        return {};
    }

    const std::filesystem::path file_;
    const Surroundings around_;
    bool compared_ = false;
    std::optional<ledger::Checkpoint> kept_;
};

} // namespace

Result<std::unique_ptr<Anchor>> make_file_anchor(const config::Anchor& wanted, const Surroundings& around) {
    return std::make_unique<FileAnchor>(wanted.path, around);
}

} // namespace ombud::anchors
