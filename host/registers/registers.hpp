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
    Result<registers::RecordRef> make_record(const registers::Declaration& declared, std::string key, registers::Values values,
                                             std::int64_t changed_utc_ns, std::uint64_t ledger_index) const;

    Parts parts_;
    registers::Board board_;
};

} // namespace ombud
