//! my_plugin: judges finished recordings.
use ombud::{Config, Host, HookCall, Judge, Plugin, Result, Verdict};

struct MyPlugin {
    size_key: u32,
    most_bytes: i64,
}

/// The decision alone, so that it can be tested without a host.
fn decide(size_bytes: Option<i64>, most_bytes: i64) -> Verdict {
    match size_bytes {
        Some(size) if size < 0 => Verdict::abstain(),
        None => Verdict::abstain(),
        Some(size) if size <= most_bytes => Verdict::allow("", ""),
        // RET-1: the requirement it stands for
        Some(_) => Verdict::deny("RET-1", "the recording is larger than the option most allows"),
    }
}

impl Plugin for MyPlugin {
    fn create(host: Host, config: Config) -> Result<Self> {
        Ok(MyPlugin { size_key: host.name_id("size_bytes"), most_bytes: config.get_i64("options/most")? })
    }
}

impl Judge for MyPlugin {
    fn judge(&mut self, call: &HookCall<'_>) -> Result<Verdict> {
        if call.hook() != ombud::HOOK_RECORDING_FINISHED {
            return Ok(Verdict::abstain());
        }
        Ok(decide(call.event().i64(self.size_key), self.most_bytes))
    }
}

ombud::plugin!(MyPlugin, "my_plugin", "0.1.0", [judge]);

#[cfg(test)]
mod tests {
    use super::*;
    use ombud::Answer;

    #[test]
    fn a_recording_of_the_size_that_is_allowed_passes_and_a_larger_one_does_not() {
        assert_eq!(decide(Some(10), 10).answer, Answer::Allow);
        assert_eq!(decide(Some(11), 10).answer, Answer::Deny);
    }

    #[test]
    fn a_recording_of_unknown_size_is_somebody_elses() {
        assert_eq!(decide(None, 10).answer, Answer::Abstain);
        assert_eq!(decide(Some(-1), 10).answer, Answer::Abstain);
    }
}
