//! Keys and addresses: from the options, from the environment, or the provider's own.

use super::{Found, Place, Provider};
use crate::address;
use llmspell_core::http::Secret;
use llmspell_core::{Error, Kind};
use std::borrow::Cow;
use std::env;

/// The variables of the environment that a provider's key and address may stand in. Of several the first that is set counts.
#[derive(Debug)]
pub(super) struct Variables {
    keys: &'static [&'static str],
    addresses: &'static [&'static str],
    /// The path of the provider's addresses, where its own SDK adds it to an address that has none.
    path: &'static str,
    /// Variables with the version of the interface, which addresses end with as `?api-version=…` (Azure).
    versions: &'static [&'static str],
    /// Whether servers of this kind answer without a key.
    key_is_optional: bool,
    /// The variable whose address is written as Ollama's own programs read it, also without a scheme.
    host: Option<&'static str>,
}

/// What stands between an address and the version of the interface.
const VERSION: &str = "?api-version=";

impl Variables {
    pub(super) const fn new(keys: &'static [&'static str], addresses: &'static [&'static str]) -> Self {
        Self { keys, addresses, path: "", versions: &[], key_is_optional: false, host: None }
    }

    /// Adds this path to an address of the environment that has none, as the provider's own SDK does.
    pub(super) const fn with_path(self, path: &'static str) -> Self {
        Self { path, ..self }
    }

    /// For addresses with the version of the interface in their query, which may stand in these variables.
    pub(super) const fn with_versions(self, versions: &'static [&'static str]) -> Self {
        Self { versions, ..self }
    }

    /// For servers that answer without a key: where no variable has one, none is sent.
    pub(super) const fn without_key(self) -> Self {
        Self { key_is_optional: true, ..self }
    }

    /// Reads this variable's address as Ollama's own programs do ([`address::ollama`]).
    pub(super) const fn with_ollama_host(self, host: &'static str) -> Self {
        Self { host: Some(host), ..self }
    }
}

/// Address in errors for a provider that has none of its own, each of whose users has one.
const EXAMPLE: &str = "https://NAME.openai.azure.com";

impl Provider {
    /// An address that errors show.
    const fn example(&self) -> &'static str {
        if self.needs_address() { EXAMPLE } else { self.base_url }
    }

    /// Checks an address that the options give. The error says what was expected and what was given.
    pub(crate) fn address(&self, text: &str) -> Result<String, String> {
        let Some(variables) = self.variables.as_ref().filter(|variables| !variables.versions.is_empty()) else {
            return address::base_url(text, self.example());
        };
        let (path, version) = text.split_once(VERSION).map_or((text, None), |(path, version)| (path, Some(version)));
        let path = address::base_url(path, self.example())?;
        match version {
            Some(version) if is_version(version) => Ok(format!("{path}{VERSION}{version}")),
            Some(_) => Err("expected a version such as 2024-10-21 after ?api-version=".to_owned()),
            None if address::has_path(&path) => Ok(path),
            None => Ok(path + variables.path),
        }
    }

    /// The key: the option's, or the environment's. An empty option means that none is sent.
    ///
    /// # Errors
    /// `auth` when the provider needs a key and there is none, or it cannot be sent in a header.
    pub(crate) fn key<'a>(&self, option: Option<&'a Secret>) -> Result<Option<Found<'a, Secret>>, Error> {
        self.key_in(variable, option)
    }

    fn key_in<'a>(
        &self,
        variable: impl Fn(&str) -> Option<String>,
        option: Option<&'a Secret>,
    ) -> Result<Option<Found<'a, Secret>>, Error> {
        let Some(variables) = &self.variables else { return Ok(None) };
        let found = match option {
            Some(key) if key.reveal().is_empty() => return Ok(None),
            Some(key) => Found { value: Cow::Borrowed(key), place: Place::Option("api_key") },
            None => match first_set(variable, variables.keys) {
                Some((name, key)) => Found { value: Cow::Owned(Secret::new(key)), place: Place::Variable(name) },
                None if variables.key_is_optional => return Ok(None),
                None => {
                    return Err(self.keyless(format!(
                        "no key for {}: set the environment variable {}, or the option api_key (\"\" for a server \
                         that needs none)",
                        self.name,
                        variables.keys.join(" or ")
                    )));
                }
            },
        };
        if found.value.reveal().chars().all(|c| c.is_ascii_graphic()) {
            return Ok(Some(found));
        }
        Err(self.keyless(format!(
            "{}: the key holds a character that no key can have, such as a space or a line break; check how it was copied",
            found.place
        )))
    }

    fn keyless(&self, message: String) -> Error {
        Error { provider: Some(self.name.to_owned()), ..Error::new(Kind::Auth, message) }
    }

    /// The address: the option's, the environment's, or the provider's own.
    ///
    /// # Errors
    /// `config` when the environment's is not an address, or when there is none.
    pub(crate) fn base_url<'a>(&self, option: Option<&'a str>) -> Result<Cow<'a, str>, Error> {
        self.base_url_in(variable, option)
    }

    fn base_url_in<'a>(
        &self,
        variable: impl Fn(&str) -> Option<String>,
        option: Option<&'a str>,
    ) -> Result<Cow<'a, str>, Error> {
        if let Some(url) = option {
            return Ok(Cow::Borrowed(url));
        }
        let names = self.variables.as_ref().map_or(&[] as &[&str], |variables| variables.addresses);
        match first_set(&variable, names) {
            Some((name, url)) => {
                let wrong =
                    |name: &str, why: String| Error::new(Kind::Config, format!("environment variable {name}: {why}"));
                let variables = self.variables.as_ref();
                let is_host = variables.is_some_and(|variables| variables.host == Some(name));
                let url = if is_host { address::ollama(&url) } else { url };
                // A scheme is never guessed: the key would go out in the clear.
                let url = address::base_url(&url, self.example()).map_err(|why| wrong(name, why))?;
                let version = first_set(&variable, variables.map_or(&[], |variables| variables.versions));
                match version.filter(|_| !url.ends_with("/v1")) {
                    Some((_, version)) if is_version(&version) => Ok(Cow::Owned(format!("{url}{VERSION}{version}"))),
                    Some((name, _)) => Err(wrong(name, "expected a version such as 2024-10-21".to_owned())),
                    None if address::has_path(&url) => Ok(Cow::Owned(url)),
                    None => Ok(Cow::Owned(url + variables.map_or("", |variables| variables.path))),
                }
            }
            None if self.base_url.is_empty() => Err(Error::new(
                Kind::Config,
                format!(
                    "no address for {}: set the environment variable {}, or the option base_url",
                    self.name,
                    names.join(" or ")
                ),
            )),
            None => Ok(Cow::Borrowed(self.base_url)),
        }
    }
}

fn is_version(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.'))
}

/// The first of these variables that is set, with its value.
fn first_set(variable: impl Fn(&str) -> Option<String>, names: &[&'static str]) -> Option<(&'static str, String)> {
    names.iter().find_map(|name| Some((*name, variable(name)?)))
}

/// A variable of the environment without space around it; an empty one counts as not set.
fn variable(name: &str) -> Option<String> {
    let value = env::var_os(name)?.to_string_lossy().trim().to_owned();
    (!value.is_empty()).then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_that_no_header_can_carry_is_refused_without_being_shown() {
        let provider = Provider::find("openai").unwrap();
        let error = provider.key(Some(&Secret::new("sk-secret\n"))).unwrap_err();
        assert_eq!(error.kind, Kind::Auth);
        assert!(error.message.contains("api_key") && !error.message.contains("secret"), "{}", error.message);
        assert!(provider.key(Some(&Secret::new(""))).unwrap().is_none());
        assert!(Provider::find("demo").unwrap().key(None).unwrap().is_none());
    }

    /// What an environment with these variables gives: the key with its place, and the address.
    fn given(provider: &str, variables: &[(&str, &str)]) -> (Option<(String, String)>, String) {
        let variable =
            |name: &str| variables.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned());
        let provider = Provider::find(provider).unwrap();
        let key = provider.key_in(variable, None).unwrap();
        let address = provider.base_url_in(variable, None).unwrap().into_owned();
        (key.map(|key| (key.value.reveal().to_owned(), key.place.to_string())), address)
    }

    #[test]
    fn the_environment_is_read_in_order() {
        let (key, address) = given("perplexity", &[("PPLX_API_KEY", "two"), ("PERPLEXITY_API_KEY", "one")]);
        assert_eq!(key, Some(("one".to_owned(), "the environment variable PERPLEXITY_API_KEY".to_owned())));
        assert_eq!(address, "https://api.perplexity.ai");
        assert_eq!(given("perplexity", &[("PPLX_API_KEY", "two")]).0.unwrap().0, "two");
        assert_eq!(given("vllm", &[]), (None, "http://127.0.0.1:8000/v1".to_owned()));
        assert_eq!(given("vllm", &[("VLLM_API_KEY", "k")]).0.unwrap().0, "k");
        for (value, address) in [
            ("https://groq.example", "https://groq.example/openai/v1"),
            ("https://groq.example/", "https://groq.example/openai/v1"),
            ("https://groq.example/v2/", "https://groq.example/v2"),
        ] {
            assert_eq!(given("groq", &[("GROQ_API_KEY", "k"), ("GROQ_BASE_URL", value)]).1, address);
        }
    }

    #[test]
    fn gemini_and_ollama_are_found_as_their_own_programs_find_them() {
        let (key, address) = given("gemini", &[("GEMINI_API_KEY", "two"), ("GOOGLE_API_KEY", "one")]);
        assert_eq!(key.unwrap().0, "one");
        assert_eq!(address, "https://generativelanguage.googleapis.com/v1beta");
        let both = [("GEMINI_API_KEY", "k"), ("GOOGLE_GEMINI_BASE_URL", "https://proxy.example")];
        assert_eq!(given("gemini", &both).1, "https://proxy.example/v1beta");
        assert_eq!(given("ollama", &[]), (None, "http://127.0.0.1:11434".to_owned()));
        assert_eq!(given("ollama", &[("OLLAMA_HOST", "0.0.0.0")]).1, "http://127.0.0.1:11434");
    }

    /// A guessed `http://` would send the key unencrypted.
    #[test]
    fn an_address_of_the_environment_needs_its_scheme_but_ollama_s_host() {
        for (provider, name, value, example) in [
            ("openai", "OPENAI_BASE_URL", "127.0.0.1:8080/v1", "https://api.openai.com/v1"),
            ("openai_responses", "OPENAI_BASE_URL", "localhost", "https://api.openai.com/v1"),
            ("mistral", "MISTRAL_BASE_URL", "api.mistral.invalid/v1", "https://api.mistral.ai/v1"),
            ("anthropic", "ANTHROPIC_BASE_URL", "user:s3cret@proxy", "https://api.anthropic.com"),
            ("gemini", "GEMINI_BASE_URL", "//proxy", "https://generativelanguage.googleapis.com/v1beta"),
            ("azure", "AZURE_OPENAI_ENDPOINT", "r.openai.azure.com", "https://NAME.openai.azure.com"),
            ("ollama", "OLLAMA_BASE_URL", "127.0.0.1:11434", "http://127.0.0.1:11434"),
        ] {
            let variable = |asked: &str| (asked == name).then(|| value.to_owned());
            let error = Provider::find(provider).unwrap().base_url_in(variable, None).unwrap_err();
            assert_eq!(error.kind, Kind::Config);
            let wanted =
                format!("environment variable {name}: expected an http:// or https:// address such as {example}, got");
            assert!(error.message.starts_with(&wanted) && !error.message.contains("s3cret"), "{}", error.message);
        }
        assert_eq!(given("ollama", &[("OLLAMA_HOST", "box:80")]).1, "http://box:80");
    }

    /// An option's error shows the provider's own address too.
    #[test]
    fn the_example_is_the_provider_s_own() {
        let why = Provider::find("anthropic").unwrap().address("nonsense").unwrap_err();
        assert_eq!(why, "expected an http:// or https:// address such as https://api.anthropic.com, got \"nonsense\"");
    }

    #[test]
    fn an_azure_address_may_end_with_the_version() {
        let azure = Provider::find("azure").unwrap();
        for (text, address) in [
            ("https://r.openai.azure.com/", "https://r.openai.azure.com/openai/v1"),
            ("https://r.openai.azure.com/openai/v1/", "https://r.openai.azure.com/openai/v1"),
            ("https://r.openai.azure.com?api-version=2024-10-21", "https://r.openai.azure.com?api-version=2024-10-21"),
        ] {
            assert_eq!(azure.address(text).unwrap(), address);
        }
        for bad in ["https://r.openai.azure.com?api-version=", "https://r?api-version=a&b", "https://r?x=y", "r"] {
            assert!(azure.address(bad).is_err(), "{bad}");
        }
        assert!(Provider::find("openai").unwrap().address("https://r/v1?api-version=2024-10-21").is_err());
        let place = ("AZURE_OPENAI_ENDPOINT", "https://r.openai.azure.com/");
        let key = ("AZURE_OPENAI_API_KEY", "k");
        assert_eq!(given("azure", &[place, key]).1, "https://r.openai.azure.com/openai/v1");
        let versioned = given("azure", &[place, key, ("OPENAI_API_VERSION", "2024-10-21")]).1;
        assert_eq!(versioned, "https://r.openai.azure.com?api-version=2024-10-21");
    }

    #[test]
    fn what_is_missing_is_named() {
        let nothing = |_: &str| None;
        let azure = Provider::find("azure").unwrap();
        let error = azure.base_url_in(nothing, None).unwrap_err();
        assert_eq!(error.kind, Kind::Config);
        assert!(error.message.contains("AZURE_OPENAI_ENDPOINT"), "{}", error.message);
        let error = Provider::find("perplexity").unwrap().key_in(nothing, None).unwrap_err();
        assert!(error.message.contains("PERPLEXITY_API_KEY or PPLX_API_KEY"), "{}", error.message);
        let broken = |name: &str| (name == "OPENAI_BASE_URL").then(|| "http://h:99999".to_owned());
        let error = Provider::find("openai").unwrap().base_url_in(broken, None).unwrap_err();
        assert!(error.message.starts_with("environment variable OPENAI_BASE_URL: "), "{}", error.message);
    }
}
