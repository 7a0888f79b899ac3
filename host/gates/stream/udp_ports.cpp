#include "gates/stream/udp_ports.hpp"

#include <utility>

namespace ombud::stream {

UdpPorts::Taken::Taken(Taken&& other) noexcept : ports_(std::exchange(other.ports_, nullptr)), pair_(other.pair_) {}

UdpPorts::Taken::~Taken() {
    if (ports_ == nullptr)
        return;
    --ports_->open_;
    if (pair_ != none_)
        ports_->taken_[pair_] = false;
}

UdpPorts::UdpPorts(const std::optional<PortRange>& range)
    : range_(range), taken_(range ? (range->last - range->first + 1u) / 2 : 0, false) {}

Result<UdpPorts::Taken> UdpPorts::take(const std::function<Result<bool>(std::uint16_t)>& open) {
    if (!range_) {
        constexpr int attempts = 100; // the system chooses odd ones, too
        for (int attempt = 0; attempt < attempts; ++attempt) {
            const auto opened = open(0);
            if (!opened)
                return fail(opened.error());
            if (*opened) {
                ++open_;
                return Taken(*this, none_);
            }
        }
        return fail(ErrorCode::unavailable, "no two UDP ports beside each other are free");
    }
    for (std::size_t tried = 0; tried < taken_.size(); ++tried) {
        const std::size_t pair = std::exchange(next_, (next_ + 1) % taken_.size());
        if (taken_[pair])
            continue;
        const auto opened = open(static_cast<std::uint16_t>(range_->first + 2 * pair));
        if (!opened)
            return fail(opened.error());
        if (*opened) {
            taken_[pair] = true;
            ++open_;
            return Taken(*this, pair);
        }
    }
    ++refused_;
    return fail(ErrorCode::unavailable, "all UDP ports of " + status().ports + " are in use");
}

UdpPorts::Status UdpPorts::status() const {
    return {range_ ? std::to_string(range_->first) + "-" + std::to_string(range_->last) : "", taken_.size(), open_, refused_};
}

} // namespace ombud::stream
