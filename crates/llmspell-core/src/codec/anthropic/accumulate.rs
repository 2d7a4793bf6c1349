//! Builds the blocks of a message from their pieces.

use super::wire::{self, text};
use crate::codec::Delta;
use crate::codec::calls::Ids;
use crate::codec::ends::{self, Came};
use crate::codec::lenient::Loose;
use crate::codec::limits::{Size, too_many_calls};
use crate::defaults;
use crate::error::{Error, Kind};
use crate::json;
use crate::message::ToolCall;
use serde_json::{Map, Value, json};

/// The blocks of a message that is being received.
#[derive(Debug)]
pub(super) struct Blocks {
    seed: u64,
    list: Vec<Block>,
    /// Places of the blocks that are open, at most [`OPEN`] of them.
    open: Vec<usize>,
    /// Ids of the calls.
    pub ids: Ids,
    /// Bytes received, for a limit.
    size: Size,
}

/// Blocks that are open at the same time; where more begin, the oldest counts as ended. (Anthropic sends one after the other.)
const OPEN: usize = 64;

/// One block.
#[derive(Debug)]
pub(super) struct Block {
    index: Option<u64>,
    kind: BlockKind,
    /// The block as it began; complete when it is closed.
    pub fields: Map<String, Value>,
    /// Text, thinking or JSON that grows.
    grown: String,
    /// The call, where the block is one.
    pub call: Option<ToolCall>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum BlockKind {
    Text,
    Thinking,
    /// A call of a tool of ours.
    Call,
    /// Anything else: calls and results of the server's own tools, redacted thinking, what we do not know.
    Other,
}

impl BlockKind {
    fn of(fields: &Map<String, Value>) -> Self {
        match fields.get("type").and_then(Value::as_str) {
            Some("text") => Self::Text,
            Some("thinking") => Self::Thinking,
            Some("tool_use") => Self::Call,
            _ => Self::Other,
        }
    }

    /// The field that grows by pieces of text.
    const fn grows(self) -> Option<&'static str> {
        match self {
            Self::Text => Some("text"),
            Self::Thinking => Some("thinking"),
            Self::Call | Self::Other => None,
        }
    }

    fn delta(self, text: String) -> Delta {
        if self == Self::Thinking { Delta::Reasoning(text) } else { Delta::Text(text) }
    }
}

impl Blocks {
    pub(super) fn new(seed: u64) -> Self {
        Self { seed, list: Vec::new(), open: Vec::new(), ids: Ids::default(), size: Size::default() }
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// What has come of the message.
    pub(super) fn came(&self) -> Came {
        match self.ids.len() {
            0 if self.list.is_empty() => Came::Nothing,
            0 => Came::Content,
            _ => Came::Calls,
        }
    }

    /// The blocks, all of which must be closed.
    pub(super) fn into_list(self) -> Vec<Block> {
        self.list
    }

    /// Begins a block. One that is open with the same index is another one.
    ///
    /// # Errors
    /// `protocol` when the message passes a limit, or a text is none.
    pub(super) fn start(
        &mut self,
        index: Option<u64>,
        mut fields: Map<String, Value>,
        deltas: &mut Vec<Delta>,
    ) -> Result<(), Error> {
        self.size.grow_by(&fields)?;
        let kind = BlockKind::of(&fields);
        if let Some(name) = kind.grows() {
            ends::check_text(name, fields.get(name))?;
        }
        let mut call = None;
        if kind == BlockKind::Call {
            let it = self.new_call(&mut fields)?;
            deltas.push(Delta::ToolCall { id: it.id.clone(), name: it.name.clone(), arguments: String::new() });
            call = Some(it);
        }
        let mut grown = String::new();
        if let Some(name) = kind.grows()
            && let Some(Value::String(text)) = fields.get_mut(name)
        {
            grown = std::mem::take(text);
            if !grown.is_empty() {
                deltas.push(kind.delta(grown.clone()));
            }
        }
        if self.open.len() >= OPEN {
            self.close_at(0, deltas);
        }
        self.open.push(self.list.len());
        self.list.push(Block { index, kind, fields, grown, call });
        Ok(())
    }

    /// A block that came whole.
    ///
    /// # Errors
    /// Like [`Self::start`].
    pub(super) fn whole(&mut self, block: Value, deltas: &mut Vec<Delta>) -> Result<(), Error> {
        let fields = match block {
            Value::Object(fields) => fields,
            Value::String(text) => Map::from_iter([("type".into(), json!("text")), ("text".into(), json!(text))]),
            Value::Null => return Ok(()),
            other => return Err(ends::no_text("content[]", &other)),
        };
        self.start(None, fields, deltas)?;
        self.close_at(self.open.len() - 1, deltas);
        Ok(())
    }

    fn new_call(&mut self, fields: &mut Map<String, Value>) -> Result<ToolCall, Error> {
        let get = |name: &str| fields.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        let (own, name) = (get("id"), get("name"));
        if own.len().max(name.len()) > defaults::CALL_NAME_BYTES || self.ids.len() >= defaults::CALLS_PER_TURN {
            return Err(too_many_calls());
        }
        let (seed, place) = (self.seed, self.list.len());
        let id = self.ids.give(Some(&own), || format!("toolu_{seed:016x}_{place}"));
        if id != own {
            fields.insert("id".to_owned(), json!(id));
        }
        Ok(ToolCall { id, name, arguments: String::new() })
    }

    /// Takes a piece of a block; gives the place of a block that may take more of the same.
    ///
    /// # Errors
    /// `protocol` when the message passes a limit, or for a piece of a call that never began.
    pub(super) fn piece(
        &mut self,
        index: Option<u64>,
        delta: wire::Delta<'_>,
        deltas: &mut Vec<Delta>,
    ) -> Result<Option<usize>, Error> {
        match text(&delta.kind) {
            "text_delta" => self.text_piece(BlockKind::Text, index, delta.text, deltas).map(Some),
            "thinking_delta" => self.text_piece(BlockKind::Thinking, index, delta.thinking, deltas).map(Some),
            "input_json_delta" => {
                let more = text(&delta.partial_json);
                self.size.grow(more.len())?;
                let fits = |block: &Block| matches!(block.kind, BlockKind::Call | BlockKind::Other);
                let Some(at) = self.find(index, fits) else {
                    return if more.is_empty() { Ok(None) } else { Err(no_call()) };
                };
                if let Some(block) = self.list.get_mut(at).filter(|_| !more.is_empty()) {
                    block.grown.push_str(more);
                    if let Some(ToolCall { id, name, .. }) = &block.call {
                        deltas.push(Delta::ToolCall { id: id.clone(), name: name.clone(), arguments: more.to_owned() });
                    }
                }
                Ok(None)
            }
            "signature_delta" => {
                let fields = delta.other;
                self.merge(index, |block| block.kind != BlockKind::Text, fields, |_, value| value)?;
                Ok(None)
            }
            "citations_delta" => {
                let citation = delta.other.get("citation").cloned().unwrap_or_default();
                let fields = Map::from_iter([("citations".to_owned(), json!([citation]))]);
                self.merge(index, |block| block.kind == BlockKind::Text, fields, joined)?;
                Ok(None)
            }
            _ => {
                let mut fields = delta.other;
                let texts = [("text", delta.text), ("thinking", delta.thinking), ("partial_json", delta.partial_json)];
                for (name, value) in texts {
                    if let Some(Loose::Text(text)) = value {
                        fields.insert(name.to_owned(), Value::String(text.into_owned()));
                    }
                }
                self.merge(index, |block| block.kind == BlockKind::Other, fields, joined)?;
                Ok(None)
            }
        }
    }

    fn text_piece(
        &mut self,
        kind: BlockKind,
        index: Option<u64>,
        piece: Option<Loose<'_>>,
        deltas: &mut Vec<Delta>,
    ) -> Result<usize, Error> {
        ends::check_loose(kind.grows().unwrap_or_default(), piece.as_ref())?;
        let piece = if let Some(Loose::Text(text)) = piece { text.into_owned() } else { String::new() };
        let at = match self.find(index, |block| block.kind == kind) {
            Some(at) => at,
            // Some servers do not say that a block begins.
            None => {
                let (name, field) = if kind == BlockKind::Text { ("text", "text") } else { ("thinking", "thinking") };
                let fields = Map::from_iter([("type".into(), json!(name)), (field.into(), json!(""))]);
                self.start(index, fields, deltas)?;
                self.list.len() - 1
            }
        };
        self.more(at, piece, deltas)?;
        Ok(at)
    }

    /// Takes more text of the block there.
    ///
    /// # Errors
    /// `protocol` when the message passes a limit.
    pub(super) fn more(&mut self, at: usize, piece: String, deltas: &mut Vec<Delta>) -> Result<(), Error> {
        self.size.grow(piece.len())?;
        if let Some(block) = self.list.get_mut(at).filter(|_| !piece.is_empty()) {
            block.grown.push_str(&piece);
            deltas.push(block.kind.delta(piece));
        }
        Ok(())
    }

    /// Adds fields to the block that a piece belongs to; a piece of none is passed over.
    fn merge(
        &mut self,
        index: Option<u64>,
        fits: impl Fn(&Block) -> bool,
        fields: Map<String, Value>,
        join: impl Fn(Option<Value>, Value) -> Value,
    ) -> Result<(), Error> {
        self.size.grow_by(&fields)?;
        if let Some(block) = self.find(index, fits).and_then(|at| self.list.get_mut(at)) {
            for (name, value) in fields {
                let have = block.fields.get_mut(&name).map(Value::take);
                let joined = join(have, value);
                block.fields.insert(name, joined);
            }
        }
        Ok(())
    }

    /// The open block that a piece belongs to: of its index and of its kind. A piece without an index, or with one that no
    /// open block has, goes to the only open block of its kind.
    fn find(&self, index: Option<u64>, fits: impl Fn(&Block) -> bool) -> Option<usize> {
        let open = || self.open.iter().rev().filter_map(|at| Some((*at, self.list.get(*at)?)));
        let named = |block: &Block| index.is_some() && block.index == index;
        if open().any(|(_, block)| named(block)) {
            return open().find(|(_, block)| named(block) && fits(block)).map(|(at, _)| at);
        }
        let mut alike = open().filter(|(_, block)| fits(block));
        match (alike.next(), alike.next()) {
            (Some((at, _)), None) => Some(at),
            _ => None,
        }
    }

    /// Ends a block.
    pub(super) fn stop(&mut self, index: Option<u64>, deltas: &mut Vec<Delta>) {
        if let Some(at) = self.find(index, |_| true)
            && let Some(place) = self.open.iter().position(|open| *open == at)
        {
            self.close_at(place, deltas);
        }
    }

    /// Ends all blocks that are open.
    pub(super) fn close(&mut self, deltas: &mut Vec<Delta>) {
        while !self.open.is_empty() {
            self.close_at(0, deltas);
        }
    }

    /// Ends the block that is at this place among the open ones.
    fn close_at(&mut self, place: usize, deltas: &mut Vec<Delta>) {
        let Some(block) = self.list.get_mut(self.open.remove(place)) else { return };
        let grown = std::mem::take(&mut block.grown);
        if let Some(name) = block.kind.grows() {
            block.fields.insert(name.to_owned(), Value::String(grown));
            return;
        }
        if !grown.trim().is_empty() {
            let input = json::from_wire(&grown).ok().filter(Value::is_object);
            // The form in which Anthropic asks for input that is no object: a call must go back with one.
            block.fields.insert("input".to_owned(), input.unwrap_or_else(|| json!({"INVALID_JSON": grown})));
        }
        let Some(call) = &mut block.call else { return };
        call.arguments = grown;
        if call.arguments.trim().is_empty() {
            let input = block.fields.entry("input").or_insert(Value::Null);
            if input.is_null() {
                *input = json!({});
            }
            call.arguments = input.to_string();
            if !input.is_object() {
                *input = json!({"INVALID_JSON": input.to_string()});
            }
            let (id, name, arguments) = (call.id.clone(), call.name.clone(), call.arguments.clone());
            deltas.push(Delta::ToolCall { id, name, arguments });
        }
    }
}

/// Texts and lists grow, anything else is replaced.
fn joined(have: Option<Value>, more: Value) -> Value {
    match (have, more) {
        (Some(Value::String(have)), Value::String(more)) => Value::String(have + &more),
        (Some(Value::Array(mut have)), Value::Array(mut more)) => {
            have.append(&mut more);
            Value::Array(have)
        }
        (_, more) => more,
    }
}

fn no_call() -> Error {
    Error::new(
        Kind::Protocol,
        "The server sent a piece of a tool call that never began (input_json_delta without its block)",
    )
}
