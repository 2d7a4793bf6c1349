//! Messages of a conversation, in one form for every provider.

use crate::json;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};

/// Who speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Instructions.
    System,
    /// The user, or the program in the user's place.
    User,
    /// The model.
    Assistant,
    /// Results of tool calls.
    Tool,
}

/// One message.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Message {
    /// Who speaks.
    pub role: Role,
    /// What is said, in order. A string stands for one text part when a message is read.
    #[serde(deserialize_with = "content")]
    pub content: Vec<Part>,
    /// Tool calls that the model asks for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tool_calls: Vec<ToolCall>,
    /// The provider's own form of this turn, echoed to the same provider as it came.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub raw: Option<Raw>,
    /// What the provider said about this turn besides its content (log probabilities, grounding), by the provider's names.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub metadata: Map<String, Value>,
}

/// A provider's own form of a turn.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Raw {
    /// Provider whose form this is.
    pub provider: String,
    /// The turn as the provider sent it.
    pub value: Value,
}

/// A tool call that a model asks for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ToolCall {
    /// Id of the call; its result carries the same.
    pub id: String,
    /// Name of the tool, as the agent knows it.
    pub name: String,
    /// The arguments as the model wrote them: JSON text, perhaps broken.
    pub arguments: String,
}

/// A part of a message's content.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Part {
    /// Text.
    Text {
        /// The text.
        text: String,
    },
    /// A picture, by address, by the provider's id or as base64 data.
    Image {
        /// The provider's id of an uploaded picture.
        #[serde(skip_serializing_if = "Option::is_none")]
        file_id: Option<String>,
        /// Address of the picture.
        #[serde(skip_serializing_if = "Option::is_none")]
        url: Option<String>,
        /// The picture in base64.
        #[serde(skip_serializing_if = "Option::is_none")]
        data: Option<String>,
        /// Media type of `data`, such as `image/png`; of input that does not say it, it is found.
        #[serde(skip_serializing_if = "Option::is_none")]
        media_type: Option<String>,
        /// How closely the model looks: `low`, `high` or `auto`.
        #[serde(skip_serializing_if = "Option::is_none")]
        detail: Option<String>,
    },
    /// A file, by address, by the provider's id or as base64 data.
    File {
        /// Address of the file.
        #[serde(skip_serializing_if = "Option::is_none")]
        url: Option<String>,
        /// The provider's id of an uploaded file.
        #[serde(skip_serializing_if = "Option::is_none")]
        file_id: Option<String>,
        /// The file in base64.
        #[serde(skip_serializing_if = "Option::is_none")]
        data: Option<String>,
        /// Media type of `data`, such as `application/pdf`; of input that does not say it, it is found.
        #[serde(skip_serializing_if = "Option::is_none")]
        media_type: Option<String>,
        /// Name of the file.
        #[serde(skip_serializing_if = "Option::is_none")]
        filename: Option<String>,
    },
    /// The model's reasoning.
    Reasoning {
        /// The reasoning as text.
        text: String,
    },
    /// The model's words for why it does not answer.
    Refusal {
        /// The words.
        text: String,
    },
    /// The result of a tool call.
    ToolResult {
        /// Id of the call.
        tool_call_id: String,
        /// Name of the tool.
        name: String,
        /// What the model reads.
        content: String,
        /// What it sees besides: pictures and files.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        parts: Vec<Part>,
        /// Whether the call failed.
        #[serde(default)]
        is_error: bool,
    },
    /// Where something in the text before it comes from.
    Citation(Citation),
    /// Everything up to here is worth keeping in the provider's cache, where it has one that must be told.
    CachePoint {
        /// How long, in the provider's words, such as `5m` or `1h`.
        #[serde(skip_serializing_if = "Option::is_none")]
        ttl: Option<String>,
    },
    /// A part of a type that llmspell does not know, kept as it came.
    #[serde(untagged)]
    Other(Value),
}

impl Part {
    /// Rough size in bytes.
    #[must_use]
    pub fn weight(&self) -> usize {
        match self {
            Self::Text { text } | Self::Reasoning { text } | Self::Refusal { text } => text.len(),
            Self::Image { url, data, .. } | Self::File { url, data, .. } => {
                url.as_ref().map_or(0, String::len) + data.as_ref().map_or(0, String::len)
            }
            Self::ToolResult { content, parts, .. } => content.len() + parts.iter().map(Self::weight).sum::<usize>(),
            Self::Citation(citation) => json::weight(&citation.raw),
            Self::CachePoint { .. } => 0,
            Self::Other(value) => json::weight(value),
        }
    }
}

/// Where something in an answer comes from.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Citation {
    /// Address of the source.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// Title of the source.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Words of the source.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quote: Option<String>,
    /// The citation as the provider sent it.
    pub raw: Value,
}

/// The parts that are known, for reading.
#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
enum KnownPart {
    Text {
        text: String,
    },
    Image {
        file_id: Option<String>,
        url: Option<String>,
        data: Option<String>,
        media_type: Option<String>,
        detail: Option<String>,
    },
    File {
        url: Option<String>,
        file_id: Option<String>,
        data: Option<String>,
        media_type: Option<String>,
        filename: Option<String>,
    },
    Reasoning {
        text: String,
    },
    Refusal {
        text: String,
    },
    ToolResult {
        tool_call_id: String,
        name: String,
        content: String,
        #[serde(default)]
        parts: Vec<Part>,
        #[serde(default)]
        is_error: bool,
    },
    Citation(Citation),
    CachePoint {
        ttl: Option<String>,
    },
}

const KNOWN: [&str; 8] = ["text", "image", "file", "reasoning", "refusal", "tool_result", "citation", "cache_point"];

/// Whether a part of this type is one of ours.
pub(crate) fn is_known(kind: &str) -> bool {
    KNOWN.contains(&kind)
}

impl<'de> Deserialize<'de> for Part {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        use serde::de::Error as _;
        let value = Value::deserialize(deserializer)?;
        if let Value::String(text) = value {
            return Ok(Self::Text { text });
        }
        let Some(kind) = value.get("type").and_then(Value::as_str) else {
            return Err(D::Error::custom("a content part needs a `type`, such as {\"type\":\"text\",\"text\":\"…\"}"));
        };
        if !is_known(kind) {
            return Ok(Self::Other(value));
        }
        Ok(match serde_json::from_value::<KnownPart>(value).map_err(D::Error::custom)? {
            KnownPart::Text { text } => Self::Text { text },
            KnownPart::Image { file_id, url, data, media_type, detail } => {
                Self::Image { file_id, url, data, media_type, detail }
            }
            KnownPart::File { url, file_id, data, media_type, filename } => {
                Self::File { url, file_id, data, media_type, filename }
            }
            KnownPart::Reasoning { text } => Self::Reasoning { text },
            KnownPart::Refusal { text } => Self::Refusal { text },
            KnownPart::ToolResult { tool_call_id, name, content, parts, is_error } => {
                Self::ToolResult { tool_call_id, name, content, parts, is_error }
            }
            KnownPart::Citation(citation) => Self::Citation(citation),
            KnownPart::CachePoint { ttl } => Self::CachePoint { ttl },
        })
    }
}

/// Reads content: a string stands for one text part, a single part for a list of one.
fn content<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Part>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Content {
        Text(String),
        Parts(Vec<Value>),
        Part(Value),
    }
    use serde::de::Error as _;
    let part = |value| serde_json::from_value(value).map_err(D::Error::custom);
    match Content::deserialize(deserializer)? {
        Content::Text(text) => Ok(vec![Part::Text { text }]),
        Content::Parts(values) => values.into_iter().map(part).collect(),
        Content::Part(Value::Null) => Ok(Vec::new()),
        Content::Part(value) => Ok(vec![part(value)?]),
    }
}

impl Message {
    /// A user's message of one text.
    pub fn user(text: impl Into<String>) -> Self {
        Self::new(Role::User, vec![Part::Text { text: text.into() }])
    }

    /// A message of these parts.
    #[must_use]
    pub fn new(role: Role, content: Vec<Part>) -> Self {
        Self { role, content, tool_calls: Vec::new(), raw: None, metadata: Map::new() }
    }

    /// All text of the message; a refusal counts where there is no other text.
    #[must_use]
    pub fn text(&self) -> String {
        let texts: String = self
            .content
            .iter()
            .filter_map(|part| if let Part::Text { text } = part { Some(&**text) } else { None })
            .collect();
        if !texts.is_empty() {
            return texts;
        }
        self.content
            .iter()
            .filter_map(|part| if let Part::Refusal { text } = part { Some(&**text) } else { None })
            .collect()
    }

    /// Rough size in bytes, without the provider's own form.
    #[must_use]
    pub fn weight(&self) -> usize {
        let calls = self.tool_calls.iter().map(|call| call.name.len() + call.arguments.len()).sum::<usize>();
        calls + self.content.iter().map(Part::weight).sum::<usize>()
    }
}
