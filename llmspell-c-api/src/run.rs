//! Runs.

use crate::buf::llmspell_buf;
use crate::error::{llmspell_error, llmspell_status};
use crate::ffi::{Owned, free, guard, handle, into_raw, value};
use crate::queue::llmspell_queue;
use crate::str::llmspell_str;
use crate::target::llmspell_target;
use llmspell::{Run, Status};
use std::ffi::c_char;

/// A run waits for its turn, because another run of the same agent has not ended.
///
/// @since 0.1
pub const LLMSPELL_RUN_QUEUED: i32 = 1;

/// A run works, or waits for a reply.
///
/// @since 0.1
pub const LLMSPELL_RUN_RUNNING: i32 = 2;

/// A run has ended; its last event is or was in its queue.
///
/// @since 0.1
pub const LLMSPELL_RUN_ENDED: i32 = 3;

/// One execution of an agent. Its events arrive in the queue that it was started with; exactly one
/// of done, error and cancelled is the last. Runs of one agent work one after another.
///
/// Any thread may use a run at any time. It belongs to its process: in the child after a fork its
/// functions give `forked`. Free it with llmspell_run_free.
///
/// @since 0.1
pub struct llmspell_run {
    _private: [u8; 0],
}

handle!(llmspell_run => Run, Owned);

/// Starts a run of `target` whose events go to `queue`. The input is a JSON object:
///
/// `input`: the user's message, as a text, as a message {role, content} or as an array of messages.
/// `events`: names of the events that are wanted (like "text_delta"); absent means all, and
/// request, done, error and cancelled always come. And, for this run alone, in place of the agent's
/// own: `temperature`, `top_p`, `max_tokens`, `stop`, `seed`, `tool_choice`, `max_steps`,
/// `timeout_ms` (milliseconds).
///
/// The first event may already be in the queue when the call returns. The run waits for its turn
/// when another run of the agent has not ended, unless the agent has `on_busy` "error".
///
/// Errors: `argument` for an input that is not as described, `busy`, `auth` when the provider's key
/// is missing (the message names the variable), `forked` for a queue from before a fork.
///
/// @borrowed queue until it is freed by llmspell_queue_free, which cancels the run
/// @borrowed target until the call returns
/// @borrowed input_json until the call returns
/// @len input_json input_len
/// @out run
/// @owned run llmspell_run_free
/// @out err
/// @nullable err
/// @owned err llmspell_error_free
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn llmspell_run_start(
    queue: *mut llmspell_queue,
    target: *const llmspell_target,
    input_json: *const c_char,
    input_len: usize,
    run: *mut *mut llmspell_run,
    err: *mut *mut llmspell_error,
) -> llmspell_status {
    // SAFETY: the pointers follow the rules of the header, which `guard` and `Call` rely on.
    unsafe {
        guard("llmspell_run_start", err, |call| {
            let out = call.out(run, "run")?;
            let queue = call.handle(queue, "queue")?;
            let target = call.handle(target, "target")?.target();
            let input = call.text(input_json, input_len, "input_json")?;
            out.set(into_raw(target.start(queue, input)?));
            Ok(())
        })
    }
}

/// Starts a run again from a checkpoint. The target supplies what a checkpoint does not hold: the
/// provider's key and the tools, found by name. Requests that were open are asked again; a step
/// that was cut off in the middle begins with a retry event, which voids its deltas so far, and is
/// sent again.
///
/// Errors: `argument` for bytes that are no checkpoint of this or an earlier version, `config` when
/// the target lacks a tool of the checkpoint or has it with another schema, and those of
/// llmspell_run_start.
///
/// @borrowed queue until it is freed by llmspell_queue_free, which cancels the run
/// @borrowed target until the call returns
/// @borrowed checkpoint until the call returns
/// @len checkpoint checkpoint_len
/// @out run
/// @owned run llmspell_run_free
/// @out err
/// @nullable err
/// @owned err llmspell_error_free
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn llmspell_run_restore(
    queue: *mut llmspell_queue,
    target: *const llmspell_target,
    checkpoint: *const c_char,
    checkpoint_len: usize,
    run: *mut *mut llmspell_run,
    err: *mut *mut llmspell_error,
) -> llmspell_status {
    // SAFETY: as in llmspell_run_start.
    unsafe {
        guard("llmspell_run_restore", err, |call| {
            let out = call.out(run, "run")?;
            let queue = call.handle(queue, "queue")?;
            let target = call.handle(target, "target")?.target();
            let bytes = call.bytes(checkpoint, checkpoint_len, "checkpoint")?;
            out.set(into_raw(target.restore(queue, bytes)?));
            Ok(())
        })
    }
}

/// Answers a request event: a JSON object {"id": the request's id, "ok": any value} or {"id": ...,
/// "error": {"message": text, "kind": text}}, where `kind` may be absent. For a tool, an `ok` text
/// reaches the model as it stands and any other value as JSON. A reply that comes too late (the
/// request timed out, was answered or the run ended) is dropped, and the call succeeds.
///
/// Errors: `argument` for a reply that is not as described or an id that this run never asked.
///
/// @borrowed run until the call returns
/// @borrowed reply_json until the call returns
/// @len reply_json reply_len
/// @out err
/// @nullable err
/// @owned err llmspell_error_free
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn llmspell_run_reply(
    run: *const llmspell_run,
    reply_json: *const c_char,
    reply_len: usize,
    err: *mut *mut llmspell_error,
) -> llmspell_status {
    // SAFETY: as in llmspell_run_start.
    unsafe {
        guard("llmspell_run_reply", err, |call| {
            let run = call.handle(run, "run")?;
            run.reply(call.text(reply_json, reply_len, "reply_json")?)
        })
    }
}

/// Tells whether a request of a run is still open: neither answered nor timed out nor cancelled. A
/// tool that works for long may look here whether anybody still waits for it. An id that the run
/// never asked counts as not open.
///
/// @borrowed run until the call returns
/// @borrowed request_id until the call returns
/// @len request_id request_id_len
/// @out awaits
/// @borrowed awaits until the call returns
/// @out err
/// @nullable err
/// @owned err llmspell_error_free
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn llmspell_run_awaits(
    run: *const llmspell_run,
    request_id: *const c_char,
    request_id_len: usize,
    awaits: *mut bool,
    err: *mut *mut llmspell_error,
) -> llmspell_status {
    // SAFETY: as in llmspell_run_start.
    unsafe {
        guard("llmspell_run_awaits", err, |call| {
            let out = call.out(awaits, "awaits")?;
            let run = call.handle(run, "run")?;
            out.set(run.awaits(call.text(request_id, request_id_len, "request_id")?)?);
            Ok(())
        })
    }
}

/// Feeds the head of an answer that the host carries (a request event of the kind "http", which runs
/// of agents with `transport` "host" make), as a JSON object {"status": 200 to 599, "headers":
/// {name: text}}, where `headers` may be absent. Bytes and the end follow. A whole answer can be
/// given at once instead, with llmspell_run_reply: {"id": ..., "ok": {"status", "headers", "body" or
/// "body_base64"}}; so can a failure: {"id": ..., "error": {"message"}}, also after a head.
///
/// What is fed when nobody waits any more (a time limit, a cancel) is dropped, and the call
/// succeeds; llmspell_run_awaits tells. Any thread may feed.
///
/// Errors: `argument` for a head that is not as described, a second one, or an id that this run
/// never asked.
///
/// @borrowed run until the call returns
/// @borrowed request_id until the call returns
/// @len request_id request_id_len
/// @borrowed head_json until the call returns
/// @len head_json head_len
/// @out err
/// @nullable err
/// @owned err llmspell_error_free
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn llmspell_run_http_head(
    run: *const llmspell_run,
    request_id: *const c_char,
    request_id_len: usize,
    head_json: *const c_char,
    head_len: usize,
    err: *mut *mut llmspell_error,
) -> llmspell_status {
    // SAFETY: as in llmspell_run_start.
    unsafe {
        guard("llmspell_run_http_head", err, |call| {
            let run = call.handle(run, "run")?;
            let id = call.text(request_id, request_id_len, "request_id")?;
            run.http_head(id, call.text(head_json, head_len, "head_json")?)
        })
    }
}

/// Feeds bytes of the body of an answer that the host carries, split anywhere.
///
/// Errors: `argument` before the head, or for an id that this run never asked; `busy` when 64 MiB wait
/// to be read, because nobody takes events from the run's queue: the bytes were not taken, so take events
/// and feed them again.
///
/// @borrowed run until the call returns
/// @borrowed request_id until the call returns
/// @len request_id request_id_len
/// @borrowed bytes until the call returns
/// @len bytes bytes_len
/// @out err
/// @nullable err
/// @owned err llmspell_error_free
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn llmspell_run_http_bytes(
    run: *const llmspell_run,
    request_id: *const c_char,
    request_id_len: usize,
    bytes: *const c_char,
    bytes_len: usize,
    err: *mut *mut llmspell_error,
) -> llmspell_status {
    // SAFETY: as in llmspell_run_start.
    unsafe {
        guard("llmspell_run_http_bytes", err, |call| {
            let run = call.handle(run, "run")?;
            let id = call.text(request_id, request_id_len, "request_id")?;
            run.http_bytes(id, call.bytes(bytes, bytes_len, "bytes")?)
        })
    }
}

/// Ends the body of an answer that the host carries.
///
/// Errors: those of llmspell_run_http_bytes.
///
/// @borrowed run until the call returns
/// @borrowed request_id until the call returns
/// @len request_id request_id_len
/// @out err
/// @nullable err
/// @owned err llmspell_error_free
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn llmspell_run_http_end(
    run: *const llmspell_run,
    request_id: *const c_char,
    request_id_len: usize,
    err: *mut *mut llmspell_error,
) -> llmspell_status {
    // SAFETY: as in llmspell_run_start.
    unsafe {
        guard("llmspell_run_http_end", err, |call| {
            let run = call.handle(run, "run")?;
            run.http_end(call.text(request_id, request_id_len, "request_id")?)
        })
    }
}

/// Cancels a run: its connection is closed and its last event is cancelled, unless it ended before.
/// A run that has ended is left as it is. Any thread may call it.
///
/// @borrowed run until the call returns
/// @out err
/// @nullable err
/// @owned err llmspell_error_free
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn llmspell_run_cancel(
    run: *const llmspell_run,
    err: *mut *mut llmspell_error,
) -> llmspell_status {
    // SAFETY: as in llmspell_run_start.
    unsafe { guard("llmspell_run_cancel", err, |call| call.handle(run, "run")?.cancel()) }
}

/// Tells a run as bytes from which llmspell_run_restore goes on, in this process or another. They
/// hold the conversation but no key and no header. They are not text.
///
/// Errors: `closed` when the run has ended.
///
/// @borrowed run until the call returns
/// @out checkpoint
/// @owned checkpoint llmspell_buf_free
/// @out err
/// @nullable err
/// @owned err llmspell_error_free
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn llmspell_run_checkpoint(
    run: *const llmspell_run,
    checkpoint: *mut *mut llmspell_buf,
    err: *mut *mut llmspell_error,
) -> llmspell_status {
    // SAFETY: as in llmspell_run_start.
    unsafe {
        guard("llmspell_run_checkpoint", err, |call| {
            let out = call.out(checkpoint, "checkpoint")?;
            out.set(into_raw(call.handle(run, "run")?.checkpoint()?));
            Ok(())
        })
    }
}

/// Tells a run's id, which its events carry as run_id; empty for NULL.
///
/// @borrowed run until the call returns
/// @borrowed return until run is freed
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn llmspell_run_id(run: *const llmspell_run) -> llmspell_str {
    // SAFETY: the caller passes NULL or a live run.
    unsafe { value(run, llmspell_str::EMPTY, |run| llmspell_str::lend(run.id())) }
}

/// Tells the session whose conversation a run goes on with, as `session` of its input named it or,
/// for a restored run, its checkpoint; empty for the agent's own conversation and for NULL. Runs of
/// one session wait for each other, and for no others.
///
/// @borrowed run until the call returns
/// @borrowed return until run is freed
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn llmspell_run_session(run: *const llmspell_run) -> llmspell_str {
    // SAFETY: the caller passes NULL or a live run.
    unsafe { value(run, llmspell_str::EMPTY, |run| llmspell_str::lend(run.session().unwrap_or_default())) }
}

/// Tells how far a run is: LLMSPELL_RUN_QUEUED, LLMSPELL_RUN_RUNNING or LLMSPELL_RUN_ENDED; 0 for
/// NULL. In the child after a fork a run from before counts as ended.
///
/// @borrowed run until the call returns
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn llmspell_run_status(run: *const llmspell_run) -> i32 {
    // SAFETY: the caller passes NULL or a live run.
    unsafe {
        value(run, 0, |run| match run.status() {
            Status::Queued => LLMSPELL_RUN_QUEUED,
            Status::Running => LLMSPELL_RUN_RUNNING,
            Status::Ended => LLMSPELL_RUN_ENDED,
        })
    }
}

/// Frees a run and cancels it when it has not ended; its last event still arrives. NULL is allowed;
/// any thread may call it.
///
/// @consumes run
/// @nullable run
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn llmspell_run_free(run: *mut llmspell_run) {
    // SAFETY: the caller passes NULL or a run that it owns and gives up.
    unsafe { free(run) }
}
