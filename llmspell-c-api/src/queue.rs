//! Queues of events.

use crate::error::{llmspell_error, llmspell_status};
use crate::event::{EventObject, llmspell_event};
use crate::ffi::{Owned, free, guard, handle, into_raw};
use llmspell::Queue;

/// Where the events of runs wait for the host. One queue may serve many runs; each event names its
/// run. A host that takes events slowly slows down the servers that send them; memory does not fill
/// up.
///
/// Calls of llmspell_queue_next on one queue must not overlap; llmspell_queue_fd and
/// llmspell_run_start may come from any thread. A queue belongs to its process: in the child after
/// a fork its functions give `forked`. Free it with llmspell_queue_free.
///
/// @since 0.1
pub struct llmspell_queue {
    _private: [u8; 0],
}

handle!(llmspell_queue => Queue, Owned);

/// Makes an empty queue.
///
/// @out queue
/// @owned queue llmspell_queue_free
/// @out err
/// @nullable err
/// @owned err llmspell_error_free
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn llmspell_queue_new(
    queue: *mut *mut llmspell_queue,
    err: *mut *mut llmspell_error,
) -> llmspell_status {
    // SAFETY: the pointers follow the rules of the header, which `guard` and `Call` rely on.
    unsafe {
        guard("llmspell_queue_new", err, |call| {
            let out = call.out(queue, "queue")?;
            out.set(into_raw(Queue::new()));
            Ok(())
        })
    }
}

/// Takes the next event out of a queue and waits for one at most `timeout_ms` milliseconds: 0 does
/// not wait, -1 waits without end. When the time passes without an event, the call succeeds and
/// `event` is NULL.
///
/// Errors: `argument` for a `timeout_ms` below -1, `forked` in the child after a fork.
///
/// @blocking
/// @borrowed queue until the call returns
/// @out event
/// @owned event llmspell_event_free
/// @nullable event
/// @out err
/// @nullable err
/// @owned err llmspell_error_free
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn llmspell_queue_next(
    queue: *mut llmspell_queue,
    timeout_ms: i32,
    event: *mut *mut llmspell_event,
    err: *mut *mut llmspell_error,
) -> llmspell_status {
    // SAFETY: as in llmspell_queue_new.
    unsafe {
        guard("llmspell_queue_next", err, |call| {
            let out = call.out(event, "event")?;
            let queue = call.handle(queue, "queue")?;
            let timeout = call.timeout(timeout_ms)?;
            if let Some(event) = queue.next(timeout)? {
                out.set(into_raw(EventObject::new(event)));
            }
            Ok(())
        })
    }
}

/// Tells a file descriptor, a socket, that is readable while an event waits, for the host's own
/// event loop. Only wait on it: do not read from it or close it. After it became readable, take
/// events with a `timeout_ms` of 0 until none is left.
///
/// Errors: `forked` in the child after a fork, `internal` when the process has no descriptor left.
///
/// @borrowed queue until the call returns
/// @out fd
/// @borrowed fd until the call returns
/// @out err
/// @nullable err
/// @owned err llmspell_error_free
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn llmspell_queue_fd(
    queue: *const llmspell_queue,
    fd: *mut i32,
    err: *mut *mut llmspell_error,
) -> llmspell_status {
    // SAFETY: as in llmspell_queue_new.
    unsafe {
        guard("llmspell_queue_fd", err, |call| {
            let out = call.out(fd, "fd")?;
            out.set(call.handle(queue, "queue")?.fd()?);
            Ok(())
        })
    }
}

/// Frees a queue and the events in it. Runs whose events went there are cancelled. NULL is allowed;
/// any thread may call it, but not while another is inside llmspell_queue_next on the same queue.
///
/// @consumes queue
/// @nullable queue
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn llmspell_queue_free(queue: *mut llmspell_queue) {
    // SAFETY: the caller passes NULL or a queue that it owns and gives up.
    unsafe { free(queue) }
}
