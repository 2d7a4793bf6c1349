//! OpenAI's Chat Completions format, from the side of the server: reads what a client asks, and writes the answer from the
//! events of a run (<https://platform.openai.com/docs/api-reference/chat>). Nothing here does I/O.

mod answer;
mod messages;
mod refusal;
mod request;

pub use answer::Answer;
pub use refusal::Refusal;
pub use request::ChatRequest;
