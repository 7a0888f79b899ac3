#pragma once
// Takes a capture while the host runs: every call from one quiet moment to another, or to a bound.

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include <boost/json/object.hpp>

#include "bus/dispatcher.hpp"
#include "config/manifest.hpp"
#include "events/clock.hpp"
#include "registers/board.hpp"
#include "replay/capture.hpp"
#include "replay/pseudonyms.hpp"

namespace ombud::replay {

/// Writes to a file of mode 0600. What tells of a person enters it as a pseudonym: fields of events that are flagged, keys and fields of
/// registers and options that are declared personal. What modules remember is not in it: nobody can tell what in that is personal. Thread any.
class CaptureWriter final : public Tap {
  public:
    struct Bounds {
        std::uint64_t calls_max = 100'000;
        std::size_t bytes_max = capture_bytes_max / 2; ///< what is under way then still comes in, and is read
    };
    struct Parts {
        const Clock& clock;
        const Names& names;
        /// What the registers hold at this moment.
        std::function<std::shared_ptr<const registers::Contents>()> registers;
    };

    /// @param file  must not exist
    /// Errors  unavailable  the file cannot be made, or the system gives no random bytes
    static Result<std::shared_ptr<CaptureWriter>> open(const std::filesystem::path& file, const std::string& site, const std::string& timezone,
                                                       Parts parts, Bounds bounds);

    /// @param document  as config::module_document() makes it; secrets, personal options and owners of locks are replaced in it
    /// @param is_limited  it is given the cameras in it alone
    void add_module(const config::Manifest& manifest, const std::string& version, const std::string& library, boost::json::value document,
                    bool is_limited);

    void launching(std::uint64_t call_id) override;
    void landed(const Flight& flight, const Judgement& judgement) override;

    struct Status {
        std::filesystem::path file;
        std::uint64_t calls = 0;
        std::size_t bytes = 0;
        std::string ended_because; ///< empty: it goes on
    };
    [[nodiscard]] Status status() const;
    /// Ends it, unless a bound or an error did; what was written is on the disk then.
    /// Errors  unavailable  the file could not be written: it has no end, and cannot be replayed
    /// Nothing is under way: within Dispatcher::exchange().
    Result<Status> end(const std::string& why);

  private:
    CaptureWriter(std::filesystem::path file, int descriptor, Pseudonyms pseudonyms, Parts parts, Bounds bounds);

  public:
    ~CaptureWriter() override;
    CaptureWriter(const CaptureWriter&) = delete;
    CaptureWriter& operator=(const CaptureWriter&) = delete;

  private:
    void write(const boost::json::object& line); // [mutex held]
    void finish(const std::string& why);         // [mutex held]
    void write_registers(std::uint64_t before);  // [mutex held]
    boost::json::object disguised(const Event& event);

    struct Launched {
        std::uint64_t number = 0;
        std::int64_t utc_ns = 0, mono_ns = 0;
    };

    Pseudonyms pseudonyms_;
    const Parts parts_;
    const Bounds bounds_;
    const std::int64_t began_mono_ns_;
    mutable std::mutex mutex_; // the rest
    int descriptor_;
    Status status_;
    std::uint64_t launched_ = 0;
    std::map<std::uint64_t, Launched> under_way_; // by call id
    std::map<registers::Place, std::uint64_t> revisions_;
    std::string failure_;
};

} // namespace ombud::replay
