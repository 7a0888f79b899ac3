#include <array>
#include <optional>

#include "plugin_runtime/given_cameras.hpp"

namespace ombud {
namespace {

class GivenInventory final : public InventoryReader {
  public:
    GivenInventory(std::unique_ptr<InventoryReader> whole, std::shared_ptr<const GivenCameras> given)
        : whole_(std::move(whole)), given_(std::move(given)) {}

    // Rows of one scan of the whole only, so that what a call gives is one state.
    Result<std::size_t> scan(std::uint64_t after, std::span<ombud_recording> rows) override {
        std::size_t kept = 0;
        while (kept == 0) {
            const auto got = whole_->scan(after, rows);
            if (!got || *got == 0)
                return got;
            after = rows[*got - 1].id;
            for (std::size_t i = 0; i < *got; ++i) {
                const auto own = own_number(rows[i].device);
                if (!own)
                    return fail(own.error());
                if (!*own)
                    continue;
                rows[kept] = rows[i];
                rows[kept++].device = **own;
            }
        }
        return kept;
    }

    Result<std::uint64_t> recording_count() override {
        std::array<ombud_recording, 1024> rows{};
        std::uint64_t count = 0;
        for (std::uint64_t after = 0;;) {
            const auto got = scan(after, rows);
            if (!got)
                return fail(got.error());
            if (*got == 0)
                return count;
            count += *got;
            after = rows[*got - 1].id;
        }
    }

    Result<EventRef> recording(std::uint64_t id) override {
        auto record = whole_->recording(id);
        if (record && !is_given(**record))
            return fail(ErrorCode::not_found, "no recording " + std::to_string(id));
        return record;
    }

    Result<EventRef> device(std::uint32_t number) override {
        if (number >= devices_.size())
            if (auto learnt = learn_devices(); !learnt)
                return fail(learnt.error());
        if (number >= devices_.size())
            return fail(ErrorCode::not_found, "no device " + std::to_string(number));
        return whole_->device(devices_[number]);
    }

    Result<EventRef> storage(std::uint32_t number) override { return whole_->storage(number); }
    std::uint32_t coverage(std::string_view attachment, std::string_view control) override { return whole_->coverage(attachment, control); }
    Result<std::optional<std::string>> device_of(const std::string& attachment, const std::string& recording) override {
        auto device = whole_->device_of(attachment, recording);
        if (device && *device && !given_->has(attachment, **device))
            return std::optional<std::string>();
        return device;
    }

  private:
    bool is_given(const Event& record) const { return given_->has(given_->attachment_of(record), given_->device_of(record)); }

    // Devices get numbers without gaps and keep them; new ones come behind.
    Result<void> learn_devices() {
        while (true) {
            const auto number = static_cast<std::uint32_t>(own_.size());
            const auto record = whole_->device(number);
            if (!record && record.error().code == ErrorCode::not_found)
                return {};
            if (!record)
                return fail(record.error());
            std::optional<std::uint32_t> own;
            if (is_given(**record)) {
                own = static_cast<std::uint32_t>(devices_.size());
                devices_.push_back(number);
            }
            own_.push_back(own);
        }
    }

    Result<std::optional<std::uint32_t>> own_number(std::uint32_t device) {
        if (device >= own_.size())
            if (auto learnt = learn_devices(); !learnt)
                return fail(learnt.error());
        return device < own_.size() ? own_[device] : std::nullopt;
    }

    std::unique_ptr<InventoryReader> whole_;
    std::shared_ptr<const GivenCameras> given_;
    std::vector<std::uint32_t> devices_;            // the whole's number of each device here
    std::vector<std::optional<std::uint32_t>> own_; // the number here of each device of the whole; none: it is not given
};

} // namespace

std::unique_ptr<InventoryReader> given_part_of(std::unique_ptr<InventoryReader> whole, std::shared_ptr<const GivenCameras> given) {
    if (!whole)
        return nullptr;
    return std::make_unique<GivenInventory>(std::move(whole), std::move(given));
}

} // namespace ombud
