#include "module_state/module_state.hpp"

#include <array>
#include <optional>

#include "store/schema.hpp"

namespace ombud::module_state {
namespace {

constexpr std::array<std::string_view, 1> schema{R"sql(
CREATE TABLE module_state(module TEXT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY(module, key)) STRICT, WITHOUT ROWID;
)sql"};

class LedgerState final : public StateReader {
  public:
    LedgerState(const ledger::Ledger& ledger, std::string module) : ledger_(ledger), module_(std::move(module)) {}

    Result<std::optional<StateChange>> next(std::string_view key) override {
        if (!db_) {
            auto opened = ledger_.open_for_reading();
            if (!opened)
                return fail(opened.error());
            db_.emplace(std::move(*opened));
        }
        auto row = db_->prepare("SELECT key, value FROM module_state WHERE module = ?1 AND key > ?2 ORDER BY key LIMIT 1");
        if (!row)
            return fail(row.error());
        auto found = row->bind(1, module_).bind(2, key).step();
        if (!found)
            return fail(found.error());
        if (!*found)
            return std::optional<StateChange>();
        return std::optional(StateChange{std::string(row->text(0)), std::string(row->text(1))});
    }

  private:
    const ledger::Ledger& ledger_;
    const std::string module_;
    std::optional<store::Database> db_; // opened by the first question: most modules keep nothing
};

} // namespace

Result<void> prepare(ledger::Ledger& ledger) {
    return ledger.commit([](auto& transaction) { return store::apply_schema(transaction.db(), "module_state", schema); });
}

Result<void> apply(ledger::Ledger::Transaction& transaction, const std::string& module, const std::vector<StateChange>& changes) {
    store::Database& db = transaction.db();
    for (const StateChange& change : changes) {
        auto statement = db.cached(change.value.empty() ? "DELETE FROM module_state WHERE module = ?1 AND key = ?2"
                                                        : "INSERT INTO module_state VALUES(?1, ?2, ?3) ON CONFLICT(module, key) DO UPDATE SET value = ?3");
        if (!statement)
            return fail(statement.error());
        (*statement)->bind(1, module).bind(2, change.key);
        if (!change.value.empty())
            (*statement)->bind(3, change.value);
        if (auto done = db.run_overwriting(**statement); !done) // it may tell of persons
            return done;
    }
    return {};
}

std::unique_ptr<StateReader> make_reader(const ledger::Ledger& ledger, std::string module) {
    return std::make_unique<LedgerState>(ledger, std::move(module));
}

} // namespace ombud::module_state
