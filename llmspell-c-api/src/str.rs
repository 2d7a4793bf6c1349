//! Text that is lent to the caller.

use std::ffi::c_char;

/// Text lent to the caller: UTF-8, `len` bytes at `data`, with no NUL at its end. It may contain
/// NUL bytes. The function that returns one says whose it is and until when it is valid. An empty
/// text has length 0 and a `data` that is not to be read.
///
/// @since 0.1
#[repr(C)]
#[derive(Clone, Copy)]
pub struct llmspell_str {
    /// First byte of the text.
    pub data: *const c_char,
    /// Number of bytes.
    pub len: usize,
}

impl llmspell_str {
    /// The empty text, which neutral answers use.
    pub(crate) const EMPTY: llmspell_str = llmspell_str { data: c"".as_ptr(), len: 0 };

    /// Lends bytes that the caller of the C function keeps alive by keeping their owner.
    pub(crate) fn lend(text: impl AsRef<[u8]>) -> llmspell_str {
        let bytes = text.as_ref();
        llmspell_str { data: bytes.as_ptr().cast(), len: bytes.len() }
    }
}
