#include "gates/stream/datagrams.hpp"

#include <array>
#include <boost/asio/ip/udp.hpp>
#include <sys/socket.h>

#include "gates/stream/net.hpp"

namespace ombud::stream {
namespace {

using Udp = asio::ip::udp;
constexpr unsigned batch = 32;
constexpr std::size_t datagram_bytes_max = 65'536;

/// What one system call takes in; one for the loop's thread, as batches come one after another.
struct Batch {
    std::array<std::array<std::uint8_t, datagram_bytes_max>, batch> bytes;
    std::array<sockaddr_storage, batch> senders;
    std::array<iovec, batch> parts;
    std::array<mmsghdr, batch> messages;
};
Batch& shared_batch() {
    thread_local const auto one = std::unique_ptr<Batch>(new Batch); // not zeroed: pages that no packet needs stay out of memory
    return *one;
}

/// Two sockets, and the ports that they hold.
struct SocketPair {
    Udp::socket rtp, rtcp;
    UdpPorts::Taken taken;
};

Result<SocketPair> open_pair(asio::io_context& io, const std::string& address, UdpPorts& ports) {
    error_code error;
    const auto at = asio::ip::make_address(address, error);
    if (error)
        return fail(ErrorCode::unavailable, address + ": " + error.message());
    Udp::socket rtp(io), rtcp(io);
    const auto open = [&](std::uint16_t port) -> Result<bool> {
        rtp = Udp::socket(io);
        rtcp = Udp::socket(io);
        const Udp::endpoint first(at, port);
        rtp.open(first.protocol(), error);
        if (!error)
            rtp.bind(first, error);
        if (!error)
            port = rtp.local_endpoint(error).port();
        if (!error && (port % 2 != 0 || port == 65'534))
            return false;
        if (!error)
            rtcp.open(first.protocol(), error);
        if (!error)
            rtcp.bind({at, static_cast<std::uint16_t>(port + 1)}, error);
        if (error == asio::error::address_in_use)
            return false;
        return error ? Result<bool>(fail(ErrorCode::unavailable, "no UDP ports at " + address + ": " + error.message())) : true;
    };
    auto taken = ports.take(open);
    if (!taken)
        return fail(taken.error());
    error_code ignored;
    rtp.set_option(asio::socket_base::receive_buffer_size(1 << 20), ignored); // a key frame comes in one go
    rtp.non_blocking(true, ignored);
    rtcp.non_blocking(true, ignored);
    return SocketPair{std::move(rtp), std::move(rtcp), std::move(*taken)};
}

/// One of the four ports.
struct Port {
    explicit Port(Udp::socket s) : socket(std::move(s)) {}
    Udp::socket socket;
    Udp::endpoint peer;         // port 0: any of that address
    Port* other = nullptr;      // where what comes in here goes out
    Lane lane;
    PacketCounts* counts = nullptr;
    bool is_viewers = false;
};

} // namespace

struct DatagramTrack::Impl : std::enable_shared_from_this<DatagramTrack::Impl> {
    Impl(const Clock& c, Parts p, SocketPair viewer, SocketPair camera)
        : clock(c), parts(std::move(p)), viewer_rtp(std::move(viewer.rtp)), viewer_rtcp(std::move(viewer.rtcp)),
          camera_rtp(std::move(camera.rtp)), camera_rtcp(std::move(camera.rtcp)) {
        taken.push_back(std::move(viewer.taken));
        taken.push_back(std::move(camera.taken));
        const auto pair_up = [this](Port& from_viewer, Port& from_camera, bool is_rtcp) {
            from_viewer.other = &from_camera;
            from_camera.other = &from_viewer;
            from_viewer.lane = from_camera.lane = parts.lane;
            from_viewer.lane.is_rtcp = from_camera.lane.is_rtcp = is_rtcp;
            from_viewer.lane.is_forward = parts.to_camera;
            from_camera.lane.is_forward = parts.to_viewer;
            from_viewer.counts = &parts.up;
            from_camera.counts = &parts.down;
            from_viewer.is_viewers = true;
        };
        pair_up(viewer_rtp, camera_rtp, false);
        pair_up(viewer_rtcp, camera_rtcp, true);
    }

    void wait(Port& port) {
        port.socket.async_wait(Udp::socket::wait_read, [self = shared_from_this(), &port](const error_code& error) {
            if (error || self->over)
                return;
            self->take(port);
            self->wait(port);
        });
    }

    /// At most one batch a turn, so that no stream keeps the others waiting.
    void take(Port& port) {
        Batch& batch_in = shared_batch();
        for (unsigned at = 0; at < batch; ++at) {
            batch_in.parts[at] = {batch_in.bytes[at].data(), datagram_bytes_max};
            batch_in.messages[at] = {};
            batch_in.messages[at].msg_hdr.msg_name = &batch_in.senders[at];
            batch_in.messages[at].msg_hdr.msg_namelen = sizeof(sockaddr_storage);
            batch_in.messages[at].msg_hdr.msg_iov = &batch_in.parts[at];
            batch_in.messages[at].msg_hdr.msg_iovlen = 1;
        }
        const int count = ::recvmmsg(port.socket.native_handle(), batch_in.messages.data(), batch, MSG_DONTWAIT, nullptr);
        const Rules& rules = parts.rules();
        Udp::endpoint& to = port.other->peer;
        unsigned passed = 0;
        for (int at = 0; at < count; ++at) {
            mmsghdr& message = batch_in.messages[static_cast<std::size_t>(at)];
            if (!is_peer(port, message.msg_hdr))
                continue;
            if (port.is_viewers)
                last_sign_mono_ns = clock.mono_ns();
            const std::size_t size = message.msg_len;
            auto* const bytes = static_cast<std::uint8_t*>(message.msg_hdr.msg_iov->iov_base);
            if (size == 0 || to.port() == 0 || !passes({bytes, size}, port.lane, rules, *port.counts))
                continue;
            if (!port.is_viewers && rules.rewrites(port.lane)) {
                send_rewritten(port, {bytes, size});
                continue;
            }
            message.msg_hdr.msg_iov->iov_len = size;
            message.msg_hdr.msg_name = to.data();
            message.msg_hdr.msg_namelen = static_cast<socklen_t>(to.size());
            batch_in.messages[passed++] = message;
        }
        // What the network does not take now is lost, as anywhere with UDP.
        for (unsigned sent = 0; sent < passed;) {
            const int more = ::sendmmsg(port.other->socket.native_handle(), batch_in.messages.data() + sent, passed - sent, MSG_DONTWAIT);
            sent += more > 0 ? static_cast<unsigned>(more) : 1;
        }
    }

    void send_rewritten(Port& port, std::span<const std::uint8_t> packet) {
        const Udp::endpoint& to = port.other->peer;
        for (const auto& one : parts.rewriter.packets(parts.track, packet))
            (void)::sendto(port.other->socket.native_handle(), one.data(), one.size(), MSG_DONTWAIT, to.data(),
                           static_cast<socklen_t>(to.size()));
    }

    static bool is_peer(const Port& port, const msghdr& head) {
        Udp::endpoint sender;
        if (head.msg_namelen > sender.capacity())
            return false;
        std::memcpy(sender.data(), head.msg_name, head.msg_namelen);
        sender.resize(head.msg_namelen);
        return sender.address() == port.peer.address() && (port.peer.port() == 0 || port.peer.port() == sender.port());
    }

    const Clock& clock;
    Parts parts;
    Port viewer_rtp, viewer_rtcp, camera_rtp, camera_rtcp;
    std::int64_t last_sign_mono_ns = 0;
    bool over = false, joined = false;
    std::vector<UdpPorts::Taken> taken; // given back as soon as the sockets are closed
};

DatagramTrack::DatagramTrack(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}

DatagramTrack::~DatagramTrack() {
    impl_->over = true; // a wait that ended already still comes
    error_code ignored;
    for (Port* port : {&impl_->viewer_rtp, &impl_->viewer_rtcp, &impl_->camera_rtp, &impl_->camera_rtcp})
        port->socket.close(ignored);
    impl_->taken.clear();
}

Result<std::unique_ptr<DatagramTrack>> DatagramTrack::open(Loop& loop, const Clock& clock, Parts parts) {
    auto viewer = open_pair(loop.impl().io, parts.viewer_side, parts.ports);
    if (!viewer)
        return fail(viewer.error());
    auto camera = open_pair(loop.impl().io, parts.camera_side, parts.ports);
    if (!camera)
        return fail(camera.error());
    return std::unique_ptr<DatagramTrack>(
        new DatagramTrack(std::make_shared<Impl>(clock, std::move(parts), std::move(*viewer), std::move(*camera))));
}

Pair DatagramTrack::ports_for_viewer() const {
    return {impl_->viewer_rtp.socket.local_endpoint().port(), impl_->viewer_rtcp.socket.local_endpoint().port()};
}
Pair DatagramTrack::ports_for_camera() const {
    return {impl_->camera_rtp.socket.local_endpoint().port(), impl_->camera_rtcp.socket.local_endpoint().port()};
}
std::int64_t DatagramTrack::last_sign_mono_ns() const {
    return impl_->last_sign_mono_ns;
}

void DatagramTrack::join(const Pair& viewer_ports, const std::optional<Pair>& camera_ports) {
    error_code ignored;
    const auto viewer = asio::ip::make_address(impl_->parts.viewer, ignored);
    const auto camera = asio::ip::make_address(impl_->parts.camera, ignored);
    impl_->viewer_rtp.peer = {viewer, viewer_ports.rtp};
    impl_->viewer_rtcp.peer = {viewer, viewer_ports.rtcp};
    impl_->camera_rtp.peer = {camera, camera_ports ? camera_ports->rtp : std::uint16_t{0}};
    impl_->camera_rtcp.peer = {camera, camera_ports ? camera_ports->rtcp : std::uint16_t{0}};
    if (std::exchange(impl_->joined, true))
        return; // set up again: the waits are under way
    for (Port* port : {&impl_->viewer_rtp, &impl_->viewer_rtcp, &impl_->camera_rtp, &impl_->camera_rtcp})
        impl_->wait(*port);
}

} // namespace ombud::stream
