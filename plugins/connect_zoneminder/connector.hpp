#pragma once
// ZoneMinder as a connector: everything above, wired together.

#include "actions.hpp"
#include "catalogue.hpp"
#include "exports.hpp"
#include "listing.hpp"
#include "news.hpp"
#include "options.hpp"
#include "records.hpp"
#include "web/desk.hpp"

#include <cstdint>
#include <memory>
#include <ombud/action.hpp>
#include <ombud/config.hpp>
#include <ombud/host.hpp>
#include <string_view>

namespace ombud::zoneminder {

/// One ZoneMinder. Needs the host's feed; uses its media extension when there is one. Thread: worker.
class Connector {
  public:
    static sdk::Result<std::unique_ptr<Connector>> create(sdk::Host host, sdk::Config config);

    /// Feed outbox: connects to the database; a REST interface that does not answer is told, and only holds up
    /// corrections. Feed poll: logs in.
    sdk::Result<> open(std::string_view position);
    sdk::Result<> list(std::uint32_t what);
    sdk::Result<> poll(std::int64_t wait_ns);
    sdk::Result<sdk::ActionResult> act(const sdk::Action& action);
    /// For the web gate; needs neither open() nor the feed, only the database.
    sdk::Result<sdk::WebAnswer> describe(const sdk::WebRequest& request);

  private:
    Connector(sdk::Host host, sdk::Feed feed, Options options);

    sdk::Result<> open_outbox(std::string_view position);
    sdk::Result<> open_polling(std::string_view position);
    sdk::Result<> declare_coverage();
    sdk::Result<> tell_connection(bool is_up, const std::string& detail);
    /// Tells the host that the connection is lost, once, and lets go of it.
    sdk::Failure lose(sdk::Error error);
    void let_go();
    [[nodiscard]] NewsDesk desk() const { return {host_, feed_, *records_, *inspector_, *catalogue_}; }

    sdk::Host host_;
    sdk::Feed feed_;
    Options options_;
    std::unique_ptr<Records> records_;
    std::unique_ptr<Inspector> inspector_;
    sdk::TimeZone zone_; ///< of feed poll
    // In the order in which they use each other; empty while there is no connection.
    std::unique_ptr<Rest> rest_;
    std::unique_ptr<Database> database_;
    std::unique_ptr<Catalogue> catalogue_;
    std::unique_ptr<News> news_;
    std::unique_ptr<Exports> exports_; ///< null: not watched
    bool disables_accounts_ = false;
    Exports::Problems declared_;       ///< of exports_, in the coverage that was declared last
    std::unique_ptr<web::Desk> web_; ///< with a connection of its own; made when first asked
};

} // namespace ombud::zoneminder
