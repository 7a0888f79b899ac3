//! What the host lends an instance: log, clock, names, and its extensions.

use crate::abi;
use crate::error::{check, Code, Error, Result};
use crate::event::Event;
use crate::verdict::TrackRule;
use crate::view;
use std::ffi::{c_void, CString};
use std::mem::size_of;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(i32)]
pub enum LogLevel {
    Debug = 1,
    Info = 2,
    Warning = 3,
    Error = 4,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum Severity {
    Info = 1,
    Warning = 2,
    Violation = 3,
}

/// Cheap to copy; may be kept as long as the instance. The extensions' functions are for the host's calls alone.
#[derive(Clone, Copy)]
pub struct Host {
    table: *const abi::Host,
}

/// Whether the other side's table reaches to the end of a member.
macro_rules! function {
    ($table:expr, $kind:ty, $member:ident) => {{
        let table: *const $kind = $table;
        if table.is_null() {
            None
        } else {
            let end = std::ptr::addr_of!((*table).$member) as usize - table as usize + size_of::<usize>();
            if (*table).struct_size as usize >= end { (*table).$member } else { None }
        }
    }};
}

fn missing<T>(what: &str) -> Result<T> {
    Err(Error::new(Code::Unavailable, format!("this host lends no {what}")))
}

/// A matter that is not as it should be; the members are those of ombud_finding.
#[derive(Clone, Copy, Debug)]
pub struct Finding<'a> {
    pub severity: Severity,
    pub key: &'a str,
    pub control: &'a str,
    pub attachment: &'a str,
    pub device: &'a str,
    pub recording: &'a str,
    pub text: &'a str,
    pub person: &'a str,
    pub evidence_json: &'a str,
}

impl<'a> Finding<'a> {
    pub fn new(severity: Severity, key: &'a str, control: &'a str, text: &'a str) -> Self {
        Finding { severity, key, control, text, attachment: "", device: "", recording: "", person: "", evidence_json: "" }
    }
}

/// A correction to ask for; the members are those of ombud_action.
#[derive(Clone, Copy, Debug, Default)]
pub struct Action<'a> {
    pub kind: &'a str,
    pub attachment: &'a str,
    pub device: &'a str,
    pub recording: &'a str,
    pub control: &'a str,
    pub reason: &'a str,
    pub track_rules: &'a [TrackRule],
    pub export_id: &'a str,
    pub user: &'a str,
}

impl Host {
    /// # Safety
    /// `table` is the host's, and outlives what is made.
    pub unsafe fn new(table: *const abi::Host) -> Host {
        Host { table }
    }

    fn ctx(&self) -> *mut c_void {
        unsafe { (*self.table).ctx }
    }
    fn extension<T>(&self, id: &str) -> *const T {
        let name = CString::new(id).unwrap_or_default();
        match unsafe { function!(self.table, abi::Host, get_extension) } {
            Some(get) => unsafe { get(self.ctx(), name.as_ptr()) }.cast(),
            None => std::ptr::null(),
        }
    }

    /// One line for operators; never personal values or secrets. Any thread.
    pub fn log(&self, level: LogLevel, message: &str) {
        if let Some(log) = unsafe { function!(self.table, abi::Host, log) } {
            unsafe { log(self.ctx(), level as i32, view::of(message), view::NONE) }
        }
    }
    pub(crate) fn set_error(&self, error: &Error) {
        if let Some(set) = unsafe { function!(self.table, abi::Host, set_error) } {
            unsafe { set(self.ctx(), error.code as i32, view::of(&error.message)) }
        }
    }
    /// Nanoseconds; a replay controls both clocks: ask here, never the system. Any thread.
    pub fn utc_ns(&self) -> i64 {
        self.now(1)
    }
    pub fn mono_ns(&self) -> i64 {
        self.now(2)
    }
    fn now(&self, clock: u32) -> i64 {
        match unsafe { function!(self.table, abi::Host, now) } {
            Some(now) => unsafe { now(self.ctx(), clock) },
            None => -1,
        }
    }

    /// Number of a name ([a-z0-9_.], 1 to 64 bytes); 0 when it is none, or this host has none. Ask once, keep it.
    pub fn name_id(&self, name: &str) -> u32 {
        match unsafe { function!(self.extension("ombud.names/1"), abi::Names, intern) } {
            Some(intern) => unsafe { intern(self.ctx(), view::of(name)) },
            None => 0,
        }
    }
    /// Name of a number; empty when there is none. Lives as long as the host.
    pub fn name(&self, number: u32) -> &'static str {
        match unsafe { function!(self.extension("ombud.names/1"), abi::Names, name) } {
            Some(name) => unsafe { view::text(name(self.ctx(), number)) },
            None => "",
        }
    }

    /// Opens a finding, or says that it still holds.
    pub fn raise(&self, finding: &Finding<'_>) -> Result {
        let raw = abi::Finding {
            struct_size: size_of::<abi::Finding>() as u32,
            severity: finding.severity as u32,
            key: view::of(finding.key),
            control: view::of(finding.control),
            attachment: view::of(finding.attachment),
            device: view::of(finding.device),
            recording: view::of(finding.recording),
            text: view::of(finding.text),
            person: view::of(finding.person),
            evidence_json: view::of(finding.evidence_json),
        };
        match unsafe { function!(self.extension("ombud.findings/1"), abi::Findings, raise) } {
            Some(raise) => check(unsafe { raise(self.ctx(), &raw) }, "raising a finding"),
            None => missing("findings"),
        }
    }
    /// Says that the matter is no longer so; unknown keys are fine.
    pub fn clear(&self, key: &str) -> Result {
        match unsafe { function!(self.extension("ombud.findings/1"), abi::Findings, clear) } {
            Some(clear) => check(unsafe { clear(self.ctx(), view::of(key)) }, "clearing a finding"),
            None => missing("findings"),
        }
    }

    /// Asks for a correction; asking again for what is pending or done is fine.
    pub fn request(&self, action: &Action<'_>) -> Result {
        let raw = abi::Action {
            struct_size: size_of::<abi::Action>() as u32,
            flags: 0,
            id: abi::Id::default(),
            kind: view::of(action.kind),
            attachment: view::of(action.attachment),
            device: view::of(action.device),
            recording: view::of(action.recording),
            control: view::of(action.control),
            reason: view::of(action.reason),
            track_rules: action.track_rules.as_ptr(),
            track_rule_count: action.track_rules.len() as u32,
            track_rule_stride: size_of::<TrackRule>() as u32,
            export_id: view::of(action.export_id),
            user: view::of(action.user),
        };
        match unsafe { function!(self.extension("ombud.actions/1"), abi::Actions, request) } {
            Some(request) => check(unsafe { request(self.ctx(), &raw) }, "requesting an action"),
            None => missing("actions"),
        }
    }

    /// What the connectors know, for audits.
    pub fn inventory(&self) -> Option<Inventory> {
        let table: *const abi::Inventory = self.extension("ombud.inventory/1");
        (!table.is_null()).then(|| Inventory { table, ctx: self.ctx() })
    }
    /// What people keep for this module.
    pub fn registers(&self) -> Option<Registers> {
        let table: *const abi::Register = self.extension("ombud.register/1");
        (!table.is_null()).then(|| Registers { table, ctx: self.ctx() })
    }
    /// What this module remembers across restarts.
    pub fn state(&self) -> Option<State> {
        let table: *const abi::State = self.extension("ombud.state/1");
        (!table.is_null()).then(|| State { table, ctx: self.ctx() })
    }
}

pub use crate::abi::Recording;

pub struct Inventory {
    table: *const abi::Inventory,
    ctx: *mut c_void,
}

impl Inventory {
    pub fn recording_count(&self) -> Result<u64> {
        let mut count = 0;
        match unsafe { function!(self.table, abi::Inventory, recording_count) } {
            Some(get) => check(unsafe { get(self.ctx, &mut count) }, "counting recordings").map(|()| count),
            None => missing("inventory"),
        }
    }
    /// Calls `visit` for each row in order of id; its first error ends the walk.
    pub fn each_recording(&self, mut visit: impl FnMut(&Recording) -> Result) -> Result {
        const ROOM: usize = 1024;
        let scan = match unsafe { function!(self.table, abi::Inventory, scan) } {
            Some(scan) => scan,
            None => return missing("inventory"),
        };
        let none = Recording { id: 0, device: 0, flags: 0, begin_utc_ns: 0, end_utc_ns: 0, size_bytes: 0, lock_review_utc_ns: 0 };
        let mut rows = vec![none; ROOM];
        let mut after = 0;
        loop {
            let mut count = 0u64;
            let status = unsafe { scan(self.ctx, after, rows.as_mut_ptr(), ROOM as u64, size_of::<Recording>() as u32, &mut count) };
            check(status, "scanning the inventory")?;
            if count == 0 {
                return Ok(());
            }
            for row in rows.iter().take(count as usize) {
                after = row.id;
                visit(row)?;
            }
        }
    }
    /// The full record; it is borrowed until the next call, so `use_it` gets it for as long as it runs.
    pub fn recording<T>(&self, id: u64, use_it: impl FnOnce(Event<'_>) -> T) -> Result<T> {
        self.record(unsafe { function!(self.table, abi::Inventory, recording) }, id, use_it)
    }
    pub fn device<T>(&self, number: u32, use_it: impl FnOnce(Event<'_>) -> T) -> Result<T> {
        self.record(unsafe { function!(self.table, abi::Inventory, device) }, number, use_it)
    }
    pub fn storage<T>(&self, number: u32, use_it: impl FnOnce(Event<'_>) -> T) -> Result<T> {
        self.record(unsafe { function!(self.table, abi::Inventory, storage) }, number, use_it)
    }
    /// OMBUD_COVERAGE_* of a control; 1 is blind.
    pub fn coverage(&self, attachment: &str, control: &str) -> u32 {
        match unsafe { function!(self.table, abi::Inventory, coverage) } {
            Some(get) => unsafe { get(self.ctx, view::of(attachment), view::of(control)) },
            None => 1,
        }
    }
    fn record<N, T>(
        &self,
        get: Option<unsafe extern "C" fn(*mut c_void, N, *mut *const abi::Event) -> i32>,
        number: N,
        use_it: impl FnOnce(Event<'_>) -> T,
    ) -> Result<T> {
        let mut event = std::ptr::null();
        match get {
            Some(get) => check(unsafe { get(self.ctx, number, &mut event) }, "reading the inventory")?,
            None => return missing("inventory"),
        }
        Ok(use_it(unsafe { Event::open(event) }?))
    }
}

pub struct Registers {
    table: *const abi::Register,
    ctx: *mut c_void,
}

impl Registers {
    /// Number of the newest change; 0: empty and never changed.
    pub fn revision(&self, name: &str) -> Result<u64> {
        let mut number = 0;
        match unsafe { function!(self.table, abi::Register, revision) } {
            Some(get) => check(unsafe { get(self.ctx, view::of(name), &mut number) }, "register revision").map(|()| number),
            None => missing("registers"),
        }
    }
    /// `None`: there is no such record.
    pub fn find<T>(&self, name: &str, key: &str, use_it: impl FnOnce(Event<'_>) -> T) -> Result<Option<T>> {
        let mut event = std::ptr::null();
        let status = match unsafe { function!(self.table, abi::Register, find) } {
            Some(get) => unsafe { get(self.ctx, view::of(name), view::of(key), &mut event) },
            None => return missing("registers"),
        };
        if status == Code::NotFound as i32 {
            return Ok(None);
        }
        check(status, "register find")?;
        Ok(Some(use_it(unsafe { Event::open(event) }?)))
    }
    /// Calls `visit` for each record in order of key; its first error ends the walk.
    /// `key_id`: the number of the name "key".
    pub fn each(&self, name: &str, key_id: u32, mut visit: impl FnMut(Event<'_>) -> Result) -> Result {
        let next = match unsafe { function!(self.table, abi::Register, next) } {
            Some(next) => next,
            None => return missing("registers"),
        };
        let mut behind = String::new();
        loop {
            let mut event = std::ptr::null();
            let status = unsafe { next(self.ctx, view::of(name), view::of(&behind), &mut event) };
            if status == Code::NotFound as i32 {
                return Ok(());
            }
            check(status, "register next")?;
            let record = unsafe { Event::open(event) }?;
            behind = match record.text(key_id) {
                Some(key) if !key.is_empty() => key.to_string(),
                _ => return Err(Error::new(Code::Internal, "register next: a record without a key")),
            };
            visit(record)?;
        }
    }
}

pub struct State {
    table: *const abi::State,
    ctx: *mut c_void,
}

impl State {
    /// Durable with the outcome of the current call, or not at all; an empty value forgets the key.
    pub fn put(&self, key: &str, value: &str) -> Result {
        match unsafe { function!(self.table, abi::State, put) } {
            Some(put) => check(unsafe { put(self.ctx, view::of(key), view::of(value)) }, "keeping state"),
            None => missing("state"),
        }
    }
    pub fn forget(&self, key: &str) -> Result {
        self.put(key, "")
    }
    /// Calls `visit(key, value)` for each, in order of key; its first error ends the walk.
    pub fn each(&self, mut visit: impl FnMut(&str, &str) -> Result) -> Result {
        let next = match unsafe { function!(self.table, abi::State, next) } {
            Some(next) => next,
            None => return missing("state"),
        };
        let mut behind = String::new();
        loop {
            let (mut key, mut value) = (view::NONE, view::NONE);
            let status = unsafe { next(self.ctx, view::of(&behind), &mut key, &mut value) };
            if status == Code::NotFound as i32 {
                return Ok(());
            }
            check(status, "reading state")?;
            behind = unsafe { view::text(key) }.to_string();
            if behind.is_empty() {
                return Err(Error::new(Code::Internal, "reading state: a value without a key"));
            }
            visit(&behind, unsafe { view::text(value) })?;
        }
    }
}
