//! The option `cache`.

use serde::{Deserialize, Serialize};

/// Whether a provider keeps a request's begin in its cache: `true`, `false`, or for how long.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Cache {
    /// For as long as is usual there, or not at all.
    Switch(bool),
    /// For this long.
    For(CacheTime),
}

/// How long a provider keeps something in its cache.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum CacheTime {
    /// As is usual there.
    #[serde(skip)]
    Usual,
    /// Five minutes.
    #[serde(rename = "5m")]
    FiveMinutes,
    /// An hour.
    #[serde(rename = "1h")]
    OneHour,
}

impl Cache {
    /// How long, or `None` for not at all.
    #[must_use]
    pub const fn time(self) -> Option<CacheTime> {
        match self {
            Self::Switch(false) => None,
            Self::Switch(true) => Some(CacheTime::Usual),
            Self::For(time) => Some(time),
        }
    }
}
