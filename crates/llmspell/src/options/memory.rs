//! The options that say what of a conversation a model gets to see.

use llmspell_core::defaults;
use llmspell_core::model::ModelInfo;
use llmspell_core::run::{Compaction, Memory};
use serde::Deserialize;

/// The option `history`.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
pub(super) struct History {
    max_turns: Option<u32>,
    max_tokens: Option<u64>,
}

/// The option `compaction`.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum CompactionOption {
    /// `false`; the schema lets no `true` pass.
    Switch(bool),
    On {
        at: Option<f64>,
        keep_turns: Option<u32>,
        model: Option<String>,
        prompt: Option<String>,
    },
}

/// What a run needs of both; `info` knows models by name.
pub(super) fn memory(
    history: Option<History>,
    compaction: Option<CompactionOption>,
    info: impl Fn(&str) -> ModelInfo,
) -> Memory {
    let history = history.unwrap_or_default();
    let usual = Compaction {
        at: defaults::COMPACTION_AT,
        keep_turns: defaults::COMPACTION_KEEP_TURNS,
        model: None,
        prompt: None,
    };
    let compaction = match compaction {
        None => Some(usual),
        Some(CompactionOption::Switch(on)) => on.then_some(usual),
        Some(CompactionOption::On { at, keep_turns, model, prompt }) => Some(Compaction {
            at: at.unwrap_or(usual.at),
            keep_turns: keep_turns.unwrap_or(usual.keep_turns),
            model: model.map(|model| {
                let info = info(&model);
                (model, info)
            }),
            prompt,
        }),
    };
    Memory { max_turns: history.max_turns, max_tokens: history.max_tokens, compaction }
}
