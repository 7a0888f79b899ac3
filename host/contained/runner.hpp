#pragma once
// One runner process from the host's side: started, confined, its library loaded, and called.

#include <memory>
#include <optional>
#include <span>
#include <string>

#include "contained/channel.hpp"
#include "contained/host_calls.hpp"
#include "contained/process.hpp"
#include "contained/sandbox.hpp"

namespace ombud::contained {

/// What is run, as the host checked it.
struct Library {
    std::string id, file; ///< of the manifest; where the administrator put it, for messages
    std::shared_ptr<const Descriptor> opened; ///< the checked copy
    std::uint32_t demanded = 0;               ///< layers without which it must not run
    std::string control;        ///< a requirement that it covers
};

/// What a library says of itself once it is loaded.
struct Description {
    std::string version;
    std::uint32_t has = 0; ///< Has bits
};

/// Thread  one, but for end() and pid()
class Runner {
  public:
    /// Starts a process, sees that it is confined as demanded, and only then has it load the library.
    ///
    /// @param document  descriptor of the settings
    /// Errors  refused        a demanded layer does not hold on this machine
    ///         invalid_input  the library cannot be loaded
    ///         unavailable    it does not start, or ended meanwhile
    static Result<std::unique_ptr<Runner>> start(const Library& library, int document, const std::shared_ptr<ProcessWatch>& watch);

    std::uint32_t layers() const { return layers_; }
    const Description& description() const { return description_; }
    bool is_gone() const { return process_->is_gone(); }
    int pid() const { return process_->pid(); }
    /// How the process ended, waiting a moment for the system to tell.
    std::string ending() const;
    /// Ends it, whatever it is in. [any]
    void end(const std::string& why) { process_->kill(why); }
    std::span<std::byte> arena() const { return channel_->arena(); }
    /// From now on threads of the plugin's own may ask what the ABI tags [any]; served on the watch's thread.
    /// @param calls  outlives this
    void serve_threads(const HostCalls& calls);

    /// Calls a function and serves what the plugin asks meanwhile.
    ///
    /// @param limit_ns  it is ended when it takes longer; 0: as long as it likes
    /// @param write     puts the arguments
    /// @param calls     null: it may ask nothing
    /// @return          the answer, borrowed until the next call
    /// Errors  unavailable    the process has ended: in its own words, or ended by us with the reason
    ///         invalid_input  the arguments are too large; nothing was called
    template <class Write>
    Result<std::span<const std::byte>> call(Call what, std::int64_t limit_ns, const HostCalls* calls, const Write& write) {
        Writer arguments(channel_->outgoing());
        write(arguments);
        if (!arguments.fits())
            return fail(ErrorCode::invalid_input, "the arguments of a call are larger than a runner takes");
        return called(what, arguments.size(), limit_ns, calls);
    }

  private:
    Runner() = default;
    Result<std::span<const std::byte>> called(Call what, std::size_t size, std::int64_t limit_ns, const HostCalls* calls);
    tl::unexpected<Error> ended(const std::string& why);

    std::unique_ptr<Channel> channel_;
    std::optional<Channel> threads_; // watch's thread only
    std::unique_ptr<Process> process_; // ends before the channel that it rings
    std::uint32_t layers_ = 0;
    Description description_;
};

} // namespace ombud::contained
