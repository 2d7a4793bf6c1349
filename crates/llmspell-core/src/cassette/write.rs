//! Writes exchanges as the text of a cassette, so that what is read back is the same bytes.

use super::{Exchange, json_of};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::fmt::Write;

/// Characters of a line of base64.
const BASE64_LINE: usize = 100;

/// The line that a document of ours begins with, and the one that it ends with: what has the first and not the second broke
/// off while it was written.
pub(super) const BEGIN: &str = "--- # exchange\n";
const END: &str = "...\n";

/// The document of an exchange. A cassette is such documents one after the other.
#[must_use]
pub fn write(exchange: &Exchange) -> String {
    let Exchange { recorded, request, response } = exchange;
    let mut out = BEGIN.to_owned();
    let fields = [("base_url", &recorded.base_url), ("model", &recorded.model), ("provider", &recorded.provider)];
    if fields.iter().any(|(_, value)| value.is_some()) {
        out.push_str("recorded:\n");
        for (name, value) in fields {
            if let Some(value) = value {
                line(&mut out, name, &quoted(value));
            }
        }
    }
    out.push_str("when:\n");
    line(&mut out, "path", &quoted(&request.path));
    line(&mut out, "method", &quoted(&request.method));
    list(&mut out, "query_param", &request.query);
    list(&mut out, "header", &request.headers);
    body(&mut out, &readable(&request.body));
    out.push_str("then:\n");
    line(&mut out, "status", &response.status.to_string());
    list(&mut out, "header", &response.headers);
    body(&mut out, &response.body);
    out.push_str(END);
    out
}

fn line(out: &mut String, name: &str, value: &str) {
    // Writing to a string cannot fail.
    let _ = writeln!(out, "  {name}: {value}");
}

fn list(out: &mut String, name: &str, pairs: &[(String, String)]) {
    if pairs.is_empty() {
        return line(out, name, "[]");
    }
    let _ = writeln!(out, "  {name}:");
    for (name, value) in pairs {
        let _ = writeln!(out, "    - {{ name: {}, value: {} }}", quoted(name), quoted(value));
    }
}

/// JSON with a member to a line and sorted keys, so that two recordings can be compared line by line; anything else as it is.
fn readable(body: &[u8]) -> Vec<u8> {
    let Some(mut value) = json_of(body) else { return body.to_vec() };
    value.sort_all_objects();
    let mut text = serde_json::to_string_pretty(&value).unwrap_or_default();
    text.push('\n');
    text.into_bytes()
}

fn body(out: &mut String, body: &[u8]) {
    match std::str::from_utf8(body) {
        Ok("") => line(out, "body", "\"\""),
        Ok(text) if fits_block(text) => {
            // `-` and `+` say whether the text ends with its last line, or with the line breaks behind it.
            let end = if !text.ends_with('\n') {
                "-"
            } else if text.ends_with("\n\n") {
                "+"
            } else {
                ""
            };
            let _ = writeln!(out, "  body: |{end}");
            for line in text.strip_suffix('\n').unwrap_or(text).split('\n') {
                let _ = if line.is_empty() { writeln!(out) } else { writeln!(out, "    {line}") };
            }
        }
        Ok(text) => line(out, "body", &quoted(text)),
        Err(_) => {
            out.push_str("  body_encoding: base64\n  body: |\n");
            let text = STANDARD.encode(body);
            let mut rest = text.as_str();
            while !rest.is_empty() {
                let (line, after) = rest.split_at(rest.len().min(BASE64_LINE));
                let _ = writeln!(out, "    {line}");
                rest = after;
            }
        }
    }
}

/// Whether a text can stand as a block of lines without a reader changing anything in it: no character that YAML takes for
/// a line break or does not allow, no line of mere space, and a first line that shows how far the block is indented.
fn fits_block(text: &str) -> bool {
    let first = text.chars().next();
    first.is_some_and(|c| !matches!(c, ' ' | '\t' | '\n'))
        && text.chars().all(|c| c == '\n' || c == '\t' || plain(c))
        && text.split('\n').all(|line| line.is_empty() || !line.trim().is_empty())
}

/// Whether a character can be written as it is.
fn plain(c: char) -> bool {
    !c.is_control() && !matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}')
}

/// A text in double quotes, with escapes for what a reader might change.
fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if plain(c) => out.push(c),
            // All of these are below U+10000.
            c => {
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
        }
    }
    out.push('"');
    out
}
