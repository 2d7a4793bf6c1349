//! Results of the plain layer.

use super::text::{free_text, own_text};
use std::ffi::c_char;
use std::ptr::null;

/// Result of a call of the plain layer, and what a tool's callback returns. Texts are UTF-8 with a
/// NUL at the end; each may be NULL.
///
/// A result that the library returned belongs to the caller, who releases it with
/// llmspell_result_free. A result that a callback returned stays the callback's own: the library
/// copies its texts before it does anything else and never frees them.
///
/// @layer plain
/// @since 0.1
#[repr(C)]
pub struct LLMSpellResult {
    /// True when the call failed.
    pub error: bool,
    /// What went wrong; NULL unless `error` is true.
    pub error_message: *const c_char,
    /// The answer; NULL when `error` is true.
    pub response: *const c_char,
    /// More about the call as a JSON object. On failure: the fields of the error (kind, code,
    /// message, retryable, ...). From a callback it is ignored.
    pub metadata_json: *const c_char,
}

impl LLMSpellResult {
    /// A success with texts that the caller will free.
    pub(crate) fn success(response: &str, metadata: &str) -> LLMSpellResult {
        LLMSpellResult {
            error: false,
            error_message: null(),
            response: own_text(response),
            metadata_json: own_text(metadata),
        }
    }

    /// A failure with texts that the caller will free.
    pub(crate) fn failure(error: &llmspell::Error) -> LLMSpellResult {
        LLMSpellResult {
            error: true,
            error_message: own_text(&error.message),
            response: null(),
            metadata_json: own_text(&error.to_json()),
        }
    }
}

/// Frees the texts of a result that the library returned and sets its fields to false and NULL, so
/// that a second call is harmless. NULL is allowed. The struct itself stays the caller's.
///
/// @borrowed result until the call returns
/// @nullable result
/// @layer plain
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn llmspell_result_free(result: *mut LLMSpellResult) {
    // SAFETY: the caller passes NULL or a result whose texts are NULL or came from this library and
    // were not freed yet.
    let Some(result) = (unsafe { result.as_mut() }) else { return };
    for text in [&mut result.error_message, &mut result.response, &mut result.metadata_json] {
        // SAFETY: as above; the field is set to NULL at once, so nobody frees it again.
        unsafe { free_text(std::mem::replace(text, null())) }
    }
    result.error = false;
}

/// Frees one text of a result that the library returned, for programs that free them one by one;
/// set the field to NULL afterwards or do not touch the result again. NULL is allowed.
///
/// @consumes str
/// @nullable str
/// @layer plain
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn llmspell_free_string(str: *const c_char) {
    // SAFETY: the caller passes NULL or a text that this library returned and that was not freed
    // yet.
    unsafe { free_text(str) }
}
