//! Pictures and files in messages: where each comes from and of which type it is. Codecs ask here and guess nothing.

mod kind;

use crate::error::Error;
use crate::message::{Message, Part, Role};
use base64::alphabet;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, STANDARD};
use base64::engine::{DecodePaddingMode, Engine as _};
use std::fmt::Display;

pub(crate) use kind::{by_name, file_name};

/// The type of data of which nothing is known: <https://www.rfc-editor.org/rfc/rfc2046#section-4.5.1>.
const UNKNOWN: &str = "application/octet-stream";

/// What programs write that providers refuse: padding left out, bits left over.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// Where a picture or a file comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Source<'a> {
    /// Its address.
    Url(&'a str),
    /// The provider's id of what was uploaded.
    FileId(&'a str),
    /// Itself, in base64.
    Data { media_type: &'a str, data: &'a str },
}

impl<'a> Source<'a> {
    /// The source of a part of type `what` (`image`, `file`). Of data whose type is not given, its first bytes and the
    /// file's name tell it.
    ///
    /// # Errors
    /// `argument` when not exactly one of the three is given.
    pub(crate) fn of(
        what: &str,
        (url, file_id, data): (Option<&'a str>, Option<&'a str>, Option<&'a str>),
        media_type: Option<&'a str>,
        filename: Option<&str>,
    ) -> Result<Self, Error> {
        let typed = |media_type: Option<&'a str>, data| {
            let found = || kind::by_bytes(&kind::first_bytes(data)).or_else(|| by_name(filename?));
            Self::Data { media_type: media_type.or_else(found).unwrap_or(UNKNOWN), data }
        };
        let media_type = known(media_type);
        Ok(match (url, file_id, data) {
            (Some(url), None, None) => match inline(url) {
                Some((own, data)) => typed(own.or(media_type), data),
                None => Self::Url(url),
            },
            (None, Some(id), None) => Self::FileId(id),
            (None, None, Some(data)) => typed(media_type, data),
            given => return Err(Error::argument(format!("input: {}", not_one(what, given)))),
        })
    }
}

/// Data as an address: <https://www.rfc-editor.org/rfc/rfc2397>.
pub(crate) fn data_url(media_type: &str, data: &str) -> String {
    format!("data:{media_type};base64,{data}")
}

/// Type and base64 of an address that holds the data itself; none for any other address.
pub(crate) fn inline(url: &str) -> Option<(Option<&str>, &str)> {
    let begins = url.get(..5).is_some_and(|begin| begin.eq_ignore_ascii_case("data:"));
    let (head, data) = url.get(5..).filter(|_| begins)?.split_once(',')?;
    let (kind, last) = head.rsplit_once(';')?;
    let kind = kind.split(';').next().unwrap_or_default().trim();
    last.trim().eq_ignore_ascii_case("base64").then_some((known(Some(kind)), data))
}

/// Makes the pictures and files of what a caller gives whole, so that data is base64 as providers take it and its type is
/// known. Turns of the model are left as they are.
///
/// # Errors
/// `argument`, which begins with `what` and names the message and the part.
pub(crate) fn complete_messages<'m>(
    what: &str,
    messages: impl ExactSizeIterator<Item = &'m mut Message>,
) -> Result<(), Error> {
    let several = messages.len() > 1;
    for (at, message) in messages.enumerate().filter(|(_, message)| message.role != Role::Assistant) {
        complete_parts(&mut message.content).map_err(|why| {
            let place = if several { format!("message {}, ", at + 1) } else { String::new() };
            Error::argument(format!("{what}: {place}{why}"))
        })?;
    }
    Ok(())
}

fn complete_parts(parts: &mut [Part]) -> Result<(), String> {
    for (at, part) in parts.iter_mut().enumerate() {
        let place = |why: &dyn Display| format!("part {}: {why}", at + 1);
        match part {
            Part::ToolResult { parts, .. } => complete_parts(parts).map_err(|why| place(&why))?,
            part => complete(part).map_err(|why| place(&why))?,
        }
    }
    Ok(())
}

/// Makes a picture or a file whole, or says what is wrong with it; other parts are left alone.
pub(crate) fn complete(part: &mut Part) -> Result<(), String> {
    let (what, url, file_id, data, media_type, filename) = match part {
        Part::Image { url, file_id, data, media_type, .. } => ("image", url, file_id, data, media_type, None),
        Part::File { url, file_id, data, media_type, filename } => {
            ("file", url, file_id, data, media_type, filename.as_deref())
        }
        _ => return Ok(()),
    };
    let given = (url.as_deref(), file_id.as_deref(), data.as_deref());
    if [given.0, given.1, given.2].iter().flatten().count() != 1 {
        return Err(not_one(what, given));
    }
    let mut member = "data";
    if let Some((own, inside)) = url.as_deref().and_then(inline) {
        member = "url";
        if let Some(own) = own {
            *media_type = Some(own.to_owned());
        }
        *data = Some(inside.to_owned());
        *url = None;
    }
    let Some(data) = data else { return Ok(()) };
    let bytes = match STANDARD.decode(&*data) {
        Ok(bytes) => bytes,
        Err(_) => {
            let bytes = loosely(data).ok_or_else(|| {
                format!("the {what}'s `{member}` is no base64; encode its bytes with the standard alphabet")
            })?;
            *data = STANDARD.encode(&bytes);
            bytes
        }
    };
    if bytes.is_empty() {
        return Err(format!("the {what}'s `{member}` is empty"));
    }
    if known(media_type.as_deref()).is_some() {
        return Ok(());
    }
    let found = kind::by_bytes(&bytes).or_else(|| by_name(filename?));
    *media_type = Some(match found {
        Some(found) if what == "image" && !found.starts_with("image/") => {
            return Err(format!("this image is {found}; give it as a part of type `file`"));
        }
        Some(found) => found.to_owned(),
        None if what == "file" && is_text(&bytes) => "text/plain".to_owned(),
        None => {
            let such_as = if what == "image" { "image/png" } else { "application/pdf" };
            return Err(format!("the {what}'s bytes do not tell its type; say its `media_type`, such as `{such_as}`"));
        }
    });
    Ok(())
}

/// A type that says something.
fn known(media_type: Option<&str>) -> Option<&str> {
    media_type.filter(|kind| !kind.is_empty() && !kind.eq_ignore_ascii_case(UNKNOWN))
}

/// Base64 broken into lines, without padding, or with bits left over.
fn loosely(data: &str) -> Option<Vec<u8>> {
    let joined: Vec<u8> = data.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
    LENIENT.decode(joined).ok()
}

fn is_text(bytes: &[u8]) -> bool {
    !bytes.contains(&0) && std::str::from_utf8(bytes).is_ok()
}

fn not_one(what: &str, (url, file_id, data): (Option<&str>, Option<&str>, Option<&str>)) -> String {
    let given: Vec<&str> = [(url, "`url`"), (file_id, "`file_id`"), (data, "`data`")]
        .into_iter()
        .filter_map(|(value, name)| value.map(|_| name))
        .collect();
    let given = if given.is_empty() { "none".to_owned() } else { given.join(" and ") };
    let article = if what == "image" { "an" } else { "a" };
    format!("{article} {what} needs exactly one of `url`, `data` and `file_id`, got {given}")
}

#[cfg(test)]
mod tests;
