//! Blocks of a request, written as they are walked: a turn that goes back as it came is not copied.

use crate::run::CacheTime;
use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};
use serde_json::Value;
use std::borrow::Cow;

/// A message of the request.
#[derive(Debug, Serialize)]
pub(super) struct WireMessage<'a> {
    pub role: &'static str,
    pub content: Vec<Block<'a>>,
}

/// A block, and whether the cache ends with it.
#[derive(Debug)]
pub(super) struct Block<'a> {
    pub body: Body<'a>,
    pub cache: Option<CacheTime>,
}

#[derive(Debug)]
pub(super) enum Body<'a> {
    Text(Cow<'a, str>),
    ToolResult {
        id: Cow<'a, str>,
        content: Vec<Block<'a>>,
        is_error: bool,
    },
    /// As it is.
    Whole(Cow<'a, Value>),
}

impl<'a> Block<'a> {
    pub(super) const fn new(body: Body<'a>) -> Self {
        Self { body, cache: None }
    }

    pub(super) fn text(text: impl Into<Cow<'a, str>>) -> Self {
        Self::new(Body::Text(text.into()))
    }

    pub(super) const fn value(value: Value) -> Self {
        Self::new(Body::Whole(Cow::Owned(value)))
    }

    /// Whether the cache can end with it.
    pub(super) fn is_cacheable(&self) -> bool {
        match &self.body {
            Body::Whole(value) => {
                !matches!(value.get("type").and_then(Value::as_str), None | Some("thinking" | "redacted_thinking"))
            }
            Body::Text(_) | Body::ToolResult { .. } => true,
        }
    }
}

/// `cache_control` of a block or a tool.
#[derive(Clone, Copy, Debug, Serialize)]
pub(super) struct CacheControl {
    r#type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    ttl: Option<&'static str>,
}

impl From<CacheTime> for CacheControl {
    fn from(time: CacheTime) -> Self {
        let ttl = match time {
            CacheTime::Usual => None,
            CacheTime::FiveMinutes => Some("5m"),
            CacheTime::OneHour => Some("1h"),
        };
        Self { r#type: "ephemeral", ttl }
    }
}

impl Serialize for Block<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        const CACHE: &str = "cache_control";
        let mut map = serializer.serialize_map(None)?;
        match &self.body {
            Body::Text(text) => {
                map.serialize_entry("type", "text")?;
                map.serialize_entry("text", text)?;
            }
            Body::ToolResult { id, content, is_error } => {
                map.serialize_entry("type", "tool_result")?;
                map.serialize_entry("tool_use_id", id)?;
                match content.as_slice() {
                    [] => {}
                    [Block { body: Body::Text(text), .. }] => map.serialize_entry("content", text)?,
                    blocks => map.serialize_entry("content", blocks)?,
                }
                if *is_error {
                    map.serialize_entry("is_error", &true)?;
                }
            }
            Body::Whole(value) => {
                for (name, value) in value.as_object().into_iter().flatten() {
                    if self.cache.is_none() || name != CACHE {
                        map.serialize_entry(name, value)?;
                    }
                }
            }
        }
        if let Some(time) = self.cache {
            map.serialize_entry(CACHE, &CacheControl::from(time))?;
        }
        map.end()
    }
}
