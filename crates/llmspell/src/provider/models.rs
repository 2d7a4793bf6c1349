//! The data file of models: which one a provider's agents use when they name none, and what is known of each.

use llmspell_core::model::{ModelInfo, Prices};
use llmspell_core::{Error, Kind};
use llmspell_runtime::unforked;
use serde::Deserialize;
use std::collections::HashMap;
use std::sync::OnceLock;

/// Written by `ts-tools models`, from the sources that it names.
const FILE: &str = include_str!("../../data/models.json");

#[derive(Deserialize)]
struct File {
    providers: HashMap<String, Entry>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Entry {
    usual_model: Option<String>,
    models: HashMap<String, ModelInfo>,
}

fn file() -> Result<&'static File, Error> {
    static READ: OnceLock<Option<File>> = OnceLock::new();
    let read = || READ.get_or_init(|| serde_json::from_str(FILE).ok());
    let read = READ.get().unwrap_or_else(|| unforked(read));
    read.as_ref().ok_or_else(|| Error::new(Kind::Internal, "the table of models cannot be read"))
}

/// The model of a provider's agents that name none.
///
/// # Errors
/// `argument` when there is no such model.
pub(super) fn usual(provider: &str) -> Result<&'static str, Error> {
    let entry = file()?.providers.get(provider);
    entry.and_then(|entry| entry.usual_model.as_deref()).ok_or_else(|| {
        Error::argument(format!("model: {provider} has no usual model, because it depends on the server; name one"))
    })
}

/// What is known of a model: by its exact name, else by the longest known name that it begins with (providers add dates and
/// the like). A gateway's `vendor/model` is the vendor's model; its prices are the gateway's own and not known here. None when
/// nothing is known.
pub(crate) fn lookup(provider: &str, model: &str) -> Option<ModelInfo> {
    match (provider, model.split_once('/')) {
        ("openrouter", Some((vendor, name))) => {
            let vendor = match vendor {
                "google" => "gemini",
                "mistralai" => "mistral",
                "x-ai" => "xai",
                other => other,
            };
            // OpenRouter writes claude-sonnet-4.6 for claude-sonnet-4-6, and adds `:free` and the like.
            let name = name.split(':').next().unwrap_or(name);
            let info = listed(vendor, name).or_else(|| listed(vendor, &name.replace('.', "-")))?;
            Some(ModelInfo { prices: Prices::default(), ..info })
        }
        ("openai_responses" | "azure", _) => listed("openai", model),
        _ => listed(provider, model),
    }
}

fn listed(provider: &str, model: &str) -> Option<ModelInfo> {
    let models = &file().ok()?.providers.get(provider)?.models;
    if let Some(info) = models.get(model) {
        return Some(*info);
    }
    let begins = |known: &&String| {
        let rest = model.strip_prefix(known.as_str());
        // A date, not another model of the family: gpt-4o-2024-08-06, but not gpt-4o-audio.
        rest.and_then(|rest| rest.strip_prefix(['-', '@']))
            .is_some_and(|rest| rest == "latest" || rest.starts_with(|c: char| c.is_ascii_digit()))
    };
    let known = models.keys().filter(begins).max_by_key(|known| known.len())?;
    models.get(known).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_can_be_read() {
        assert!(!file().unwrap().providers.is_empty());
        assert!(!usual("openai").unwrap().is_empty());
    }

    #[test]
    fn every_figure_makes_sense() {
        for (provider, entry) in &file().unwrap().providers {
            for (model, info) in &entry.models {
                let prices = info.prices;
                assert!(info.context_window.is_some_and(|window| window >= 1024), "{provider}/{model}");
                assert!(prices.input_price.is_some_and(|price| (0.0..1000.0).contains(&price)), "{provider}/{model}");
                assert!(prices.output_price >= prices.input_price, "{provider}/{model}");
                assert!(
                    prices.cached_price.is_none_or(|price| Some(price) <= prices.input_price),
                    "{provider}/{model}"
                );
            }
            if let Some(usual) = &entry.usual_model
                && !entry.models.is_empty()
            {
                assert!(lookup(provider, usual).is_some(), "{provider}/{usual}");
            }
        }
    }

    #[test]
    fn a_model_is_found_by_its_name_or_the_begin_of_it() {
        let window = |provider, model| lookup(provider, model).and_then(|info| info.context_window);
        assert_eq!(window("openai", "gpt-4o"), Some(128_000));
        assert_eq!(window("openai", "gpt-4o-2024-08-06"), Some(128_000));
        assert_eq!(window("openai", "gpt-4o-mini-2024-07-18"), Some(128_000));
        assert_ne!(lookup("openai", "gpt-4o-mini-2024-07-18"), lookup("openai", "gpt-4o"));
        assert_eq!(window("openai", "gpt-4o-audio-preview"), None, "another model");
        assert_eq!(window("openai", "gpt-4of"), None);
        assert_eq!(window("azure", "gpt-4.1"), window("openai", "gpt-4.1"));
        let routed = lookup("openrouter", "anthropic/claude-sonnet-4.6:free").unwrap();
        assert_eq!(routed.context_window, window("anthropic", "claude-sonnet-4-6"));
        assert_eq!(routed.prices, Prices::default());
        assert_eq!(window("vllm", "gpt-4o"), None);
    }
}
