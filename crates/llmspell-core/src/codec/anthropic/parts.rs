//! Parts of messages as blocks: <https://platform.claude.com/docs/en/build-with-claude/vision>, `…/pdf-support`, `…/files`.

use super::outgoing::Block;
use crate::codec::encoded::Warnings;
use crate::error::Error;
use crate::media::{Source, by_name};
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
                let given = (url.as_deref(), file_id.as_deref(), data.as_deref());
                let source = Source::of("image", given, media_type.as_deref(), None)?;
                Block::value(json!({"type": "image", "source": self.source(source)}))
            }
            Part::File { url, file_id, data, media_type, filename } => {
                let given = (url.as_deref(), file_id.as_deref(), data.as_deref());
                let source = Source::of("file", given, media_type.as_deref(), filename.as_deref())?;
                self.file(source, media_type.as_deref(), filename.as_deref())
            }
            Part::Citation(_) | Part::CachePoint { .. } => return Ok(None),
            Part::Other(value) => Block::value(value.clone()),
        }))
    }

    fn file<'a>(&mut self, source: Source<'_>, media_type: Option<&str>, filename: Option<&str>) -> Block<'a> {
        let media = match source {
            Source::Data { media_type, .. } => Some(media_type),
            Source::Url(url) => media_type.or_else(|| by_name(filename.unwrap_or(url))),
            Source::FileId(_) => media_type.or_else(|| by_name(filename?)),
        };
        let media = media.unwrap_or_default();
        let media = media.split(';').next().unwrap_or(media).trim();
        if media.starts_with("image/") {
            return Block::value(json!({"type": "image", "source": self.source(source)}));
        }
        let is_text = media.starts_with("text/") || matches!(media, "application/json" | "application/xml");
        let source = match source {
            Source::Data { data, .. } if is_text => match decoded(data) {
                Some(text) if !text.trim().is_empty() => {
                    json!({"type": "text", "media_type": "text/plain", "data": text})
                }
                _ => return self.left_out(filename, media, "it is no UTF-8 text"),
            },
            Source::Data { .. } if media != "application/pdf" => {
                return self.left_out(filename, media, "Anthropic takes PDFs, texts and pictures");
            }
            source => self.source(source),
        };
        let mut block = json!({"type": "document", "source": source});
        if let (Some(name), Some(fields)) = (filename.filter(|name| !name.is_empty()), block.as_object_mut()) {
            fields.insert("title".to_owned(), json!(name));
        }
        Block::value(block)
    }

    fn left_out<'a>(&mut self, filename: Option<&str>, media: &str, why: &str) -> Block<'a> {
        let name = filename.unwrap_or("without a name");
        self.warnings.add(format!("file {name:?} of type {media} was left out: {why}"));
        Block::text(format!("[The file {name:?} of type {media} cannot be shown here.]"))
    }

    fn source(&mut self, source: Source<'_>) -> Value {
        match source {
            Source::FileId(id) => {
                self.has_file_ids = true;
                json!({"type": "file", "file_id": id})
            }
            Source::Url(url) => json!({"type": "url", "url": url}),
            Source::Data { media_type, data } => json!({"type": "base64", "media_type": media_type, "data": data}),
        }
    }
}

/// A text block; none for a blank text, which the provider refuses.
pub(super) fn text_block(text: &str) -> Option<Block<'_>> {
    (!text.trim().is_empty()).then(|| Block::text(text))
}

fn decoded(data: &str) -> Option<String> {
    String::from_utf8(STANDARD.decode(data.as_bytes()).ok()?).ok()
}
