//! Providers: where models are, how they are spoken to, and what the environment says about them.

use crate::address;
use crate::options::nearest;
use llmspell_core::codec::Codec;
use llmspell_core::codec::openai_chat::OpenAiChat;
use llmspell_core::http::Secret;
use llmspell_core::{Error, Kind, defaults};
use serde::Deserialize;
use std::borrow::Cow;
use std::collections::HashMap;
use std::env;

/// A provider that agents can name.
#[derive(Debug)]
pub(crate) struct Provider {
    /// Name in options.
    pub name: &'static str,
    /// Wire format.
    pub codec: &'static dyn Codec,
    /// Address that the codec's paths are added to.
    base_url: &'static str,
    /// Variables of the environment; a provider without them needs neither key nor address.
    variables: Option<Variables>,
}

#[derive(Debug)]
struct Variables {
    key: &'static str,
    base_url: &'static str,
}

/// Every provider. To add one: an entry here, its usual model in `data/models.json`, and a codec where none fits.
static PROVIDERS: [Provider; 2] = [
    Provider {
        name: "openai",
        codec: &OpenAiChat,
        base_url: "https://api.openai.com/v1",
        variables: Some(Variables { key: "OPENAI_API_KEY", base_url: "OPENAI_BASE_URL" }),
    },
    Provider { name: "demo", codec: &OpenAiChat, base_url: "demo:", variables: None },
];

/// The usual models: file with its source and date.
#[derive(Deserialize)]
struct Models {
    models: HashMap<String, String>,
}

const MODELS: &str = include_str!("../data/models.json");

impl Provider {
    fn find(name: &str) -> Option<&'static Self> {
        PROVIDERS.iter().find(|provider| provider.name == name)
    }

    /// Whether agents may give another address.
    pub(crate) const fn has_address(&self) -> bool {
        self.variables.is_some()
    }

    /// The model of an agent that names none.
    fn usual_model(&self) -> Result<String, Error> {
        let mut table: Models = serde_json::from_str(MODELS).map_err(|error| {
            Error::new(Kind::Internal, "the table of models cannot be read").with_cause(error.to_string())
        })?;
        table
            .models
            .remove(self.name)
            .ok_or_else(|| Error::argument(format!("model: {} has no usual model; name one", self.name)))
    }

    /// The key: the option's, or the environment's. An empty option means that none is sent.
    ///
    /// # Errors
    /// `auth` when the provider needs a key and there is none, or it cannot be sent in a header.
    pub(crate) fn key<'a>(&self, option: Option<&'a Secret>) -> Result<Option<Cow<'a, Secret>>, Error> {
        let Some(variables) = &self.variables else { return Ok(None) };
        let key = match option {
            Some(key) if key.reveal().is_empty() => return Ok(None),
            Some(key) => Cow::Borrowed(key),
            None => variable(variables.key).map(|key| Cow::Owned(Secret::new(key))).ok_or_else(|| {
                Error::new(
                    Kind::Auth,
                    format!(
                        "no key for {}: set the environment variable {}, or the option api_key (\"\" for a server that \
                         needs none)",
                        self.name, variables.key
                    ),
                )
            })?,
        };
        if key.reveal().chars().all(|c| c.is_ascii_graphic()) {
            return Ok(Some(key));
        }
        let place = if option.is_some() { "api_key" } else { variables.key };
        Err(Error::new(
            Kind::Auth,
            format!(
                "{place}: the key holds a character that no key can have, such as a space or a line break; check how it was copied"
            ),
        ))
    }

    /// The address: the option's, the environment's, or the provider's own.
    ///
    /// # Errors
    /// `config` when the environment's is not an address.
    pub(crate) fn base_url<'a>(&self, option: Option<&'a str>) -> Result<Cow<'a, str>, Error> {
        if let Some(url) = option {
            return Ok(Cow::Borrowed(url));
        }
        let from_environment =
            self.variables.as_ref().and_then(|names| Some((names.base_url, variable(names.base_url)?)));
        match from_environment {
            Some((name, url)) => address::base_url(&url)
                .map(Cow::Owned)
                .map_err(|why| Error::new(Kind::Config, format!("environment variable {name}: {why}"))),
            None => Ok(Cow::Borrowed(self.base_url)),
        }
    }
}

/// A variable of the environment without space around it; an empty one counts as not set.
fn variable(name: &str) -> Option<String> {
    let value = env::var_os(name)?.to_string_lossy().trim().to_owned();
    (!value.is_empty()).then_some(value)
}

/// Finds provider and model from the options of the same names. `provider/model` in `model` names both, unless `provider`
/// is given.
///
/// # Errors
/// `argument` for a provider that does not exist.
pub(crate) fn resolve(provider: Option<&str>, model: Option<&str>) -> Result<(&'static Provider, String), Error> {
    let (place, name, model) = match (provider, model) {
        (Some(provider), model) => ("provider", provider, model),
        (None, Some(model)) => match model.split_once('/') {
            Some((provider, model)) => ("model", provider, Some(model)),
            None => ("provider", defaults::PROVIDER, Some(model)),
        },
        (None, None) => ("provider", defaults::PROVIDER, None),
    };
    let Some(provider) = Provider::find(name) else {
        let known: Vec<&str> = PROVIDERS.iter().map(|provider| provider.name).collect();
        let guess =
            nearest(name, known.iter().copied()).map(|near| format!("did you mean {near:?}? ")).unwrap_or_default();
        let mend = match place {
            "model" => "; for a model whose own name has a slash, give `provider` too",
            _ => "; for a server with OpenAI's wire format use \"openai\" and base_url",
        };
        return Err(Error::argument(format!(
            "{place}: unknown provider {name:?}; {guess}known are {}{mend}",
            known.join(", ")
        )));
    };
    match model {
        Some("") => Err(Error::argument("model: expected a model's name, got an empty one")),
        Some(model) => Ok((provider, model.to_owned())),
        None => Ok((provider, provider.usual_model()?)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn provider_and_model_come_in_three_forms() {
        let found = |provider, model| resolve(provider, model).map(|(provider, model)| (provider.name, model)).unwrap();
        assert_eq!(found(None, Some("openai/gpt-4o")), ("openai", "gpt-4o".to_owned()));
        assert_eq!(found(Some("openai"), Some("meta-llama/Llama-3")), ("openai", "meta-llama/Llama-3".to_owned()));
        assert_eq!(found(None, Some("gpt-4o")), ("openai", "gpt-4o".to_owned()));
        assert_eq!(found(Some("demo"), None).0, "demo");
        for provider in &PROVIDERS {
            assert!(!provider.usual_model().unwrap().is_empty());
        }
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
    fn a_key_that_no_header_can_carry_is_refused_without_being_shown() {
        let provider = Provider::find("openai").unwrap();
        let error = provider.key(Some(&Secret::new("sk-secret\n"))).unwrap_err();
        assert_eq!(error.kind, Kind::Auth);
        assert!(error.message.contains("api_key") && !error.message.contains("secret"), "{}", error.message);
        assert!(provider.key(Some(&Secret::new(""))).unwrap().is_none());
        assert!(Provider::find("demo").unwrap().key(None).unwrap().is_none());
    }
}
