#pragma once
// The feed that is lent to one connector.

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "connect/attachment.hpp"

namespace ombud {

/// Thread  the connector's worker.
class AttachmentFeed final : public FeedSink {
  public:
    AttachmentFeed(std::string id, Attachment::Parts parts, std::function<void(std::size_t)> told)
        : id_(std::move(id)), parts_(parts), told_(std::move(told)) {}

    Result<void> push(std::vector<EventRef> events, std::string_view position) override;
    Result<void> put(std::vector<EventRef> records) override;
    Result<void> coverage(std::string_view control, std::uint32_t level, std::string_view note) override;

    /// Brackets connector->list(what). A first listing of recordings tells what exists, not what happened: no events.
    Result<void> begin_listing(std::uint32_t what);
    Result<void> end_listing(bool complete);

  private:
    struct Listing {
        std::uint32_t what = 0;
        std::int64_t generation = 0;
        bool first = false;
    };
    Result<EventRef> enriched(const EventRef& event);
    Result<void> tell_changes(const std::vector<InventoryChange>& changes);

    std::string id_;
    Attachment::Parts parts_;
    std::function<void(std::size_t)> told_;
    std::optional<Listing> listing_;
};

} // namespace ombud
