//! Writes llmspell.h.
fn main() {}
