//! Events.

use crate::ffi::{Owned, free, handle, value};
use crate::str::llmspell_str;
use llmspell::{Event, EventBody};
use std::sync::OnceLock;

/// The run began to work. Fields, besides type, run_id, seq and step, which every event has: name
/// (of the agent, if it has one), provider, model.
///
/// @since 0.1
pub const LLMSPELL_EVENT_RUN_START: i32 = 1;

/// A step began: one turn of the model and the tool calls in it.
///
/// @since 0.1
pub const LLMSPELL_EVENT_STEP_START: i32 = 2;

/// A piece of the answer. Fields: text.
///
/// @since 0.1
pub const LLMSPELL_EVENT_TEXT_DELTA: i32 = 3;

/// A piece of the model's reasoning. Fields: text.
///
/// @since 0.1
pub const LLMSPELL_EVENT_REASONING_DELTA: i32 = 4;

/// The structured answer has grown. Fields: object (all of it that is there). Numbered only where it is wanted.
///
/// @since 0.1
pub const LLMSPELL_EVENT_OBJECT_DELTA: i32 = 5;

/// A piece of a tool call. Fields: tool_call_id, name, arguments_delta (text).
///
/// @since 0.1
pub const LLMSPELL_EVENT_TOOL_CALL_DELTA: i32 = 6;

/// The model called a tool. Fields: tool_call_id, name, arguments.
///
/// @since 0.1
pub const LLMSPELL_EVENT_TOOL_CALL: i32 = 7;

/// A tool call has its result. Fields: tool_call_id, name, content, is_error, parts (where there are
/// pictures or files).
///
/// @since 0.1
pub const LLMSPELL_EVENT_TOOL_RESULT: i32 = 8;

/// The host must act and answer with llmspell_run_reply. Fields: id, kind, payload. Kind `tool`
/// (call it) and kind `approval` (may it be called?): the payload is {tool_call_id, name, arguments,
/// step}. Kinds `hook` and `guardrail` come only where the agent's options `hooks` and `guardrails`
/// ask for them. docs/tools.md has the payloads and the replies.
///
/// @since 0.1
pub const LLMSPELL_EVENT_REQUEST: i32 = 9;

/// The step is sent again. Fields: discard (true: deltas since the step began are void); after a failure also attempt (from
/// 2), after_ms, error, and provider and model where they are others from now on.
///
/// @since 0.1
pub const LLMSPELL_EVENT_RETRY: i32 = 10;

/// Something that did not stop the run. Fields: message, code and tool_call_id (where they apply).
///
/// @since 0.1
pub const LLMSPELL_EVENT_WARNING: i32 = 11;

/// A step ended. Fields: usage, finish_reason.
///
/// @since 0.1
pub const LLMSPELL_EVENT_STEP_END: i32 = 12;

/// The run ended with an answer; its last event. Fields: result.
///
/// @since 0.1
pub const LLMSPELL_EVENT_DONE: i32 = 16;

/// The run ended with an error; its last event. Fields: error, partial (the result so far).
///
/// @since 0.1
pub const LLMSPELL_EVENT_ERROR: i32 = 17;

/// The run was cancelled; its last event. Fields: partial (the result so far).
///
/// @since 0.1
pub const LLMSPELL_EVENT_CANCELLED: i32 = 18;

/// What a run tells. Free it with llmspell_event_free.
///
/// An event never changes: threads may share it. It stays readable after its run and queue are
/// freed, and after a fork.
///
/// @since 0.1
pub struct llmspell_event {
    _private: [u8; 0],
}

/// What a `llmspell_event` points to: an event whose JSON is made when it is first asked for.
pub(crate) struct EventObject {
    event: Event,
    json: OnceLock<String>,
}

handle!(llmspell_event => EventObject, Owned);

impl EventObject {
    pub(crate) fn new(event: Event) -> EventObject {
        EventObject { event, json: OnceLock::new() }
    }

    fn request_id(&self) -> &str {
        match &self.event.body {
            EventBody::Request(request) => &request.id,
            _ => "",
        }
    }
}

/// Tells how many agents lead from the one whose run it is to the one that speaks in an event: 0 for that
/// agent itself, and for NULL. Where there are any, the event's JSON has the names of the tools that lead
/// there in `agent`, and `nested` where it is an agent behind a tool: its words are no part of the answer.
///
/// @borrowed event until the call returns
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn llmspell_event_depth(event: *const llmspell_event) -> u32 {
    let depth =
        |e: &EventObject| e.event.agent.as_ref().map_or(0, |path| u32::try_from(path.len()).unwrap_or(u32::MAX));
    // SAFETY: as in llmspell_event_type.
    unsafe { value(event, 0, depth) }
}

/// Tells an event's type, one of the LLMSPELL_EVENT_ constants; 0 for NULL.
///
/// @borrowed event until the call returns
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn llmspell_event_type(event: *const llmspell_event) -> i32 {
    // SAFETY: the caller passes NULL or a live event.
    unsafe { value(event, 0, |e| i32::from(e.event.body.event_type() as u8)) }
}

/// Tells an event's number within its run: 1 for the first, one more for each, wanted or not; 0 for
/// NULL.
///
/// @borrowed event until the call returns
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn llmspell_event_seq(event: *const llmspell_event) -> u64 {
    // SAFETY: the caller passes NULL or a live event.
    unsafe { value(event, 0, |e| e.event.seq) }
}

/// Tells the step that an event belongs to: 1 for the first, 0 before it and for NULL.
///
/// @borrowed event until the call returns
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn llmspell_event_step(event: *const llmspell_event) -> u32 {
    // SAFETY: the caller passes NULL or a live event.
    unsafe { value(event, 0, |e| e.event.step) }
}

/// Tells the id of the run that an event belongs to; empty for NULL.
///
/// @borrowed event until the call returns
/// @borrowed return until event is freed
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn llmspell_event_run_id(event: *const llmspell_event) -> llmspell_str {
    // SAFETY: the caller passes NULL or a live event.
    unsafe { value(event, llmspell_str::EMPTY, |e| llmspell_str::lend(e.event.run_id.as_bytes())) }
}

/// Tells an event's text: `text` of text_delta and reasoning_delta, `arguments_delta` of
/// tool_call_delta, `content` of tool_result, the whole answer of done, `message` of warning; empty
/// for every other event and for NULL.
///
/// @borrowed event until the call returns
/// @borrowed return until event is freed
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn llmspell_event_text(event: *const llmspell_event) -> llmspell_str {
    // SAFETY: the caller passes NULL or a live event.
    unsafe { value(event, llmspell_str::EMPTY, |e| llmspell_str::lend(e.event.text())) }
}

/// Tells the id of a request event, which its reply names; empty for every other event and for
/// NULL.
///
/// @borrowed event until the call returns
/// @borrowed return until event is freed
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn llmspell_event_request_id(event: *const llmspell_event) -> llmspell_str {
    // SAFETY: the caller passes NULL or a live event.
    unsafe { value(event, llmspell_str::EMPTY, |e| llmspell_str::lend(e.request_id())) }
}

/// Tells a whole event as a JSON object; empty for NULL. It is made at the first call.
///
/// @borrowed event until the call returns
/// @borrowed return until event is freed
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn llmspell_event_json(event: *const llmspell_event) -> llmspell_str {
    // SAFETY: the caller passes NULL or a live event.
    unsafe { value(event, llmspell_str::EMPTY, |e| llmspell_str::lend(e.json.get_or_init(|| e.event.to_json()))) }
}

/// Frees an event. NULL is allowed.
///
/// @consumes event
/// @nullable event
/// @since 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn llmspell_event_free(event: *mut llmspell_event) {
    // SAFETY: the caller passes NULL or an event that it owns and gives up.
    unsafe { free(event) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use llmspell::EventType;

    #[test]
    fn the_constants_are_the_numbers_of_the_types() {
        let constants = [
            (LLMSPELL_EVENT_RUN_START, "run_start"),
            (LLMSPELL_EVENT_STEP_START, "step_start"),
            (LLMSPELL_EVENT_TEXT_DELTA, "text_delta"),
            (LLMSPELL_EVENT_REASONING_DELTA, "reasoning_delta"),
            (LLMSPELL_EVENT_OBJECT_DELTA, "object_delta"),
            (LLMSPELL_EVENT_TOOL_CALL_DELTA, "tool_call_delta"),
            (LLMSPELL_EVENT_TOOL_CALL, "tool_call"),
            (LLMSPELL_EVENT_TOOL_RESULT, "tool_result"),
            (LLMSPELL_EVENT_REQUEST, "request"),
            (LLMSPELL_EVENT_RETRY, "retry"),
            (LLMSPELL_EVENT_WARNING, "warning"),
            (LLMSPELL_EVENT_STEP_END, "step_end"),
            (LLMSPELL_EVENT_DONE, "done"),
            (LLMSPELL_EVENT_ERROR, "error"),
            (LLMSPELL_EVENT_CANCELLED, "cancelled"),
        ];
        let types: Vec<(i32, &str)> = EventType::ALL.iter().map(|e| (i32::from(*e as u8), e.as_str())).collect();
        assert_eq!(types, constants);
    }
}
