//! Settings of one instance, already checked against the manifest.

use crate::abi;
use crate::error::{Code, Error, Result};
use std::ffi::{c_void, CString};
use std::os::raw::c_char;

/// Typed access by path, e.g. `options/interval_s` or `site/cameras/0/id` (ombud/config.h). Lives as long as the instance.
/// Errors: `NotFound` (the path leads nowhere), `InvalidInput` (the value is of another type); the message names the path.
#[derive(Clone, Copy)]
pub struct Config {
    table: *const abi::Config,
}

impl Config {
    pub(crate) fn new(table: *const abi::Config) -> Self {
        Config { table }
    }

    fn get<T>(&self, path: &str, out: &mut T, getter: Option<unsafe extern "C" fn(*mut c_void, *const c_char, *mut T) -> i32>) -> Result {
        let (getter, name) = match (getter, CString::new(path)) {
            (Some(getter), Ok(name)) => (getter, name),
            _ => return Err(Error::new(Code::NotFound, format!("{path}: not set"))),
        };
        match unsafe { getter((*self.table).ctx, name.as_ptr(), out) } {
            abi::OK => Ok(()),
            1 => Err(Error::new(Code::NotFound, format!("{path}: not set"))),
            2 => Err(Error::new(Code::InvalidInput, format!("{path}: of another type"))),
            status => Err(Error::of_status(status, path)),
        }
    }

    pub fn get_i64(&self, path: &str) -> Result<i64> {
        let mut value = 0;
        self.get(path, &mut value, unsafe { (*self.table).get_i64 })?;
        Ok(value)
    }
    pub fn get_bool(&self, path: &str) -> Result<bool> {
        let mut value = 0;
        self.get(path, &mut value, unsafe { (*self.table).get_bool })?;
        Ok(value != 0)
    }
    pub fn get_str(&self, path: &str) -> Result<&str> {
        let mut value = crate::view::NONE;
        self.get(path, &mut value, unsafe { (*self.table).get_str })?;
        Ok(unsafe { crate::view::text(value) })
    }
    /// Elements of a list or members of an object.
    pub fn get_count(&self, path: &str) -> Result<u64> {
        let mut value = 0;
        self.get(path, &mut value, unsafe { (*self.table).get_count })?;
        Ok(value)
    }
    /// The whole document as JSON.
    pub fn json(&self) -> &str {
        match unsafe { (*self.table).json } {
            Some(json) => unsafe { crate::view::text(json((*self.table).ctx)) },
            None => "",
        }
    }
}
