//! Parts of messages and of tools' results.

use crate::error::Error;
use crate::media::{Source, data_url, file_name};
use crate::message::Part;
use serde_json::{Value, json};

/// A part as one of input content; none for what only says something about another part.
pub(super) fn write(part: &Part) -> Result<Option<Value>, Error> {
    Ok(Some(match part {
        Part::Text { text } | Part::Reasoning { text } | Part::Refusal { text } => text_part(text),
        Part::Image { file_id, url, data, media_type, detail } => {
            let detail = detail.as_deref().unwrap_or("auto");
            let given = (url.as_deref(), file_id.as_deref(), data.as_deref());
            match Source::of("image", given, media_type.as_deref(), None)? {
                Source::FileId(id) => json!({"type": "input_image", "file_id": id, "detail": detail}),
                Source::Url(url) => json!({"type": "input_image", "image_url": url, "detail": detail}),
                Source::Data { media_type, data } => {
                    json!({"type": "input_image", "image_url": data_url(media_type, data), "detail": detail})
                }
            }
        }
        Part::File { url, file_id, data, media_type, filename } => {
            let given = (url.as_deref(), file_id.as_deref(), data.as_deref());
            match Source::of("file", given, media_type.as_deref(), filename.as_deref())? {
                Source::FileId(id) => json!({"type": "input_file", "file_id": id}),
                Source::Url(url) => json!({"type": "input_file", "file_url": url}),
                Source::Data { media_type, data } => {
                    let name = filename.clone().unwrap_or_else(|| file_name(media_type));
                    json!({"type": "input_file", "filename": name, "file_data": data_url(media_type, data)})
                }
            }
        }
        Part::ToolResult { content, .. } => text_part(content),
        Part::Other(value) => value.clone(),
        Part::Citation(_) | Part::CachePoint { .. } => return Ok(None),
    }))
}

pub(super) fn text_part(text: &str) -> Value {
    json!({"type": "input_text", "text": text})
}
