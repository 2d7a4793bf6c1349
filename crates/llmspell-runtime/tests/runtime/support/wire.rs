//! Every wire format: how a server says one piece of text, that it is done, and that it failed after all.

use llmspell_core::codec::Codec;
use llmspell_core::codec::anthropic::Anthropic;
use llmspell_core::codec::gemini::Gemini;
use llmspell_core::codec::ollama::Ollama;
use llmspell_core::codec::openai_chat::OpenAiChat;
use llmspell_core::codec::openai_responses::OpenAiResponses;
use llmspell_core::run::RunSpec;

use super::{answer, spec};

/// The place of the text in [`Wire::delta`].
const TEXT: &str = "TEXT";

/// One wire format.
pub struct Wire {
    pub name: &'static str,
    codec: &'static dyn Codec,
    /// Content type of its streams.
    kind: &'static str,
    delta: &'static str,
    /// What ends an answer.
    pub end: &'static str,
    /// An error in the stream, and as a whole body.
    pub error: &'static str,
}

const SSE: &str = "text/event-stream";

pub const WIRES: [Wire; 5] = [
    Wire {
        name: "chat",
        codec: &OpenAiChat,
        kind: SSE,
        delta: "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"TEXT\"}}]}\n\n",
        end: "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n",
        error: "{\"error\":{\"message\":\"it broke\",\"type\":\"server_error\"}}",
    },
    Wire {
        name: "anthropic",
        codec: &Anthropic,
        kind: SSE,
        delta: "data: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"TEXT\"}}\n\n",
        end: "data: {\"type\":\"content_block_stop\",\"index\":0}\n\ndata: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\"}}\n\ndata: {\"type\":\"message_stop\"}\n\n",
        error: "{\"type\":\"error\",\"error\":{\"type\":\"api_error\",\"message\":\"it broke\"}}",
    },
    Wire {
        name: "gemini",
        codec: &Gemini,
        kind: SSE,
        delta: "data: {\"candidates\":[{\"content\":{\"role\":\"model\",\"parts\":[{\"text\":\"TEXT\"}]},\"index\":0}]}\n\n",
        end: "data: {\"candidates\":[{\"content\":{\"role\":\"model\",\"parts\":[{\"text\":\"\"}]},\"finishReason\":\"STOP\",\"index\":0}]}\n\n",
        error: "{\"error\":{\"code\":500,\"message\":\"it broke\",\"status\":\"INTERNAL\"}}",
    },
    Wire {
        name: "ollama",
        codec: &Ollama,
        kind: "application/x-ndjson",
        delta: "{\"message\":{\"role\":\"assistant\",\"content\":\"TEXT\"},\"done\":false}\n",
        end: "{\"message\":{\"role\":\"assistant\",\"content\":\"\"},\"done\":true,\"done_reason\":\"stop\"}\n",
        error: "{\"error\":\"it broke\"}",
    },
    Wire {
        name: "responses",
        codec: &OpenAiResponses,
        kind: SSE,
        delta: "data: {\"type\":\"response.output_text.delta\",\"output_index\":0,\"content_index\":0,\"delta\":\"TEXT\"}\n\n",
        end: "data: {\"type\":\"response.completed\",\"response\":{\"status\":\"completed\",\"output\":[]}}\n\n",
        error: "{\"type\":\"error\",\"code\":\"server_error\",\"message\":\"it broke\"}",
    },
];

impl Wire {
    /// An agent that speaks it.
    pub fn spec(&self, base_url: &str) -> RunSpec {
        let mut spec = spec(base_url);
        spec.endpoint.codec = self.codec;
        spec
    }

    /// What comes before and after the text of a piece.
    pub fn around(&self) -> (&'static str, &'static str) {
        self.delta.split_once(TEXT).unwrap()
    }

    /// A piece of text.
    pub fn delta(&self, text: &[u8]) -> Vec<u8> {
        let (before, after) = self.around();
        [before.as_bytes(), text, after.as_bytes()].concat()
    }

    /// An error in a stream.
    pub fn error_event(&self) -> Vec<u8> {
        let (before, after) = if self.kind == SSE { ("data: ", "\n\n") } else { ("", "\n") };
        [before, self.error, after].concat().into_bytes()
    }

    /// The head of a stream in chunks, with these lines too.
    pub fn head(&self, lines: &[&str]) -> Vec<u8> {
        let kind = format!("content-type: {}", self.kind);
        answer::head("200 OK", &[&[kind.as_str(), "transfer-encoding: chunked"], lines].concat())
    }

    /// A whole stream with this body, in one chunk.
    pub fn stream(&self, body: &[u8]) -> Vec<u8> {
        let chunk = if body.is_empty() { Vec::new() } else { answer::chunk(body) };
        [self.head(&[]), chunk, answer::last_chunk()].concat()
    }
}
