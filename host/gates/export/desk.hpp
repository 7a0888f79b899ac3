#pragma once
// The desk that exports leave by: taken over, looked into, judged, perhaps held for a second person, sealed, released, and no plain
// copy left behind.

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "approvals/approvals.hpp"
#include "bus/dispatcher.hpp"
#include "events/clock.hpp"
#include "gates/export/description.hpp"
#include "gates/export/mounts.hpp"
#include "gates/export/options.hpp"
#include "gates/export/record.hpp"
#include "ledger/ledger.hpp"
#include "media/masks/pixelated_copy.hpp"
#include "seal/seal.hpp"

namespace ombud::exports {

/// What is handed in by a person at the local API.
struct Submission {
    std::vector<std::string> files; ///< absolute paths
    Fields fields;                  ///< as of NAME.export
    approvals::Person requester;
};

/// After that long an export without a description is a finding.
constexpr std::int64_t undescribed_ns = 3'600'000'000'000;

/// A file in the drop folder that is not taken.
struct Left {
    std::string name; ///< printable
    std::string why;
};

/// An export whose pictures are being copied: masked, or pixelated.
struct Covering {
    std::int64_t id = 0;
    std::size_t file = 0, files = 0; ///< the one at which it is, from 0; of so many
    double share = 0;                ///< of that file, 0 to 1
};

/// What a person looks through before a pixelated copy leaves.
struct ReviewFile {
    std::string name; ///< plain, unique in the export
    std::int64_t size_bytes = 0;
    bool is_copy = false; ///< the copy itself, not a sheet of it
};
constexpr std::size_t sheet_piece_bytes_max = 512 * 1024; ///< of read_sheet()

class Work;

/// Thread  any, unless said otherwise. One thread of its own does the work, one export after another; a second one makes what is masked or
/// pixelated, one export after another too, and nobody waits for it but those.
class ExportDesk {
  public:
    struct Parts {
        ledger::Ledger& ledger;
        approvals::Approvals& approvals;
        Names& names;
        const Clock& clock;
        /// Asks the hook export.release.
        std::function<Result<Judgement>(const EventRef&)> ask;
        /// Seals with the site's key of now: seal::seal_files.
        std::function<Result<seal::Sealed>(const seal::SealRequest&)> seal;
        /// Makes a copy in which all that moves is coarse, and its sheets: media::pixelate, with the site's module as `watch`.
        /// Errors  as that; not_found  the site has no such module, with what to do
        std::function<Result<media::PixelatedCopy>(const std::filesystem::path& input, const std::filesystem::path& output,
                                                   media::PixelateOptions options)>
            pixelate;
        /// Writes what registers have to say of a release, in the transaction that records it. [ledger's writer]
        /// @return what to do once that is durable; may be empty
        std::function<Result<std::function<void()>>(ledger::Ledger::Transaction&, const Export&)> enter;
        /// Makes a finding of an export that nobody described for undescribed_ns, or ends it, in the transaction that does so here.
        /// [ledger's writer]
        std::function<Result<void>(ledger::Ledger::Transaction&, const Export&, bool is_undescribed)> tell_undescribed;
        std::function<void(int level, std::string_view text)> log;
        KernelFiles kernel{};
    };

    /// The kind of proposal of the desk, `export.release`. It can be approved while no desk is there.
    /// @param wake  called when one was approved
    static approvals::Approvals::Kind proposal_kind(std::function<void()> wake);
    /// Before anything else here. Errors as store::apply_schema
    static Result<void> prepare(ledger::Ledger& ledger);
    /// Exports that are not closed, whether a desk runs or not.
    static Result<std::int64_t> count_open(const ledger::Ledger& ledger);

    /// Goes on with whatever was under way.
    /// Errors  unavailable, refused  its folders cannot be made or used
    static Result<std::unique_ptr<ExportDesk>> start(Options options, Parts parts);
    /// Stops between two steps; a sealing under way is given up, and begun anew when the desk is back.
    ~ExportDesk();

    /// Errors  as start(); refused  `hold` differs, and exports are held
    Result<void> apply(Options options);
    /// Modules, their modes or settings changed: what was refused or is blocked is asked about again.
    void reconsider();
    /// Something waits for the desk's thread.
    void wake();

    /// Takes files over and waits a moment for what becomes of them.
    /// Errors  invalid_input  the description; refused  a file, or waiting_max; not_found, unavailable
    Result<Export> submit(const Submission& submission);
    /// Changes what is said of an export that is incomplete or refused; it is judged anew.
    /// Errors  not_found; refused  in another state, or the person may not; invalid_input
    Result<Export> describe(std::int64_t id, const Fields& fields, const approvals::Person& person, bool may_all);
    /// Asks about an export again that was refused or is blocked.
    Result<Export> retry(std::int64_t id, const approvals::Person& person, bool may_all);
    /// Ends an export that has not left; its plain copy is removed.
    Result<Export> withdraw(std::int64_t id, const std::string& reason, const approvals::Person& person, bool may_all);

    /// What somebody has to look through: of each file `file-NNNN-01.jpg` and so on, `file-NNNN.txt`, and the pixelated copy itself.
    /// That they were given it is recorded; without it they cannot review.
    /// Errors  not_found;  refused  nothing of it is pixelated, or it has left
    Result<std::vector<ReviewFile>> give_sheets(std::int64_t id, const approvals::Person& person);
    /// A piece of one of those files, for somebody who was given them.
    /// Errors  not_found  no such export or file;  refused  they were not given it, or it has left;  unavailable
    Result<std::string> read_sheet(std::int64_t id, std::string_view name, std::int64_t offset, const approvals::Person& person) const;
    /// What somebody says who looked through the pixelated copies. Accepted, modules are asked again, and exactly these copies can
    /// leave; rejected, they cannot any more.
    /// Errors  not_found;  refused  it does not wait for that, the person may be the requester, or was not given these sheets
    ///         invalid_input  rejected without a reason
    Result<Export> review(std::int64_t id, bool accepted, const std::string& reason, const approvals::Person& person);

    /// Errors  not_found
    [[nodiscard]] Result<Export> find(std::int64_t id) const;
    /// Oldest first; with closed ones, newest first.
    [[nodiscard]] Result<std::vector<Export>> list(bool all, std::int64_t limit) const;
    [[nodiscard]] std::vector<Left> left() const;
    /// Nothing: no pictures are being copied just now.
    [[nodiscard]] std::optional<Covering> covering() const;
    [[nodiscard]] Options options() const;

  private:
    explicit ExportDesk(std::unique_ptr<Work> work);
    std::unique_ptr<Work> work_;
};

} // namespace ombud::exports
