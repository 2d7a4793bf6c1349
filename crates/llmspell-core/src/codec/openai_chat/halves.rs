//! Halves of characters. JSON writes a character beyond U+FFFF as two escapes (surrogates), and some servers cut a text
//! between them, so that one delta ends in a half and the next of the same field begins with the other. Here they are
//! joined; a half whose other half does not come is U+FFFD.

use crate::json::replace_halves;
use serde_json::{Map, Value};

/// Stand for the halves U+D800 to U+DFFF in a chunk that has some: private characters, so many as there are halves.
const MARKS: std::ops::RangeInclusive<char> = '\u{10f800}'..='\u{10ffff}';
const LOST: char = char::REPLACEMENT_CHARACTER;

/// JSON text without halves of characters.
#[derive(Debug)]
pub(super) struct Marked {
    pub text: String,
    /// Whether marks stand for them; else each is U+FFFD.
    pub marks: bool,
}

/// JSON text with a mark for each half of a character, or `None` when it has none.
pub(super) fn mark(text: &str) -> Option<Marked> {
    // Where a text has such characters itself, as they are or escaped, marks could not be told from them.
    let lower = text.to_ascii_lowercase();
    let marks =
        !lower.contains(|it| MARKS.contains(&it)) && !["\\udbfe", "\\udbff"].iter().any(|it| lower.contains(it));
    let stand_in = |half: u16| char::from_u32(u32::from(*MARKS.start()) + u32::from(half) - 0xD800).filter(|_| marks);
    replace_halves(text, |half| stand_in(half).unwrap_or(LOST)).map(|text| Marked { text, marks })
}

/// The half that a mark stands for.
fn half(mark: char) -> Option<u16> {
    let offset = u32::from(mark).checked_sub(u32::from(*MARKS.start()))?;
    u16::try_from(0xD800 + offset).ok()
}

fn settled(it: char) -> char {
    if MARKS.contains(&it) { LOST } else { it }
}

/// A text that comes in pieces.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Field {
    Content,
    Refusal,
    /// A field of the message by its name.
    Other(String),
    /// The arguments of a tool call, by its place among the calls.
    Arguments(usize),
}

/// The halves that wait for the other one.
#[derive(Debug, Default)]
pub(super) struct Halves {
    /// The chunk at hand has marks.
    marked: bool,
    open: Vec<(Field, u16)>,
}

impl Halves {
    /// Begins the next chunk; `marked` is what it was read from, if it has halves.
    pub(super) fn begin(&mut self, marked: Option<&Marked>) {
        self.marked = marked.is_some_and(|it| it.marks);
    }

    /// Whether no half waits.
    pub(super) fn is_empty(&self) -> bool {
        self.open.is_empty()
    }

    /// Whether texts are as they stand: no half waits, and the chunk at hand has none.
    pub(super) fn idle(&self) -> bool {
        !self.marked && self.open.is_empty()
    }

    /// The next piece of a field with whole characters: begun by the half that waited, without one that must wait.
    pub(super) fn join(&mut self, field: Field, piece: String) -> String {
        if self.idle() || piece.is_empty() {
            return piece;
        }
        let mut whole = String::with_capacity(piece.len() + LOST.len_utf8());
        let mut rest = piece.as_str();
        if let Some(at) = self.open.iter().position(|(open, _)| *open == field) {
            let (_, high) = self.open.remove(at);
            let low = rest.chars().next().filter(|_| self.marked).and_then(half);
            let joined = low.and_then(|low| char::decode_utf16([high, low]).next()?.ok());
            whole.push(joined.unwrap_or(LOST));
            if let (Some(_), Some(first)) = (joined, rest.chars().next()) {
                rest = rest.get(first.len_utf8()..).unwrap_or_default();
            }
        }
        let high = |half: &u16| *half < 0xDC00;
        if let Some(last) = rest.chars().next_back().filter(|_| self.marked)
            && let Some(half) = half(last).filter(high)
        {
            self.open.push((field, half));
            rest = rest.strip_suffix(last).unwrap_or_default();
        }
        whole.extend(rest.chars().map(|it| if self.marked { settled(it) } else { it }));
        whole
    }

    /// A text that does not come in pieces.
    pub(super) fn settle(&self, text: &mut String) {
        if self.marked && text.contains(|it| MARKS.contains(&it)) {
            *text = text.chars().map(settled).collect();
        }
    }

    /// Like [`Self::settle`], for all texts of a value.
    pub(super) fn settle_value(&self, value: &mut Value) {
        match value {
            _ if !self.marked => {}
            Value::String(text) => self.settle(text),
            Value::Array(items) => items.iter_mut().for_each(|item| self.settle_value(item)),
            Value::Object(fields) => self.settle_fields(fields),
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    /// Like [`Self::settle`], for all names and texts of an object.
    pub(super) fn settle_fields(&self, fields: &mut Map<String, Value>) {
        self.settle_fields_but(fields, |_| false);
    }

    /// Like [`Self::settle_fields`], without the texts that come in pieces.
    pub(super) fn settle_fields_but(&self, fields: &mut Map<String, Value>, in_pieces: impl Fn(&str) -> bool) {
        if self.marked {
            let settled = std::mem::take(fields).into_iter().map(|(mut name, mut value)| {
                self.settle(&mut name);
                if !(value.is_string() && in_pieces(&name)) {
                    self.settle_value(&mut value);
                }
                (name, value)
            });
            *fields = settled.collect();
        }
    }

    /// The fields that end in a half whose other half will not come.
    pub(super) fn close(&mut self) -> Vec<Field> {
        self.marked = false;
        std::mem::take(&mut self.open).into_iter().map(|(field, _)| field).collect()
    }
}
