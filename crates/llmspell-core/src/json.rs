//! JSON text: a reader with a depth limit, and names for what was found.

use crate::defaults;
use crate::error::Error;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// Reads JSON text that comes from a caller.
///
/// `what` names the argument in an error. Nesting is limited to [`defaults::JSON_DEPTH_WRAPPED`].
///
/// # Errors
/// `argument` when the text is not JSON, or is nested too deeply.
pub fn parse(what: &str, text: &str) -> Result<Value, Error> {
    if deeper_than(defaults::JSON_DEPTH_WRAPPED, text.as_bytes()) {
        return Err(too_deep(what, defaults::JSON_DEPTH));
    }
    from_str(text).map_err(|error| Error::argument(format!("{what}: not valid JSON: {error}")))
}

/// Reads JSON text whose depth has been checked, or that the wire limits in another way.
pub(crate) fn from_str<'a, T: Deserialize<'a>>(text: &'a str) -> Result<T, serde_json::Error> {
    let mut reader = serde_json::Deserializer::from_str(text);
    reader.disable_recursion_limit();
    let value = T::deserialize(&mut reader)?;
    reader.end()?;
    Ok(value)
}

/// Reads JSON text that came over the wire; nesting is limited to [`defaults::JSON_DEPTH_MESSAGE`]. A half of a character in
/// a text (a `\u` escape of a surrogate that is not one of a pair) becomes U+FFFD.
pub(crate) fn from_wire<T: DeserializeOwned>(text: &str) -> Result<T, String> {
    from_wire_borrowed(text).or_else(|why| {
        let mended = replace_halves(text, |_| char::REPLACEMENT_CHARACTER).ok_or(why)?;
        from_wire_borrowed(&mended)
    })
}

/// Like [`from_wire`], for a value that borrows from the text; a half of a character is an error.
pub(crate) fn from_wire_borrowed<'a, T: Deserialize<'a>>(text: &'a str) -> Result<T, String> {
    bounded(defaults::JSON_DEPTH_MESSAGE, text)
}

/// JSON text with `stand_in` for each half of a character: for a surrogate in a `\u` escape whose other half is not the
/// next escape. `None` when there is none.
pub(crate) fn replace_halves(text: &str, stand_in: impl Fn(u16) -> char) -> Option<String> {
    let (mut replaced, mut copied, mut at) = (String::new(), 0, 0);
    while let Some(found) = text.as_bytes().get(at..).and_then(|rest| memchr::memchr(b'\\', rest)) {
        let start = at + found;
        at = match escaped(text, start) {
            Some(0xD800..0xDC00) if matches!(escaped(text, start + ESCAPE), Some(0xDC00..0xE000)) => start + 2 * ESCAPE,
            Some(half @ 0xD800..0xE000) => {
                replaced.push_str(text.get(copied..start).unwrap_or_default());
                replaced.push(stand_in(half));
                copied = start + ESCAPE;
                copied
            }
            _ => start + 2,
        };
    }
    (copied > 0).then(|| replaced + text.get(copied..).unwrap_or_default())
}

/// Bytes of a `\u` escape.
const ESCAPE: usize = 6;

/// The code unit that the escape there stands for.
fn escaped(text: &str, at: usize) -> Option<u16> {
    u16::from_str_radix(text.get(at..at + ESCAPE)?.strip_prefix("\\u")?, 16).ok()
}

/// Reads JSON text of our own making, such as a checkpoint's; nesting is limited to [`defaults::JSON_DEPTH_STORED`].
pub(crate) fn from_own<'a, T: Deserialize<'a>>(text: &'a str) -> Result<T, String> {
    bounded(defaults::JSON_DEPTH_STORED, text)
}

fn bounded<'a, T: Deserialize<'a>>(levels: usize, text: &'a str) -> Result<T, String> {
    if deeper_than(levels, text.as_bytes()) {
        return Err(format!("nested deeper than {levels} levels"));
    }
    from_str(text).map_err(|error| error.to_string())
}

/// The error for a caller's value that nests deeper than `levels`.
pub(crate) fn too_deep(what: &str, levels: usize) -> Error {
    Error::argument(format!(
        "{what}: nested deeper than {levels} levels; flatten the value, or look for a value that contains itself"
    ))
}

/// Levels of nesting of a value: 0 for one that holds no other.
pub(crate) fn depth(value: &Value) -> usize {
    match value {
        Value::Array(items) => 1 + items.iter().map(depth).max().unwrap_or(0),
        Value::Object(fields) => 1 + fields.values().map(depth).max().unwrap_or(0),
        _ => 0,
    }
}

/// How many brackets open in the text, those inside strings too.
fn brackets(text: &[u8]) -> usize {
    // In pieces whose count fits a byte: the compiler makes vector instructions of that.
    let piece = |piece: &[u8]| piece.iter().map(|byte| u8::from(*byte | 0x20 == b'{')).sum::<u8>();
    text.chunks(usize::from(u8::MAX)).map(|chunk| usize::from(piece(chunk))).sum()
}

/// Whether the text nests deeper than `levels`. Brackets inside strings do not count.
fn deeper_than(levels: usize, text: &[u8]) -> bool {
    // Nothing nests deeper than it has brackets, and counting them is quick.
    if brackets(text) <= levels {
        return false;
    }
    let mut depth = 0_usize;
    let mut in_string = false;
    let mut escaped = false;
    for byte in text {
        if in_string {
            match byte {
                _ if escaped => escaped = false,
                b'\\' => escaped = true,
                b'"' => in_string = false,
                _ => {}
            }
            continue;
        }
        match byte {
            b'"' => in_string = true,
            b'[' | b'{' => {
                depth += 1;
                if depth > levels {
                    return true;
                }
            }
            b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    false
}

/// The JSON name of a value's type.
#[must_use]
pub const fn type_name(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

/// Rough size of a value in bytes.
pub(crate) fn weight(value: &Value) -> usize {
    const BASE: usize = 16;
    BASE + match value {
        Value::String(text) => text.len(),
        Value::Array(items) => items.iter().map(weight).sum(),
        Value::Object(fields) => fields.iter().map(|(name, value)| name.len() + weight(value)).sum(),
        Value::Null | Value::Bool(_) | Value::Number(_) => 0,
    }
}

/// The text, cut to `limit` characters with a mark where it was cut.
#[must_use]
pub fn quote(text: &str, limit: usize) -> String {
    let text = text.trim();
    match text.char_indices().nth(limit) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn depth_is_limited_and_named() {
        let deep = "[".repeat(10_000) + &"]".repeat(10_000);
        let error = parse("schema", &deep).unwrap_err();
        assert!(error.message.starts_with("schema: nested deeper than 128 levels"), "{}", error.message);
        let fine = "[".repeat(defaults::JSON_DEPTH_WRAPPED) + &"]".repeat(defaults::JSON_DEPTH_WRAPPED);
        assert!(parse("schema", &fine).is_ok());
        let text = format!("\"{}\\\"[\"", "[".repeat(500));
        assert!(parse("schema", &text).is_ok(), "brackets in a string are text");
    }

    #[test]
    fn trailing_text_is_refused() {
        assert!(parse("input", "{} x").is_err());
    }

    #[test]
    fn halves_of_characters_are_replaced_and_pairs_are_not() {
        for (text, wanted) in [
            (r#""\ud83d""#, Some("\"\u{fffd}\"")),
            (r#""a\uDE80\ud83d b""#, Some("\"a\u{fffd}\u{fffd} b\"")),
            (r#""\ud83d\ud83d\ude80""#, Some("\"\u{fffd}\\ud83d\\ude80\"")),
            (r#""\\\ud83dé""#, Some("\"\\\\\u{fffd}é\"")),
            (r#""\ud83d\ude80""#, None),
            (r#""\\ud83d""#, None),
            (r#""\ud83"#, None),
            (r#""\"#, None),
            ("🚀", None),
        ] {
            assert_eq!(replace_halves(text, |_| '\u{fffd}').as_deref(), wanted, "{text}");
        }
        assert_eq!(
            from_wire::<Value>(r#"{"a":"\ude80\ud83d\ude80"}"#).unwrap(),
            serde_json::json!({"a": "\u{fffd}🚀"})
        );
        assert!(from_wire::<Value>(r#""\ud83d"x"#).is_err());
    }

    #[test]
    fn quote_cuts_at_characters() {
        assert_eq!(quote("äöü", 2), "äö…");
        assert_eq!(quote(" äö ", 2), "äö");
    }
}
