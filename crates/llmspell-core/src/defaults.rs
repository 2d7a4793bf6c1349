//! Every default and every fixed limit, in one place. Times are in milliseconds, sizes in bytes.

/// Provider of an agent that names none.
pub const PROVIDER: &str = "openai";
/// Model turns in one run before it ends with `max_steps`.
pub const MAX_STEPS: u32 = 20;
/// Tool calls of one turn that are in the host's hands at the same time.
pub const MAX_PARALLEL_TOOLS: u32 = 8;
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
/// Events of one run that may wait in a queue before its connection is paused.
pub const QUEUE_EVENTS: usize = 256;
/// Bytes of events of one run that may wait in a queue before its connection is paused.
pub const QUEUE_BYTES: usize = 1 << 20;
/// Levels of nesting a user's JSON value may have.
pub const JSON_DEPTH: usize = 128;
/// Levels that the wrapping of a user's value may add on the wire (a schema inside a tool inside an options object).
pub const JSON_DEPTH_WRAPPED: usize = JSON_DEPTH + 32;
/// Largest answer, message or SSE line.
pub const MESSAGE_BYTES: usize = 64 << 20;
/// Characters of an unexpected answer that an error quotes.
pub const QUOTED_CHARS: usize = 300;
