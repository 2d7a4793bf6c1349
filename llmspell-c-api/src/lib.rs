//! The C API of llmspell.
