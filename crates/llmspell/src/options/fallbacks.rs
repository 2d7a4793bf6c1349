//! Other providers of an agent, for when its own fails.

use super::agent::headers;
use crate::provider::{self, Model, Provider};
use llmspell_core::http::Secret;
use llmspell_core::model::ModelInfo;
use llmspell_core::rate::RateLimit;
use llmspell_core::run::{Endpoint, Route};
use llmspell_core::{Error, Kind};
use serde::Deserialize;
use serde_json::{Map, Value};

/// Where a model is, as options say it; complete but for what the environment says when a run starts.
#[derive(Clone, Debug)]
pub(crate) struct Source {
    pub provider: &'static Provider,
    pub model: Model,
    pub api_key: Option<Secret>,
    pub base_url: Option<String>,
    pub headers: Vec<(String, Secret)>,
    pub provider_options: Map<String, Value>,
    pub rate_limit: Option<RateLimit>,
}

/// The options that say where a model is: an agent's, or a fallback's.
#[derive(Default, Deserialize)]
pub(super) struct PlainSource {
    pub provider: Option<String>,
    pub model: Option<String>,
    api_key: Option<String>,
    pub base_url: Option<String>,
    #[serde(default)]
    headers: Option<Map<String, Value>>,
    #[serde(default)]
    provider_options: Option<Map<String, Value>>,
    rate_limit: Option<RateLimit>,
}

impl PlainSource {
    /// Reads an agent's own.
    ///
    /// # Errors
    /// `argument`, naming the option; `config` for an address of a provider that has none.
    pub(super) fn read(self) -> Result<Source, Error> {
        let (provider, model) = provider::resolve(self.provider.as_deref(), self.model.as_deref())?;
        if self.base_url.is_some() && !provider.has_address() {
            return Err(Error::new(
                Kind::Config,
                format!("base_url: {} is inside llmspell and has no address; leave base_url out", provider.name),
            ));
        }
        let base_url = self.base_url.map(|url| provider.address(&url)).transpose();
        Ok(Source {
            provider,
            model,
            api_key: self.api_key.map(Secret::new),
            base_url: base_url.map_err(|why| Error::argument(format!("base_url: {why}")))?,
            headers: headers(self.headers.unwrap_or_default())?,
            provider_options: self.provider_options.unwrap_or_default(),
            rate_limit: self.rate_limit,
        })
    }

    /// Reads a fallback of an agent with the source `own`. One of the same provider that says nothing of key, address and headers
    /// has the agent's.
    fn read_beside(mut self, own: &Source) -> Result<Source, Error> {
        let names_no_provider =
            self.provider.is_none() && !self.model.as_deref().is_some_and(|model| model.contains('/'));
        if names_no_provider {
            self.provider = Some(own.provider.name.to_owned());
        }
        let inherits = self.api_key.is_none() && self.base_url.is_none() && self.headers.is_none();
        let has_options = self.provider_options.is_some();
        let mut source = self.read()?;
        if inherits && source.provider.name == own.provider.name {
            source.api_key.clone_from(&own.api_key);
            source.base_url.clone_from(&own.base_url);
            source.headers.clone_from(&own.headers);
            source.rate_limit = source.rate_limit.or(own.rate_limit);
            if !has_options {
                source.provider_options.clone_from(&own.provider_options);
            }
        }
        Ok(source)
    }
}

/// Reads the option `fallbacks`, a list of models or tables that a shape has accepted.
///
/// # Errors
/// Those of an agent's own options, with the place.
pub(super) fn read(list: Vec<Value>, own: &Source) -> Result<Vec<Source>, Error> {
    let read_one = |entry: Value| match entry {
        Value::String(model) => PlainSource { model: Some(model), ..PlainSource::default() }.read_beside(own),
        entry => serde_json::from_value::<PlainSource>(Value::Object(super::members(entry)))
            .map_err(|error| Error::argument(error.to_string()))?
            .read_beside(own),
    };
    list.into_iter()
        .enumerate()
        .map(|(at, entry)| {
            read_one(entry).map_err(|error| Error { message: format!("fallbacks[{at}].{}", error.message), ..error })
        })
        .collect()
}

impl Source {
    /// The place with key and address as the environment has them now.
    ///
    /// # Errors
    /// `auth` when the key is missing, `config` when the environment's address is none.
    pub(super) fn endpoint(&self) -> Result<Endpoint, Error> {
        let key = self.provider.key(self.api_key.as_ref())?;
        let (api_key, key_place) = key.map(|key| (key.value.into_owned(), key.place)).unzip();
        let base_url = self.provider.base_url(self.base_url.as_deref())?.into_owned();
        Ok(Endpoint { base_url, api_key, key_place, ..self.nowhere() })
    }

    /// The place without key and address.
    fn nowhere(&self) -> Endpoint {
        Endpoint {
            provider: self.provider.name.to_owned(),
            codec: self.provider.codec,
            base_url: String::new(),
            api_key: None,
            key_place: None,
            model_place: Some(self.model.place),
            headers: self.headers.clone(),
            way: 0,
        }
    }

    /// The same as a fallback. What is missing is told when the fallback is needed.
    pub(super) fn route(&self, model_info: ModelInfo) -> Route {
        let (endpoint, unusable) = match self.endpoint() {
            Ok(endpoint) => (endpoint, None),
            Err(error) => (self.nowhere(), Some(error)),
        };
        Route {
            endpoint,
            model: self.model.name.clone(),
            model_info,
            provider_options: self.provider_options.clone(),
            rate_limit: self.rate_limit,
            unusable,
        }
    }
}

/// Whether two routes send the same keys to the same places.
pub(super) fn same_route(one: &Route, other: &Route) -> bool {
    one.endpoint.base_url == other.endpoint.base_url
        && one.endpoint.api_key == other.endpoint.api_key
        && one.unusable == other.unusable
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn own() -> Source {
        let options = json!({"model": "openai/gpt-4o", "api_key": "key-of-the-agent", "base_url": "http://127.0.0.1:1/v1",
            "headers": {"X-A": "b"}, "provider_options": {"user": "u"}});
        serde_json::from_value::<PlainSource>(options).unwrap().read().unwrap()
    }

    fn key(source: &Source) -> Option<&str> {
        source.api_key.as_ref().map(Secret::reveal)
    }

    #[test]
    fn a_fallback_of_the_same_provider_has_the_agents_key_and_address_unless_it_names_its_own() {
        let list = vec![
            json!("gpt-4o-mini"),
            json!("openai/gpt-4.1"),
            json!({"model": "m", "base_url": "http://127.0.0.1:2"}),
            json!({"model": "m", "api_key": "k", "provider_options": {}}),
            json!("demo/demo"),
        ];
        let all = read(list, &own()).unwrap();
        assert_eq!((all[0].model.name.as_str(), key(&all[0])), ("gpt-4o-mini", Some("key-of-the-agent")));
        assert_eq!(
            (all[1].model.name.as_str(), all[1].base_url.as_deref()),
            ("gpt-4.1", Some("http://127.0.0.1:1/v1"))
        );
        assert_eq!((all[1].headers.len(), all[1].provider_options.len()), (1, 1));
        assert_eq!((key(&all[2]), all[2].headers.len()), (None, 0), "no key goes to another address");
        assert_eq!((key(&all[3]), all[3].base_url.as_deref()), (Some("k"), None));
        assert_eq!((all[4].provider.name, key(&all[4])), ("demo", None));
    }

    #[test]
    fn what_is_wrong_is_told_with_its_place() {
        for (entry, words) in [
            (json!("nobody/x"), "fallbacks[1].model: unknown provider \"nobody\""),
            (json!({"base_url": "nowhere"}), "fallbacks[1].base_url: expected an http"),
            (json!({"headers": {"a b": "c"}}), "fallbacks[1].headers: \"a b\""),
        ] {
            let message = read(vec![json!("gpt-4o"), entry.clone()], &own()).unwrap_err().message;
            assert!(message.starts_with(words), "{entry}: {message}");
        }
    }
}
