#pragma once
// The register of devices, as the push gate uses it.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "approvals/person.hpp"
#include "gates/push/forwarder.hpp"
#include "registers/registers.hpp"

namespace ombud::daemon {

/// Thread  any
class PushDevices {
  public:
    /// @param registers  outlives this
    explicit PushDevices(Registers& registers) : registers_(registers) {}

    /// Lost ones too. Looks through the whole register: some thousands of devices are no matter, more would want an index.
    [[nodiscard]] std::vector<push::Device> of(const std::string& person) const;
    [[nodiscard]] std::optional<push::Device> find(const std::string& id) const;

    /// It has shown itself on that day, in the site's zone or near it: the register's dates have no time of day.
    Result<RegisterChanged> saw(const std::string& id, std::int64_t utc_ns);
    /// Its push service knows it no more: it leaves the register.
    Result<RegisterChanged> forget(const std::string& id, const std::string& reason);

    struct Added {
        std::string token; ///< for the device, told once and kept nowhere
        RegisterChanged changed;
    };
    /// Registers a device with a token of its own, by which it resolves references.
    /// @param fields  of the register, without `token_hash` and `registered`
    /// Errors  as Registers::change; refused: there is a device of that id
    Result<Added> add(const std::string& id, registers::Texts fields, std::int64_t now_utc_ns, const std::string& reason,
                      const approvals::Person& person);

  private:
    [[nodiscard]] registers::ContentRef content() const;
    Registers& registers_;
};

} // namespace ombud::daemon
