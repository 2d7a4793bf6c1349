//! Errors as objects: what went wrong, in fields.

use crate::ffi::{Owned, handle, value};
use crate::str::llmspell_str;
use llmspell::Error;

/// Outcome of a call: LLMSPELL_OK or one of the LLMSPELL_E_ codes.
///
/// @since 0.1
pub type llmspell_status = i32;

/// What went wrong in a call. Decide by its code or kind, never by its message. Free it with
/// llmspell_error_free.
///
/// An error never changes: threads may share it.
///
/// @since 0.1
pub struct llmspell_error {
    _private: [u8; 0],
}

/// What a `llmspell_error` points to: an error with its texts made once, so that they can be lent
/// out.
pub(crate) struct ErrorObject {
    error: Error,
    json: String,
}

handle!(llmspell_error => ErrorObject, Owned);

impl ErrorObject {
    pub(crate) fn new(error: Error) -> ErrorObject {
        let json = error.to_json();
        ErrorObject { error, json }
    }
}

/// Tells the code of an error, one of the LLMSPELL_E_ constants; 0 for NULL.
///
/// @borrowed error until the call returns
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn llmspell_error_code(error: *const llmspell_error) -> llmspell_status {
    // SAFETY: the caller passes NULL or a live error.
    unsafe { value(error, 0, |e| e.error.code()) }
}

/// Tells the kind of an error by name, like `rate_limit`; empty for NULL. The text is static.
///
/// @borrowed error until the call returns
/// @borrowed return until the program ends
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn llmspell_error_kind(error: *const llmspell_error) -> llmspell_str {
    // SAFETY: the caller passes NULL or a live error.
    unsafe { value(error, llmspell_str::EMPTY, |e| llmspell_str::lend(e.error.kind.as_str())) }
}

/// Tells an error's message, a sentence for people that names what was wrong and how to mend it;
/// empty for NULL.
///
/// @borrowed error until the call returns
/// @borrowed return until error is freed
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn llmspell_error_message(error: *const llmspell_error) -> llmspell_str {
    // SAFETY: the caller passes NULL or a live error.
    unsafe { value(error, llmspell_str::EMPTY, |e| llmspell_str::lend(&e.error.message)) }
}

/// Tells all fields of an error as a JSON object: kind, code, message, retryable and, where known,
/// retry_after_ms (milliseconds), http_status, provider, request_id, cause, partial; empty for
/// NULL.
///
/// @borrowed error until the call returns
/// @borrowed return until error is freed
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn llmspell_error_json(error: *const llmspell_error) -> llmspell_str {
    // SAFETY: the caller passes NULL or a live error.
    unsafe { value(error, llmspell_str::EMPTY, |e| llmspell_str::lend(&e.json)) }
}

/// Frees an error. NULL is allowed.
///
/// @consumes error
/// @nullable error
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn llmspell_error_free(error: *mut llmspell_error) {
    // SAFETY: the caller passes NULL or an error that it owns and gives up.
    unsafe { crate::ffi::free(error) }
}
