//! JSON that is still being written: the value so far, after each piece.
//!
//! Pieces are read once, so the time is linear in the text. A text value grows letter by letter; keys, numbers, `true`, `false`
//! and `null` count once they are complete, because half of one says something else.

use crate::defaults;
use serde_json::{Map, Value};

/// A value that is being written.
#[derive(Debug, Default)]
pub struct PartialJson {
    open: Vec<Frame>,
    want: Want,
    token: Token,
    whole: Option<Value>,
    broken: bool,
}

/// An array or an object that is not closed yet.
#[derive(Debug)]
enum Frame {
    Array(Vec<Value>),
    /// With the key whose value comes next.
    Object(Map<String, Value>, String),
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Want {
    #[default]
    Value,
    /// A value, or the end of an array.
    FirstItem,
    /// A key, or the end of an object.
    FirstKey,
    Key,
    Colon,
    /// A comma, or the end of what is open.
    Next,
    Nothing,
}

#[derive(Debug, Default)]
enum Token {
    #[default]
    None,
    Text {
        text: String,
        is_key: bool,
        /// An escape that is not complete, from its backslash on.
        escape: String,
    },
    /// A number, or a word such as `true`.
    Word(String),
}

impl PartialJson {
    /// Takes the next piece. Whether the value changed.
    ///
    /// After text that is no JSON nothing changes any more.
    pub fn push(&mut self, piece: &str) -> bool {
        let mut changed = false;
        let mut rest = piece;
        while let Some(next) = rest.chars().next().filter(|_| !self.broken) {
            match &mut self.token {
                Token::Text { .. } => rest = self.in_text(rest, &mut changed),
                Token::Word(word) if next.is_ascii_alphanumeric() || "+-.".contains(next) => {
                    word.push(next);
                    rest = rest.get(1..).unwrap_or_default();
                    self.broken |= self.word_len() > LONGEST_WORD;
                }
                Token::Word(_) => self.end_word(&mut changed),
                Token::None => {
                    self.begin(next, &mut changed);
                    rest = rest.get(next.len_utf8()..).unwrap_or_default();
                }
            }
        }
        changed
    }

    /// Whether the value is complete.
    #[must_use]
    pub const fn is_whole(&self) -> bool {
        self.whole.is_some()
    }

    /// The value so far. `None` before its first sign.
    #[must_use]
    pub fn value(&self) -> Option<Value> {
        if let Some(whole) = &self.whole {
            return Some(whole.clone());
        }
        let mut inner = match &self.token {
            Token::Text { text, is_key: false, .. } => Some(Value::String(text.clone())),
            _ => None,
        };
        for frame in self.open.iter().rev() {
            inner = Some(match frame {
                Frame::Array(items) => items.iter().cloned().chain(inner).collect(),
                Frame::Object(members, key) => {
                    let mut members = members.clone();
                    if let Some(inner) = inner {
                        members.insert(key.clone(), inner);
                    }
                    Value::Object(members)
                }
            });
        }
        inner
    }

    fn word_len(&self) -> usize {
        if let Token::Word(word) = &self.token { word.len() } else { 0 }
    }

    /// A character outside of every token.
    fn begin(&mut self, next: char, changed: &mut bool) {
        let takes_value = matches!(self.want, Want::Value | Want::FirstItem);
        match next {
            ' ' | '\t' | '\n' | '\r' => {}
            '{' | '[' if takes_value && self.open.len() < defaults::JSON_DEPTH_MESSAGE => {
                let is_object = next == '{';
                self.open.push(if is_object {
                    Frame::Object(Map::new(), String::new())
                } else {
                    Frame::Array(Vec::new())
                });
                self.want = if is_object { Want::FirstKey } else { Want::FirstItem };
                *changed = true;
            }
            '"' if takes_value || matches!(self.want, Want::FirstKey | Want::Key) => {
                self.token = Token::Text { text: String::new(), is_key: !takes_value, escape: String::new() };
                *changed |= takes_value;
            }
            ':' if self.want == Want::Colon => self.want = Want::Value,
            ',' if self.want == Want::Next => {
                self.want = if matches!(self.open.last(), Some(Frame::Array(_))) { Want::Value } else { Want::Key };
            }
            '}' | ']' if matches!(self.want, Want::Next | Want::FirstItem | Want::FirstKey) => self.close(next),
            _ if takes_value && (next.is_ascii_alphanumeric() || next == '-') => {
                self.token = Token::Word(next.to_string());
            }
            _ => self.broken = true,
        }
    }

    /// Closing alone changes no value.
    fn close(&mut self, bracket: char) {
        match self.open.pop() {
            Some(Frame::Array(items)) if bracket == ']' => self.put(Value::Array(items)),
            Some(Frame::Object(members, _)) if bracket == '}' => self.put(Value::Object(members)),
            other => {
                self.open.extend(other);
                self.broken = true;
            }
        }
    }

    /// A value is complete.
    fn put(&mut self, value: Value) {
        self.want = Want::Next;
        match self.open.last_mut() {
            Some(Frame::Array(items)) => items.push(value),
            Some(Frame::Object(members, key)) => {
                members.insert(std::mem::take(key), value);
            }
            None => {
                self.whole = Some(value);
                self.want = Want::Nothing;
            }
        }
    }

    fn end_word(&mut self, changed: &mut bool) {
        let Token::Word(word) = std::mem::take(&mut self.token) else { return };
        match serde_json::from_str::<Value>(&word) {
            Ok(value) => {
                self.put(value);
                *changed = true;
            }
            Err(_) => self.broken = true,
        }
    }

    /// Takes a piece of a text up to its end; gives what follows.
    fn in_text<'a>(&mut self, rest: &'a str, changed: &mut bool) -> &'a str {
        let Token::Text { text, is_key, escape } = &mut self.token else { return rest };
        let is_key = *is_key;
        if !escape.is_empty() {
            let Some(next) = rest.chars().next() else { return rest };
            escape.push(next);
            match read_escape(escape) {
                Escape::Open => {}
                Escape::Is(c) => {
                    text.push(c);
                    escape.clear();
                    *changed |= !is_key;
                }
                Escape::Wrong => self.broken = true,
            }
            return rest.get(next.len_utf8()..).unwrap_or_default();
        }
        let end = rest.find(['"', '\\']).unwrap_or(rest.len());
        let (plain, tail) = rest.split_at(end);
        // What came before a character that no text may have counts, however the pieces were cut.
        let bad = plain.find(|c: char| c < ' ');
        let plain = plain.get(..bad.unwrap_or(plain.len())).unwrap_or_default();
        if !plain.is_empty() {
            text.push_str(plain);
            *changed |= !is_key;
        }
        if bad.is_some() {
            self.broken = true;
            return tail;
        }
        if let Some(tail) = tail.strip_prefix('\\') {
            escape.push('\\');
            return tail;
        }
        let Some(tail) = tail.strip_prefix('"') else { return tail };
        let text = std::mem::take(text);
        self.token = Token::None;
        if !is_key {
            self.put(Value::String(text));
        } else if let Some(Frame::Object(_, key)) = self.open.last_mut() {
            *key = text;
            self.want = Want::Colon;
        }
        tail
    }
}

/// Characters that a number may have.
const LONGEST_WORD: usize = 1024;

enum Escape {
    Open,
    Is(char),
    Wrong,
}

/// Reads an escape; two halves of a character belong together.
fn read_escape(text: &str) -> Escape {
    let unit = |digits: Option<&str>| {
        let digits = digits.filter(|digits| digits.len() == 4 && digits.bytes().all(|byte| byte.is_ascii_hexdigit()));
        digits.and_then(|digits| u32::from_str_radix(digits, 16).ok())
    };
    let rest = text.get(1..).unwrap_or_default();
    let c = match rest.chars().next() {
        None => return Escape::Open,
        Some('u') => {
            if rest.chars().skip(1).take(4).any(|c| !c.is_ascii_hexdigit()) {
                return Escape::Wrong;
            }
            if rest.len() < 5 {
                return Escape::Open;
            }
            let Some(first) = unit(rest.get(1..5)) else { return Escape::Wrong };
            match (char::from_u32(first), rest.get(5..).unwrap_or_default()) {
                (Some(c), "") => c,
                (None, second) if (0xD800..0xDC00).contains(&first) => {
                    if !"\\u".starts_with(second.get(..second.len().min(2)).unwrap_or_default()) {
                        return Escape::Wrong;
                    }
                    if second.len() < 6 {
                        return Escape::Open;
                    }
                    match unit(second.get(2..6)) {
                        Some(low @ 0xDC00..0xE000) => {
                            let joined = 0x1_0000 + ((first - 0xD800) << 10) + (low - 0xDC00);
                            return char::from_u32(joined).map_or(Escape::Wrong, Escape::Is);
                        }
                        _ => return Escape::Wrong,
                    }
                }
                _ => return Escape::Wrong,
            }
        }
        Some('n') => '\n',
        Some('t') => '\t',
        Some('r') => '\r',
        Some('b') => '\u{8}',
        Some('f') => '\u{c}',
        Some(c @ ('"' | '\\' | '/')) => c,
        Some(_) => return Escape::Wrong,
    };
    Escape::Is(c)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn after(text: &str) -> Option<Value> {
        let mut partial = PartialJson::default();
        partial.push(text);
        partial.value()
    }

    #[test]
    fn the_value_so_far() {
        for (text, value) in [
            ("", None),
            (" ", None),
            ("{", Some(json!({}))),
            ("{\"a", Some(json!({}))),
            ("{\"a\":", Some(json!({}))),
            ("{\"a\":\"", Some(json!({"a": ""}))),
            ("{\"a\":\"x\\", Some(json!({"a": "x"}))),
            ("{\"a\":\"x\\u00e", Some(json!({"a": "x"}))),
            ("{\"a\":\"x\\ud83d", Some(json!({"a": "x"}))),
            ("{\"a\":\"x\\ud83d\\ude00", Some(json!({"a": "x😀"}))),
            ("{\"a\":1", Some(json!({}))),
            ("{\"a\":12,", Some(json!({"a": 12}))),
            ("{\"a\":[1, tru", Some(json!({"a": [1]}))),
            ("{\"a\":[1, true ", Some(json!({"a": [1, true]}))),
            ("{\"a\":[[{\"b\":null}", Some(json!({"a": [[{"b": null}]]}))),
            ("[]", Some(json!([]))),
            ("\"ab\u{1}c\"", Some(json!("ab"))),
            ("{\"a\":1}, more", Some(json!({"a": 1}))),
        ] {
            assert_eq!(after(text), value, "{text}");
        }
        let mut number = PartialJson::default();
        assert!(!number.push("42") && number.value().is_none());
        assert!(number.push(" ") && number.is_whole());
        assert_eq!(number.value(), Some(json!(42)));
    }

    #[test]
    fn pieces_that_say_nothing_new_change_nothing() {
        let mut partial = PartialJson::default();
        let told: Vec<bool> = ["{", "\"ke", "y\"", ":", " \"", "te", "xt\"", ",", "\"n\":", "1", "2", "}"]
            .iter()
            .map(|piece| partial.push(piece))
            .collect();
        assert_eq!(told, [true, false, false, false, true, true, true, false, false, false, false, true]);
        assert_eq!(partial.value(), Some(json!({"key": "text", "n": 12})));
    }

    #[test]
    fn what_is_no_json_stops_it() {
        for text in ["{]", "[1 2", "{\"a\" 1", "nonsense ", "[\"\\x", "[\"\\ud800\\n", "[\"\n", "{,", "[-- ", "]"] {
            let mut partial = PartialJson::default();
            partial.push(text);
            assert!(partial.broken, "{text}");
            assert!(!partial.push("\"more\""));
        }
        let mut deep = PartialJson::default();
        deep.push(&"[".repeat(1_000_000));
        assert!(deep.broken && deep.open.len() <= defaults::JSON_DEPTH_MESSAGE);
    }
}
