#pragma once
// What the gate keeps: originals behind references until they expire, and deliveries until they end.

#include "events/result.hpp"
#include "store/database.hpp"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ombud::push {

/// An original, kept on the site while what left was a reference to it. Personal.
struct Original {
    std::string reference_sha256; ///< hex; the reference itself leaves and is not kept here
    std::string person, device;
    std::string content; ///< JSON, as it came
    std::int64_t made_utc_ns = 0;
    std::int64_t expires_utc_ns = 0;
};

/// One message on its way to one device.
struct Delivery {
    std::int64_t id = 0; ///< 0: not stored yet
    std::string device, forwarder, provider, country;
    std::string reference_sha256; ///< empty: what leaves is the message itself
    std::string content;          ///< JSON, what leaves
    std::int64_t expires_utc_ns = 0;
    std::int64_t attempts = 0;
};

struct Dropped {
    std::size_t originals = 0, deliveries = 0;
};

/// One SQLite file, mode 0600; what is deleted is overwritten, also in the write-ahead log. Thread any.
class PushState {
  public:
    struct Limits {
        std::size_t originals_max = 20'000;
        std::size_t original_bytes_max = 256 * 1024 * 1024; ///< of all
        std::size_t deliveries_max = 10'000;
        std::size_t delivery_bytes_max = 64 * 1024 * 1024; ///< of all; they wait in memory, too
    };

    /// Errors  as store::Database::open and store::apply_schema
    static Result<std::unique_ptr<PushState>> open(const std::filesystem::path& file, const Limits& limits);

    /// Makes originals and deliveries durable, all or none, and sets the ids of deliveries. Beyond the limits the oldest
    /// originals go: the newest alarm matters most, and the video system has them all.
    /// Errors  unavailable  too many deliveries wait, or the disk failed
    Result<void> keep(const std::vector<Original>& originals, std::vector<Delivery>& deliveries);

    /// In order of id.
    Result<std::vector<Delivery>> deliveries();
    Result<void> postpone(std::int64_t id, std::int64_t attempts);
    Result<void> end(std::int64_t id);

    /// Empty: there is none, or it has expired.
    Result<std::optional<Original>> find(std::string_view reference_sha256, std::int64_t now_utc_ns);
    /// Erases the originals that have expired. @return how many
    Result<std::size_t> expire(std::int64_t now_utc_ns);
    /// Erases all that waits for a device, or could be resolved by it.
    Result<Dropped> drop_device(std::string_view device);

    struct Size {
        std::size_t originals = 0, original_bytes = 0, deliveries = 0, delivery_bytes = 0, evicted = 0;
    };
    [[nodiscard]] Size size() const;

  private:
    PushState(store::Database db, const Limits& limits) : db_(std::move(db)), limits_(limits) {}

    Result<void> load_size();
    Result<void> insert(const std::vector<Original>& originals, std::vector<Delivery>& deliveries);
    Result<std::size_t> evict(std::int64_t until_utc_ns);
    Result<void> evict_beyond_limits();
    template <class Work>
    Result<void> in_transaction(Work work);

    mutable std::mutex mutex_;
    store::Database db_;
    const Limits limits_;
    Size size_;
};

} // namespace ombud::push
