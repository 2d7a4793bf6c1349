//! Parts of messages and of tools' results.

use crate::error::Error;
use crate::message::Part;
use serde_json::{Value, json};

/// A part as one of input content; none for what only says something about another part.
pub(super) fn write(part: &Part) -> Result<Option<Value>, Error> {
    Ok(Some(match part {
        Part::Text { text } | Part::Reasoning { text } | Part::Refusal { text } => text_part(text),
        Part::Image { file_id, url, data, media_type, detail } => {
            let detail = detail.as_deref().unwrap_or("auto");
            match (file_id, url, data) {
                (Some(id), None, None) => json!({"type": "input_image", "file_id": id, "detail": detail}),
                (None, Some(url), None) => json!({"type": "input_image", "image_url": url, "detail": detail}),
                (None, None, Some(data)) => {
                    let url = data_url(media_type.as_deref().unwrap_or("image/png"), data);
                    json!({"type": "input_image", "image_url": url, "detail": detail})
                }
                _ => return Err(Error::argument("input: an image part needs one of `url`, `data` and `file_id`")),
            }
        }
        Part::File { url, file_id, data, media_type, filename } => match (file_id, url, data) {
            (Some(id), None, None) => json!({"type": "input_file", "file_id": id}),
            (None, Some(url), None) => json!({"type": "input_file", "file_url": url}),
            (None, None, Some(data)) => {
                let data = data_url(media_type.as_deref().unwrap_or("application/pdf"), data);
                json!({"type": "input_file", "filename": filename.as_deref().unwrap_or("file.pdf"), "file_data": data})
            }
            _ => return Err(Error::argument("input: a file part needs one of `url`, `data` and `file_id`")),
        },
        Part::ToolResult { content, .. } => text_part(content),
        Part::Other(value) => value.clone(),
        Part::Citation(_) | Part::CachePoint { .. } => return Ok(None),
    }))
}

pub(super) fn text_part(text: &str) -> Value {
    json!({"type": "input_text", "text": text})
}

fn data_url(media_type: &str, data: &str) -> String {
    format!("data:{media_type};base64,{data}")
}
