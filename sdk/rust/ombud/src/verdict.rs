//! What judge() answers.

use crate::abi;
use crate::view;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(i32)]
pub enum Answer {
    /// Counts as the plugin's fault: a forgotten answer never allows.
    #[default]
    Unset = 0,
    Allow = 1,
    Deny = 2,
    Transform = 3,
    Abstain = 4,
    Defer = 5,
}

pub const TRACK_VIDEO: u32 = 1;
pub const TRACK_AUDIO: u32 = 2;
pub const TRACK_DATA: u32 = 3;
pub const TRACK_OTHER: u32 = 4;

pub use crate::abi::TrackRule;

impl TrackRule {
    /// The whole track of that kind (TRACK_*) goes.
    pub fn remove(track_kind: u32) -> Self {
        TrackRule { track_kind, rule: 1, begin_utc_ns: 0, end_utc_ns: 0 }
    }
    /// Only [begin, end) of it stays.
    pub fn keep_within(track_kind: u32, begin_utc_ns: i64, end_utc_ns: i64) -> Self {
        TrackRule { track_kind, rule: 2, begin_utc_ns, end_utc_ns }
    }
    /// stream.open and TRACK_DATA only, beside the others: what stays tells nobody apart for longer than an hour.
    pub fn pseudonymise() -> Self {
        TrackRule { track_kind: TRACK_DATA, rule: 3, begin_utc_ns: 0, end_utc_ns: 0 }
    }
}

/// An answer; the layer keeps its texts until the next one. The members are those of ombud_verdict.
#[derive(Clone, Debug, Default)]
pub struct Verdict {
    pub answer: Answer,
    pub rule_id: String,
    /// For people, no personal values; deny, defer and transform need one. At most 1024 bytes.
    pub reason: String,
    pub reason_code: u32,
    pub evidence_json: String,
    pub valid_until_mono_ns: i64,
    pub track_rules: Vec<TrackRule>,
    /// Key and text.
    pub field_texts: Vec<(u32, String)>,
    pub parts: Vec<u32>,
    /// For the asker alone, may be personal: never recorded.
    pub advice: String,
}

impl Verdict {
    fn make(answer: Answer, rule_id: &str, reason: impl Into<String>) -> Self {
        Verdict { answer, rule_id: rule_id.to_string(), reason: reason.into(), ..Verdict::default() }
    }
    pub fn allow(rule_id: &str, reason: impl Into<String>) -> Self {
        Verdict::make(Answer::Allow, rule_id, reason)
    }
    pub fn abstain() -> Self {
        Verdict::make(Answer::Abstain, "", "")
    }
    pub fn deny(rule_id: &str, reason: impl Into<String>) -> Self {
        Verdict::make(Answer::Deny, rule_id, reason)
    }
    /// Asks for a person's decision.
    pub fn defer(rule_id: &str, reason: impl Into<String>) -> Self {
        Verdict::make(Answer::Defer, rule_id, reason)
    }
    /// Lets pass what is left after `rules`.
    pub fn transform(rule_id: &str, reason: impl Into<String>, rules: Vec<TrackRule>) -> Self {
        Verdict { track_rules: rules, ..Verdict::make(Answer::Transform, rule_id, reason) }
    }
}

/// A verdict and the C struct that points into it.
#[derive(Default)]
pub(crate) struct Kept {
    verdict: Verdict,
    field_texts: Vec<abi::FieldText>,
}

impl Kept {
    /// What is wrong with it as an answer, or the C struct, which is valid until the next call.
    pub(crate) fn keep(&mut self, verdict: Verdict) -> Result<abi::Verdict, &'static str> {
        self.verdict = verdict;
        let kept = &self.verdict;
        let changes = !kept.track_rules.is_empty() || !kept.field_texts.is_empty() || !kept.parts.is_empty();
        match kept.answer {
            Answer::Unset => return Err("judge() answered a verdict that is unset"),
            Answer::Deny | Answer::Defer | Answer::Transform if kept.reason.is_empty() => {
                return Err("judge() gave no reason; deny, defer and transform need one")
            }
            Answer::Transform if !changes => return Err("judge() answered a transform that changes nothing"),
            _ => {}
        }
        self.field_texts = kept.field_texts.iter().map(|(key, text)| abi::FieldText { key_id: *key, reserved: 0, text: view::of(text) }).collect();
        let is_transform = kept.answer == Answer::Transform;
        let kind = |there: bool, bit: u32| if is_transform && there { bit } else { 0 };
        Ok(abi::Verdict {
            struct_size: std::mem::size_of::<abi::Verdict>() as u32,
            action: kept.answer as i32,
            reason_code: kept.reason_code,
            flags: 0,
            valid_until_mono_ns: kept.valid_until_mono_ns,
            transform_kind: kind(!kept.track_rules.is_empty(), 1) | kind(!kept.field_texts.is_empty(), 2) | kind(!kept.parts.is_empty(), 4),
            reserved: 0,
            replacement_handle: 0,
            rule_id: view::of(&kept.rule_id),
            reason: view::of(&kept.reason),
            evidence_json: view::of(&kept.evidence_json),
            track_rules: kept.track_rules.as_ptr(),
            track_rule_count: kept.track_rules.len() as u32,
            track_rule_stride: std::mem::size_of::<TrackRule>() as u32,
            field_texts: self.field_texts.as_ptr(),
            field_text_count: self.field_texts.len() as u32,
            field_text_stride: std::mem::size_of::<abi::FieldText>() as u32,
            parts: kept.parts.as_ptr(),
            part_count: kept.parts.len() as u32,
            reserved2: 0,
            advice: view::of(&kept.advice),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unset_answer_a_deny_without_reason_and_an_empty_transform_are_faults() {
        let mut kept = Kept::default();
        assert!(kept.keep(Verdict::default()).is_err());
        assert!(kept.keep(Verdict::deny("RET-1", "")).is_err());
        assert!(kept.keep(Verdict::transform("RET-1", "because", vec![])).is_err());
        assert!(kept.keep(Verdict::deny("RET-1", "because")).is_ok());
    }
}
