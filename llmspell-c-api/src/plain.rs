//! The plain layer: agents and tools in blocking calls, tools as callbacks on the calling thread.
//!
//! Frozen: it grows only through `config_json`.

mod agent;
mod library;
mod result;
mod text;
mod tool;
