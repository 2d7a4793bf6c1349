//! The data file of models: which one a provider's agents use when they name none, and what is known of each.

use llmspell_core::model::ModelInfo;
use llmspell_core::{Error, Kind};
use serde::Deserialize;
use std::collections::HashMap;
use std::sync::OnceLock;

/// Written by `ts-tools models`, from the sources that it names.
const FILE: &str = include_str!("../../data/models.json");

#[derive(Deserialize)]
struct File {
    providers: HashMap<String, Entry>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Entry {
    usual_model: Option<String>,
    models: HashMap<String, ModelInfo>,
}

fn file() -> Result<&'static File, Error> {
    static READ: OnceLock<Option<File>> = OnceLock::new();
    READ.get_or_init(|| serde_json::from_str(FILE).ok())
        .as_ref()
        .ok_or_else(|| Error::new(Kind::Internal, "the table of models cannot be read"))
}

/// The model of a provider's agents that name none.
///
/// # Errors
/// `argument` when there is no such model.
pub(super) fn usual(provider: &str) -> Result<&'static str, Error> {
    let entry = file()?.providers.get(provider);
    entry.and_then(|entry| entry.usual_model.as_deref()).ok_or_else(|| {
        Error::argument(format!("model: {provider} has no usual model, because it depends on the server; name one"))
    })
}

/// What is known of a model: by its exact name, else by the longest known name that it begins with (providers add dates and
/// the like). None when nothing is known.
pub(crate) fn lookup(provider: &str, model: &str) -> Option<ModelInfo> {
    let models = &file().ok()?.providers.get(provider)?.models;
    if let Some(info) = models.get(model) {
        return Some(*info);
    }
    let begins = |known: &&String| {
        let rest = model.strip_prefix(known.as_str());
        rest.is_some_and(|rest| rest.starts_with(|c: char| !c.is_ascii_alphanumeric() && c != '.'))
    };
    let known = models.keys().filter(begins).max_by_key(|known| known.len())?;
    models.get(known).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_can_be_read() {
        assert!(!file().unwrap().providers.is_empty());
        assert!(!usual("openai").unwrap().is_empty());
    }
}
