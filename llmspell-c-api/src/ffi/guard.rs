//! The guard around every call: no panic leaves it, and its error reaches the caller as an object.

use super::call::Call;
use super::handle::{Handle, Slot, into_raw};
use crate::codes::LLMSPELL_OK;
use crate::error::{ErrorObject, llmspell_error, llmspell_status};
use llmspell::{Error, Kind};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr::null_mut;

/// Does the work of a function that can fail. A panic becomes an `internal` error, and the handles that the call used
/// are unusable from then on.
///
/// # Safety
/// `err` is NULL or may be written; the handles that `body` borrows stay alive until the call returns.
pub(crate) unsafe fn guard(
    function: &'static str,
    err: *mut *mut llmspell_error,
    body: impl FnOnce(&Call) -> Result<(), Error>,
) -> llmspell_status {
    if !err.is_null() {
        // SAFETY: promised by the caller.
        unsafe { *err = null_mut() };
    }
    // SAFETY: promised by the caller.
    let Err(error) = (unsafe { attempt(function, body) }) else { return LLMSPELL_OK };
    let code = error.code();
    if !err.is_null() {
        // SAFETY: promised by the caller.
        unsafe { *err = into_raw(ErrorObject::new(error)) };
    }
    code
}

/// Does the work of a function, like [`guard`], and leaves it to the caller how its error is told.
///
/// # Safety
/// The handles that `body` borrows stay alive until it returns.
pub(crate) unsafe fn attempt<T>(
    function: &'static str,
    body: impl FnOnce(&Call) -> Result<T, Error>,
) -> Result<T, Error> {
    let call = Call::new(function);
    catch_unwind(AssertUnwindSafe(|| body(&call))).unwrap_or_else(|payload| {
        // Dropping what was thrown could throw again.
        std::mem::forget(payload);
        // SAFETY: promised by the caller.
        unsafe { call.poison() };
        Err(Error::new(
            Kind::Internal,
            format!("{function} failed inside llmspell; what it was called on is unusable now. Please report this."),
        ))
    })
}

/// Reads a value off a handle; `neutral` for NULL and when reading panics.
///
/// # Safety
/// `handle` is NULL or a handle that stays alive during the call.
pub(crate) unsafe fn value<H: Handle, T>(handle: *const H, neutral: T, read: impl FnOnce(&H::Object) -> T) -> T {
    // SAFETY: promised by the caller; handles come from `into_raw`, so they point to a slot.
    match unsafe { handle.cast::<Slot<H::Object>>().as_ref() } {
        Some(slot) => catch_unwind(AssertUnwindSafe(|| read(slot.object()))).unwrap_or_else(|payload| {
            std::mem::forget(payload);
            neutral
        }),
        None => neutral,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::{llmspell_error_free, llmspell_error_message};
    use crate::ffi::{Owned, Shared, free, handle};
    use std::ffi::c_char;

    struct probe {
        _private: [u8; 0],
    }
    handle!(probe => u32, Owned);

    struct counted {
        _private: [u8; 0],
    }
    handle!(counted => u32, Shared);

    fn message(error: *mut llmspell_error) -> String {
        // SAFETY: the error is alive, and so is the text until it is freed.
        unsafe {
            let text = llmspell_error_message(error);
            let copy = String::from_utf8_lossy(std::slice::from_raw_parts(text.data.cast(), text.len)).into_owned();
            llmspell_error_free(error);
            copy
        }
    }

    #[test]
    fn a_panic_becomes_an_error_and_poisons_what_was_used() {
        // SAFETY: handles and outputs are alive throughout.
        unsafe {
            let (used, unused) = (into_raw::<probe>(1), into_raw::<probe>(2));
            let mut err = null_mut();
            let status = guard("f", &raw mut err, |call| {
                call.handle(used, "used")?;
                panic!("as a defect would")
            });
            assert_eq!(status, Kind::Internal.code());
            assert!(message(err).starts_with("f failed inside llmspell"));
            let status = guard("g", &raw mut err, |call| call.handle(used, "used").map(|_| ()));
            assert_eq!(status, Kind::Internal.code());
            let text = message(err);
            assert!(text.contains("g: used is unusable") && text.contains("make a new probe"), "{text}");
            assert_eq!(guard("g", &raw mut err, |call| call.handle(unused, "unused").map(|_| ())), 0);
            assert!(err.is_null());
            free(used);
            free(unused);
        }
    }

    #[test]
    fn a_panic_in_an_accessor_gives_the_neutral_value() {
        // SAFETY: the handle is alive until it is freed.
        unsafe {
            let handle = into_raw::<probe>(7);
            assert_eq!(value(handle, 0, |n| *n), 7);
            assert_eq!(value(handle, 0, |_| panic!("as a defect would")), 0);
            assert_eq!(value(std::ptr::null::<probe>(), 3, |n| *n), 3);
            free(handle);
            free(null_mut::<probe>());
        }
    }

    #[test]
    fn counts_keep_a_shared_object() {
        // SAFETY: each count is freed once.
        unsafe {
            let first = into_raw::<counted>(5);
            let second = crate::ffi::clone(first.cast_const());
            free(first);
            assert_eq!(value(second, 0, |n| *n), 5);
            free(second);
        }
    }

    #[test]
    fn outputs_are_neutral_until_the_call_succeeds() {
        // SAFETY: the outputs are local variables.
        unsafe {
            let mut number = 7;
            let status = guard("f", null_mut(), |call| {
                let out = call.out(&raw mut number, "number")?;
                call.handle(std::ptr::null::<probe>(), "handle")?;
                out.set(8);
                Ok(())
            });
            assert_eq!((status, number), (Kind::Argument.code(), 0));
        }
    }

    #[test]
    fn texts_are_checked() {
        let call = Call::new("f");
        let bad = b"ab\xffcd";
        // SAFETY: pointers and lengths belong to live arrays.
        unsafe {
            assert_eq!(call.text(std::ptr::null(), 0, "t").unwrap(), "");
            assert!(
                call.text(std::ptr::null(), 3, "t")
                    .unwrap_err()
                    .message
                    .contains("f: t is NULL although its length is 3")
            );
            let error = call.text(bad.as_ptr().cast::<c_char>(), bad.len(), "t").unwrap_err();
            assert!(error.message.contains("offset 2"), "{}", error.message);
            assert!(call.text(bad.as_ptr().cast::<c_char>(), usize::MAX, "t").is_err());
        }
    }
}
