//! A reader for text that is nearly JSON, in one pass. It takes what has one reading only: comments, trailing commas, other
//! quotes, keys without quotes, Python's literals, a missing end after a whole value. It makes up no value.

use super::arguments::Repairs;
use crate::defaults;
use serde_json::{Map, Value};

/// Reads a text that is nearly JSON; what was odd about it goes into `repairs`.
pub(super) fn read(text: &str, repairs: &mut Repairs) -> Option<Value> {
    let text = without_fence(text.trim(), repairs);
    let mut reader = Reader { text, at: 0, repairs };
    reader.skip();
    let mut value = reader.value(0)?;
    reader.skip();
    while matches!(reader.peek(), Some(b'}' | b']')) {
        reader.at += 1;
        reader.repairs.note("a bracket too many");
        reader.skip();
    }
    while reader.peek().is_some() {
        // Some models, and servers that join pieces of a stream, send the object twice or an empty one before it.
        let next = if reader.peek() == Some(b'{') { reader.value(0)? } else { return None };
        let is_empty = |value: &Value| value.as_object().is_some_and(Map::is_empty);
        if is_empty(&value) {
            value = next;
        } else if next != value && !is_empty(&next) {
            return None;
        }
        reader.repairs.note("an object sent twice");
        reader.skip();
    }
    Some(value)
}

/// The text inside a Markdown code fence that wraps all of it.
fn without_fence<'a>(text: &'a str, repairs: &mut Repairs) -> &'a str {
    let inner = || {
        let (language, rest) = text.strip_prefix("```")?.split_once('\n')?;
        let is_word = language.trim().chars().all(|c| c.is_ascii_alphanumeric());
        rest.trim_end().strip_suffix("```").filter(|_| is_word)
    };
    inner().map_or(text, |inner| {
        repairs.note("a code fence");
        inner.trim()
    })
}

struct Reader<'a, 'r> {
    text: &'a str,
    at: usize,
    repairs: &'r mut Repairs,
}

impl<'a> Reader<'a, '_> {
    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn eat(&mut self, byte: u8) -> bool {
        let there = self.peek() == Some(byte);
        self.at += usize::from(there);
        there
    }

    /// Skips white space and comments.
    fn skip(&mut self) {
        loop {
            let rest = self.rest();
            let is_blank = |c: char| c.is_whitespace() || c == '\u{feff}';
            let blank = rest.find(|c| !is_blank(c)).unwrap_or(rest.len());
            if rest.get(..blank).is_some_and(|blank| !blank.is_ascii()) {
                self.repairs.note("white space that JSON does not have");
            }
            let rest = rest.get(blank..).unwrap_or_default();
            let comment = if rest.starts_with("//") || rest.starts_with('#') {
                rest.find('\n').unwrap_or(rest.len())
            } else if rest.starts_with("/*") {
                rest.find("*/").map_or(rest.len(), |end| end + 2)
            } else {
                0
            };
            self.at += blank + comment;
            if comment == 0 {
                return;
            }
            self.repairs.note("a comment");
        }
    }

    fn value(&mut self, depth: usize) -> Option<Value> {
        if depth >= defaults::JSON_DEPTH_MESSAGE {
            return None;
        }
        match self.peek()? {
            b'{' => self.object(depth),
            b'[' => self.array(depth),
            b'"' | b'\'' => self.string().map(Value::String),
            _ => self.word(),
        }
    }

    fn object(&mut self, depth: usize) -> Option<Value> {
        let mut members = Map::new();
        self.at += 1;
        self.skip();
        while !self.eat(b'}') {
            let key = self.key()?;
            self.skip();
            if !self.eat(b':') {
                return None;
            }
            self.skip();
            let value = self.value(depth + 1)?;
            let ended = self.after(&value, b'}')?;
            members.insert(key, value);
            if ended {
                break;
            }
        }
        Some(Value::Object(members))
    }

    fn array(&mut self, depth: usize) -> Option<Value> {
        let mut items = Vec::new();
        self.at += 1;
        self.skip();
        while !self.eat(b']') {
            let value = self.value(depth + 1)?;
            let ended = self.after(&value, b']')?;
            items.push(value);
            if ended {
                break;
            }
        }
        Some(Value::Array(items))
    }

    /// Goes on after a member: over a comma, or to the `close` that is next. Whether the text ended instead. A number there may
    /// be a part of one, so it is none.
    fn after(&mut self, value: &Value, close: u8) -> Option<bool> {
        let touches_the_end = self.at == self.text.len();
        self.skip();
        if self.eat(b',') {
            self.skip();
            if self.peek() == Some(close) {
                self.repairs.note("a comma too many");
            }
            return Some(false);
        }
        match self.peek() {
            Some(byte) if byte == close => Some(false),
            None if !(touches_the_end && value.is_number()) => {
                self.repairs.note("a missing end");
                Some(true)
            }
            _ => None,
        }
    }

    fn key(&mut self) -> Option<String> {
        if matches!(self.peek()?, b'"' | b'\'') {
            return self.string();
        }
        let rest = self.rest();
        let is_part = |c: char| c.is_alphanumeric() || c == '_' || c == '$' || c == '-';
        let end = rest.find(|c| !is_part(c)).unwrap_or(rest.len());
        let key = rest.get(..end).filter(|key| !key.is_empty())?;
        self.at += end;
        self.repairs.note("keys without quotes");
        Some(key.to_owned())
    }

    fn string(&mut self) -> Option<String> {
        let quote = if self.eat(b'"') {
            '"'
        } else {
            self.at += 1;
            self.repairs.note("single quotes");
            '\''
        };
        let mut text = String::new();
        loop {
            let rest = self.rest();
            let end = rest.find(|c: char| c == quote || c == '\\' || c < ' ')?;
            text.push_str(rest.get(..end)?);
            self.at += end + 1;
            match *rest.as_bytes().get(end)? {
                b'\\' => self.escape(&mut text)?,
                control if control < b' ' => {
                    self.repairs.note("line breaks in a text");
                    text.push(char::from(control));
                }
                _ => return Some(text),
            }
        }
    }

    fn escape(&mut self, text: &mut String) -> Option<()> {
        let escaped = self.rest().chars().next()?;
        self.at += escaped.len_utf8();
        let meant = match escaped {
            '"' | '\\' | '/' => escaped,
            'n' => '\n',
            't' => '\t',
            'r' => '\r',
            'b' => '\u{8}',
            'f' => '\u{c}',
            'u' => self.unicode()?,
            '\'' => {
                self.repairs.note("an escape that JSON does not have");
                escaped
            }
            _ => {
                self.repairs.note("an escape that JSON does not have");
                text.push('\\');
                escaped
            }
        };
        text.push(meant);
        Some(())
    }

    /// The character of a `\u` escape, of which the `u` is read; half a character becomes U+FFFD.
    fn unicode(&mut self) -> Option<char> {
        let unit = |text: &str| {
            let digits = text.get(..4).filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()))?;
            u16::from_str_radix(digits, 16).ok()
        };
        let first = unit(self.rest())?;
        self.at += 4;
        let second = self.rest().strip_prefix("\\u").and_then(unit);
        if let Some(second) = second
            && let Some(Ok(both)) = char::decode_utf16([first, second]).next()
            && both.len_utf16() == 2
        {
            self.at += 6;
            return Some(both);
        }
        Some(char::from_u32(u32::from(first)).unwrap_or(char::REPLACEMENT_CHARACTER))
    }

    /// A number or a literal.
    fn word(&mut self) -> Option<Value> {
        let rest = self.rest();
        let end = rest.find(|c: char| ",:{}[]\"'/#".contains(c) || c.is_whitespace()).unwrap_or(rest.len());
        let word = rest.get(..end)?;
        self.at += end;
        let python = match word {
            "True" => Value::Bool(true),
            "False" => Value::Bool(false),
            "None" => Value::Null,
            _ => return serde_json::from_str(word).ok().or_else(|| self.number(word)),
        };
        self.repairs.note("Python's literals");
        Some(python)
    }

    /// A number in a form that JSON does not have: `+1`, `.5`, `1.`
    fn number(&mut self, word: &str) -> Option<Value> {
        let plain = word.strip_prefix('+').unwrap_or(word);
        let (sign, digits) = plain.strip_prefix('-').map_or(("", plain), |digits| ("-", digits));
        if !digits.starts_with(|c: char| c.is_ascii_digit() || c == '.') {
            return None;
        }
        let zero = if digits.starts_with('.') { "0" } else { "" };
        let digits = digits.strip_suffix('.').unwrap_or(digits);
        let value = serde_json::from_str(&format!("{sign}{zero}{digits}")).ok()?;
        self.repairs.note("numbers that JSON writes otherwise");
        Some(value)
    }
}
