//! The table of providers.

use super::Provider;
use super::environment::Variables;
use llmspell_core::codec::anthropic::Anthropic;
use llmspell_core::codec::gemini::Gemini;
use llmspell_core::codec::ollama::Ollama;
use llmspell_core::codec::openai_chat::OpenAiChat;
use llmspell_core::codec::openai_compatible::{OpenAiCompatible, table as dialects};
use llmspell_core::codec::openai_responses::OpenAiResponses;
use llmspell_core::codec::openrouter::OpenRouter;

/// Every provider. To add one: an entry here, its usual model in `data/models.json`, and a codec where none fits.
///
/// The variables are those that the provider's own SDK or server reads, in its order, and after them what other programs
/// commonly use; `docs/providers.md` has them as a table.
pub(super) static PROVIDERS: &[Provider] = &[
    Provider {
        name: "openai",
        codec: &OpenAiChat,
        base_url: "https://api.openai.com/v1",
        variables: Some(Variables::new(&["OPENAI_API_KEY"], &["OPENAI_BASE_URL"])),
    },
    Provider {
        name: "gemini",
        codec: &Gemini,
        base_url: "https://generativelanguage.googleapis.com/v1beta",
        variables: Some(
            Variables::new(
                &["GOOGLE_API_KEY", "GEMINI_API_KEY", "GOOGLE_GENERATIVE_AI_API_KEY"],
                &["GOOGLE_GEMINI_BASE_URL", "GEMINI_BASE_URL"],
            )
            .with_path("/v1beta"),
        ),
    },
    Provider {
        name: "ollama",
        codec: &Ollama,
        base_url: "http://127.0.0.1:11434",
        variables: Some(
            Variables::new(&["OLLAMA_API_KEY"], &["OLLAMA_HOST", "OLLAMA_BASE_URL"])
                .without_key()
                .with_ollama_host("OLLAMA_HOST"),
        ),
    },
    Provider {
        name: "anthropic",
        codec: &Anthropic,
        base_url: "https://api.anthropic.com",
        variables: Some(Variables::new(&["ANTHROPIC_API_KEY"], &["ANTHROPIC_BASE_URL"])),
    },
    Provider {
        name: "openai_responses",
        codec: &OpenAiResponses,
        base_url: "https://api.openai.com/v1",
        variables: Some(Variables::new(&["OPENAI_API_KEY"], &["OPENAI_BASE_URL"])),
    },
    Provider {
        name: "openrouter",
        codec: &OpenRouter,
        base_url: "https://openrouter.ai/api/v1",
        variables: Some(Variables::new(&["OPENROUTER_API_KEY"], &["OPENROUTER_BASE_URL"])),
    },
    Provider {
        name: "mistral",
        codec: &OpenAiCompatible(&dialects::MISTRAL),
        base_url: "https://api.mistral.ai/v1",
        variables: Some(Variables::new(&["MISTRAL_API_KEY"], &["MISTRAL_BASE_URL"]).with_path("/v1")),
    },
    Provider {
        name: "deepseek",
        codec: &OpenAiCompatible(&dialects::DEEPSEEK),
        base_url: "https://api.deepseek.com",
        variables: Some(Variables::new(&["DEEPSEEK_API_KEY"], &["DEEPSEEK_BASE_URL"])),
    },
    Provider {
        name: "groq",
        codec: &OpenAiCompatible(&dialects::GROQ),
        base_url: "https://api.groq.com/openai/v1",
        variables: Some(Variables::new(&["GROQ_API_KEY"], &["GROQ_BASE_URL"]).with_path("/openai/v1")),
    },
    Provider {
        name: "xai",
        codec: &OpenAiCompatible(&dialects::XAI),
        base_url: "https://api.x.ai/v1",
        variables: Some(Variables::new(&["XAI_API_KEY"], &["XAI_BASE_URL"])),
    },
    Provider {
        name: "together",
        codec: &OpenAiCompatible(&dialects::TOGETHER),
        base_url: "https://api.together.xyz/v1",
        variables: Some(Variables::new(&["TOGETHER_API_KEY"], &["TOGETHER_BASE_URL"])),
    },
    Provider {
        name: "perplexity",
        codec: &OpenAiCompatible(&dialects::PERPLEXITY),
        base_url: "https://api.perplexity.ai",
        variables: Some(Variables::new(&["PERPLEXITY_API_KEY", "PPLX_API_KEY"], &["PERPLEXITY_BASE_URL"])),
    },
    Provider {
        name: "azure",
        codec: &OpenAiCompatible(&dialects::AZURE),
        base_url: "",
        variables: Some(
            Variables::new(&["AZURE_OPENAI_API_KEY"], &["AZURE_OPENAI_ENDPOINT"])
                .with_path("/openai/v1")
                .with_versions(&["OPENAI_API_VERSION"]),
        ),
    },
    Provider {
        name: "vllm",
        codec: &OpenAiCompatible(&dialects::VLLM),
        base_url: "http://127.0.0.1:8000/v1",
        variables: Some(Variables::new(&["VLLM_API_KEY"], &["VLLM_BASE_URL"]).without_key()),
    },
    Provider {
        name: "llamacpp",
        codec: &OpenAiCompatible(&dialects::LLAMACPP),
        base_url: "http://127.0.0.1:8080/v1",
        variables: Some(Variables::new(&["LLAMA_API_KEY"], &["LLAMA_BASE_URL"]).without_key()),
    },
    Provider {
        name: "lmstudio",
        codec: &OpenAiCompatible(&dialects::LMSTUDIO),
        base_url: "http://127.0.0.1:1234/v1",
        variables: Some(Variables::new(&["LM_API_TOKEN"], &["LMSTUDIO_BASE_URL"]).without_key()),
    },
    Provider { name: "demo", codec: &OpenAiChat, base_url: "demo:", variables: None },
    // Its answers are the option `script`.
    Provider { name: "scripted", codec: &OpenAiChat, base_url: "scripted:", variables: None },
];
