//! Requests and answers for the tests of dialects.

use crate::codec::testing::decode_in;
use crate::codec::{Codec, OutputFormat, Turn, TurnRequest};
use crate::error::Error;
use crate::http::Secret;
use crate::message::Message;
use crate::run::{Endpoint, Settings};
use crate::tool::{Tool, ToolSet};
use serde_json::{Map, Value};

/// A request in the making.
pub(crate) struct Asked {
    pub provider: &'static str,
    pub base_url: String,
    pub model: String,
    pub settings: Settings,
    pub options: Map<String, Value>,
    pub output: Option<OutputFormat>,
    pub tools: ToolSet,
    pub messages: Vec<Message>,
}

impl Asked {
    pub(crate) fn new(provider: &'static str) -> Self {
        Self {
            provider,
            base_url: "http://127.0.0.1:1/v1".to_owned(),
            model: "m".to_owned(),
            settings: Settings::default(),
            options: Map::new(),
            output: None,
            tools: ToolSet::default(),
            messages: vec![Message::user("Hi")],
        }
    }

    pub(crate) fn messages(self, messages: Vec<Message>) -> Self {
        Self { messages, ..self }
    }

    pub(crate) fn tool(mut self, declaration: Value) -> Self {
        self.tools = self.tools.with(Tool::from_json("tool", declaration).unwrap()).unwrap();
        self
    }

    /// The body and the warnings.
    pub(crate) fn encode(&self, codec: &'static dyn Codec) -> (Value, Vec<String>) {
        let encoded = self.encoded(codec).unwrap();
        (serde_json::from_slice(&encoded.body).unwrap(), encoded.warnings)
    }

    pub(crate) fn encoded(&self, codec: &'static dyn Codec) -> Result<crate::codec::Encoded, Error> {
        let endpoint = Endpoint {
            provider: self.provider.to_owned(),
            codec,
            base_url: self.base_url.clone(),
            api_key: Some(Secret::new("sk-test-key")),
            key_place: None,
            model_place: None,
            headers: Vec::new(),
            way: 0,
        };
        let messages: Vec<&Message> = self.messages.iter().collect();
        codec.encode(&TurnRequest {
            endpoint: &endpoint,
            model: &self.model,
            system_prompt: None,
            tools: &self.tools,
            settings: &self.settings,
            provider_options: &self.options,
            messages: &messages,
            output: self.output.as_ref(),
        })
    }
}

/// The turn of an answer.
pub(crate) fn decode(codec: &dyn Codec, body: &str) -> Result<Turn, Error> {
    decode_in(codec, &[body.as_bytes()]).0
}
