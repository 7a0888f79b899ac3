#pragma once
// The witness that a site is for other hosts: brought up, changed with the site, shown.

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include <boost/json/object.hpp>

#include "api/http_server.hpp"
#include "config/ledger_settings.hpp"
#include "events/clock.hpp"
#include "witness/witness.hpp"

namespace ombud::daemon {

/// Thread  any; apply one at a time
class SiteWitness {
  public:
    /// @param folder  of its key and memory, made when a site first wants a witness
    SiteWitness(std::filesystem::path folder, std::string name, const Clock& clock)
        : folder_(std::move(folder)), name_(std::move(name)), clock_(clock) {}
    ~SiteWitness();

    /// Errors  invalid_input  a key that is none;  those of Witness::open and HttpServer::start; then nothing has changed
    Result<void> apply(const std::optional<config::WitnessService>& wanted);

    /// `{listens, key, logs:[{origin, size, at_utc_ns}]}`; empty: it is no witness.
    [[nodiscard]] boost::json::object status() const;

  private:
    const std::filesystem::path folder_;
    const std::string name_;
    const Clock& clock_;
    mutable std::mutex mutex_;
    std::optional<config::WitnessService> applied_;
    std::unique_ptr<witness::Witness> witness_;
    std::unique_ptr<api::HttpServer> server_; // goes first: its handlers use the witness
};

} // namespace ombud::daemon
