#pragma once
// The recording gate: a verdict on a finished recording becomes a change of its file.

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "bus/dispatcher.hpp"
#include "connect/inventory.hpp"
#include "enforcement/actions.hpp"
#include "ledger/ledger.hpp"

namespace ombud {

/// What a decision on `recording.finished` asks of the file: a TRANSFORM cleans it, a DENY that a module said (not one that
/// follows from its failing) moves it aside. In monitor the same is recorded as what would have happened.
std::vector<Consequence> recording_consequences(const Event& event, const std::string& attachment,
                                                const std::vector<Answer>& answers, Names& names);

class RecordingGate {
  public:
    struct Parts {
        Inventory& inventory;
        const Clock& clock;
        std::filesystem::path cleaning_journals; ///< folder for journals of running cleanings
        std::filesystem::path quarantine;        ///< folder for files moved aside
        /// The module's option `clean-method`: automatic, remux or in-place; empty when it has none.
        std::function<std::string(const std::string& module)> method;
        std::function<void(const std::string& attachment, const std::string& recording)> changed; ///< a file was changed
    };
    explicit RecordingGate(Parts parts) : parts_(std::move(parts)) {}

    /// Finishes cleanings that a crash cut short. Before the first action.
    /// @return one sentence for each
    Result<std::vector<std::string>> recover();

    /// Whether this gate carries out actions of that kind.
    static bool handles(const std::string& kind);

    /// Carries out one recorded action. Doing it twice is the same as once.
    /// @param progress  share done, 0 to 1; false stops
    actions::Ending apply(const ledger::Recorded& recorded, const ActionRow& action,
                          const std::function<bool(double)>& progress);

  private:
    actions::Ending clean(const ActionRow& action, const KnownRecording& recording, const std::function<bool(double)>& progress);
    actions::Ending set_aside(const ActionRow& action, const KnownRecording& recording);
    Parts parts_;
};

} // namespace ombud
