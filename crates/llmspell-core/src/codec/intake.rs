//! Bytes of an answer as the events of a stream or as one plain body: the first byte tells which.

use super::limits::too_large;
use crate::defaults;
use crate::error::Error;
use crate::sse::{Event, SseDecoder};

/// Takes the bytes of one answer, which may be split anywhere.
#[derive(Debug)]
pub(crate) struct Intake {
    form: Form,
    /// The begin of a stream that had no event yet; it may be none.
    opening: Option<Vec<u8>>,
    stray: Vec<u8>,
}

#[derive(Debug)]
enum Form {
    Unknown,
    Stream(SseDecoder),
    Plain(Vec<u8>),
}

/// What has come in.
#[derive(Debug)]
pub(crate) enum Piece<'a> {
    /// An event of a stream.
    Event {
        /// The event.
        event: Event<'a>,
        /// The stream ended without the event's blank line.
        at_end: bool,
    },
    /// A whole plain body.
    Body(&'a [u8]),
}

/// What takes each piece.
pub(crate) type Sink<'a> = dyn FnMut(Piece<'_>) -> Result<(), Error> + 'a;

/// Names of the fields of an event stream; a comment has none.
const STREAM_FIELDS: [&str; 5] = ["data", "event", "id", "retry", ""];

impl Default for Intake {
    fn default() -> Self {
        Self { form: Form::Unknown, opening: Some(Vec::new()), stray: Vec::new() }
    }
}

impl Intake {
    /// Takes the next bytes; `sink` gets each event that they complete.
    ///
    /// # Errors
    /// What `sink` returns; `protocol` when the answer or an event passes [`defaults::MESSAGE_BYTES`].
    pub(crate) fn push(&mut self, bytes: &[u8], sink: &mut Sink<'_>) -> Result<(), Error> {
        let mut bytes = bytes;
        if matches!(self.form, Form::Unknown) {
            // White space and a byte order mark in front mean nothing, however they are split.
            let skipped = |byte: &u8| byte.is_ascii_whitespace() || matches!(byte, 0xEF | 0xBB | 0xBF);
            let Some(start) = bytes.iter().position(|byte| !skipped(byte)) else { return Ok(()) };
            bytes = bytes.get(start..).unwrap_or_default();
            let plain = matches!(bytes.first(), Some(b'{' | b'[' | b'<'));
            self.form = if plain { Form::Plain(Vec::new()) } else { Form::Stream(SseDecoder::default()) };
        }
        let opening = &mut self.opening;
        match &mut self.form {
            Form::Stream(decoder) => {
                decoder.push(bytes, &mut |event| {
                    *opening = None;
                    sink(Piece::Event { event, at_end: false })
                })?;
                if let Some(opening) = opening {
                    let room = defaults::FAILURE_BYTES.saturating_sub(opening.len());
                    opening.extend_from_slice(bytes.get(..room).unwrap_or(bytes));
                }
                Ok(())
            }
            Form::Plain(body) => {
                if body.len() + bytes.len() > defaults::MESSAGE_BYTES {
                    return Err(too_large());
                }
                body.extend_from_slice(bytes);
                Ok(())
            }
            Form::Unknown => Ok(()),
        }
    }

    /// Takes the end of the answer; `sink` gets the plain body, or the event that the end left open.
    ///
    /// # Errors
    /// What `sink` returns.
    pub(crate) fn finish(&mut self, sink: &mut Sink<'_>) -> Result<Ended, Error> {
        match std::mem::replace(&mut self.form, Form::Unknown) {
            Form::Stream(mut decoder) => {
                let opening = &mut self.opening;
                decoder.finish(&mut |event| {
                    *opening = None;
                    sink(Piece::Event { event, at_end: true })
                })?;
                self.stray = decoder.into_stray();
                Ok(self.opening.take().and_then(no_stream).map_or(Ended::Stream, Ended::Neither))
            }
            Form::Plain(body) => sink(Piece::Body(&body)).map(|()| Ended::Plain),
            Form::Unknown => Ok(Ended::Empty),
        }
    }
}

impl Intake {
    /// After the end: JSON that stood between a stream's events ([`SseDecoder::into_stray`]).
    pub(crate) fn stray(&self) -> &[u8] {
        &self.stray
    }
}

/// What an answer was, now that it has ended.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Ended {
    /// Nothing came.
    Empty,
    /// A stream, perhaps cut.
    Stream,
    /// One plain body.
    Plain,
    /// Neither JSON nor a stream: this text.
    Neither(String),
}

/// The text of what ended without an event, where it was no stream: it neither begins with a field of one, nor breaks off in
/// a field's name.
fn no_stream(opening: Vec<u8>) -> Option<String> {
    let text = String::from_utf8_lossy(&opening).into_owned();
    let line = text.split(['\n', '\r']).next().unwrap_or_default();
    let is_stream = match line.split_once(':') {
        Some((name, _)) => STREAM_FIELDS.contains(&name),
        None => STREAM_FIELDS.iter().any(|name| name.starts_with(line)),
    };
    (!is_stream).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn take(chunks: &[&[u8]]) -> (Vec<String>, Ended) {
        let mut intake = Intake::default();
        let mut seen = Vec::new();
        let mut sink = |piece: Piece<'_>| {
            seen.push(match piece {
                Piece::Event { event, at_end } => format!("{}{}", event.data, if at_end { "…" } else { "" }),
                Piece::Body(body) => format!("body {}", String::from_utf8_lossy(body)),
            });
            Ok(())
        };
        for chunk in chunks {
            intake.push(chunk, &mut sink).unwrap();
        }
        let ended = intake.finish(&mut sink).unwrap();
        (seen, ended)
    }

    #[test]
    fn the_first_byte_tells_the_form() {
        for (text, seen, ended) in [
            ("data: a\n\ndata: b", vec!["a", "b…"], Ended::Stream),
            (" \u{feff}\n{\"a\":1}", vec!["body {\"a\":1}"], Ended::Plain),
            ("<html>", vec!["body <html>"], Ended::Plain),
            (" \n", vec![], Ended::Empty),
            (": waiting\n\n", vec![], Ended::Stream),
            ("dat", vec![], Ended::Stream),
            ("Bad gateway", vec![], Ended::Neither("Bad gateway".to_owned())),
        ] {
            let bytes: Vec<&[u8]> = text.as_bytes().chunks(1).collect();
            assert_eq!(take(&[text.as_bytes()]), (seen.iter().map(ToString::to_string).collect(), ended), "{text}");
            assert_eq!(take(&bytes), take(&[text.as_bytes()]), "{text}");
        }
    }

    #[test]
    fn a_plain_body_has_a_limit() {
        let mut intake = Intake::default();
        intake.push(b"{", &mut |_| Ok(())).unwrap();
        let chunk = vec![b' '; 1 << 20];
        let error = (0..=64).find_map(|_| intake.push(&chunk, &mut |_| Ok(())).err()).unwrap();
        assert_eq!(error.kind, crate::error::Kind::Protocol);
    }
}
