#pragma once
// The way of an event through the host, as the daemon wires it, with a module of our choice and no connector.

#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "bus/dispatcher.hpp"
#include "bus/journal.hpp"
#include "bus/module_set.hpp"
#include "bus/notices.hpp"
#include "events/clock.hpp"
#include "events/event.hpp"
#include "ledger/ledger.hpp"
#include "replay/capture_writer.hpp"

namespace ombud::bench {

/// `count` instances of samples/hello_cpp, each with a worker of its own, asked about finished recordings in `enforce`.
/// @param folder    gets the private copy of the plugin
/// @param services  borrowed as long as the set lives
ModuleSet judging_modules(int count, const std::filesystem::path& folder, Names& names, const HostServices& services);

/// A finished recording with sound: the module answers with a transformation and a reason.
EventRef finished_recording(Names& names);

/// Ledger, journal, dispatcher and modules in a folder of their own.
class Pipeline {
  public:
    Pipeline(const std::filesystem::path& folder, int instances);
    ~Pipeline();
    Pipeline(const Pipeline&) = delete;
    Pipeline& operator=(const Pipeline&) = delete;

    /// Accepts `batches` times `batch` events on each of `producers` threads; returns when all judgements are durable.
    void push(int producers, int batches, int batch);

    /// From here on every call goes into a capture as well; null: into none.
    void capture(const std::filesystem::path* file);

    const EventRef& event() const { return event_; }
    /// The newest entry of the ledger: what one judgement is in bytes.
    std::string newest_line() const;

  private:
    SystemClock clock_;
    std::optional<ledger::KeySigner> signer_;
    std::unique_ptr<ledger::Ledger> ledger_;
    std::unique_ptr<Journal> journal_;
    std::unique_ptr<Names> names_;
    Notices notices_;
    HostServices services_;
    EventRef event_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::uint64_t judged_ = 0;
    std::uint64_t pushed_ = 0;
    std::shared_ptr<void> subscription_;
    std::unique_ptr<Dispatcher> dispatcher_;
    std::shared_ptr<replay::CaptureWriter> capture_;
};

} // namespace ombud::bench
