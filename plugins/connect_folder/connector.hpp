#pragma once
// The connector: a folder of recordings as a VMS.

#include "known_files.hpp"
#include "options.hpp"
#include "recording.hpp"
#include "tree.hpp"
#include "watch.hpp"

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <ombud/action.hpp>
#include <ombud/feed.hpp>
#include <ombud/host.hpp>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace ombud::folder {

/// Thread: worker. Errors of open, list and poll: unavailable (the folder is away, or what happened in it is not known
/// any more: open again and list), and what the host's feed answers.
class Connector {
  public:
    static sdk::Result<std::unique_ptr<Connector>> create(sdk::Host host, sdk::Config config);

    /// Watches the whole tree from here on. The position is not needed: the listing that follows tells what changed
    /// before.
    sdk::Result<> open(std::string_view position);
    sdk::Result<> list(std::uint32_t what);
    sdk::Result<> poll(std::int64_t wait_ns);
    sdk::Result<sdk::ActionResult> act(const sdk::Action& action);

  private:
    /// A file that is perhaps still being written, and when to look again.
    struct Pending {
        std::int64_t due_mono_ns;
        FileFacts seen;
    };

    Connector(sdk::Host host, Options options, sdk::Feed feed);

    sdk::Result<> list_devices();
    sdk::Result<> list_recordings();
    sdk::Result<> list_storage();
    sdk::Result<> put(std::vector<sdk::Event>& records);

    sdk::Result<> take(const Change& change);
    /// Watches a folder. One that may not be read is left out when no recording fits in; false then.
    sdk::Result<bool> watch(const std::string& folder);
    sdk::Result<> take_folder(const std::string& folder);
    sdk::Result<> tell_device(const std::string& camera, std::uint32_t type);
    /// Tells of a file that is not written any more, when it was not told as it is now.
    sdk::Result<> examine(const std::string& path);
    sdk::Result<> tell_gone(const std::string& path);
    sdk::Result<> examine_due();

    Recording describe_and_keep(const std::string& path, const FileFacts& file, bool is_open);
    void wait_for(const std::string& path, const FileFacts& file);
    bool is_recent(const FileFacts& file) const;
    bool is_passed_over(const std::string& path, const FileFacts& file) const;

    sdk::Host host_;
    Options options_;
    sdk::Feed feed_;
    std::optional<sdk::Media> media_;
    sdk::Vocabulary words_;
    Describer describer_;

    std::unique_ptr<Tree> tree_; // on the heap, for watch_ keeps its address
    std::optional<Watch> watch_;
    KnownFiles known_;
    std::set<std::string> cameras_; // told as devices
    std::map<std::string, Pending> pending_;
    std::deque<Change> changes_;
    std::vector<sdk::Event> news_; // to be pushed at the end of poll()
};

} // namespace ombud::folder
