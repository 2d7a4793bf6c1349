//! Providers: where models are, how they are spoken to, and what the environment says about them.
//!
//! [`table`] names them all; a new one is a line there, and a codec where none fits. [`environment`] reads keys and
//! addresses, [`models`] the data file.

mod environment;
pub(crate) mod models;
mod table;

use crate::options::nearest;
use environment::Variables;
use llmspell_core::codec::Codec;
use llmspell_core::run::Place;
use llmspell_core::{Error, defaults};
use std::borrow::Cow;

/// A provider that agents can name.
#[derive(Debug)]
pub(crate) struct Provider {
    /// Name in options.
    pub name: &'static str,
    /// Wire format.
    pub codec: &'static dyn Codec,
    /// Address that the codec's paths are added to; empty where each user has an own one.
    base_url: &'static str,
    /// Variables of the environment; a provider without them needs neither key nor address.
    variables: Option<Variables>,
}

/// Something that the options or the environment gave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Found<'a, T: Clone> {
    pub value: Cow<'a, T>,
    pub place: Place,
}

impl Provider {
    pub(crate) fn find(name: &str) -> Option<&'static Self> {
        table::PROVIDERS.iter().find(|provider| provider.name == name)
    }

    /// Whether it has no address of its own: each of its users has one.
    pub(crate) const fn needs_address(&self) -> bool {
        self.base_url.is_empty()
    }

    /// Whether agents may give another address.
    pub(crate) const fn has_address(&self) -> bool {
        self.variables.is_some()
    }
}

/// A model's name, and where it came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Model {
    pub name: String,
    pub place: Place,
}

/// Finds provider and model from the options of the same names. `provider/model` in `model` names both, unless `provider`
/// is given; then it may stand in front of the model all the same.
///
/// # Errors
/// `argument` for a provider that does not exist, or when there is no model and the provider has no usual one.
pub(crate) fn resolve(provider: Option<&str>, model: Option<&str>) -> Result<(&'static Provider, Model), Error> {
    let (place, name, model) = match (provider, model) {
        (Some(provider), model) => ("provider", provider, model),
        (None, Some(model)) => match model.split_once('/') {
            Some((provider, model)) => ("model", provider, Some(model)),
            None => ("provider", defaults::PROVIDER, Some(model)),
        },
        (None, None) => ("provider", defaults::PROVIDER, None),
    };
    let Some(provider) = Provider::find(name) else {
        let known: Vec<&str> = table::PROVIDERS.iter().map(|provider| provider.name).collect();
        let guess =
            nearest(name, known.iter().copied()).map(|near| format!("did you mean {near:?}? ")).unwrap_or_default();
        let mend = match place {
            "model" => "; for a model whose own name has a slash, give `provider` too",
            _ => "; for another server with OpenAI's wire format use \"openai\" and base_url",
        };
        return Err(Error::argument(format!(
            "{place}: unknown provider {name:?}; {guess}known are {}{mend}",
            known.join(", ")
        )));
    };
    match model {
        Some("") => Err(Error::argument("model: expected a model's name, got an empty one")),
        Some(model) => Ok((provider, Model { name: model.to_owned(), place: Place::Option("model") })),
        None => Ok((provider, Model { name: models::usual(provider.name)?.to_owned(), place: Place::Usual })),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn provider_and_model_come_in_three_forms() {
        let found =
            |provider, model| resolve(provider, model).map(|(provider, model)| (provider.name, model.name)).unwrap();
        assert_eq!(found(None, Some("openai/gpt-4o")), ("openai", "gpt-4o".to_owned()));
        assert_eq!(found(Some("openai"), Some("meta-llama/Llama-3")), ("openai", "meta-llama/Llama-3".to_owned()));
        assert_eq!(found(None, Some("groq/openai/gpt-oss-20b")), ("groq", "openai/gpt-oss-20b".to_owned()));
        assert_eq!(found(None, Some("gpt-4o")), ("openai", "gpt-4o".to_owned()));
        assert_eq!(found(Some("demo"), None).0, "demo");
    }

    #[test]
    fn unknown_providers_are_named_with_the_nearest() {
        let message = resolve(Some("opnai"), None).unwrap_err().message;
        assert!(
            message.contains("unknown provider \"opnai\"") && message.contains("did you mean \"openai\"?"),
            "{message}"
        );
        let message = resolve(None, Some("meta/llama")).unwrap_err().message;
        assert!(message.contains("give `provider` too"), "{message}");
        assert!(resolve(None, Some("openai/")).is_err());
    }

    #[test]
    fn a_provider_without_a_usual_model_asks_for_one() {
        let message = resolve(Some("vllm"), None).unwrap_err().message;
        assert!(message.starts_with("model: vllm has no usual model"), "{message}");
    }

    #[test]
    fn names_are_there_once() {
        for (at, provider) in table::PROVIDERS.iter().enumerate() {
            assert_eq!(table::PROVIDERS.iter().position(|other| other.name == provider.name), Some(at));
        }
    }
}
