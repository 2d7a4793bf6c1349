//! The defaults of every option and the fixed limits that users can meet. Times are in milliseconds, sizes in bytes.

/// Provider of an agent that names none.
pub const PROVIDER: &str = "openai";
/// Model turns in one run before it ends with `max_steps`.
pub const MAX_STEPS: u32 = 20;
/// Most tokens of one answer, for providers that demand a bound.
pub const MAX_TOKENS: u64 = 4096;
/// Tool calls of one turn that are in the host's hands at the same time.
pub const MAX_PARALLEL_TOOLS: u32 = 8;
/// Times that a failed request is made again.
pub const MAX_RETRIES: u32 = 2;
/// Longest wait before the first time; it doubles with each.
pub const RETRY_BASE_MS: u64 = 500;
/// Longest wait before a request is made again. A provider that asks for more is not asked again.
pub const RETRY_CAP_MS: u64 = 60_000;
/// Name of a structured answer.
pub const OUTPUT_NAME: &str = "answer";
/// Times that the model may mend an answer that does not fit its schema.
pub const OUTPUT_RETRIES: u32 = 2;
/// Bytes of a structured answer up to which each piece that changes it is an `object_delta`.
pub const OBJECT_BYTES: usize = 4 << 10;
/// From there on it is one when the answer grew by one part of so many, and at its end.
pub const OBJECT_GROWTH: usize = 8;
/// Time to open a connection.
pub const CONNECT_TIMEOUT_MS: u64 = 10_000;
/// Time from sending a request to the first bytes of its answer.
pub const FIRST_EVENT_TIMEOUT_MS: u64 = 120_000;
/// Time between two pieces of an answer.
pub const IDLE_TIMEOUT_MS: u64 = 60_000;
/// Time for a whole run.
pub const TIMEOUT_MS: u64 = 600_000;
/// Time for one tool call.
pub const TOOL_TIMEOUT_MS: u64 = 60_000;
/// Agents that may call agents as their tools, one inside the other.
pub const MAX_AGENT_DEPTH: u32 = 5;
/// How often one run may hand its conversation to another agent.
pub const MAX_HANDOFFS: u32 = 10;
/// Part of a model's window that may be full before older turns become a summary.
pub const COMPACTION_AT: f64 = 0.8;
/// Latest turns that a summary leaves as they are.
pub const COMPACTION_KEEP_TURNS: u32 = 4;
/// Bytes of one answer that a host may feed (`transport = "host"`) before the run has read them.
pub const HOST_ANSWER_BYTES: usize = 64 << 20;
/// Sessions of one agent whose conversations are kept; the one that was not used for longest goes first.
pub const SESSIONS: usize = 1_000;
/// Events of one run that may wait in a queue before its connection is paused.
pub const QUEUE_EVENTS: usize = 256;
/// Bytes of events of one run that may wait in a queue before its connection is paused.
pub const QUEUE_BYTES: usize = 1 << 20;
/// Levels of nesting a user's JSON value may have.
pub const JSON_DEPTH: usize = 128;
/// Levels that a message's content and a provider's answer may have: less, so that a state or a checkpoint that wraps
/// them can always be read again.
pub const JSON_DEPTH_MESSAGE: usize = JSON_DEPTH - 16;
/// Deepest nesting of a conversation or a checkpoint that is read: events wrap parts of it once more.
pub const JSON_DEPTH_STORED: usize = JSON_DEPTH + 16;
/// Levels that the wrapping of a user's value may add on the wire (a schema inside a tool inside an options object).
pub const JSON_DEPTH_WRAPPED: usize = JSON_DEPTH + 32;
/// Largest answer, message or SSE line.
pub const MESSAGE_BYTES: usize = 64 << 20;
/// Tool calls in one turn.
pub const CALLS_PER_TURN: usize = 1024;
/// Parts of one answer (items, and texts in them) where the provider numbers them.
pub const PARTS_PER_TURN: usize = 4096;
/// Bytes of a tool's name or of a call's id on the wire.
pub const CALL_NAME_BYTES: usize = 256;
/// Time that a server gets to end a body whose answer is complete, so that the connection can be used again.
pub const LINGER_MS: u64 = 250;
/// Time in which the rest of an answer (its usage, its end) must follow the reason it finished for.
pub const AFTER_FINISH_MS: u64 = 5_000;
/// Bytes kept of the body of an answer with a failure status.
pub const FAILURE_BYTES: usize = 1 << 20;
/// Characters of an unexpected answer that an error quotes.
pub const QUOTED_CHARS: usize = 300;
/// Characters of a provider's own words that an error keeps.
pub const WORDS_CHARS: usize = 2_000;
/// Bytes of a tool's result that the model gets; the rest is cut, with a mark.
pub const TOOL_RESULT_BYTES: usize = 64 << 10;
/// Bytes of base64 of the pictures and files in one result.
pub const TOOL_RESULT_PARTS_BYTES: usize = 48 << 20;
/// Time for one hook or guardrail.
pub const HOOK_TIMEOUT_MS: u64 = 60_000;
/// How often an output guardrail may send the model back to its answer in one run.
pub const GUARDRAIL_RETRIES: u32 = 2;
/// Characters of a reason that a hook, a guardrail or a person gives, which an error or a result keeps.
pub const REASON_CHARS: usize = 2_000;
/// Nodes of a schema that is written with its references in place.
pub const SCHEMA_NODES: usize = 4_000;
/// Levels of a schema that is written with its references in place.
pub const SCHEMA_DEPTH: usize = 64;
/// References within references that are followed in a schema.
pub const SCHEMA_REFERENCES: usize = 24;
/// Stop sequences that Gemini takes (<https://ai.google.dev/api/generate-content#v1beta.GenerationConfig>).
pub const GEMINI_STOP_SEQUENCES: usize = 5;
/// Levels of a tool's result that Gemini gets as a value; a deeper one is sent as its text.
pub const GEMINI_VALUE_DEPTH: usize = 32;
