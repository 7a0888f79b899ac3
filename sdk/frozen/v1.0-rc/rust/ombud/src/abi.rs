//! The C ABI as it stands in `sdk/include/ombud`: structs, numbers and names, nothing else. Fields mean what they mean there.
//! The sizes below are those of the golden layout; a wrong one does not compile.
#![allow(missing_docs)]

use std::ffi::c_void;
use std::mem::size_of;
use std::os::raw::c_char;

pub const ABI_MAJOR: u32 = 1;
pub const ABI_MINOR: u32 = 0;

pub const OK: i32 = 0;

#[repr(C)]
#[derive(Clone, Copy)]
pub struct View {
    pub ptr: *const c_void,
    pub len: u64,
}

#[repr(C)]
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub struct Id {
    pub b: [u8; 16],
}

#[repr(C)]
pub struct Instance {
    _opaque: [u8; 0],
}

/// `.note.ombud.abi`
#[repr(C)]
pub struct AbiNote {
    pub name_size: u32,
    pub desc_size: u32,
    pub note_type: u32,
    pub name: [u8; 8],
    pub major: u32,
    pub lowest_minor: u32,
}

#[repr(C)]
pub struct Host {
    pub struct_size: u32,
    pub abi_minor: u32,
    pub ctx: *mut c_void,
    pub get_extension: Option<unsafe extern "C" fn(*mut c_void, *const c_char) -> *const c_void>,
    pub log: Option<unsafe extern "C" fn(*mut c_void, i32, View, View)>,
    pub set_error: Option<unsafe extern "C" fn(*mut c_void, i32, View)>,
    pub now: Option<unsafe extern "C" fn(*mut c_void, u32) -> i64>,
}

#[repr(C)]
pub struct Config {
    pub struct_size: u32,
    pub reserved: u32,
    pub ctx: *mut c_void,
    pub get_i64: Option<unsafe extern "C" fn(*mut c_void, *const c_char, *mut i64) -> i32>,
    pub get_bool: Option<unsafe extern "C" fn(*mut c_void, *const c_char, *mut u32) -> i32>,
    pub get_str: Option<unsafe extern "C" fn(*mut c_void, *const c_char, *mut View) -> i32>,
    pub get_count: Option<unsafe extern "C" fn(*mut c_void, *const c_char, *mut u64) -> i32>,
    pub json: Option<unsafe extern "C" fn(*mut c_void) -> View>,
}

#[repr(C)]
pub struct Module {
    pub struct_size: u32,
    pub abi_minor: u32,
    pub flags: u32,
    pub reserved: u32,
    pub id: View,
    pub version: View,
    pub create: Option<unsafe extern "C" fn(*const Host, *const Config, *mut *mut Instance) -> i32>,
    pub start: Option<unsafe extern "C" fn(*mut Instance) -> i32>,
    pub stop: Option<unsafe extern "C" fn(*mut Instance, i64) -> i32>,
    pub destroy: Option<unsafe extern "C" fn(*mut Instance)>,
    pub get_extension: Option<unsafe extern "C" fn(*const c_char) -> *const c_void>,
}
// Static storage, never written: it may be shared.
unsafe impl Sync for Module {}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct Span {
    pub off: u32,
    pub len: u32,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub union FieldValue {
    pub i: i64,
    pub u: u64,
    pub d: f64,
    pub s: Span,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct Field {
    pub key_id: u32,
    pub field_type: u16,
    pub flags: u16,
    pub v: FieldValue,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct Event {
    pub struct_size: u32,
    pub total_size: u32,
    pub type_id: u32,
    pub schema: u32,
    pub flags: u32,
    pub field_off: u32,
    pub field_count: u32,
    pub field_stride: u32,
    pub seq: u64,
    pub utc_ns: i64,
    pub mono_ns: i64,
    pub source: Id,
    pub correlation: Id,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct Packet {
    pub struct_size: u32,
    pub codec_fourcc: u32,
    pub flags: u32,
    pub track: u32,
    pub pts: i64,
    pub dts: i64,
    pub duration: i64,
    pub tb_num: i32,
    pub tb_den: i32,
    pub capture_utc_ns: i64,
    pub stream: Id,
    pub handle: u64,
    pub data: View,
    pub extradata: View,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct HookCall {
    pub struct_size: u32,
    pub hook_id: u32,
    pub flags: u32,
    pub reserved: u32,
    pub call_id: u64,
    pub deadline_mono_ns: i64,
    pub event: *const Event,
    pub packet: *const Packet,
}

#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TrackRule {
    pub track_kind: u32,
    pub rule: u32,
    pub begin_utc_ns: i64,
    pub end_utc_ns: i64,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct FieldText {
    pub key_id: u32,
    pub reserved: u32,
    pub text: View,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct Verdict {
    pub struct_size: u32,
    pub action: i32,
    pub reason_code: u32,
    pub flags: u32,
    pub valid_until_mono_ns: i64,
    pub transform_kind: u32,
    pub reserved: u32,
    pub replacement_handle: u64,
    pub rule_id: View,
    pub reason: View,
    pub evidence_json: View,
    pub track_rules: *const TrackRule,
    pub track_rule_count: u32,
    pub track_rule_stride: u32,
    pub field_texts: *const FieldText,
    pub field_text_count: u32,
    pub field_text_stride: u32,
    pub parts: *const u32,
    pub part_count: u32,
    pub reserved2: u32,
    pub advice: View,
}

#[repr(C)]
pub struct Hook {
    pub struct_size: u32,
    pub reserved: u32,
    pub judge: Option<unsafe extern "C" fn(*mut Instance, *const HookCall, *mut Verdict) -> i32>,
}

#[repr(C)]
pub struct Observer {
    pub struct_size: u32,
    pub reserved: u32,
    pub observe: Option<unsafe extern "C" fn(*mut Instance, *const Event) -> i32>,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct AuditRun {
    pub struct_size: u32,
    pub flags: u32,
    pub ctx: *mut c_void,
    pub progress: Option<unsafe extern "C" fn(*mut c_void, u64, u64) -> i32>,
}

#[repr(C)]
pub struct Audit {
    pub struct_size: u32,
    pub reserved: u32,
    pub run: Option<unsafe extern "C" fn(*mut Instance, *const AuditRun) -> i32>,
}

#[repr(C)]
pub struct Names {
    pub struct_size: u32,
    pub reserved: u32,
    pub intern: Option<unsafe extern "C" fn(*mut c_void, View) -> u32>,
    pub name: Option<unsafe extern "C" fn(*mut c_void, u32) -> View>,
}

#[repr(C)]
pub struct Finding {
    pub struct_size: u32,
    pub severity: u32,
    pub key: View,
    pub control: View,
    pub attachment: View,
    pub device: View,
    pub recording: View,
    pub text: View,
    pub person: View,
    pub evidence_json: View,
}

#[repr(C)]
pub struct Findings {
    pub struct_size: u32,
    pub reserved: u32,
    pub raise: Option<unsafe extern "C" fn(*mut c_void, *const Finding) -> i32>,
    pub clear: Option<unsafe extern "C" fn(*mut c_void, View) -> i32>,
}

#[repr(C)]
pub struct Action {
    pub struct_size: u32,
    pub flags: u32,
    pub id: Id,
    pub kind: View,
    pub attachment: View,
    pub device: View,
    pub recording: View,
    pub control: View,
    pub reason: View,
    pub track_rules: *const TrackRule,
    pub track_rule_count: u32,
    pub track_rule_stride: u32,
    pub export_id: View,
    pub user: View,
}

#[repr(C)]
pub struct Actions {
    pub struct_size: u32,
    pub reserved: u32,
    pub request: Option<unsafe extern "C" fn(*mut c_void, *const Action) -> i32>,
}

#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Recording {
    pub id: u64,
    pub device: u32,
    pub flags: u32,
    pub begin_utc_ns: i64,
    pub end_utc_ns: i64,
    pub size_bytes: i64,
    pub lock_review_utc_ns: i64,
}

type Lookup<Number> = Option<unsafe extern "C" fn(*mut c_void, Number, *mut *const Event) -> i32>;

#[repr(C)]
pub struct Inventory {
    pub struct_size: u32,
    pub reserved: u32,
    pub scan: Option<unsafe extern "C" fn(*mut c_void, u64, *mut Recording, u64, u32, *mut u64) -> i32>,
    pub recording_count: Option<unsafe extern "C" fn(*mut c_void, *mut u64) -> i32>,
    pub recording: Lookup<u64>,
    pub device: Lookup<u32>,
    pub storage: Lookup<u32>,
    pub coverage: Option<unsafe extern "C" fn(*mut c_void, View, View) -> u32>,
}

type FindRecord = Option<unsafe extern "C" fn(*mut c_void, View, View, *mut *const Event) -> i32>;

#[repr(C)]
pub struct Register {
    pub struct_size: u32,
    pub reserved: u32,
    pub revision: Option<unsafe extern "C" fn(*mut c_void, View, *mut u64) -> i32>,
    pub find: FindRecord,
    pub next: FindRecord,
}

#[repr(C)]
pub struct State {
    pub struct_size: u32,
    pub reserved: u32,
    pub put: Option<unsafe extern "C" fn(*mut c_void, View, View) -> i32>,
    pub next: Option<unsafe extern "C" fn(*mut c_void, View, *mut View, *mut View) -> i32>,
}

macro_rules! sizes {
    ($($name:ident $size:literal),*) => { $(const _: () = assert!(size_of::<$name>() == $size);)* };
}
sizes!(View 16, Id 16, AbiNote 28, Host 48, Config 56, Module 88, Field 16, Event 88, Packet 112, HookCall 48, TrackRule 24,
       FieldText 24, Verdict 152, Hook 16, Observer 16, AuditRun 24, Audit 16, Names 24, Finding 136, Findings 24, Action 168,
       Actions 16, Recording 48, Inventory 56, Register 32, State 24);
