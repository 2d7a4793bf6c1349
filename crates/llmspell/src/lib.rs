//! llmspell.
