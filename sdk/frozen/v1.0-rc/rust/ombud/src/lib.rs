//! Ombud's plugin SDK in Rust: std alone, over the C ABI of `sdk/include/ombud`. Begin with [`Plugin`] and [`plugin!`].
//!
//! ```
//! use ombud::{Config, Event, Host, Observe, Plugin, Result};
//!
//! struct Greeter(Host);
//! impl Plugin for Greeter {
//!     fn create(host: Host, _: Config) -> Result<Self> {
//!         Ok(Greeter(host))
//!     }
//! }
//! impl Observe for Greeter {
//!     fn observe(&mut self, event: Event<'_>) -> Result {
//!         Ok(self.0.log(ombud::LogLevel::Info, self.0.name(event.type_id())))
//!     }
//! }
//! ombud::plugin!(Greeter, "greeter", "1.0.0", [observe]);
//! ```
//!
//! An error or a panic becomes a status with its text: nothing unwinds into the host. Build with `panic = "unwind"`, the default.
#![deny(unsafe_op_in_unsafe_fn)]
#![allow(unused_unsafe)] // function! is used where unsafe is there already, and where it is not

pub mod abi;
mod config;
mod error;
mod event;
mod host;
#[doc(hidden)]
pub mod plugin;
mod verdict;
mod view;

pub use config::Config;
pub use error::{Code, Error, Result};
pub use event::{Event, Field, Packet, Value};
pub use host::{Action, Finding, Host, Inventory, LogLevel, Recording, Registers, Severity, State};
pub use plugin::{
    Audit, AuditRun, HookCall, Judge, Observe, Plugin, HOOK_ACCESS_REQUEST, HOOK_EXPORT_RELEASE, HOOK_MAIL_SEND, HOOK_PUSH_SEND,
    HOOK_RECORDING_DELETE, HOOK_RECORDING_FINISHED, HOOK_STREAM_OPEN, HOOK_STREAM_PACKET,
};
pub use verdict::{Answer, TrackRule, Verdict, TRACK_AUDIO, TRACK_DATA, TRACK_OTHER, TRACK_VIDEO};
