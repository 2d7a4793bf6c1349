//! Refusals of a conversation that is longer than the model takes: most providers say so in words alone.

/// Codes and types of such refusals, in part.
const CODES: [&str; 3] = [
    // OpenAI and most that speak its format.
    "context_length_exceeded",
    // llama.cpp (https://github.com/ggml-org/llama.cpp/blob/master/tools/server/README.md)
    "exceed_context_size",
    "context_window_exceeded",
];

/// What such refusals say, in lower case: all parts of one entry.
const WORDS: [&[&str]; 19] = [
    // Anthropic, Bedrock
    &["prompt is too long"],
    &["input is too long"],
    &["exceed context limit"],
    // OpenAI, Azure, vLLM, DeepSeek, OpenRouter, Mistral
    &["maximum context length"],
    &["exceeds the context window"],
    &["context length exceeded"],
    &["context window exceeded"],
    &["longer than the maximum model length"],
    &["exceeds the maximum allowed input length"],
    // Gemini
    &["input token count", "exceeds the maximum"],
    // xAI
    &["maximum prompt length is"],
    // Groq
    &["reduce the length of the messages"],
    // Perplexity
    &["length of all messages is too long"],
    // Together
    &["`inputs` tokens", "must be <="],
    // llama.cpp, LM Studio, Ollama
    &["exceeds the available context size"],
    &["greater than the context length"],
    &["input length exceeds", "context length"],
    &["exceeds maximum context"],
    // MiniMax, Moonshot
    &["context window exceeds limit"],
];

/// Whether a refusal with these codes (in lower case) and words says that the conversation is too long.
pub(super) fn is_over(codes: &[String], words: &str) -> bool {
    let words = words.to_lowercase();
    codes.iter().any(|code| CODES.iter().any(|part| code.contains(part)))
        || WORDS.iter().any(|parts| parts.iter().all(|part| words.contains(part)))
}
