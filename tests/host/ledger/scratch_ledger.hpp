#pragma once

#include "events/clock.hpp"
#include "ledger/ledger.hpp"
#include "ledger/verify.hpp"
#include "temp_folder.hpp"

#include <catch2/catch.hpp>
#include <memory>
#include <string>

namespace ombud::ledger {

/// A ledger in a folder of its own, with a clock that the test moves.
class ScratchLedger {
  public:
    explicit ScratchLedger(LedgerOptions options = {}) : options_(std::move(options)), signer_(make_signer(folder_)) {
        reopen();
    }

    Ledger* operator->() { return ledger_.get(); }
    Ledger& operator*() { return *ledger_; }

    void close() { ledger_.reset(); }
    void reopen() {
        ledger_.reset();
        auto opened = try_open();
        if (!opened)
            FAIL(opened.error().message);
        ledger_ = std::move(*opened);
    }
    Result<std::unique_ptr<Ledger>> try_open() { return Ledger::open(path(), signer_, clock, options_); }

    std::uint64_t append(const Entry& entry) {
        auto recorded = ledger_->append(entry);
        if (!recorded)
            FAIL(recorded.error().message);
        return recorded->index();
    }
    /// `count` entries of kind `test.entry`, in one unit.
    void append_many(int count) {
        auto done = ledger_->commit([count](Ledger::Transaction& transaction) -> Result<void> {
            for (int i = 0; i < count; ++i)
                if (auto appended = transaction.append(Entry("test.entry").set("n", i)); !appended)
                    return fail(appended.error());
            return {};
        });
        if (!done)
            FAIL(done.error().message);
    }

    Reader reader() {
        auto opened = Reader::open(path());
        if (!opened)
            FAIL(opened.error().message);
        return std::move(*opened);
    }
    std::string line(std::uint64_t index) {
        auto entry = reader().entry(index);
        if (!entry)
            FAIL(entry.error().message);
        return entry->line;
    }

    [[nodiscard]] const std::filesystem::path& path() const { return folder_.path(); }
    [[nodiscard]] const TempFolder& folder() const { return folder_; }
    KeySigner& signer() { return signer_; }

    FakeClock clock;

  private:
    static KeySigner make_signer(const TempFolder& folder) {
        auto signer = KeySigner::open(folder / "key.pem", "example.com/site");
        if (!signer)
            FAIL(signer.error().message);
        return std::move(*signer);
    }

    TempFolder folder_;
    LedgerOptions options_;
    KeySigner signer_;
    std::unique_ptr<Ledger> ledger_;
};

/// Fails the test with what was found when the folder's ledger does not verify.
inline void require_verifies(const std::filesystem::path& folder) {
    const auto report = verify(folder);
    if (!report)
        FAIL(report.error().message);
    for (const Problem& problem : report->problems)
        FAIL_CHECK(problem.message);
}

} // namespace ombud::ledger
