//! Parts of a user's message: texts, pictures, files, sound.

use crate::codec::openai_compatible::{Dialect, Files};
use crate::error::Error;
use crate::message::Part;
use serde_json::{Map, Value, json};

/// Writes a part, or says why it is left out.
///
/// # Errors
/// `argument` for a picture or a file that is given in no way, or in several.
pub(super) fn write_part(part: &Part, dialect: &Dialect) -> Result<Result<Value, String>, Error> {
    Ok(match part {
        Part::Text { text } | Part::Reasoning { text } | Part::Refusal { text } => {
            Ok(json!({"type": "text", "text": text}))
        }
        Part::Image { url, data, file_id, media_type, detail } => {
            let mut image = Map::new();
            match (url, data, file_id) {
                (Some(url), None, None) => image.insert("url".to_owned(), json!(url)),
                (None, Some(data), None) => {
                    image.insert("url".to_owned(), json!(data_url(media_type, "image/png", data)))
                }
                (None, None, Some(_)) => {
                    return Ok(Err("a picture by `file_id`, which the Chat format has no place for".to_owned()));
                }
                _ => return Err(one_of("an image part", "`url`, `data` or `file_id`")),
            };
            if let Some(detail) = detail {
                image.insert("detail".to_owned(), json!(detail));
            }
            Ok(json!({"type": "image_url", "image_url": image}))
        }
        Part::File { file_id, url, data, media_type, filename } => {
            let given = [file_id, url, data].iter().filter(|given| given.is_some()).count();
            if given != 1 {
                return Err(one_of("a file part", "`file_id`, `url` or `data`"));
            }
            if let (Some(data), Some(format)) = (data, media_type.as_deref().and_then(sound)) {
                return Ok(if dialect.audio {
                    Ok(json!({"type": "input_audio", "input_audio": {"data": data, "format": format}}))
                } else {
                    Err(format!("sound, which {} does not take", dialect.name))
                });
            }
            let address =
                url.clone().or_else(|| data.as_ref().map(|data| data_url(media_type, "application/pdf", data)));
            write_file(file_id.as_deref(), address, url.is_some(), filename.as_deref(), dialect)
        }
        Part::ToolResult { content, .. } => Ok(json!({"type": "text", "text": content})),
        Part::Citation(_) | Part::CachePoint { .. } => Err(String::new()),
        Part::Other(value) => Ok(value.clone()),
    })
}

fn write_file(
    file_id: Option<&str>,
    address: Option<String>,
    by_url: bool,
    filename: Option<&str>,
    dialect: &Dialect,
) -> Result<Value, String> {
    let named = || json!(filename.unwrap_or("file.pdf"));
    match (dialect.files, file_id, address) {
        (Files::None, ..) => Err(format!("a file, which {} does not take", dialect.name)),
        (Files::Data | Files::DataOrUrl, Some(id), _) => Ok(json!({"type": "file", "file": {"file_id": id}})),
        (Files::Document, Some(id), _) => Ok(json!({"type": "file", "file_id": id})),
        (Files::Data, None, _) if by_url => {
            Err(format!("a file by `url`, which {} does not fetch; give its `data`", dialect.name))
        }
        (Files::Data | Files::DataOrUrl, None, Some(address)) => {
            Ok(json!({"type": "file", "file": {"filename": named(), "file_data": address}}))
        }
        (Files::Document, None, Some(address)) => {
            let mut part = json!({"type": "document_url", "document_url": address});
            if let (Some(name), Some(fields)) = (filename, part.as_object_mut()) {
                fields.insert("document_name".to_owned(), json!(name));
            }
            Ok(part)
        }
        // Perplexity takes the data without the words in front of it.
        (Files::Url, None, Some(address)) => {
            let bare = address.split_once(";base64,").filter(|_| !by_url).map_or(address.as_str(), |(_, data)| data);
            Ok(json!({"type": "file_url", "file_url": {"url": bare}, "file_name": named()}))
        }
        (Files::Url, Some(_), _) => Err(format!("a file by `file_id`, which {} does not know", dialect.name)),
        (_, None, None) => Err("an empty file".to_owned()),
    }
}

fn one_of(what: &str, ways: &str) -> Error {
    Error::argument(format!("input: {what} needs exactly one of {ways}"))
}

fn data_url(media_type: &Option<String>, fallback: &str, data: &str) -> String {
    format!("data:{};base64,{data}", media_type.as_deref().unwrap_or(fallback))
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
