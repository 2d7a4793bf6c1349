//! Which proxy a request goes through: the one of the option, or what the environment says.

use std::env;

use hyper_util::client::proxy::matcher::Matcher;
use llmspell_core::{Error, Kind};
use reqwest::{ClientBuilder, NoProxy, Proxy, Url};

/// The proxy that a request goes through.
#[derive(Clone)]
pub(super) struct Via {
    pub url: Url,
    /// Where it was set: the option's name, or the environment variable's.
    pub setting: &'static str,
}

/// The proxies of one client.
pub(super) enum Proxies {
    None,
    Option(Via),
    Environment(Environment),
}

/// What the environment says, as it was when the client was made.
pub(super) struct Environment {
    /// For requests to `http://`, and to `https://`. A value that cannot be used is an error where it would be used.
    http: Option<Result<Via, Error>>,
    https: Option<Result<Via, Error>>,
    exceptions: String,
}

impl Proxies {
    /// The proxies for a value of the option `proxy`; see [`super::Network`].
    ///
    /// # Errors
    /// `config` when the option cannot be used.
    pub fn new(option: Option<&str>) -> Result<Self, Error> {
        match option {
            None => Ok(Proxies::Environment(Environment::read())),
            Some("") => Ok(Proxies::None),
            Some(url) => Ok(Proxies::Option(via("proxy", url)?)),
        }
    }

    /// Makes a client use these proxies and no others.
    ///
    /// # Errors
    /// `config` when the library refuses a proxy.
    pub fn apply(&self, builder: ClientBuilder) -> Result<ClientBuilder, Error> {
        // What we read is what is used, so that errors name the right proxy.
        let mut builder = builder.no_proxy();
        match self {
            Proxies::None => {}
            Proxies::Option(via) => builder = builder.proxy(made(via, Proxy::all)?),
            Proxies::Environment(environment) => {
                if let Some(Ok(via)) = &environment.http {
                    builder = builder.proxy(environment.excepted(made(via, Proxy::http)?));
                }
                if let Some(Ok(via)) = &environment.https {
                    builder = builder.proxy(environment.excepted(made(via, Proxy::https)?));
                }
            }
        }
        Ok(builder)
    }

    /// The proxy for requests to this address.
    ///
    /// # Errors
    /// `config` when the environment names one that cannot be used.
    pub fn of(&self, url: &str) -> Result<Option<Via>, Error> {
        match self {
            Proxies::None => Ok(None),
            Proxies::Option(via) => Ok(Some(via.clone())),
            Proxies::Environment(environment) => environment.of(url),
        }
    }
}

impl Environment {
    fn read() -> Self {
        // A CGI program's HTTP_PROXY is a header of whoever asks it: there the environment names no proxy.
        if env::var_os("REQUEST_METHOD").is_some() {
            return Environment { http: None, https: None, exceptions: String::new() };
        }
        let all = variable("ALL_PROXY", "all_proxy");
        Environment {
            http: variable("HTTP_PROXY", "http_proxy").or_else(|| all.clone()),
            https: variable("HTTPS_PROXY", "https_proxy").or(all),
            exceptions: set("NO_PROXY").or_else(|| set("no_proxy")).unwrap_or_default(),
        }
    }

    fn excepted(&self, proxy: Proxy) -> Proxy {
        proxy.no_proxy(NoProxy::from_string(&self.exceptions))
    }

    fn of(&self, url: &str) -> Result<Option<Via>, Error> {
        if self.http.is_none() && self.https.is_none() {
            return Ok(None);
        }
        // An address that cannot be read is told of when it is used.
        let Ok(url) = url.parse::<hyper::Uri>() else { return Ok(None) };
        let via = if url.scheme_str() == Some("https") { &self.https } else { &self.http };
        // A proxy for everything but the exceptions tells what they mean; it is never spoken to.
        let matcher = Matcher::builder().all("http://proxy.invalid").no(self.exceptions.as_str()).build();
        match via.as_ref().filter(|_| matcher.intercept(&url).is_some()) {
            Some(via) => via.clone().map(Some),
            None => Ok(None),
        }
    }
}

/// A variable's text, in either case; empty is the same as not set.
fn variable(upper: &'static str, lower: &'static str) -> Option<Result<Via, Error>> {
    let (name, text) = [upper, lower].into_iter().find_map(|name| Some((name, set(name)?)))?;
    // As elsewhere, a variable may leave out the scheme.
    let url = if text.contains("://") { text } else { format!("http://{text}") };
    Some(via(name, &url))
}

fn set(name: &str) -> Option<String> {
    let text = env::var_os(name)?.to_string_lossy().trim().to_owned();
    Some(text).filter(|text| !text.is_empty())
}

/// Checks a proxy's URL. Errors don't repeat it: it may hold a password.
fn via(setting: &'static str, url: &str) -> Result<Via, Error> {
    let wrong = |what: &str| {
        let mend = if setting == "proxy" {
            "give a URL like http://proxy.example:3128, or an empty text for none"
        } else {
            "set this environment variable to a URL like http://proxy.example:3128, or unset it, or set the option proxy (an empty text for none)"
        };
        Error::new(Kind::Config, format!("{setting}: {what}; {mend}"))
    };
    let url = Url::parse(url).map_err(|error| wrong("it is not a URL").with_cause(error.to_string()))?;
    match url.scheme() {
        "http" | "https" if url.has_host() => Ok(Via { url, setting }),
        scheme if scheme.starts_with("socks") => {
            Err(wrong("SOCKS proxies are not supported, only http:// and https://"))
        }
        _ => Err(wrong("only http:// and https:// proxies with a host are known")),
    }
}

fn made(via: &Via, make: fn(Url) -> reqwest::Result<Proxy>) -> Result<Proxy, Error> {
    make(via.url.clone()).map_err(|_| Error::new(Kind::Config, format!("{}: this proxy cannot be used", via.setting)))
}
