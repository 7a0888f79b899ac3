// hello_cpp: takes the sound out of finished recordings, unless the option keep-sound says that it may stay.
#include <ombud/plugin.hpp>

using namespace ombud::sdk;

namespace {

class SoundFilter {
  public:
    static Result<std::unique_ptr<SoundFilter>> create(Host host, Config config) {
        const auto keeps_sound = config.get_bool("options/keep-sound");
        if (!keeps_sound)
            return fail(keeps_sound.error());
        return std::make_unique<SoundFilter>(std::move(host), *keeps_sound);
    }

    SoundFilter(Host host, bool keeps_sound)
        : host_(std::move(host)), tracks_key_(host_.names().id(OMBUD_KEY_TRACKS)), keeps_sound_(keeps_sound) {}

    Result<Verdict> judge(const HookCall& call) {
        const auto list = call.event().get_text(tracks_key_);
        if (call.hook() != OMBUD_HOOK_RECORDING_FINISHED || !list)
            return Verdict::abstain();
        const auto tracks = parse_tracks(*list);
        if (!tracks)
            return fail(tracks.error()); // the hook's fail mode decides
        if (keeps_sound_)
            return Verdict::allow("AMG-1", "sound may be recorded here");
        for (const Track& track : *tracks)
            if (track.kind == TrackKind::audio)
                return Verdict::transform("AMG-2", "the recording holds sound that nobody gave a purpose",
                                          {{OMBUD_TRACK_AUDIO, OMBUD_TRACK_REMOVE, 0, 0}});
        return Verdict::allow("AMG-2", "the recording holds no sound");
    }

  private:
    Host host_;
    std::uint32_t tracks_key_;
    bool keeps_sound_;
};

} // namespace

OMBUD_PLUGIN(SoundFilter, "hello_cpp", "0.1.0")
