//! What can fail.

/// Numbers are those of `ombud_status` (ombud/base.h).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(i32)]
pub enum Code {
    NotFound = 1,
    InvalidInput = 2,
    Unavailable = 3,
    TooNew = 4,
    Refused = 5,
    Corrupt = 6,
    Internal = 7,
    Cancelled = 8,
}

/// An error with a message for a person: lower case, no full stop, naming the value that was wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    pub code: Code,
    pub message: String,
}

impl Error {
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Error { code, message: message.into() }
    }

    pub(crate) fn of_status(status: i32, what: &str) -> Self {
        let code = match status {
            1 => Code::NotFound,
            2 => Code::InvalidInput,
            3 => Code::Unavailable,
            4 => Code::TooNew,
            5 => Code::Refused,
            6 => Code::Corrupt,
            8 => Code::Cancelled,
            _ => Code::Internal,
        };
        Error::new(code, format!("{what} answered status {status}"))
    }
}

impl std::fmt::Display for Error {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(&self.message)
    }
}
impl std::error::Error for Error {}

pub type Result<T = ()> = std::result::Result<T, Error>;

pub(crate) fn check(status: i32, what: &str) -> Result {
    if status == crate::abi::OK {
        Ok(())
    } else {
        Err(Error::of_status(status, what))
    }
}
