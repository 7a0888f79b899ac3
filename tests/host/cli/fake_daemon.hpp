#pragma once
// A daemon's API with canned answers, and runs of the command line against it.

#include "api/server.hpp"
#include "cli/program.hpp"
#include "events/clock.hpp"

#include <atomic>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

/// Serves answers/NAME.json on a socket in a folder of its own. Its audits take three calls.
class FakeDaemon {
  public:
    FakeDaemon();
    ~FakeDaemon();
    FakeDaemon(const FakeDaemon&) = delete;
    FakeDaemon& operator=(const FakeDaemon&) = delete;

    [[nodiscard]] std::filesystem::path folder() const { return folder_; }
    [[nodiscard]] std::filesystem::path socket() const { return folder_ / "ombud.sock"; }
    /// Bodies of the calls so far, by `METHOD path`.
    [[nodiscard]] std::string body_of(const std::string& call) const;
    /// When true, audits never end by themselves, and the first look at one sends this process a SIGINT.
    std::atomic<bool> interrupts_audits{false};

  private:
    ombud::Result<boost::json::value> record(const ombud::api::Request& request, const std::string& answer_name);
    ombud::Result<boost::json::value> audit(const ombud::api::Request& request);

    std::filesystem::path folder_;
    mutable std::mutex mutex_;
    std::map<std::string, std::string> bodies_;
    int looks_ = 0;
    std::unique_ptr<ombud::api::Server> server_;
};

struct Outcome {
    int exit_code = 0;
    std::string out;
    std::string err;
};

struct Place {
    std::size_t width = 0; ///< of the terminal; 0: none
    bool colours = false;
    bool progress = false;
    std::map<std::string, std::string> environment = {};
};

/// Runs the command line in this process at 2026-01-31 12:00:00 UTC.
Outcome run_ombud(const std::vector<std::string>& arguments, const Place& place = {});
