//! The targets: what each does with an input, and what must hold whatever the input is. A property that does not hold
//! panics.
#![allow(dead_code, unused_imports, reason = "the fuzzer and the replay of saved inputs each use their part")]

mod abi;
mod bytes;
mod cassette;
mod checkpoint;
mod codecs;
mod counting;
mod full;
mod json;
mod memory;
mod mutate;
mod plain;
mod verdict;

pub use counting::Counting;
pub use memory::bounded;
pub use mutate::{Form, Shapes};
pub use verdict::error_json;

use std::path::{Path, PathBuf};

/// A key that inputs do not hold by themselves; no error may show it.
pub const SECRET: &str = "sk-planted-0123456789-secret";

/// One thing to fuzz.
pub struct Target {
    /// Its name, and that of the folders of its regression inputs.
    pub name: &'static str,
    /// The folder of its seeds, which several share.
    pub seeds: &'static str,
    /// How its inputs look.
    pub form: Form,
    act: fn(&[u8]),
}

const fn target(name: &'static str, seeds: &'static str, form: Form, act: fn(&[u8])) -> Target {
    Target { name, seeds, form, act }
}

/// Every target. `planted` has a defect on purpose and shows that the fuzzer finds one; it is no part of a normal run.
pub static TARGETS: &[Target] = &[
    target("sse", "answer", Form::Answer, bytes::sse),
    target("chat_answer", "answer", Form::Answer, |input| codecs::answer(&codecs::CHAT, input)),
    target("chat_request", "messages", Form::Json, |input| codecs::request(&codecs::CHAT, input)),
    target("openrouter_answer", "answer", Form::Answer, |input| codecs::answer(&codecs::OPENROUTER, input)),
    target("openrouter_request", "messages", Form::Json, |input| codecs::request(&codecs::OPENROUTER, input)),
    target("anthropic_answer", "anthropic", Form::Answer, |input| codecs::answer(&codecs::ANTHROPIC, input)),
    target("anthropic_request", "messages", Form::Json, |input| codecs::request(&codecs::ANTHROPIC, input)),
    target("gemini_answer", "gemini", Form::Answer, |input| codecs::answer(&codecs::GEMINI, input)),
    target("gemini_request", "messages", Form::Json, |input| codecs::request(&codecs::GEMINI, input)),
    target("ollama_answer", "ollama", Form::Answer, |input| codecs::answer(&codecs::OLLAMA, input)),
    target("ollama_request", "messages", Form::Json, |input| codecs::request(&codecs::OLLAMA, input)),
    target("responses_answer", "responses", Form::Answer, |input| codecs::answer(&codecs::RESPONSES, input)),
    target("responses_request", "messages", Form::Json, |input| codecs::request(&codecs::RESPONSES, input)),
    target("cassette", "cassette", Form::Answer, cassette::read),
    target("checkpoint", "checkpoint", Form::Checkpoint, checkpoint::restore),
    target("lenient_json", "lenient", Form::Json, bytes::lenient),
    target("partial_json", "partial", Form::Json, bytes::partial),
    target("json_parse", "json", Form::Json, json::parse),
    target("agent_new", "agent", Form::Json, full::agent_new),
    target("agent_tool_add", "tool", Form::Json, full::agent_tool_add),
    target("agent_state", "messages", Form::Json, full::agent_state),
    target("run_start", "input", Form::Json, full::run_start),
    target("run_reply", "reply", Form::Json, full::run_reply),
    target("run_restore", "checkpoint", Form::Checkpoint, full::run_restore),
    target("plain_config", "agent", Form::Json, plain::config),
    target("plain_tool", "tool", Form::Json, plain::tool),
    target("plain_execute", "input", Form::Json, plain::execute),
    target("planted", "reply", Form::Json, planted),
];

/// The target of this name.
pub fn find(name: &str) -> Option<&'static Target> {
    TARGETS.iter().find(|target| target.name == name)
}

/// The names of all targets.
pub fn names() -> Vec<&'static str> {
    TARGETS.iter().map(|target| target.name).collect()
}

impl Target {
    /// Does what the target does with an input; panics when a property does not hold.
    ///
    /// Only a server's answer may hold the planted key by itself: what a caller wrote into the wrong place is quoted to the
    /// caller.
    pub fn run(&self, input: &[u8]) {
        if self.form != Form::Answer && input.windows(SECRET.len()).any(|part| part == SECRET.as_bytes()) {
            return;
        }
        memory::bounded(self.name, input.len(), || (self.act)(input));
    }

    /// The inputs that are kept in `folder` (`seeds` or `regressions`), by path.
    pub fn inputs(&self, folder: &str) -> Vec<(PathBuf, Vec<u8>)> {
        let name = if folder == "seeds" { self.seeds } else { self.name };
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder).join(name);
        let Ok(entries) = std::fs::read_dir(&folder) else { return Vec::new() };
        let mut paths: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
        paths.sort();
        paths.into_iter().filter_map(|path| Some((path.clone(), std::fs::read(&path).ok()?))).collect()
    }
}

/// A defect that only a JSON object with a certain nest of members reaches, which no seed has.
fn planted(input: &[u8]) {
    let Ok(value) = serde_json::from_slice::<serde_json::Value>(input) else { return };
    let Some(id) = value.get("id") else { return };
    if id.is_array() && value.get("ok").is_some_and(|ok| ok.as_object().is_some_and(|ok| ok.len() == 1)) {
        panic!("the planted defect");
    }
}
