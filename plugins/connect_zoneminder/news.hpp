#pragma once
// Telling the host what changed in ZoneMinder.

#include "catalogue.hpp"
#include "outbox.hpp"
#include "records.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <ombud/feed.hpp>
#include <ombud/host.hpp>
#include <set>
#include <string>
#include <string_view>

namespace ombud::zoneminder {

/// One way of learning of changes. Thread: worker.
class News {
  public:
    virtual ~News() = default;

    /// Hands over what is new now, in one push at most.
    /// @return whether anything was handed over: then there may be more
    /// Errors: those of the source and of the host; nothing is lost, what was not taken comes again.
    virtual Result<bool> hand_over() = 0;
    /// How long to wait before asking again when there was nothing.
    [[nodiscard]] virtual std::int64_t pause_ms() const = 0;
};

/// What both ways need; all of it outlives them.
struct NewsDesk {
    sdk::Host host;
    sdk::Feed feed;
    const Records& records;
    Inspector& inspector;
    Catalogue& catalogue;
};

/// Rows of ombud.outbox become events; each row is deleted once its event is durable with the host.
std::unique_ptr<News> news_of(Outbox outbox, NewsDesk desk);

/// Compares what the REST interface tells with what it told before.
/// @param position  of the host; empty: from now on. Anything else than a position of this feed is taken as empty, too
/// Errors: those of the interface, which is asked for the newest recording when there is no position.
Result<std::unique_ptr<News>> news_of_polling(NewsDesk desk, std::string_view position, std::int64_t interval_ms);

} // namespace ombud::zoneminder
