//! NUL-terminated texts that the library hands out.

use std::ffi::{CString, c_char};

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
