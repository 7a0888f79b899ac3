//! hello_rust: takes the sound out of finished recordings, and raises a finding for each that held some.
use ombud::{Config, Event, Finding, Host, HookCall, Judge, Observe, Plugin, Result, Severity, TrackRule, Verdict};

struct SoundFilter {
    host: Host,
    recording: u32,
    tracks: u32,
    keeps_sound: bool,
}

impl Plugin for SoundFilter {
    fn create(host: Host, config: Config) -> Result<Self> {
        let keeps_sound = config.get_bool("options/keep-sound")?;
        Ok(SoundFilter { host, recording: host.name_id("recording"), tracks: host.name_id("tracks"), keeps_sound })
    }
}

fn holds_sound(tracks: &str) -> bool {
    tracks.split(' ').any(|track| track.starts_with("audio/"))
}

impl Judge for SoundFilter {
    fn judge(&mut self, call: &HookCall<'_>) -> Result<Verdict> {
        let tracks = match call.event().text(self.tracks) {
            Some(tracks) if call.hook() == ombud::HOOK_RECORDING_FINISHED => tracks,
            _ => return Ok(Verdict::abstain()),
        };
        if self.keeps_sound {
            return Ok(Verdict::allow("AMG-1", "sound may be recorded here"));
        }
        if holds_sound(tracks) {
            let rules = vec![TrackRule::remove(ombud::TRACK_AUDIO)];
            return Ok(Verdict::transform("AMG-2", "the recording holds sound that nobody gave a purpose", rules));
        }
        Ok(Verdict::allow("AMG-2", "the recording holds no sound"))
    }
}

impl Observe for SoundFilter {
    fn observe(&mut self, event: Event<'_>) -> Result {
        let (recording, tracks) = match (event.text(self.recording), event.text(self.tracks)) {
            (Some(recording), Some(tracks)) if !recording.is_empty() => (recording, tracks),
            _ => return Ok(()),
        };
        if self.keeps_sound || !holds_sound(tracks) {
            return self.host.clear(recording);
        }
        let text = "the recording holds sound that nobody gave a purpose; document one, or have it removed";
        self.host.raise(&Finding { recording, ..Finding::new(Severity::Violation, recording, "AMG-2", text) })
    }
}

ombud::plugin!(SoundFilter, "hello_rust", "0.1.0", [judge, observe]);
