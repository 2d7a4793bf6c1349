//! NUL-terminated texts, in and out.

use std::ffi::{CStr, CString, c_char};

/// Copies a text for C. A NUL inside, which C could not see past, is written as the replacement
/// character.
pub(crate) fn own_text(text: &str) -> *const c_char {
    let text = if text.contains('\0') { text.replace('\0', "\u{FFFD}") } else { text.to_owned() };
    CString::new(text).unwrap_or_default().into_raw()
}

/// Frees what `own_text` gave; NULL is allowed.
///
/// # Safety
/// `text` is NULL or came from `own_text` and was not freed yet.
pub(crate) unsafe fn free_text(text: *const c_char) {
    if !text.is_null() {
        // SAFETY: promised by the caller.
        drop(unsafe { CString::from_raw(text.cast_mut()) });
    }
}

/// Reads a text of the caller's. NULL gives None; bytes that are not UTF-8 give the offset of the
/// first wrong one.
///
/// # Safety
/// `text` is NULL or points to bytes with a NUL at the end that stay unchanged for `'a`.
pub(crate) unsafe fn read_text<'a>(text: *const c_char) -> Result<Option<&'a str>, usize> {
    if text.is_null() {
        return Ok(None);
    }
    // SAFETY: promised by the caller.
    let bytes = unsafe { CStr::from_ptr(text) };
    bytes.to_str().map(Some).map_err(|error| error.valid_up_to())
}
