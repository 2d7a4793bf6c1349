//! Parts of a user's message: texts, pictures, files, sound.

use crate::codec::openai_compatible::{Dialect, Files};
use crate::error::Error;
use crate::media::{Source, data_url, file_name};
use crate::message::Part;
use serde_json::{Map, Value, json};

/// Writes a part for a model, or says why it is left out.
///
/// # Errors
/// `argument` for a picture or a file that is given in no way, or in several.
pub(super) fn write_part(part: &Part, dialect: &Dialect, model: &str) -> Result<Result<Value, String>, Error> {
    Ok(match part {
        Part::Text { text } | Part::Reasoning { text } | Part::Refusal { text } => {
            Ok(json!({"type": "text", "text": text}))
        }
        Part::Image { url, data, file_id, media_type, detail } => {
            let given = (url.as_deref(), file_id.as_deref(), data.as_deref());
            if !dialect.takes_pictures(model) {
                return Ok(Err(format!("a picture, which {model} does not take,")));
            }
            let address = match Source::of("image", given, media_type.as_deref(), None)? {
                Source::Url(url) => url.to_owned(),
                Source::Data { media_type, data } => data_url(media_type, data),
                Source::FileId(_) => {
                    return Ok(Err("a picture by `file_id`, which the Chat format has no place for".to_owned()));
                }
            };
            let mut image = Map::new();
            image.insert("url".to_owned(), json!(address));
            if let Some(detail) = detail {
                image.insert("detail".to_owned(), json!(detail));
            }
            Ok(json!({"type": "image_url", "image_url": image}))
        }
        Part::File { file_id, url, data, media_type, filename } => {
            let given = (url.as_deref(), file_id.as_deref(), data.as_deref());
            let source = Source::of("file", given, media_type.as_deref(), filename.as_deref())?;
            if let Source::Data { media_type, data } = source
                && let Some(format) = sound(media_type)
            {
                return Ok(if !dialect.takes_pictures(model) {
                    Err(format!("sound, which {model} does not take,"))
                } else if dialect.audio {
                    Ok(json!({"type": "input_audio", "input_audio": {"data": data, "format": format}}))
                } else {
                    Err(format!("sound, which {} does not take", dialect.name))
                });
            }
            if !dialect.takes_files(model) {
                return Ok(Err(format!("a file, which {model} does not take,")));
            }
            write_file(source, filename.as_deref(), dialect)
        }
        Part::ToolResult { content, .. } => Ok(json!({"type": "text", "text": content})),
        Part::Citation(_) | Part::CachePoint { .. } => Err(String::new()),
        Part::Other(value) if dialect.takes_pictures(model) => Ok(value.clone()),
        Part::Other(value) => match value.get("text").and_then(Value::as_str) {
            Some(text) => Ok(json!({"type": "text", "text": text})),
            None => Err(format!("a part that is no text, which {model} does not take,")),
        },
    })
}

fn write_file(source: Source<'_>, filename: Option<&str>, dialect: &Dialect) -> Result<Value, String> {
    let takes = dialect.files;
    let (address, bare, usual_name) = match (takes, source) {
        (Files::None, _) => return Err(format!("a file, which {} does not take", dialect.name)),
        (Files::Data | Files::DataOrUrl, Source::FileId(id)) => {
            return Ok(json!({"type": "file", "file": {"file_id": id}}));
        }
        (Files::Document, Source::FileId(id)) => return Ok(json!({"type": "file", "file_id": id})),
        (Files::Url, Source::FileId(_)) => {
            return Err(format!("a file by `file_id`, which {} does not know", dialect.name));
        }
        (Files::Data, Source::Url(_)) => {
            return Err(format!("a file by `url`, which {} does not fetch; give its `data`", dialect.name));
        }
        (_, Source::Url(url)) => (url.to_owned(), url, name_in(url)),
        (_, Source::Data { media_type, data }) => (data_url(media_type, data), data, file_name(media_type)),
    };
    let name = filename.unwrap_or(&usual_name);
    Ok(match takes {
        Files::Document => {
            let mut part = json!({"type": "document_url", "document_url": address});
            if let (Some(name), Some(fields)) = (filename, part.as_object_mut()) {
                fields.insert("document_name".to_owned(), json!(name));
            }
            part
        }
        // Perplexity takes the data without the words in front of it.
        Files::Url => json!({"type": "file_url", "file_url": {"url": bare}, "file_name": name}),
        _ => json!({"type": "file", "file": {"filename": name, "file_data": address}}),
    })
}

/// The name of a file at the end of its address.
fn name_in(url: &str) -> String {
    let path = url.split(['?', '#']).next().unwrap_or_default();
    let last = path.split_once("://").and_then(|(_, rest)| rest.rsplit_once('/')).map(|(_, last)| last);
    last.filter(|last| !last.is_empty()).unwrap_or("file").to_owned()
}

/// The word for a kind of sound that `input_audio` takes.
///
/// Source: <https://platform.openai.com/docs/guides/audio>
fn sound(media_type: &str) -> Option<&'static str> {
    match media_type {
        "audio/wav" | "audio/x-wav" | "audio/wave" => Some("wav"),
        "audio/mpeg" | "audio/mp3" => Some("mp3"),
        _ => None,
    }
}
