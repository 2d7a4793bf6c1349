//! OpenAI's Chat Completions format, from the side of the server.

use crate::buf::llmspell_buf;
use crate::error::{llmspell_error, llmspell_status};
use crate::ffi::{Owned, free, guard, handle, into_raw};
use llmspell::openai::{Answer, ChatRequest};
use serde_json::json;
use std::ffi::c_char;
use std::sync::{Mutex, PoisonError};

/// The answer to a request of an OpenAI client, written from the events of one run. Free it with
/// llmspell_openai_answer_free.
///
/// Calls on one of them wait for each other.
///
/// @since 0.1
pub struct llmspell_openai_answer {
    _private: [u8; 0],
}

handle!(llmspell_openai_answer => Mutex<Answer>, Owned);

/// Reads the body of a request for `POST /v1/chat/completions`. `request` is JSON: `model` (as the
/// client names it), `stream` and `include_usage` (booleans), `agent` (options for
/// llmspell_agent_new, where the client gave them: `system_prompt`, `tools`, which are external, and
/// `state`) and `input` (for llmspell_run_start: `input` and settings). A server adds its own
/// options to `agent`: which provider's model answers, limits.
///
/// A request that is wrong or asks for what is not supported gives `refusal` alone: `{status, body}`,
/// where `body` is the error as OpenAI's clients read it, with the name of the parameter.
///
/// Errors: `argument` for a body that is not UTF-8.
///
/// @borrowed body until the call returns
/// @len body body_len
/// @out request
/// @owned request llmspell_buf_free
/// @out err
/// @nullable err
/// @owned err llmspell_error_free
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn llmspell_openai_read(
    body: *const c_char,
    body_len: usize,
    request: *mut *mut llmspell_buf,
    err: *mut *mut llmspell_error,
) -> llmspell_status {
    // SAFETY: the pointers follow the rules of the header, which `guard` and `Call` rely on.
    unsafe {
        guard("llmspell_openai_read", err, |call| {
            let out = call.out(request, "request")?;
            let body = call.text(body, body_len, "body")?;
            let read = match ChatRequest::read(body) {
                Ok(request) => json!(request),
                Err(refusal) => json!({"refusal": refusal}),
            };
            out.set(into_raw(read.to_string().into_bytes()));
            Ok(())
        })
    }
}

/// Makes the answer to a request, of which nothing is written yet. `request_json` is what
/// llmspell_openai_read gave; only `model`, `stream`, `include_usage` and `input.output_schema` count.
///
/// Errors: `argument` for what is no request.
///
/// @borrowed request_json until the call returns
/// @len request_json request_len
/// @out answer
/// @owned answer llmspell_openai_answer_free
/// @out err
/// @nullable err
/// @owned err llmspell_error_free
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn llmspell_openai_answer_new(
    request_json: *const c_char,
    request_len: usize,
    answer: *mut *mut llmspell_openai_answer,
    err: *mut *mut llmspell_error,
) -> llmspell_status {
    // SAFETY: as in llmspell_openai_read.
    unsafe {
        guard("llmspell_openai_answer_new", err, |call| {
            let out = call.out(answer, "answer")?;
            let request = call.text(request_json, request_len, "request_json")?;
            out.set(into_raw(Mutex::new(Answer::from_json(request)?)));
            Ok(())
        })
    }
}

/// Takes the next event of the run, as llmspell_event_json gives it, and gives what is to be sent to
/// the client now: chunks of a stream, or a whole body, with the run's last event. `text` is empty
/// for an event that writes nothing. Give it all events of the run in their order.
///
/// Errors: `argument` for what is no event.
///
/// @borrowed answer until the call returns
/// @borrowed event_json until the call returns
/// @len event_json event_len
/// @out text
/// @owned text llmspell_buf_free
/// @out err
/// @nullable err
/// @owned err llmspell_error_free
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn llmspell_openai_answer_next(
    answer: *const llmspell_openai_answer,
    event_json: *const c_char,
    event_len: usize,
    text: *mut *mut llmspell_buf,
    err: *mut *mut llmspell_error,
) -> llmspell_status {
    // SAFETY: as in llmspell_openai_read.
    unsafe {
        guard("llmspell_openai_answer_next", err, |call| {
            let out = call.out(text, "text")?;
            let answer = call.handle(answer, "answer")?;
            let event = call.text(event_json, event_len, "event_json")?;
            // Nothing panics between changes that belong together.
            let mut answer = answer.lock().unwrap_or_else(PoisonError::into_inner);
            out.set(into_raw(answer.next(event)?.as_bytes().to_vec()));
            Ok(())
        })
    }
}

/// Tells the head of the HTTP answer, once there is something to send: JSON `{status, content_type,
/// ended}` and, where a failure says so, `retry_after_ms`. `status` is 0 before that. `ended`: all
/// was written; a run that has not ended then may be cancelled.
///
/// @borrowed answer until the call returns
/// @out head
/// @owned head llmspell_buf_free
/// @out err
/// @nullable err
/// @owned err llmspell_error_free
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn llmspell_openai_answer_head(
    answer: *const llmspell_openai_answer,
    head: *mut *mut llmspell_buf,
    err: *mut *mut llmspell_error,
) -> llmspell_status {
    // SAFETY: as in llmspell_openai_read.
    unsafe {
        guard("llmspell_openai_answer_head", err, |call| {
            let out = call.out(head, "head")?;
            let answer = call.handle(answer, "answer")?.lock().unwrap_or_else(PoisonError::into_inner);
            let mut head =
                json!({"status": answer.status(), "content_type": answer.content_type(), "ended": answer.has_ended()});
            if let (Some(after), Some(members)) = (answer.retry_after_ms(), head.as_object_mut()) {
                members.insert("retry_after_ms".to_owned(), after.into());
            }
            out.set(into_raw(head.to_string().into_bytes()));
            Ok(())
        })
    }
}

/// Frees an answer. NULL is allowed.
///
/// @consumes answer
/// @nullable answer
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn llmspell_openai_answer_free(answer: *mut llmspell_openai_answer) {
    // SAFETY: the caller passes NULL or an answer that it owns and gives up.
    unsafe { free(answer) }
}
