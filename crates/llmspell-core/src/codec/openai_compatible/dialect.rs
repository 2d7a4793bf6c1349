//! What servers with OpenAI's Chat format do differently, as data.

use crate::codec::tool_schema::Keywords;

/// One server's way of speaking the Chat format. Every difference is a field; the table is in [`super::table`].
#[derive(Debug, PartialEq, Eq)]
pub struct Dialect {
    /// Name, as agents name the provider.
    pub name: &'static str,
    /// Hosts that speak it: the host itself, or the end of its name after a dot.
    pub hosts: &'static [&'static str],
    /// How the key is sent.
    pub auth: Auth,
    /// Whether an address without `/openai/v1` at its end leads to deployments, with `api-version` in its query (Azure).
    pub deployments: bool,
    /// Name of the field for the most tokens of an answer.
    pub max_tokens: &'static str,
    /// Name of the field for the seed; none where the server refuses one.
    pub seed: Option<&'static str>,
    /// Whether the server takes `stop`.
    pub stop: bool,
    /// Models that refuse `temperature` and `top_p`: those with this name, or with more after it and a dash.
    pub fixed_sampling: &'static [&'static str],
    /// Models that take them although the list above names them.
    pub free_sampling: &'static [&'static str],
    /// Word for a choice of tools that demands one.
    pub required: &'static str,
    /// Whether a tool can be demanded by its name; else it is offered alone, and one is demanded.
    pub named_choice: bool,
    /// Whether the server takes `stream_options`; else it tells the usage unasked.
    pub stream_options: bool,
    /// Name of the role that instructions have.
    pub system_role: &'static str,
    /// How an answer is held to a schema.
    pub output: Output,
    /// Whether the server takes `response_format: {type: json_object}`, JSON without a schema.
    pub json_object: bool,
    /// Models without `response_format: json_schema`, by the same rule as `fixed_sampling`.
    pub no_output: &'static [&'static str],
    /// Field in which the model's reasoning must come back with its tool calls.
    pub reasoning_back: Option<&'static str>,
    /// What ids of tool calls may look like.
    pub call_ids: CallIds,
    /// Whether a message of the assistant at the end of the conversation needs `prefix: true` to be gone on with.
    pub prefix: bool,
    /// Whether a tool's result may have pictures in it; else they follow in a message of the user.
    pub tool_parts: bool,
    /// Models that take text alone, by the same rule.
    pub text_only: &'static [&'static str],
    /// How files are sent.
    pub files: Files,
    /// Whether sound is taken as `input_audio`.
    pub audio: bool,
    /// Whether `cache_control` marks what is worth keeping in the cache.
    pub cache_control: bool,
    /// What the server refuses in the schema of a tool.
    pub keywords: &'static Keywords,
}

/// How a key is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Auth {
    /// `Authorization: Bearer …`.
    Bearer,
    /// In a header of this name.
    Header(&'static str),
}

/// How an answer is held to a schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Output {
    /// `response_format: {type: json_schema}`, with `strict` where the schema allows it.
    Schema,
    /// By a tool that the model must call; any object by `response_format: {type: json_object}`, where there are no other tools.
    ToolOrObject,
    /// By a tool that the model must call.
    Tool,
}

/// What ids of tool calls may look like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallIds {
    /// Anything.
    Any,
    /// Nine letters and digits.
    Nine,
}

/// How files are sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Files {
    /// Not at all.
    None,
    /// `{type: file, file: {file_data | file_id}}`.
    Data,
    /// The same, where `file_data` may be an address.
    DataOrUrl,
    /// `{type: document_url, document_url}`, and `{type: file, file_id}`, whose text the server reads out for the model
    /// (Mistral, <https://docs.mistral.ai/capabilities/document_ai/document_qna>).
    Document,
    /// `{type: file_url, file_url: {url}}` (Perplexity).
    Url,
}

impl Dialect {
    /// Whether a model is one of a list: by its name, or with more after it and a dash.
    pub(crate) fn lists(list: &[&str], model: &str) -> bool {
        list.iter().any(|name| model.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with('-')))
    }

    /// Whether a model takes `temperature` and `top_p`.
    pub(crate) fn takes_sampling(&self, model: &str) -> bool {
        !Self::lists(self.fixed_sampling, model) || Self::lists(self.free_sampling, model)
    }

    /// Whether a model takes pictures, and parts of other types.
    pub(crate) fn takes_pictures(&self, model: &str) -> bool {
        !Self::lists(self.text_only, model)
    }

    /// Whether a model takes files: one that takes text alone does where the server reads their text for it.
    pub(crate) fn takes_files(&self, model: &str) -> bool {
        self.files == Files::Document || self.takes_pictures(model)
    }

    /// Whether a model takes `response_format: json_schema`.
    pub(crate) fn takes_schema(&self, model: &str) -> bool {
        self.output == Output::Schema && !Self::lists(self.no_output, model)
    }
}
