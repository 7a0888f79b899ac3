//! ombud_view and Rust's slices.

use crate::abi::View;

pub(crate) const NONE: View = View { ptr: std::ptr::null(), len: 0 };

/// The same bytes, not copied: the text must live as long as the view is used.
pub(crate) fn of(text: &str) -> View {
    View { ptr: text.as_ptr().cast(), len: text.len() as u64 }
}

/// # Safety
/// The bytes of the view can be read for `'a`.
pub(crate) unsafe fn bytes<'a>(view: View) -> &'a [u8] {
    if view.ptr.is_null() || view.len == 0 {
        return &[];
    }
    unsafe { std::slice::from_raw_parts(view.ptr.cast(), view.len as usize) }
}

/// # Safety
/// As `bytes`. What is not UTF-8 is empty.
pub(crate) unsafe fn text<'a>(view: View) -> &'a str {
    std::str::from_utf8(unsafe { bytes(view) }).unwrap_or("")
}
