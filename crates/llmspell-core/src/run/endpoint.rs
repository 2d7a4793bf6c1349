//! Where a model is and how it is spoken to.

use crate::codec::Codec;
use crate::error::{Error, Kind};
use crate::http::Secret;
use std::fmt;

/// Where a model is and how it is spoken to.
#[derive(Clone, Debug)]
pub struct Endpoint {
    /// Name of the provider.
    pub provider: String,
    /// Its wire format.
    pub codec: &'static dyn Codec,
    /// Address that paths are added to, without a slash at its end.
    pub base_url: String,
    /// Key, where the provider needs one.
    pub api_key: Option<Secret>,
    /// Where the key came from, for errors.
    pub key_place: Option<Place>,
    /// Where the model's name came from, for errors.
    pub model_place: Option<Place>,
    /// More headers, which win over the codec's own.
    pub headers: Vec<(String, Secret)>,
    /// Which of the run's ways to the network leads there; 0 is the run's own.
    pub way: u16,
}

/// Where a setting came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// The option of this name.
    Option(&'static str),
    /// The environment variable of this name.
    Variable(&'static str),
    /// llmspell's own table of usual models.
    Usual,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Option(name) => write!(f, "the option {name}"),
            Self::Variable(name) => write!(f, "the environment variable {name}"),
            Self::Usual => f.write_str("llmspell's table of usual models"),
        }
    }
}

impl Endpoint {
    /// Adds to a provider's refusal where the key or the model that it refuses came from; never what they are.
    #[must_use]
    pub(crate) fn explain(&self, mut error: Error) -> Error {
        let words = match error.kind {
            Kind::Auth if self.api_key.is_none() => Some("No key was sent.".to_owned()),
            Kind::Auth => self.key_place.map(|place| format!("The key came from {place}.")),
            Kind::NotFound => self.model_place.map(|place| format!("The model's name came from {place}.")),
            _ => None,
        };
        if let Some(words) = words {
            let end = if error.message.ends_with(['.', ')']) { " " } else { ". " };
            error.message = format!("{}{end}{words}", error.message);
        }
        error
    }
}
