//! Handles: opaque C types that stand for a Rust object and say who counts it.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// An opaque C type that stands for a Rust object.
pub(crate) trait Handle {
    /// What a pointer to it really points to, inside a [`Slot`].
    type Object: Send + Sync;
    /// Who counts it. Pointers made by one owner are never freed by another: the type forbids it.
    type Ownership: Ownership;
    /// Its name in C.
    const NAME: &'static str;
}

/// Declares a C type as a handle: `handle!(c_type => RustObject, Owned)`.
macro_rules! handle {
    ($name:ident => $object:ty, $ownership:ty) => {
        impl crate::ffi::Handle for $name {
            type Object = $object;
            type Ownership = $ownership;
            const NAME: &'static str = stringify!($name);
        }
    };
}
pub(crate) use handle;

/// An object in the hands of C, with a mark for the case that a call on it panicked.
pub(crate) struct Slot<T> {
    poisoned: AtomicBool,
    object: T,
}

impl<T> Slot<T> {
    pub(super) fn object(&self) -> &T {
        &self.object
    }

    pub(super) fn mark(&self) -> &AtomicBool {
        &self.poisoned
    }

    pub(super) fn is_poisoned(&self) -> bool {
        self.poisoned.load(Ordering::Acquire)
    }
}

/// How objects of a handle type are given out and taken back.
pub(crate) trait Ownership {
    /// Gives an object out.
    fn into_raw<T>(slot: Slot<T>) -> *mut Slot<T>;
    /// Takes back what `into_raw` gave out, or one count of it.
    ///
    /// # Safety
    /// The pointer came from `into_raw` of the same owner, and this count of it is not used again.
    unsafe fn drop_raw<T>(slot: *mut Slot<T>);
}

/// One owner: the C program.
pub(crate) enum Owned {}

/// Counted: the C program may hold several counts.
pub(crate) enum Shared {}

impl Ownership for Owned {
    fn into_raw<T>(slot: Slot<T>) -> *mut Slot<T> {
        Box::into_raw(Box::new(slot))
    }

    unsafe fn drop_raw<T>(slot: *mut Slot<T>) {
        // SAFETY: promised by the caller.
        drop(unsafe { Box::from_raw(slot) });
    }
}

impl Ownership for Shared {
    fn into_raw<T>(slot: Slot<T>) -> *mut Slot<T> {
        Arc::into_raw(Arc::new(slot)).cast_mut()
    }

    unsafe fn drop_raw<T>(slot: *mut Slot<T>) {
        // SAFETY: promised by the caller.
        drop(unsafe { Arc::from_raw(slot.cast_const()) });
    }
}

/// Gives an object to C.
pub(crate) fn into_raw<H: Handle>(object: H::Object) -> *mut H {
    H::Ownership::into_raw(Slot { poisoned: AtomicBool::new(false), object }).cast()
}

/// One count more of a shared object.
///
/// # Safety
/// `handle` is a live handle.
pub(crate) unsafe fn clone<H: Handle<Ownership = Shared>>(handle: *const H) -> *mut H {
    // SAFETY: a live handle of a shared type came from `Arc::into_raw`.
    unsafe { Arc::increment_strong_count(handle.cast::<Slot<H::Object>>()) };
    handle.cast_mut()
}

/// Takes an object, or one count of it, back from C; NULL does nothing.
///
/// # Safety
/// `handle` is NULL or came from [`into_raw`] or [`clone`], and this count of it is not used again.
pub(crate) unsafe fn free<H: Handle>(handle: *mut H) {
    if handle.is_null() {
        return;
    }
    // What panics while it is dropped has dropped what it could; there is nobody to tell.
    // SAFETY: promised by the caller.
    let _ = catch_unwind(AssertUnwindSafe(|| unsafe { H::Ownership::drop_raw::<H::Object>(handle.cast()) }));
}
