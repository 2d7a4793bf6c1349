//! Versions: of the library and of its binary interface.

/// Version of the binary interface that this header describes. It changes only when a program
/// compiled against an older header could no longer work.
///
/// @since 0.1
pub const LLMSPELL_ABI_VERSION: u32 = 1;

/// Oldest version of the binary interface that a library of this version still serves.
///
/// @since 0.1
pub const LLMSPELL_ABI_MIN: u32 = 1;

/// Tells the version of the binary interface of the library that is loaded. A program should refuse
/// to go on when it is less than the LLMSPELL_ABI_VERSION that it was compiled with.
///
/// @since 0.1
#[unsafe(no_mangle)]
pub extern "C" fn llmspell_abi_version() -> u32 {
    LLMSPELL_ABI_VERSION
}

/// Tells the oldest version of the binary interface that the library that is loaded still serves. A
/// program should refuse to go on when it is greater than the LLMSPELL_ABI_VERSION that it was
/// compiled with.
///
/// @since 0.1
#[unsafe(no_mangle)]
pub extern "C" fn llmspell_abi_min() -> u32 {
    LLMSPELL_ABI_MIN
}
