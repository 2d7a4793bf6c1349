//! The dialects. To add one: an entry here, and a line in the façade's table of providers.

use super::dialect::{Auth, CallIds, Dialect, Files, Output};
use crate::codec::tool_schema::Keywords;

/// A server of which nothing is known but that it speaks the Chat format: what most of them take.
pub static GENERIC: Dialect = Dialect {
    name: "generic",
    hosts: &[],
    auth: Auth::Bearer,
    deployments: false,
    max_tokens: "max_tokens",
    seed: Some("seed"),
    stop: true,
    fixed_sampling: &[],
    free_sampling: &[],
    required: "required",
    named_choice: true,
    stream_options: true,
    system_role: "system",
    output: Output::Schema,
    json_object: true,
    no_output: &[],
    reasoning_back: None,
    call_ids: CallIds::Any,
    prefix: false,
    tool_parts: false,
    text_only: &[],
    files: Files::Data,
    audio: true,
    cache_control: false,
    keywords: &Keywords::USUAL,
};

/// OpenAI. Its reasoning models know `max_completion_tokens` alone and refuse `temperature`; those before GPT-4o have no
/// `json_schema`.
///
/// Sources: <https://platform.openai.com/docs/api-reference/chat/create>, <https://platform.openai.com/docs/guides/reasoning>,
/// <https://platform.openai.com/docs/guides/structured-outputs>
pub static OPENAI: Dialect = Dialect {
    name: "openai",
    hosts: &["api.openai.com"],
    max_tokens: "max_completion_tokens",
    fixed_sampling: &["o1", "o3", "o3-mini", "o4-mini", "gpt-5"],
    free_sampling: &["gpt-5-chat"],
    no_output: &["gpt-3.5-turbo", "gpt-4", "gpt-4-turbo"],
    text_only: &["gpt-3.5-turbo", "o1-mini", "o3-mini"],
    ..GENERIC
};

/// Azure OpenAI: the key in `api-key`; the address of a resource ends in `/openai/v1`, or leads to a deployment, which is the
/// model, with `api-version` in the query.
///
/// Source: <https://learn.microsoft.com/azure/ai-foundry/openai/reference>
pub static AZURE: Dialect = Dialect {
    name: "azure",
    hosts: &["openai.azure.com", "cognitiveservices.azure.com", "services.ai.azure.com"],
    auth: Auth::Header("api-key"),
    deployments: true,
    max_tokens: "max_completion_tokens",
    ..GENERIC
};

/// Mistral: refuses fields it does not know; `random_seed`; ids of nine letters and digits; `any` demands a tool; pictures in
/// results; documents by address; a message to go on with is marked.
///
/// Source: <https://docs.mistral.ai/api/endpoint/chat>
pub static MISTRAL: Dialect = Dialect {
    name: "mistral",
    hosts: &["api.mistral.ai", "codestral.mistral.ai"],
    seed: Some("random_seed"),
    required: "any",
    stream_options: false,
    call_ids: CallIds::Nine,
    prefix: true,
    tool_parts: true,
    text_only: &["codestral", "open-mistral", "open-mixtral"],
    files: Files::Document,
    ..GENERIC
};

/// DeepSeek: takes text alone; has `json_object` only; where the model thought, its `reasoning_content` must come back with its tool calls.
///
/// Sources: <https://api-docs.deepseek.com/api/create-chat-completion>, <https://api-docs.deepseek.com/guides/json_mode>,
/// <https://api-docs.deepseek.com/guides/thinking_mode>
pub static DEEPSEEK: Dialect = Dialect {
    name: "deepseek",
    hosts: &["api.deepseek.com"],
    output: Output::ToolOrObject,
    reasoning_back: Some("reasoning_content"),
    text_only: &["deepseek"],
    files: Files::None,
    audio: false,
    ..GENERIC
};

/// Groq: structured outputs neither stream nor go with tools; no files. Models that see no pictures take a text for content, no
/// list.
///
/// Sources: <https://console.groq.com/docs/structured-outputs>, <https://console.groq.com/docs/openai>,
/// <https://console.groq.com/docs/vision>
pub static GROQ: Dialect = Dialect {
    name: "groq",
    text_only: &[
        "llama-3.1",
        "llama-3.3",
        "openai/gpt-oss",
        "groq/compound",
        "moonshotai/kimi-k2",
        "qwen/qwen3-32b",
        "deepseek-r1-distill",
    ],
    hosts: &["api.groq.com"],
    max_tokens: "max_completion_tokens",
    output: Output::Tool,
    files: Files::None,
    audio: false,
    ..GENERIC
};

/// xAI: every Grok that reasons refuses `stop`; the others take it, so it is sent.
///
/// Source: <https://docs.x.ai/docs/api-reference#chat-completions>
pub static XAI: Dialect = Dialect {
    name: "xai",
    hosts: &["api.x.ai"],
    max_tokens: "max_completion_tokens",
    text_only: &["grok-3", "grok-code-fast-1"],
    audio: false,
    ..GENERIC
};

/// Together.
///
/// Source: <https://docs.together.ai/reference/chat-completions-1>
pub static TOGETHER: Dialect =
    Dialect { name: "together", hosts: &["api.together.xyz", "api.together.ai"], files: Files::None, ..GENERIC };

/// Perplexity: no `seed`; `json_schema` only; tells the usage unasked; files by address.
///
/// Source: <https://docs.perplexity.ai/api-reference/chat-completions-post>
pub static PERPLEXITY: Dialect = Dialect {
    name: "perplexity",
    hosts: &["api.perplexity.ai"],
    seed: None,
    json_object: false,
    stream_options: false,
    files: Files::Url,
    audio: false,
    ..GENERIC
};

/// vLLM.
///
/// Source: <https://docs.vllm.ai/en/latest/serving/openai_compatible_server.html>
pub static VLLM: Dialect = Dialect { name: "vllm", files: Files::None, ..GENERIC };

/// llama.cpp's server: a tool cannot be demanded by name; schemas become grammars, which know anchored patterns only.
///
/// Source: <https://github.com/ggml-org/llama.cpp/blob/master/tools/server/README.md> and `grammars/README.md` there
pub static LLAMACPP: Dialect = Dialect {
    name: "llamacpp",
    named_choice: false,
    files: Files::None,
    keywords: &Keywords {
        refused: &["not", "if", "then", "else", "patternProperties", "contains", "propertyNames"],
        anchored_patterns: true,
        ..Keywords::USUAL
    },
    ..GENERIC
};

/// LM Studio: a tool cannot be demanded by name; `json_schema` only.
///
/// Sources: <https://lmstudio.ai/docs/developer/openai-compat/tools>,
/// <https://lmstudio.ai/docs/developer/openai-compat/structured-output>
pub static LMSTUDIO: Dialect =
    Dialect { name: "lmstudio", named_choice: false, json_object: false, files: Files::None, audio: false, ..GENERIC };

/// OpenRouter: tells the usage, with its cost, unasked; files by address too; cache marks for the providers behind it.
///
/// Sources: <https://openrouter.ai/docs/api-reference/overview>, <https://openrouter.ai/docs/use-cases/usage-accounting>,
/// <https://openrouter.ai/docs/features/multimodal/pdfs>, <https://openrouter.ai/docs/features/prompt-caching>
pub static OPENROUTER: Dialect =
    Dialect { name: "openrouter", hosts: &["openrouter.ai"], files: Files::DataOrUrl, cache_control: true, ..GENERIC };

/// Every dialect of a server that is known.
pub static DIALECTS: &[&Dialect] = &[
    &OPENAI,
    &AZURE,
    &MISTRAL,
    &DEEPSEEK,
    &GROQ,
    &XAI,
    &TOGETHER,
    &PERPLEXITY,
    &VLLM,
    &LLAMACPP,
    &LMSTUDIO,
    &OPENROUTER,
];
