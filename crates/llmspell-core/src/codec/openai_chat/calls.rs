//! Tool calls of a turn that is being received: which call a piece belongs to.

use super::accumulate::Accumulator;
use super::halves::Field;
use super::merge::merge;
use super::response;
use crate::codec::Delta;
use crate::codec::calls::fresh_id;
use crate::codec::lenient::Loose;
use crate::codec::limits::too_many_calls;
use crate::defaults;
use crate::error::Error;
use crate::json;
use serde::de::IgnoredAny;
use serde_json::{Map, Value};

#[derive(Debug)]
pub(super) struct Call {
    index: Option<u64>,
    /// Id that the server gave.
    own_id: Option<String>,
    pub id: String,
    pub name: String,
    pub arguments: String,
    extent: Extent,
    pub other: Map<String, Value>,
}

impl Call {
    /// Whether the arguments are complete JSON.
    fn is_whole(&mut self) -> bool {
        if self.extent.is_closed() && self.extent.valid.is_none() {
            self.extent.valid = Some(json::from_wire::<IgnoredAny>(&self.arguments).is_ok());
        }
        self.extent.valid == Some(true)
    }
}

/// How far JSON in pieces has come, so that it is not read again with each.
#[derive(Debug, Default)]
struct Extent {
    depth: u64,
    in_text: bool,
    escaped: bool,
    begun: bool,
    /// What reading it said, once it was closed. What follows then cannot make it valid again.
    valid: Option<bool>,
}

impl Extent {
    fn is_closed(&self) -> bool {
        self.begun && self.depth == 0 && !self.in_text
    }

    fn follow(&mut self, piece: &str) {
        for byte in piece.bytes() {
            if self.valid.is_some() && !byte.is_ascii_whitespace() {
                self.valid = Some(false);
            }
            if self.in_text {
                match byte {
                    _ if self.escaped => self.escaped = false,
                    b'\\' => self.escaped = true,
                    b'"' => self.in_text = false,
                    _ => {}
                }
                continue;
            }
            match byte {
                b'"' => self.in_text = true,
                b'{' | b'[' => self.depth = self.depth.saturating_add(1),
                b'}' | b']' => self.depth = self.depth.saturating_sub(1),
                _ => {}
            }
            self.begun |= !byte.is_ascii_whitespace();
        }
    }
}

impl Accumulator {
    pub(super) fn take_call(
        &mut self,
        piece: response::ToolCall<'_>,
        whole: bool,
        deltas: &mut Vec<Delta>,
    ) -> Result<(), Error> {
        let mut piece = piece;
        self.halves.settle_fields(&mut piece.other);
        let (mut name, arguments) = piece.function.map_or((None, None), |function| (function.name, function.arguments));
        for text in [&mut name, &mut piece.id] {
            if let Some(Loose::Text(text)) = text.as_mut().filter(|_| !self.halves.idle()) {
                self.halves.settle(text.to_mut());
            }
        }
        let name = name.as_ref().and_then(Loose::as_str).filter(|name| !name.is_empty());
        let arguments = match arguments {
            Some(Loose::Text(text)) => text.into_owned(),
            None | Some(Loose::Other(Value::Null)) => String::new(),
            // Some servers send the arguments as a value.
            Some(Loose::Other(mut value)) => {
                self.halves.settle_value(&mut value);
                value.to_string()
            }
        };
        let id = piece.id.as_ref().and_then(Loose::as_str).filter(|id| !id.is_empty());
        let index = piece.index.as_ref().and_then(Value::as_u64);
        let names = [id, name].into_iter().flatten().map(str::len).max().unwrap_or(0);
        if names > defaults::CALL_NAME_BYTES || self.calls.len() > defaults::CALLS_PER_TURN {
            return Err(too_many_calls());
        }
        self.size.grow_by(&piece.other)?;
        let at = if whole { None } else { self.route(id, index, name, &arguments) };
        let (seed, place) = (self.seed, self.calls.len());
        let at = at.unwrap_or_else(|| {
            self.calls.push(Call {
                index,
                own_id: id.map(str::to_owned),
                id: self.ids.give(id, || fresh_id(seed, place)),
                name: String::new(),
                arguments: String::new(),
                extent: Extent::default(),
                other: Map::new(),
            });
            self.calls.len() - 1
        });
        let Some(call) = self.calls.get_mut(at) else { return Ok(()) };
        if let Some(name) = name
            && call.name != name
            && call.arguments.is_empty()
        {
            call.name.push_str(name);
            if call.name.len() > defaults::CALL_NAME_BYTES {
                return Err(too_many_calls());
            }
        }
        merge(&mut call.other, piece.other, whole);
        let arguments = self.halves.join(Field::Arguments(at), arguments);
        self.extend_call(at, arguments, deltas)
    }

    pub(super) fn extend_call(&mut self, at: usize, arguments: String, deltas: &mut Vec<Delta>) -> Result<(), Error> {
        self.size.grow(arguments.len())?;
        if let Some(call) = self.calls.get_mut(at) {
            call.extent.follow(&arguments);
            call.arguments.push_str(&arguments);
            deltas.push(Delta::ToolCall { id: call.id.clone(), name: call.name.clone(), arguments });
        }
        Ok(())
    }

    /// The place of the call that a piece with this index, without an id and a name, went to.
    pub(super) fn place_of(&self, index: Option<u64>) -> usize {
        let named = index.and_then(|index| self.calls.iter().rposition(|call| call.index == Some(index)));
        named.unwrap_or(self.calls.len().saturating_sub(1))
    }

    /// The call that a piece belongs to. An id decides, and a new id with a name is a new call; then the index; then a name, which
    /// begins a new call; else it is the call being written.
    fn route(&mut self, id: Option<&str>, index: Option<u64>, name: Option<&str>, arguments: &str) -> Option<usize> {
        if let Some(id) = id {
            let known = self.calls.iter().rposition(|call| call.own_id.as_deref() == Some(id));
            // Some servers make a new id for every piece: one without a name goes on with the call of its index.
            let goes_on = name.is_none() && index.is_some() && self.calls.iter().any(|call| call.index == index);
            // Some servers give every call of a turn one id; it is another call then whose index is another.
            let another = name.is_some()
                && known.and_then(|at| self.calls.get_mut(at)).is_some_and(|call| {
                    index.is_some() && call.index.is_some() && call.index != index && call.is_whole()
                });
            if another {
                return None;
            }
            if known.is_some() || !goes_on {
                return known;
            }
        }
        if let Some(index) = index
            && let Some(at) = self.calls.iter().rposition(|call| call.index == Some(index))
        {
            // Some servers give every call the same index, and send each whole.
            let another =
                name.is_some() && !arguments.is_empty() && self.calls.get_mut(at).is_some_and(|call| call.is_whole());
            return (!another).then_some(at);
        }
        let last = self.calls.len().checked_sub(1);
        if name.is_some() || index.is_some_and(|_| self.calls.iter().all(|call| call.index.is_some())) {
            None
        } else {
            last
        }
    }
}
