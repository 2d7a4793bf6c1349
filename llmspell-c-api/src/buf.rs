//! Bytes that the library hands over.

use crate::ffi::{Owned, free, handle, value};
use crate::str::llmspell_str;

/// Bytes that belong to the caller: read them with llmspell_buf_str, free them with
/// llmspell_buf_free.
///
/// A buffer never changes: threads may share it.
///
/// @since 0.1
pub struct llmspell_buf {
    _private: [u8; 0],
}

handle!(llmspell_buf => Vec<u8>, Owned);

/// Tells a buffer's bytes; empty for NULL. They are UTF-8 text unless the function that made the
/// buffer says otherwise.
///
/// @borrowed buf until the call returns
/// @borrowed return until buf is freed
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn llmspell_buf_str(buf: *const llmspell_buf) -> llmspell_str {
    // SAFETY: the caller passes NULL or a live buffer.
    unsafe { value(buf, llmspell_str::EMPTY, |bytes| llmspell_str::lend(bytes.as_slice())) }
}

/// Frees a buffer. NULL is allowed.
///
/// @consumes buf
/// @nullable buf
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn llmspell_buf_free(buf: *mut llmspell_buf) {
    // SAFETY: the caller passes NULL or a buffer that it owns and gives up.
    unsafe { free(buf) }
}
