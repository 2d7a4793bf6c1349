//! Joins the fields of a message that come in pieces.

use serde_json::{Map, Value};

/// Blocks that are looked at, from the last, for the one that a piece goes on with.
const BLOCKS: usize = 64;

/// Whether a text of this name comes in pieces.
pub(super) fn grows(name: &str) -> bool {
    name.starts_with("reasoning")
}

/// Adds the fields of a later piece: texts and lists grow, anything else is replaced. `whole`: it is no piece.
pub(super) fn merge(into: &mut Map<String, Value>, from: Map<String, Value>, whole: bool) {
    for (name, value) in from {
        match (into.get_mut(&name), value) {
            (_, Value::Null) => {}
            (Some(Value::String(have)), Value::String(more)) if grows(&name) => have.push_str(&more),
            (have, Value::Array(more)) if name == "reasoning_details" && !whole => {
                let mut blocks = match have {
                    Some(Value::Array(have)) => std::mem::take(have),
                    _ => Vec::new(),
                };
                more.into_iter().for_each(|block| join_block(&mut blocks, block));
                into.insert(name, Value::Array(blocks));
            }
            (Some(Value::Array(have)), Value::Array(more)) => have.extend(more),
            (Some(Value::Object(have)), Value::Object(more)) if name == "audio" => {
                join(have, more, &["data", "transcript"])
            }
            (_, value) => {
                into.insert(name, value);
            }
        }
    }
}

/// Adds a piece of OpenRouter's `reasoning_details`: blocks `{type, index, text | summary | data, signature, …}`. A piece goes on
/// with the block of its type and index; without an index, with the last block if it is of its type. Encrypted blocks come whole.
///
/// Source: <https://openrouter.ai/docs/use-cases/reasoning-tokens>
fn join_block(blocks: &mut Vec<Value>, piece: Value) {
    let same = |block: &Value| block.get("type") == piece.get("type") && block.get("index") == piece.get("index");
    let begins = match piece.get("index") {
        None | Some(Value::Null) => blocks.len().saturating_sub(1),
        Some(_) => blocks.len().saturating_sub(BLOCKS),
    };
    let in_pieces = !piece.get("type").is_some_and(|kind| kind == "reasoning.encrypted");
    let known = blocks.get_mut(begins..).unwrap_or_default().iter_mut().rev().find(|block| in_pieces && same(block));
    match (known, piece) {
        (Some(Value::Object(have)), Value::Object(more)) => join(have, more, &["text", "summary"]),
        (_, piece) => blocks.push(piece),
    }
}

/// Adds the fields of a later piece: the texts of these names grow, anything else that is said is replaced.
fn join(have: &mut Map<String, Value>, more: Map<String, Value>, growing: &[&str]) {
    for (name, value) in more {
        match (have.get_mut(&name), value) {
            (_, Value::Null) => {}
            (Some(Value::String(have)), Value::String(more)) if growing.contains(&name.as_str()) => {
                have.push_str(&more)
            }
            (_, value) => {
                have.insert(name, value);
            }
        }
    }
}

/// The text of `reasoning_details`.
pub(super) fn text_of_blocks(blocks: &Value) -> Option<String> {
    let text = |block: &Value| {
        ["text", "summary"].iter().find_map(|name| block.get(*name).and_then(Value::as_str).map(str::to_owned))
    };
    Some(blocks.as_array()?.iter().filter_map(text).collect::<String>()).filter(|text| !text.is_empty())
}
