//! Parts of messages as blocks: <https://platform.claude.com/docs/en/build-with-claude/vision>, `…/pdf-support`, `…/files`.

use super::outgoing::{Block, Warnings};
use crate::error::Error;
use crate::message::Part;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

/// What writing parts needs and finds out.
#[derive(Debug, Default)]
pub(super) struct Writer {
    pub warnings: Warnings,
    /// A file was named by its id, which is a beta of the provider.
    pub has_file_ids: bool,
}

impl Writer {
    /// The block for a part of a user's message or of a tool's result; none for what is nothing to send. Cache points are not
    /// for here.
    ///
    /// # Errors
    /// `argument` for a picture or a file that names no source, or several.
    pub(super) fn block<'a>(&mut self, part: &'a Part) -> Result<Option<Block<'a>>, Error> {
        Ok(Some(match part {
            Part::Text { text } | Part::Reasoning { text } | Part::Refusal { text } => return Ok(text_block(text)),
            Part::ToolResult { content, .. } => return Ok(text_block(content)),
            Part::Image { file_id, url, data, media_type, detail } => {
                if matches!(detail.as_deref(), Some("low" | "high")) {
                    self.warnings.add("image: Anthropic has no `detail`; it was left out");
                }
                let source = self.source("an image", file_id, url, data, || {
                    media_type.clone().unwrap_or_else(|| sniffed(data.as_deref().unwrap_or_default()).to_owned())
                })?;
                Block::value(json!({"type": "image", "source": source}))
            }
            Part::File { url, file_id, data, media_type, filename } => {
                self.file(url, file_id, data, media_type.as_deref(), filename.as_deref())?
            }
            Part::Citation(_) | Part::CachePoint { .. } => return Ok(None),
            Part::Other(value) => Block::value(value.clone()),
        }))
    }

    fn file<'a>(
        &mut self,
        url: &Option<String>,
        file_id: &Option<String>,
        data: &Option<String>,
        media_type: Option<&str>,
        filename: Option<&str>,
    ) -> Result<Block<'a>, Error> {
        let media = media_type.map_or_else(|| guessed(filename), |it| it.split(';').next().unwrap_or(it).trim());
        if media.starts_with("image/") {
            let source = self.source("a file", file_id, url, data, || media.to_owned())?;
            return Ok(Block::value(json!({"type": "image", "source": source})));
        }
        let is_text = media.starts_with("text/") || matches!(media, "application/json" | "application/xml");
        let source = match data {
            Some(data) if is_text && url.is_none() && file_id.is_none() => match decoded(data) {
                Some(text) if !text.trim().is_empty() => {
                    json!({"type": "text", "media_type": "text/plain", "data": text})
                }
                _ => return Ok(self.left_out(filename, media, "it is no UTF-8 text")),
            },
            Some(_) if media != "application/pdf" && url.is_none() && file_id.is_none() => {
                return Ok(self.left_out(filename, media, "Anthropic takes PDFs, texts and pictures"));
            }
            _ => self.source("a file", file_id, url, data, || media.to_owned())?,
        };
        let mut block = json!({"type": "document", "source": source});
        if let (Some(name), Some(fields)) = (filename.filter(|name| !name.is_empty()), block.as_object_mut()) {
            fields.insert("title".to_owned(), json!(name));
        }
        Ok(Block::value(block))
    }

    fn left_out<'a>(&mut self, filename: Option<&str>, media: &str, why: &str) -> Block<'a> {
        let name = filename.unwrap_or("without a name");
        self.warnings.add(format!("file {name:?} of type {media} was left out: {why}"));
        Block::text(format!("[The file {name:?} of type {media} cannot be shown here.]"))
    }

    fn source(
        &mut self,
        what: &str,
        file_id: &Option<String>,
        url: &Option<String>,
        data: &Option<String>,
        media_type: impl FnOnce() -> String,
    ) -> Result<Value, Error> {
        Ok(match (file_id, url, data) {
            (Some(id), None, None) => {
                self.has_file_ids = true;
                json!({"type": "file", "file_id": id})
            }
            (None, Some(url), None) => match inline(url) {
                Some((media, data)) => json!({"type": "base64", "media_type": media, "data": data}),
                None => json!({"type": "url", "url": url}),
            },
            (None, None, Some(data)) => json!({"type": "base64", "media_type": media_type(), "data": data}),
            _ => {
                return Err(Error::argument(format!("input: {what} needs one of `url`, `data` and `file_id`")));
            }
        })
    }
}

/// A text block; none for a blank text, which the provider refuses.
pub(super) fn text_block(text: &str) -> Option<Block<'_>> {
    (!text.trim().is_empty()).then(|| Block::text(text))
}

/// Media type and base64 of a `data:` address.
fn inline(url: &str) -> Option<(&str, &str)> {
    let (head, data) = url.strip_prefix("data:")?.split_once(',')?;
    Some((head.strip_suffix(";base64")?.split(';').next()?, data))
}

/// The media type that a picture's first bytes tell.
fn sniffed(data: &str) -> &'static str {
    let begins = [("/9j/", "image/jpeg"), ("R0lGOD", "image/gif"), ("UklGR", "image/webp")];
    begins.iter().find(|(begin, _)| data.starts_with(begin)).map_or("image/png", |(_, media)| media)
}

/// The media type that a file's name tells.
fn guessed(filename: Option<&str>) -> &'static str {
    let ending = filename.and_then(|name| name.rsplit_once('.')).map(|(_, ending)| ending.to_ascii_lowercase());
    match ending.as_deref() {
        Some("txt" | "md" | "csv" | "html" | "xml" | "json" | "log") => "text/plain",
        _ => "application/pdf",
    }
}

fn decoded(data: &str) -> Option<String> {
    String::from_utf8(STANDARD.decode(data.as_bytes()).ok()?).ok()
}
