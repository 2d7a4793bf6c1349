//! The results of tools as a model gets them: a text, and pictures and files beside it, within bounds.

use crate::defaults;
use crate::media;
use crate::message::Part;
use serde_json::{Map, Value, json};

/// What a tool came to.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct ToolResult {
    pub content: String,
    /// Pictures and files.
    pub parts: Vec<Part>,
    pub is_error: bool,
}

/// Members that a result of several parts may have. The last two are MCP's and say nothing more to a model.
const MEMBERS: [&str; 5] = ["content", "is_error", "isError", "structuredContent", "_meta"];

impl ToolResult {
    /// Reads what a handler gave. A text is the result itself. An object whose members are `content` and perhaps `is_error`, where
    /// `content` is a list of parts (MCP's CallToolResult, <https://modelcontextprotocol.io/specification/2025-06-18/server/tools>,
    /// or llmspell's own parts), is a result of several parts. Anything else is its JSON.
    pub(crate) fn from_value(value: Value) -> Self {
        match several(&value) {
            Some(result) => result,
            None => match value {
                Value::String(content) => Self { content, ..Self::default() },
                value => Self { content: value.to_string(), ..Self::default() },
            },
        }
    }

    /// Reads what a caller gives as a result's content: what a handler may give, or the list of parts of it.
    pub(crate) fn from_content(content: Value) -> Self {
        if content.is_array()
            && let Some(result) = several(&json!({"content": content}))
        {
            return result;
        }
        Self::from_value(content)
    }

    /// The result within bounds: a text of at most `most` bytes, and a mark that says how much was cut. Pictures and files
    /// cannot be cut; too many of them are left out, with a mark as well.
    pub(crate) fn bounded(mut self, most: usize) -> Self {
        if let Some(cut) = bounded(&self.content, most) {
            self.content = cut;
        }
        let mut room = defaults::TOOL_RESULT_PARTS_BYTES;
        let before = self.parts.len();
        self.parts.retain(|part| {
            let size = weight(part);
            let fits = size <= room;
            room = room.saturating_sub(if fits { size } else { 0 });
            fits
        });
        let left_out = before - self.parts.len();
        if left_out > 0 {
            let limit = defaults::TOOL_RESULT_PARTS_BYTES >> 20;
            self.content.push_str(&format!("\n[{left_out} pictures or files left out: more than {limit} MiB]"));
        }
        self
    }
}

/// The beginning of a text that has more than `most` bytes, cut between two characters, with a mark.
fn bounded(text: &str, most: usize) -> Option<String> {
    if text.len() <= most {
        return None;
    }
    let end = (0..=most).rev().find(|at| text.is_char_boundary(*at)).unwrap_or_default();
    let kept = text.get(..end).unwrap_or_default();
    Some(format!("{kept}\n[result cut: the first {end} of {} bytes]", text.len()))
}

fn weight(part: &Part) -> usize {
    match part {
        Part::Image { data: Some(data), .. } | Part::File { data: Some(data), .. } => data.len(),
        _ => 0,
    }
}

/// A result of several parts; `None` for any other value.
fn several(value: &Value) -> Option<ToolResult> {
    let members = value.as_object()?;
    let list = members.get("content")?.as_array().filter(|list| !list.is_empty())?;
    if members.keys().any(|name| !MEMBERS.contains(&name.as_str())) {
        return None;
    }
    let flag = |name: &str| match members.get(name) {
        None | Some(Value::Null) => Some(false),
        Some(value) => value.as_bool(),
    };
    let is_error = flag("is_error")? || flag("isError")?;
    let mut texts = Vec::new();
    let mut parts = Vec::new();
    for (at, item) in list.iter().enumerate() {
        let mut part = part(item.as_object()?)?;
        match media::complete(&mut part) {
            Err(why) => texts.push(format!("[part {} left out: {why}]", at + 1)),
            Ok(()) => match part {
                Part::Text { text } => texts.push(text),
                part => parts.push(part),
            },
        }
    }
    Some(ToolResult { content: texts.join("\n"), parts, is_error })
}

fn part(item: &Map<String, Value>) -> Option<Part> {
    let text = |name: &str| item.get(name).and_then(Value::as_str).map(str::to_owned);
    let media_type = || text("media_type").or_else(|| text("mimeType"));
    Some(match item.get("type")?.as_str()? {
        "text" => Part::Text { text: text("text")? },
        "image" => {
            let (url, data, file_id) = (text("url"), text("data"), text("file_id"));
            one_of([&url, &data, &file_id])?;
            Part::Image { file_id, url, data, media_type: media_type(), detail: text("detail") }
        }
        "file" | "audio" => {
            let (url, data, file_id) = (text("url"), text("data"), text("file_id"));
            one_of([&url, &data, &file_id])?;
            Part::File { url, file_id, data, media_type: media_type(), filename: text("filename") }
        }
        "resource_link" => Part::Text { text: text("uri")? },
        "resource" => resource(item.get("resource")?.as_object()?)?,
        _ => return None,
    })
}

fn resource(resource: &Map<String, Value>) -> Option<Part> {
    let text = |name: &str| resource.get(name).and_then(Value::as_str).map(str::to_owned);
    if let Some(text) = text("text") {
        return Some(Part::Text { text });
    }
    Some(Part::File {
        url: None,
        file_id: None,
        data: Some(text("blob")?),
        media_type: text("mimeType"),
        filename: text("uri"),
    })
}

fn one_of(given: [&Option<String>; 3]) -> Option<()> {
    (given.iter().filter(|value| value.is_some()).count() == 1).then_some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_read_and_ordinary_json_is_not_taken_for_them() {
        let result = ToolResult::from_value(json!({"content": [
            {"type": "text", "text": "a"}, {"type": "image", "data": "QQ==", "mimeType": "image/png"}, {"type": "text", "text": "b"},
            {"type": "resource", "resource": {"uri": "file:///x", "text": "c"}}], "isError": true}));
        assert_eq!((result.content.as_str(), result.is_error, result.parts.len()), ("a\nb\nc", true, 1));
        assert!(
            matches!(result.parts.first(), Some(Part::Image { media_type: Some(kind), .. }) if kind == "image/png")
        );
        for plain in [
            json!({"content": "x"}),
            json!({"content": []}),
            json!({"content": [{"type": "text"}]}),
            json!({"content": [{"type": "chapter", "text": "x"}]}),
            json!({"content": [{"type": "text", "text": "x"}], "title": "y"}),
            json!({"content": [{"type": "text", "text": "x"}], "is_error": "no"}),
            json!([{"type": "text", "text": "x"}]),
            json!(null),
        ] {
            let result = ToolResult::from_value(plain.clone());
            assert_eq!(result.content, plain.to_string());
            assert!(!result.is_error && result.parts.is_empty());
        }
    }

    #[test]
    fn pictures_are_made_whole_and_one_that_cannot_be_is_named() {
        let result = ToolResult::from_value(json!({"content": [
            {"type": "image", "url": "data:;base64,iVBORw0KGgo="}, {"type": "image", "data": "?"}]}));
        let whole = json!([{"type": "image", "data": "iVBORw0KGgo=", "media_type": "image/png"}]);
        assert_eq!(serde_json::to_value(&result.parts).unwrap(), whole);
        assert!(result.content.starts_with("[part 2 left out: the image's `data` is no base64"), "{}", result.content);
    }

    #[test]
    fn long_texts_are_cut_between_characters_with_a_mark() {
        let cut = |text: &str, most| ToolResult::from_value(json!(text)).bounded(most).content;
        assert_eq!(cut("äöü", 6), "äöü");
        assert_eq!(cut("äöü", 5), "äö\n[result cut: the first 4 of 6 bytes]");
        assert_eq!(cut("äöü", 1), "\n[result cut: the first 0 of 6 bytes]");
    }
}
