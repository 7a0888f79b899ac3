#pragma once
// One viewer's connection, and with it one session at the camera: a viewer sees only what the modules allow it. [loop]

#include <boost/json/object.hpp>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "events/clock.hpp"
#include "events/event.hpp"
#include "gates/stream/camera.hpp"
#include "gates/stream/digest_access.hpp"
#include "gates/stream/frames.hpp"
#include "gates/stream/metadata_rewriter.hpp"
#include "gates/stream/permit.hpp"
#include "gates/stream/sdp.hpp"
#include "gates/stream/source_state.hpp"
#include "gates/stream/transport.hpp"
#include "gates/stream/udp_ports.hpp"
#include "gates/stream/wire.hpp"

namespace ombud::stream {

class Session;
class DatagramTrack;

/// What all sessions share. Outlives them.
struct House {
    Loop& loop;
    const Clock& clock;
    Names& names;
    Limits limits;
    std::vector<Guard::Login> logins;
    std::map<std::string, std::shared_ptr<SourceState>, std::less<>> sources; ///< by name
    std::size_t unnamed = 0; ///< connections without a right login yet
    UdpPorts udp_ports;
    /// Asks the modules off this thread; `answered` is called on it.
    std::function<void(EventRef, std::function<void(Result<Decision>)> answered)> ask;
    std::function<void(std::string kind, boost::json::object fields)> note;
    /// The session is over; it may be destroyed once this thread does something else.
    std::function<void(Session&)> ended;
};

/// Adds what passes from one side to the other: every header but those that each side of the gate has of its own.
void copy_headers(const Message& from, Message& to);

class Session : public std::enable_shared_from_this<Session> {
  public:
    Session(House& house, std::shared_ptr<Wire> viewer);
    ~Session();
    void start();

    /// Modules, their modes or the site changed: asks again; a changed answer takes effect.
    void reconsider();
    /// Ends both sides, the camera's with a TEARDOWN.
    /// @param why  for people: "the viewer …", "the camera …"
    void end(const std::string& why);

    [[nodiscard]] const SourceState* source() const { return source_.get(); }
    [[nodiscard]] const std::string& viewer_name() const { return viewer_name_; }
    [[nodiscard]] bool is_playing() const { return playing_; }
    [[nodiscard]] PacketCounts counts() const;
    [[nodiscard]] std::vector<std::string> shut() const; ///< "audio": kinds that it has, shut just now

  private:
    using Then = std::function<void()>;

    // session.cpp: the viewer's requests
    void on_viewer_input();
    bool take_viewer_frames(); ///< false: wait
    void handle(Message request);
    void dispatch(const Message& request);
    bool is_logged_in(const Message& request);
    void reply(Message message);
    void refuse(int status, const std::string& reason);
    void pass_on(const Message& request);
    void on_passed(const Message& request, const Message& answered);
    void tear_down();
    void watch_idle();

    // session_open.cpp: the camera, its description, the tracks
    void open(const Message& request, Then then);
    void connect(const Message& request, Then then);
    void describe(const Message& request, Then then);
    void on_described(const Message& request, const Message& answered, Then then);
    void on_camera_failed(const std::string& why); ///< "is gone: …"
    void show_description();
    void set_up(const Message& request);
    Result<std::unique_ptr<DatagramTrack>> open_datagrams(std::size_t track);
    void on_set_up(std::size_t track, Transport wanted, const Message& answered);
    bool join_channels(std::size_t track, const Pair& viewer, const Pair& camera);
    [[nodiscard]] std::string camera_url(std::string_view viewer_url) const;
    [[nodiscard]] std::string viewer_url_of(std::string_view camera_url) const; ///< empty: of no track that it has
    [[nodiscard]] Lane lane_of(std::size_t track) const;
    [[nodiscard]] bool is_shown(std::size_t track) const;

    // session_media.cpp: packets, and what may pass
    void on_camera_input();
    void on_drained(bool by_viewer);
    void refresh_rules();
    void ask_modules(std::function<void(Result<Decision>)> answered);
    void adopt(Permit permit);
    void on_permit_changed();
    void schedule();
    void retry_asking(const Error& error);
    void note(const char* kind, boost::json::object fields);
    void leave_camera(const std::string& why);

    House& house_;
    std::shared_ptr<Wire> viewer_;
    Guard guard_;
    std::string viewer_name_, cseq_, session_id_, origin_; // origin_: the gate as the viewer calls it, "rtsp://host:port"
    int wrong_logins_ = 0;
    bool busy_ = false, over_ = false, playing_ = false, begun_ = false;
    std::uint64_t stream_round_ = 0; // answers about an earlier stream of this connection come too late

    std::shared_ptr<SourceState> source_;
    std::unique_ptr<Camera> camera_;
    Description description_;
    Message described_headers_; // those of the camera's answer that pass
    std::string base_;
    std::vector<bool> described_, set_up_; // by track: in the description that the viewer got; set up
    std::map<std::size_t, std::unique_ptr<DatagramTrack>> datagrams_; // by track

    Permit permit_;
    Rules rules_;
    std::int64_t rules_until_utc_ns_ = 0;
    bool asking_ = false, ask_again_ = false;
    std::int64_t unasked_since_mono_ns_ = 0;
    Channels down_, up_; // from the camera, to the camera
    PacketCounts down_counts_, up_counts_;
    std::vector<Wire::Bytes> pass_;
    MetadataRewriter rewriter_; // from the camera
    std::size_t down_waiting_ = 0, up_waiting_ = 0; // bytes of the input that wait to be taken
    std::int64_t last_sign_mono_ns_ = 0;            // of the viewer
    Timer idle_timer_, stall_timer_, camera_stall_timer_, policy_timer_;
};

} // namespace ombud::stream
