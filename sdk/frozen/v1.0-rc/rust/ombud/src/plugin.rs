//! The functions behind the C tables: each catches panics, so that nothing but a status leaves the plugin.

use crate::abi;
use crate::config::Config;
use crate::error::{check, Code, Error, Result};
use crate::event::{Event, Packet};
use crate::host::Host;
use crate::verdict::{Kept, Verdict};
use std::mem::size_of;
use std::panic::{catch_unwind, AssertUnwindSafe};

/// A plugin's instance. Everything is called one at a time per instance; nothing is shared between two.
pub trait Plugin: Sized + 'static {
    fn create(host: Host, config: Config) -> Result<Self>;
    fn start(&mut self) -> Result {
        Ok(())
    }
    fn stop(&mut self, _deadline_mono_ns: i64) -> Result {
        Ok(())
    }
}

/// `ombud.hook/1`: answers questions before their deadline. An error or a panic leaves the verdict unset, so that the
/// hook's fail mode applies.
pub trait Judge: Plugin {
    fn judge(&mut self, call: &HookCall<'_>) -> Result<Verdict>;
}

/// `ombud.events/1`: takes note of events.
pub trait Observe: Plugin {
    fn observe(&mut self, event: Event<'_>) -> Result;
}

/// `ombud.audit/1`: walks the whole inventory, in an instance of its own.
pub trait Audit: Plugin {
    fn audit(&mut self, run: &AuditRun) -> Result;
}

/// One question, borrowed until judge() returns.
pub struct HookCall<'a> {
    raw: abi::HookCall,
    event: Event<'a>,
}

pub const HOOK_STREAM_OPEN: u32 = 1;
pub const HOOK_STREAM_PACKET: u32 = 2;
pub const HOOK_RECORDING_FINISHED: u32 = 3;
pub const HOOK_RECORDING_DELETE: u32 = 4;
pub const HOOK_EXPORT_RELEASE: u32 = 5;
pub const HOOK_MAIL_SEND: u32 = 6;
pub const HOOK_PUSH_SEND: u32 = 7;
pub const HOOK_ACCESS_REQUEST: u32 = 8;

impl<'a> HookCall<'a> {
    /// HOOK_*, or one of a newer minor: abstain from what you do not know.
    pub fn hook(&self) -> u32 {
        self.raw.hook_id
    }
    pub fn event(&self) -> Event<'a> {
        self.event
    }
    /// None but for HOOK_STREAM_PACKET.
    pub fn packet(&self) -> Option<Packet<'a>> {
        unsafe { Packet::open(self.raw.packet) }
    }
    pub fn id(&self) -> u64 {
        self.raw.call_id
    }
    pub fn deadline_mono_ns(&self) -> i64 {
        self.raw.deadline_mono_ns
    }
    pub fn is_replay(&self) -> bool {
        self.raw.flags & 1 != 0
    }
    pub fn is_dry_run(&self) -> bool {
        self.raw.flags & 2 != 0
    }
}

/// One audit, borrowed until audit() returns.
pub struct AuditRun {
    raw: abi::AuditRun,
}

impl AuditRun {
    /// Whether corrections are to be asked for, too.
    pub fn corrects(&self) -> bool {
        self.raw.flags & 1 != 0
    }
    /// Tells how far it is; call it every few thousand rows, and pass its error on at once: it was cancelled.
    pub fn progress(&self, done: u64, total: u64) -> Result {
        match self.raw.progress {
            Some(progress) => check(unsafe { progress(self.raw.ctx, done, total) }, "telling the progress of an audit"),
            None => Ok(()),
        }
    }
}

struct Instance<T> {
    host: Host,
    plugin: T,
    verdict: Kept,
}

fn guarded(host: &Host, body: impl FnOnce() -> Result) -> i32 {
    let error = match catch_unwind(AssertUnwindSafe(body)) {
        Ok(Ok(())) => return abi::OK,
        Ok(Err(error)) => error,
        Err(panic) => {
            let said = panic.downcast_ref::<&str>().map(|text| text.to_string()).or_else(|| panic.downcast_ref::<String>().cloned());
            Error::new(Code::Internal, format!("the plugin panicked: {}", said.as_deref().unwrap_or("something that is no text")))
        }
    };
    host.set_error(&error);
    error.code as i32
}

unsafe fn of<'a, T>(instance: *mut abi::Instance) -> &'a mut Instance<T> {
    unsafe { &mut *instance.cast() }
}

/// A struct of either side's age: members that the writer did not know are zero.
unsafe fn read_growable<T>(from: *const T, name: &str) -> Result<T> {
    let size = if from.is_null() { 0 } else { (unsafe { *from.cast::<u32>() }) as usize };
    if size < size_of::<T>() {
        return Err(Error::new(Code::InvalidInput, format!("{name} has struct_size {size}, at least {} is needed", size_of::<T>())));
    }
    let tail = unsafe { std::slice::from_raw_parts(from.cast::<u8>().add(size_of::<T>()), size - size_of::<T>()) };
    if tail.iter().any(|&byte| byte != 0) {
        return Err(Error::new(Code::TooNew, format!("{name} uses members that this plugin does not know; build it with a newer SDK")));
    }
    Ok(unsafe { std::ptr::read(from) })
}

pub unsafe extern "C" fn create<T: Plugin>(host: *const abi::Host, config: *const abi::Config, out: *mut *mut abi::Instance) -> i32 {
    if host.is_null() || config.is_null() || out.is_null() || unsafe { (*host).struct_size } < size_of::<abi::Host>() as u32 {
        return Code::InvalidInput as i32; // without a table there is nobody to tell why
    }
    let host = unsafe { Host::new(host) };
    guarded(&host, || {
        let plugin = T::create(host, Config::new(config))?;
        unsafe { *out = Box::into_raw(Box::new(Instance { host, plugin, verdict: Kept::default() })).cast() };
        Ok(())
    })
}

pub unsafe extern "C" fn start<T: Plugin>(instance: *mut abi::Instance) -> i32 {
    let this = unsafe { of::<T>(instance) };
    let plugin = &mut this.plugin;
    guarded(&this.host, || plugin.start())
}

pub unsafe extern "C" fn stop<T: Plugin>(instance: *mut abi::Instance, deadline_mono_ns: i64) -> i32 {
    let this = unsafe { of::<T>(instance) };
    let plugin = &mut this.plugin;
    guarded(&this.host, || plugin.stop(deadline_mono_ns))
}

pub unsafe extern "C" fn destroy<T: Plugin>(instance: *mut abi::Instance) {
    // A panic in a destructor must not leave either; there is nobody to tell.
    let _ = catch_unwind(AssertUnwindSafe(|| drop(unsafe { Box::from_raw(instance.cast::<Instance<T>>()) })));
}

pub unsafe extern "C" fn judge<T: Judge>(instance: *mut abi::Instance, call: *const abi::HookCall, out: *mut abi::Verdict) -> i32 {
    let this = unsafe { of::<T>(instance) };
    let (plugin, kept) = (&mut this.plugin, &mut this.verdict);
    guarded(&this.host, || {
        if out.is_null() || unsafe { *out.cast::<u32>() } < 4 {
            return Err(Error::new(Code::InvalidInput, "verdict: NULL, or no struct_size"));
        }
        let raw = unsafe { read_growable(call, "hook call") }?;
        let event = unsafe { Event::open(raw.event) }?;
        let verdict = plugin.judge(&HookCall { raw, event })?;
        let full = kept.keep(verdict).map_err(|what| Error::new(Code::Internal, what))?;
        let known = size_of::<abi::Verdict>().min(unsafe { *out.cast::<u32>() } as usize);
        // All but struct_size, which stays the caller's.
        unsafe { std::ptr::copy_nonoverlapping((&full as *const abi::Verdict).cast::<u8>().add(4), out.cast::<u8>().add(4), known - 4) };
        Ok(())
    })
}

pub unsafe extern "C" fn observe<T: Observe>(instance: *mut abi::Instance, event: *const abi::Event) -> i32 {
    let this = unsafe { of::<T>(instance) };
    let plugin = &mut this.plugin;
    guarded(&this.host, || plugin.observe(unsafe { Event::open(event) }?))
}

pub unsafe extern "C" fn audit<T: Audit>(instance: *mut abi::Instance, run: *const abi::AuditRun) -> i32 {
    let this = unsafe { of::<T>(instance) };
    let plugin = &mut this.plugin;
    guarded(&this.host, || plugin.audit(&AuditRun { raw: unsafe { read_growable(run, "audit run") }? }))
}

/// Makes the entry of a plugin: `ombud::plugin!(Type, "id", "1.0.0", [judge, observe, audit]);`, once in a cdylib, with the
/// words of the traits that Type has. A trait that is named and missing does not compile.
#[macro_export]
macro_rules! plugin {
    ($type:ty, $id:literal, $version:literal, [$($word:ident),+ $(,)?]) => {
        #[used]
        #[link_section = ".note.ombud.abi"]
        static OMBUD_ABI_NOTE: $crate::abi::AbiNote = $crate::abi::AbiNote {
            name_size: 6,
            desc_size: 8,
            note_type: 1,
            name: *b"Ombud\0\0\0",
            major: $crate::abi::ABI_MAJOR,
            lowest_minor: 0,
        };

        /// The one symbol that a host looks for.
        #[no_mangle]
        pub extern "C" fn ombud_module_entry_v1() -> *const $crate::abi::Module {
            extern "C" fn get_extension(id: *const ::std::os::raw::c_char) -> *const ::std::ffi::c_void {
                if id.is_null() {
                    return ::std::ptr::null();
                }
                let asked = unsafe { ::std::ffi::CStr::from_ptr(id) }.to_bytes();
                $($crate::plugin!(@extension $word, $type, asked);)+
                ::std::ptr::null()
            }
            static MODULE: $crate::abi::Module = $crate::abi::Module {
                struct_size: ::std::mem::size_of::<$crate::abi::Module>() as u32,
                abi_minor: $crate::abi::ABI_MINOR,
                flags: 0,
                reserved: 0,
                id: $crate::abi::View { ptr: $id.as_ptr() as *const ::std::ffi::c_void, len: $id.len() as u64 },
                version: $crate::abi::View { ptr: $version.as_ptr() as *const ::std::ffi::c_void, len: $version.len() as u64 },
                create: Some($crate::plugin::create::<$type>),
                start: Some($crate::plugin::start::<$type>),
                stop: Some($crate::plugin::stop::<$type>),
                destroy: Some($crate::plugin::destroy::<$type>),
                get_extension: Some(get_extension),
            };
            &MODULE
        }
    };
    (@extension judge, $type:ty, $asked:ident) => {
        static HOOK: $crate::abi::Hook = $crate::abi::Hook {
            struct_size: ::std::mem::size_of::<$crate::abi::Hook>() as u32, reserved: 0, judge: Some($crate::plugin::judge::<$type>) };
        if $asked == b"ombud.hook/1" {
            return &HOOK as *const $crate::abi::Hook as *const ::std::ffi::c_void;
        }
    };
    (@extension observe, $type:ty, $asked:ident) => {
        static OBSERVER: $crate::abi::Observer = $crate::abi::Observer {
            struct_size: ::std::mem::size_of::<$crate::abi::Observer>() as u32, reserved: 0, observe: Some($crate::plugin::observe::<$type>) };
        if $asked == b"ombud.events/1" {
            return &OBSERVER as *const $crate::abi::Observer as *const ::std::ffi::c_void;
        }
    };
    (@extension audit, $type:ty, $asked:ident) => {
        static AUDIT: $crate::abi::Audit = $crate::abi::Audit {
            struct_size: ::std::mem::size_of::<$crate::abi::Audit>() as u32, reserved: 0, run: Some($crate::plugin::audit::<$type>) };
        if $asked == b"ombud.audit/1" {
            return &AUDIT as *const $crate::abi::Audit as *const ::std::ffi::c_void;
        }
    };
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view;
    use std::ffi::c_void;
    use std::os::raw::c_char;
    use std::ptr::null_mut;

    type Said = Vec<(i32, String)>;

    unsafe extern "C" fn set_error(ctx: *mut c_void, code: i32, message: abi::View) {
        unsafe { (*ctx.cast::<Said>()).push((code, view::text(message).to_string())) }
    }
    unsafe extern "C" fn lend_nothing(_: *mut c_void, _: *const c_char) -> *const c_void {
        std::ptr::null()
    }
    fn host(said: &mut Said) -> abi::Host {
        abi::Host {
            struct_size: size_of::<abi::Host>() as u32,
            abi_minor: 0,
            ctx: (said as *mut Said).cast(),
            get_extension: Some(lend_nothing),
            log: None,
            set_error: Some(set_error),
            now: None,
        }
    }
    fn config() -> abi::Config {
        abi::Config { struct_size: 56, reserved: 0, ctx: null_mut(), get_i64: None, get_bool: None, get_str: None, get_count: None, json: None }
    }
    fn call(event: &abi::Event) -> abi::HookCall {
        abi::HookCall { struct_size: 48, hook_id: 3, flags: 0, reserved: 0, call_id: 1, deadline_mono_ns: 0, event, packet: std::ptr::null() }
    }
    fn empty_event() -> abi::Event {
        let mut event: abi::Event = unsafe { std::mem::zeroed() };
        (event.struct_size, event.total_size, event.type_id) = (88, 88, 1);
        event
    }

    struct Panicky(u32);
    impl Plugin for Panicky {
        fn create(_: Host, config: Config) -> Result<Self> {
            match config.get_i64("options/x") {
                Err(error) if error.code == Code::NotFound => Ok(Panicky(0)),
                _ => panic!("there is an option"),
            }
        }
        fn stop(&mut self, _: i64) -> Result {
            panic!("{}", String::from("made text"))
        }
    }
    impl Judge for Panicky {
        fn judge(&mut self, _: &HookCall<'_>) -> Result<Verdict> {
            self.0 += 1;
            match self.0 {
                1 => panic!("on purpose"),
                2 => std::panic::panic_any(42),
                _ => Ok(Verdict::deny("RET-1", "because")),
            }
        }
    }

    #[test]
    fn a_panic_becomes_a_status_with_its_text_and_the_instance_goes_on() {
        let mut said = Said::new();
        let (host, config, event) = (host(&mut said), config(), empty_event());
        let mut instance = null_mut();
        let mut verdict: abi::Verdict = unsafe { std::mem::zeroed() };
        verdict.struct_size = size_of::<abi::Verdict>() as u32;
        unsafe {
            assert_eq!(create::<Panicky>(&host, &config, &mut instance), abi::OK);
            assert_eq!(judge::<Panicky>(instance, &call(&event), &mut verdict), 7);
            assert_eq!(judge::<Panicky>(instance, &call(&event), &mut verdict), 7);
            assert_eq!(verdict.action, 0);
            assert_eq!(judge::<Panicky>(instance, &call(&event), &mut verdict), abi::OK);
            assert_eq!((verdict.action, view::text(verdict.reason)), (2, "because"));
            assert_eq!(stop::<Panicky>(instance, 0), 7);
            destroy::<Panicky>(instance);
        }
        let texts: Vec<&str> = said.iter().map(|(_, text)| text.as_str()).collect();
        assert_eq!(texts, ["the plugin panicked: on purpose", "the plugin panicked: something that is no text", "the plugin panicked: made text"]);
    }

    #[test]
    fn a_call_of_a_newer_minor_is_too_new_and_a_smaller_verdict_is_filled_to_its_size() {
        let mut said = Said::new();
        let (host, config, event) = (host(&mut said), config(), empty_event());
        let mut instance = null_mut();
        let mut verdict: abi::Verdict = unsafe { std::mem::zeroed() };
        let mut longer = [0u64; 8];
        unsafe {
            assert_eq!(create::<Panicky>(&host, &config, &mut instance), abi::OK);
            of::<Panicky>(instance).plugin.0 = 2;
            std::ptr::write(longer.as_mut_ptr().cast(), abi::HookCall { struct_size: 64, ..call(&event) });
            longer[7] = 1;
            verdict.struct_size = 8;
            assert_eq!(judge::<Panicky>(instance, longer.as_ptr().cast(), &mut verdict), 4);
            longer[7] = 0;
            assert_eq!(judge::<Panicky>(instance, longer.as_ptr().cast(), &mut verdict), abi::OK);
            assert_eq!((verdict.struct_size, verdict.action, verdict.reason.len), (8, 2, 0));
            destroy::<Panicky>(instance);
        }
    }
}
