#pragma once
// What people keep for modules: recipients, consents, devices. Every change is an entry, and some need a second person.

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "approvals/approvals.hpp"
#include "events/clock.hpp"
#include "ledger/ledger.hpp"
#include "registers/board.hpp"
#include "registers/declaration.hpp"

namespace ombud {
namespace registers::records {
struct Stored;
}

/// A change that is wanted.
struct RegisterChange {
    std::string module, name; ///< the register
    std::string key;
    bool removes = false;
    registers::Texts fields; ///< those given change, the others stay; an empty text takes the field's value away
    std::string reason;      ///< recorded as it is: no personal values
    /// The host's own decision that no second person is needed, because the change only takes rights away (a lost device).
    bool at_once = false;
};

/// What became of it.
struct RegisterChanged {
    std::optional<approvals::Proposal> proposal; ///< set: nothing changed yet, a second person decides
    bool same = false;                           ///< nothing to change: it was so before
    std::uint64_t revision = 0;                  ///< of the register, with this change
    std::uint64_t ledger_index = 0;              ///< of `register.changed`
};

/// A row that an append-only register is to get.
struct RegisterRow {
    std::string module, name; ///< the register
    registers::Texts fields;
    std::string corrects = {}; ///< key of a row that counts: the new one stands for it; fields that are not given are taken from it
    std::string reason = {};   ///< of a correction required, else optional; recorded as it is: no personal values
};

struct RegisterAppended {
    std::string key; ///< the row's number
    std::uint64_t revision = 0;
    std::uint64_t ledger_index = 0; ///< of `register.changed`
};

/// The registers of all modules, in tables of the ledger's file, and in memory for those who ask.
///
/// A change, its entry and the register's revision are one transaction. Keys and fields that are declared personal are
/// commitments in entries; in the table they are kept as long as their record, and overwritten with it.
/// Thread  any; not from inside a unit of work
class Registers {
  public:
    static constexpr std::size_t records_max = 100'000; ///< of one register

    struct Parts {
        ledger::Ledger& ledger;
        approvals::Approvals& approvals; ///< gets the kind `register.change`
        Names& names;
        const Clock& clock;
    };
    static Result<std::unique_ptr<Registers>> open(Parts parts);

    /// Says which registers there are, and shows what they hold; again whenever a site's zone or the manifests change.
    /// Records of registers that are no longer declared stay stored, and are shown to nobody: see undeclared().
    /// Errors  invalid_input  a name that modules cannot read ([a-z0-9_.]), or a register declared twice
    Result<void> declare(std::vector<registers::Declaration> declarations);
    [[nodiscard]] Result<std::vector<registers::Place>> undeclared() const;

    /// Changes a register at once, or (where two persons are needed and a person asks) makes a proposal of it.
    /// When it returns, the next question to the module sees the change.
    /// Errors  not_found      no such register; a removal of what is not there
    ///         invalid_input  no reason, or what Declaration::check says
    ///         refused        records_max; those of Approvals::propose
    Result<RegisterChanged> change(const RegisterChange& change, const approvals::Person& person);

    /// Adds a row to an append-only register, at once: what happened needs no second person to be written down.
    /// Errors  not_found      no such register, no such row to correct
    ///         invalid_input  what Declaration::check says; a correction without a reason
    ///         refused        the register is none that only grows; the row to correct was corrected already, or erased; records_max
    Result<RegisterAppended> append(const RegisterRow& row, const approvals::Person& person);
    /// The same inside a unit of work, so that the row stands if and only if all else of that unit does.
    /// The caller calls show() once the unit's commit has returned with success; until then nobody sees the row.
    ///
    ///     RegisterAppended row;
    ///     auto done = ledger.commit([&](ledger::Ledger::Transaction& transaction) -> Result<void> {
    ///         auto added = registers.append(transaction, {"export_watchdog", "disclosures", fields}, approvals::host_person());
    ///         if (!added) return fail(added.error());
    ///         row = std::move(*added);
    ///         …                                        // other tables, transaction.append(entry)
    ///     });
    ///     if (done) registers.show({"export_watchdog", "disclosures"}, row.revision);
    ///
    /// Thread  the ledger's writer, that is: inside Ledger::commit
    Result<RegisterAppended> append(ledger::Ledger::Transaction& transaction, const RegisterRow& row, const approvals::Person& person);
    void show(const registers::Place& place, std::uint64_t revision) { board_.show(place, revision); }

    /// Erases the personal fields of a row, and of every row that it corrects or that corrects it: they become "(erased)" in
    /// the table, and the openings of the entries that added them go, who wrote them down included. The rows and the ledger's chain stay.
    /// Recorded as `register.erased`. Can be repeated: it then finishes what a crash or a reader left undone.
    /// @return how many rows lost values now
    /// Errors  not_found      no such register or row
    ///         invalid_input  no reason
    ///         refused        the register is none that only grows: remove the record instead
    ///         unavailable    as Ledger::erase
    Result<std::uint64_t> erase(const registers::Place& place, const std::string& key, const std::string& reason,
                                const approvals::Person& person);

    /// Every declared register as it is.
    [[nodiscard]] std::shared_ptr<const registers::Contents> all() const { return board_.now(); }
    /// Errors  not_found  no such register: which there are
    [[nodiscard]] Result<registers::ContentRef> content(const std::string& module, const std::string& name) const;

    /// What an instance of a module is lent; not longer than this object lives.
    [[nodiscard]] std::unique_ptr<RegisterReader> reader(std::string module) const {
        return registers::make_reader(board_, std::move(module));
    }

  private:
    explicit Registers(Parts parts) : parts_(parts) {}
    struct Step;
    Result<RegisterChanged> change_now(const registers::Declaration& declared, const RegisterChange& change,
                                       const approvals::Person& person);
    Result<RegisterChanged> propose(const registers::Content& content, const RegisterChange& change,
                                    const approvals::Person& person);
    Result<std::function<void()>> apply_proposal(ledger::Ledger::Transaction& transaction, const approvals::Proposal& proposal,
                                                 const approvals::Person& decider);
    Result<RegisterChanged> write(ledger::Ledger::Transaction& transaction, const Step& step);
    Result<registers::RecordRef> make_record(const registers::Declaration& declared, std::string key,
                                             registers::records::Stored stored) const;
    Result<void> finish_erasures();

    Parts parts_;
    registers::Board board_;
};

} // namespace ombud
