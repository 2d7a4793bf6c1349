//! The library as a whole.

use std::ffi::c_char;

/// Gets the library ready and returns true. Calling it is optional, and calling it again is
/// harmless: whatever is needed starts with the first use.
///
/// @layer plain
/// @since 0.1
#[unsafe(no_mangle)]
pub extern "C" fn llmspell_init() -> bool {
    true
}

/// Marks the end of a program's use of the library. It frees nothing that the program still holds:
/// agents and tools are destroyed by their own functions, and the library can be used again
/// afterwards.
///
/// @layer plain
/// @since 0.1
#[unsafe(no_mangle)]
pub extern "C" fn llmspell_cleanup() {}

/// Tells the version of the library that is loaded, like "0.1.0", as a NUL-terminated text.
///
/// @borrowed return until the program ends
/// @layer plain
/// @since 0.1
#[unsafe(no_mangle)]
pub extern "C" fn llmspell_version() -> *const c_char {
    VERSION.as_ptr().cast()
}

/// LLMSPELL_VERSION with the NUL that C expects.
const VERSION: &str = concat!(env!("CARGO_PKG_VERSION"), "\0");
