//! Wakers: one socket for the news of many queues.

use crate::buf::llmspell_buf;
use crate::error::{llmspell_error, llmspell_status};
use crate::ffi::{Owned, free, guard, handle, into_raw};
use crate::queue::llmspell_queue;
use llmspell::{Life, Waker};
use std::ffi::c_char;
use std::path::Path;

/// Tells an event loop which of many queues have news, over one descriptor (llmspell_waker_fd) or,
/// for a host that can only connect, over one unix socket (llmspell_waker_listen). A program with a
/// queue for each run so waits for all of them in one place.
///
/// Give each queue to the waker with llmspell_queue_wake_by; when the waker has news, call
/// llmspell_waker_next until it gives no token, and take the events of each queue that it named
/// until llmspell_queue_next finds none: only then is that queue told again.
///
/// Every function may be called from any thread. A waker belongs to its process: in the child after
/// a fork its functions give `forked`. Free it with llmspell_waker_free.
///
/// @since 0.1
pub struct llmspell_waker {
    _private: [u8; 0],
}

handle!(llmspell_waker => Waker, Owned);

/// A life line that a program holds itself (llmspell_waker_life). Free it with llmspell_life_free.
///
/// @since 0.1
pub struct llmspell_life {
    _private: [u8; 0],
}

handle!(llmspell_life => Life, Owned);

/// Makes a waker of no queue yet.
///
/// @out waker
/// @owned waker llmspell_waker_free
/// @out err
/// @nullable err
/// @owned err llmspell_error_free
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn llmspell_waker_new(
    waker: *mut *mut llmspell_waker,
    err: *mut *mut llmspell_error,
) -> llmspell_status {
    // SAFETY: the pointers follow the rules of the header, which `guard` and `Call` rely on.
    unsafe {
        guard("llmspell_waker_new", err, |call| {
            let out = call.out(waker, "waker")?;
            out.set(into_raw(Waker::new()));
            Ok(())
        })
    }
}

/// Tells the news of a queue to `waker` under `token`, in place of the waker and token that the
/// queue had; a NULL waker ends that. Events that wait in the queue already count as news.
///
/// Errors: `forked` in the child after a fork, `argument` when another queue has the token with
/// this waker, or when the token is 0.
///
/// @borrowed queue until the call returns
/// @borrowed waker until the call returns
/// @nullable waker
/// @out err
/// @nullable err
/// @owned err llmspell_error_free
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn llmspell_queue_wake_by(
    queue: *const llmspell_queue,
    waker: *const llmspell_waker,
    token: u64,
    err: *mut *mut llmspell_error,
) -> llmspell_status {
    // SAFETY: as in llmspell_waker_new.
    unsafe {
        guard("llmspell_queue_wake_by", err, |call| {
            let queue = call.handle(queue, "queue")?;
            if waker.is_null() {
                return queue.wake_by(None);
            }
            if token == 0 {
                return Err(call.argument("token", "is 0, which means no token; expected a number from 1 up"));
            }
            queue.wake_by(Some((call.handle(waker, "waker")?, token)))
        })
    }
}

/// Takes the token of a queue that has news, the oldest first, and waits for one at most
/// `timeout_ms` milliseconds: 0 does not wait, -1 waits without end. When the time passes without
/// news, or llmspell_waker_ring was called, the call succeeds and `token` is 0. A token of a queue
/// that is gone by now may still come.
///
/// Errors: `argument` for a `timeout_ms` below -1, `forked` in the child after a fork.
///
/// @blocking
/// @borrowed waker until the call returns
/// @out token
/// @out err
/// @nullable err
/// @owned err llmspell_error_free
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn llmspell_waker_next(
    waker: *const llmspell_waker,
    timeout_ms: i32,
    token: *mut u64,
    err: *mut *mut llmspell_error,
) -> llmspell_status {
    // SAFETY: as in llmspell_waker_new.
    unsafe {
        guard("llmspell_waker_next", err, |call| {
            let out = call.out(token, "token")?;
            let waker = call.handle(waker, "waker")?;
            out.set(waker.next(call.timeout(timeout_ms)?)?.unwrap_or(0));
            Ok(())
        })
    }
}

/// Tells a file descriptor, a socket, that is readable while llmspell_waker_next has a token to
/// give. Only wait on it: do not read from it or close it.
///
/// Errors: `forked` in the child after a fork, `internal` when the process has no descriptor left.
///
/// @borrowed waker until the call returns
/// @out fd
/// @borrowed fd until the call returns
/// @out err
/// @nullable err
/// @owned err llmspell_error_free
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn llmspell_waker_fd(
    waker: *const llmspell_waker,
    fd: *mut i32,
    err: *mut *mut llmspell_error,
) -> llmspell_status {
    // SAFETY: as in llmspell_waker_new.
    unsafe {
        guard("llmspell_waker_fd", err, |call| {
            let out = call.out(fd, "fd")?;
            out.set(call.handle(waker, "waker")?.fd()?);
            Ok(())
        })
    }
}

/// Opens a unix socket for a host that can connect but not wait on a descriptor (an nginx worker),
/// and tells its path. Only this process may connect. The socket lies in a folder of its own, mode
/// 0700, under `directory`; an empty one stands for the first that is set of `LLMSPELL_SOCKET_DIR`,
/// `TMPDIR`, and `/tmp`. Called again it tells the same path, or, when the socket was deleted, that
/// of a new one.
///
/// A connection begins with one line. After `news` it gets a byte each time there is news, once
/// until llmspell_waker_next gives no token. After `life NUMBER` nothing is said; see
/// llmspell_waker_tie.
///
/// Errors: `config` when no socket can be made there (the message tells what to set), `forked` in
/// the child after a fork, `internal` when the I/O thread cannot be started.
///
/// @borrowed waker until the call returns
/// @borrowed directory until the call returns
/// @nullable directory
/// @len directory directory_len
/// @out path
/// @owned path llmspell_buf_free
/// @out err
/// @nullable err
/// @owned err llmspell_error_free
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn llmspell_waker_listen(
    waker: *const llmspell_waker,
    directory: *const c_char,
    directory_len: usize,
    path: *mut *mut llmspell_buf,
    err: *mut *mut llmspell_error,
) -> llmspell_status {
    // SAFETY: as in llmspell_waker_new.
    unsafe {
        guard("llmspell_waker_listen", err, |call| {
            let out = call.out(path, "path")?;
            let waker = call.handle(waker, "waker")?;
            let directory = call.text(directory, directory_len, "directory")?;
            let path = waker.listen(Some(directory).filter(|directory| !directory.is_empty()).map(Path::new))?;
            out.set(into_raw(path.into_os_string().into_encoded_bytes()));
            Ok(())
        })
    }
}

/// Ties the queue that has `token` to a life line, in place of the one that it was tied to: when
/// the connection that said `life NUMBER` ends, or what llmspell_waker_life gave for the number is
/// freed, the runs of that queue are cancelled. For hosts that may end a task without a word, but
/// close its connections or call what cleans up after it. 0 ties the queue to none. The tie lasts
/// until llmspell_queue_wake_by is called for the queue again.
///
/// Errors: `argument` for a token that no queue has, `forked` in the child after a fork.
///
/// @borrowed waker until the call returns
/// @out err
/// @nullable err
/// @owned err llmspell_error_free
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn llmspell_waker_tie(
    waker: *const llmspell_waker,
    token: u64,
    life: u64,
    err: *mut *mut llmspell_error,
) -> llmspell_status {
    // SAFETY: as in llmspell_waker_new.
    unsafe { guard("llmspell_waker_tie", err, |call| call.handle(waker, "waker")?.tie(token, life)) }
}

/// Makes a life line of the number `life` that ends when it is freed, and needs no descriptor. It
/// may outlive the waker.
///
/// Errors: `argument` for the number 0, `forked` in the child after a fork.
///
/// @borrowed waker until the call returns
/// @out line
/// @owned line llmspell_life_free
/// @out err
/// @nullable err
/// @owned err llmspell_error_free
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn llmspell_waker_life(
    waker: *const llmspell_waker,
    life: u64,
    line: *mut *mut llmspell_life,
    err: *mut *mut llmspell_error,
) -> llmspell_status {
    // SAFETY: as in llmspell_waker_new.
    unsafe {
        guard("llmspell_waker_life", err, |call| {
            let out = call.out(line, "line")?;
            let waker = call.handle(waker, "waker")?;
            if life == 0 {
                return Err(call.argument("life", "is 0, which means no life line; expected a number from 1 up"));
            }
            out.set(into_raw(waker.life(life)?));
            Ok(())
        })
    }
}

/// Ends a life line and cancels the runs that are tied to it, from any thread. NULL is allowed.
///
/// @consumes line
/// @nullable line
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn llmspell_life_free(line: *mut llmspell_life) {
    // SAFETY: the caller passes NULL or a life line that it owns and gives up.
    unsafe { free(line) }
}

/// Makes whoever waits for the waker look, although no queue has news: llmspell_waker_next may give
/// no token then. A program can so end its own wait from another thread.
///
/// Errors: `forked` in the child after a fork.
///
/// @borrowed waker until the call returns
/// @out err
/// @nullable err
/// @owned err llmspell_error_free
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn llmspell_waker_ring(
    waker: *const llmspell_waker,
    err: *mut *mut llmspell_error,
) -> llmspell_status {
    // SAFETY: as in llmspell_waker_new.
    unsafe { guard("llmspell_waker_ring", err, |call| call.handle(waker, "waker")?.ring()) }
}

/// Frees a waker and removes its socket. Its queues stay, without a waker. NULL is allowed.
///
/// @consumes waker
/// @nullable waker
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn llmspell_waker_free(waker: *mut llmspell_waker) {
    // SAFETY: the caller passes NULL or a waker that it owns and gives up.
    unsafe { free(waker) }
}
