//! One call from C: checks its arguments and remembers which handles it uses.

use super::handle::{Handle, Slot};
use llmspell::{Error, Kind};
use std::cell::Cell;
use std::ffi::{CStr, c_char};
use std::ptr::NonNull;
use std::slice;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// Most handles that one function takes.
const HANDLES: usize = 3;

/// A call under way. Its methods make errors that name function and argument.
pub(crate) struct Call {
    function: &'static str,
    used: Cell<[Option<NonNull<AtomicBool>>; HANDLES]>,
}

/// Where a result goes when the call succeeds.
pub(crate) struct Out<T>(NonNull<T>);

/// What an output holds until the call succeeds.
pub(crate) trait Neutral {
    const NEUTRAL: Self;
}

impl<T> Neutral for *mut T {
    const NEUTRAL: Self = std::ptr::null_mut();
}

impl Neutral for i32 {
    const NEUTRAL: Self = 0;
}

impl Neutral for u64 {
    const NEUTRAL: Self = 0;
}

impl Neutral for bool {
    const NEUTRAL: Self = false;
}

impl<T> Out<T> {
    /// Writes the result.
    pub(crate) fn set(self, value: T) {
        // SAFETY: `Call::out` made this from a pointer that may be written during the call.
        unsafe { self.0.write(value) }
    }
}

impl Call {
    pub(super) fn new(function: &'static str) -> Call {
        Call { function, used: Cell::new([None; HANDLES]) }
    }

    /// An error about an argument: `problem` continues the sentence that its name begins.
    pub(crate) fn argument(&self, name: &str, problem: impl std::fmt::Display) -> Error {
        Error::argument(format!("{}: {name} {problem}", self.function))
    }

    /// The wait that `timeout_ms` stands for: milliseconds from 0 up, or -1 (`None`) without end.
    pub(crate) fn timeout(&self, timeout_ms: i32) -> Result<Option<Duration>, Error> {
        match u64::try_from(timeout_ms) {
            Ok(ms) => Ok(Some(Duration::from_millis(ms))),
            Err(_) if timeout_ms == -1 => Ok(None),
            Err(_) => {
                let problem = format!("is {timeout_ms}; expected milliseconds from 0 up, or -1 to wait without end");
                Err(self.argument("timeout_ms", problem))
            }
        }
    }

    /// Takes an output and sets it to its neutral value.
    ///
    /// # Safety
    /// `to` is NULL or may be written until the call returns.
    pub(crate) unsafe fn out<T: Neutral>(&self, to: *mut T, name: &str) -> Result<Out<T>, Error> {
        let to = NonNull::new(to)
            .ok_or_else(|| self.argument(name, "is NULL; expected the address of a variable for the result"))?;
        // SAFETY: promised by the caller.
        unsafe { to.write(T::NEUTRAL) };
        Ok(Out(to))
    }

    /// Borrows the object of a handle.
    ///
    /// # Safety
    /// `handle` is NULL or a handle that stays alive during the call.
    pub(crate) unsafe fn handle<'a, H: Handle>(&self, handle: *const H, name: &str) -> Result<&'a H::Object, Error>
    where
        H::Object: 'a,
    {
        // SAFETY: promised by the caller; handles come from `into_raw`, so they point to a slot.
        let slot = unsafe { handle.cast::<Slot<H::Object>>().as_ref() }
            .ok_or_else(|| self.argument(name, format!("is NULL; expected a {}", H::NAME)))?;
        if slot.is_poisoned() {
            return Err(Error::new(
                Kind::Internal,
                format!(
                    "{}: {name} is unusable since an earlier call on it failed inside llmspell; free it and make a new {}",
                    self.function,
                    H::NAME
                ),
            ));
        }
        self.remember(slot.mark());
        Ok(slot.object())
    }

    /// Borrows bytes; NULL is fine when there are none.
    ///
    /// # Safety
    /// `data` is NULL or points to `len` bytes that stay unchanged during the call.
    pub(crate) unsafe fn bytes<'a>(&self, data: *const c_char, len: usize, name: &str) -> Result<&'a [u8], Error> {
        if len == 0 {
            return Ok(&[]);
        }
        if data.is_null() {
            return Err(self.argument(name, format!("is NULL although its length is {len}; pass the text or length 0")));
        }
        if isize::try_from(len).is_err() {
            return Err(self.argument(name, format!("has length {len}, which no text can have")));
        }
        // SAFETY: promised by the caller; the length was checked.
        Ok(unsafe { slice::from_raw_parts(data.cast(), len) })
    }

    /// Borrows text, like [`Call::bytes`], and checks that it is UTF-8.
    ///
    /// # Safety
    /// As for [`Call::bytes`].
    pub(crate) unsafe fn text<'a>(&self, data: *const c_char, len: usize, name: &str) -> Result<&'a str, Error> {
        // SAFETY: promised by the caller.
        let bytes = unsafe { self.bytes(data, len, name) }?;
        self.utf8(bytes, name)
    }

    /// Reads a NUL-terminated text; NULL gives none.
    ///
    /// # Safety
    /// `text` is NULL or points to bytes with a NUL at their end that stay unchanged during the call.
    pub(crate) unsafe fn optional_string<'a>(&self, text: *const c_char, name: &str) -> Result<Option<&'a str>, Error> {
        if text.is_null() {
            return Ok(None);
        }
        // SAFETY: promised by the caller.
        let bytes = unsafe { CStr::from_ptr(text) }.to_bytes();
        self.utf8(bytes, name).map(Some)
    }

    /// Reads a NUL-terminated text.
    ///
    /// # Safety
    /// As for [`Call::optional_string`].
    pub(crate) unsafe fn string<'a>(&self, text: *const c_char, name: &str) -> Result<&'a str, Error> {
        // SAFETY: promised by the caller.
        unsafe { self.optional_string(text, name) }?
            .ok_or_else(|| self.argument(name, "is NULL; expected a text with a NUL at its end"))
    }

    fn utf8<'a>(&self, bytes: &'a [u8], name: &str) -> Result<&'a str, Error> {
        std::str::from_utf8(bytes).map_err(|error| {
            self.argument(name, format!("is not UTF-8: the byte at offset {} is wrong", error.valid_up_to()))
        })
    }

    fn remember(&self, mark: &AtomicBool) {
        let mut used = self.used.get();
        if let Some(free) = used.iter_mut().find(|entry| entry.is_none()) {
            *free = Some(NonNull::from(mark));
        }
        self.used.set(used);
    }

    /// Makes every handle that this call used unusable.
    ///
    /// # Safety
    /// The handles are still alive, which their callers promise until the call returns.
    pub(super) unsafe fn poison(&self) {
        for mark in self.used.get().into_iter().flatten() {
            // SAFETY: promised by the caller.
            unsafe { mark.as_ref() }.store(true, Ordering::Release);
        }
    }
}
