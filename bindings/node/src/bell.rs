//! The one function of an environment (a JavaScript thread) that other threads may have called.

use napi::sys;
use std::ffi::c_void;
use std::ptr::null_mut;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};

/// Has a JavaScript function called on its own thread. After the environment's end it does nothing.
pub(crate) struct Bell {
    /// Locked for reading by whoever rings, so that the thread that is woken need not wait for them.
    function: RwLock<Option<Function>>,
}

struct Function(sys::napi_threadsafe_function);

// SAFETY: a threadsafe function may be called from every thread while it is alive; `Bell` sees to that.
unsafe impl Send for Function {}
// SAFETY: as above, also from several threads at a time.
unsafe impl Sync for Function {}

impl Bell {
    /// A bell that calls `function` and does not keep the process alive.
    ///
    /// # Safety
    /// `env` and `function` are valid on this thread, and the function is one.
    pub unsafe fn new(env: sys::napi_env, function: sys::napi_value) -> napi::Result<Arc<Self>> {
        const NAME: &str = "llmspell";
        let mut name = null_mut();
        let mut raw = null_mut();
        // SAFETY: the pointers are valid as promised by the caller, or locals of ours.
        unsafe {
            let length = NAME.len().try_into().unwrap_or_default();
            check(sys::napi_create_string_utf8(env, NAME.as_ptr().cast(), length, &raw mut name))?;
            check(sys::napi_create_threadsafe_function(
                env,
                function,
                null_mut(),
                name,
                // There is never more than one call on its way: a waker tells once until it was asked.
                0,
                1,
                null_mut(),
                None,
                null_mut(),
                // It is called without arguments.
                None,
                &raw mut raw,
            ))?;
            check(sys::napi_unref_threadsafe_function(env, raw))?;
        }
        let bell = Arc::new(Self { function: RwLock::new(Some(Function(raw))) });
        let kept = Arc::into_raw(Arc::clone(&bell));
        // Hooks run last in, first out, and the function's own is older: it is alive until ours has run.
        // SAFETY: the hook takes back what was given away.
        check(unsafe { sys::napi_add_env_cleanup_hook(env, Some(end), kept.cast_mut().cast()) })?;
        Ok(bell)
    }

    /// Has the function called soon.
    pub fn ring(&self) {
        let function = self.read();
        let Some(Function(raw)) = &*function else { return };
        // SAFETY: it is alive while it stands there, since the environment's end waits for the lock.
        let status = unsafe {
            sys::napi_call_threadsafe_function(*raw, null_mut(), sys::ThreadsafeFunctionCallMode::nonblocking)
        };
        drop(function);
        if status == sys::Status::napi_closing {
            self.take();
        }
    }

    /// Says whether the bell keeps the process alive.
    ///
    /// # Safety
    /// `env` is that of the bell, and this its thread.
    pub unsafe fn keep_alive(&self, env: sys::napi_env, keep: bool) {
        let function = self.read();
        let Some(Function(raw)) = &*function else { return };
        // SAFETY: as in `ring`, and as promised by the caller. It fails for no other reason than a wrong argument.
        let _ = unsafe {
            if keep {
                sys::napi_ref_threadsafe_function(env, *raw)
            } else {
                sys::napi_unref_threadsafe_function(env, *raw)
            }
        };
    }

    fn read(&self) -> RwLockReadGuard<'_, Option<Function>> {
        self.function.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes the function away when nobody rings any more.
    fn take(&self) -> Option<Function> {
        self.function.write().unwrap_or_else(PoisonError::into_inner).take()
    }
}

fn check(status: sys::napi_status) -> napi::Result<()> {
    if status == sys::Status::napi_ok {
        return Ok(());
    }
    Err(napi::Error::new(napi::Status::from(status), "the addon could not ask to be woken"))
}

/// The environment ends: nobody may call its function any more.
unsafe extern "C" fn end(bell: *mut c_void) {
    // SAFETY: `Bell::new` gave one count away for this call.
    let bell = unsafe { Arc::from_raw(bell.cast_const().cast::<Bell>()) };
    if let Some(Function(raw)) = bell.take() {
        // SAFETY: it is alive until the hooks have run, and given back once.
        let _ = unsafe { sys::napi_release_threadsafe_function(raw, sys::ThreadsafeFunctionReleaseMode::abort) };
    }
}
