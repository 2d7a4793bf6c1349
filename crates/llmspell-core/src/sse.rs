//! Server-sent events, decoded from bytes that may be split anywhere.
//!
//! Source: WHATWG HTML, "Server-sent events" (<https://html.spec.whatwg.org/multipage/server-sent-events.html>). One
//! difference: an event that the end of the stream leaves without its blank line is dispatched, because some providers end
//! so; whoever reads it decides whether it is whole.

use crate::defaults;
use crate::error::{Error, Kind};

/// An event of a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Event<'a> {
    /// Its type (the field `event`); empty when it has none.
    pub name: &'a str,
    /// Its `data` lines, joined.
    pub data: &'a str,
}

/// A decoder of one stream.
#[derive(Debug, Default)]
pub struct SseDecoder {
    line: Vec<u8>,
    data: Vec<u8>,
    /// Where the text begins in `data`.
    data_from: usize,
    has_data: bool,
    name: Vec<u8>,
    after_cr: bool,
    started: bool,
    stray: Vec<u8>,
}

impl SseDecoder {
    /// Takes the next bytes and calls `event` with each event that they complete.
    ///
    /// Text that is not UTF-8 is read with replacement characters, as the specification says.
    ///
    /// # Errors
    /// What `event` returns, at once; `protocol` when a line or an event passes [`defaults::MESSAGE_BYTES`].
    pub fn push(&mut self, bytes: &[u8], event: &mut dyn FnMut(Event<'_>) -> Result<(), Error>) -> Result<(), Error> {
        let mut rest = bytes;
        while !rest.is_empty() {
            if std::mem::take(&mut self.after_cr) && rest.first() == Some(&b'\n') {
                rest = rest.get(1..).unwrap_or_default();
                continue;
            }
            let Some(end) = memchr::memchr2(b'\n', b'\r', rest) else {
                return self.keep(rest);
            };
            let (head, tail) = rest.split_at(end);
            self.after_cr = tail.first() == Some(&b'\r');
            rest = tail.get(1..).unwrap_or_default();
            if self.line.is_empty() {
                self.take_line(head, event)?;
            } else {
                self.keep(head)?;
                self.take_kept_line(event)?;
            }
        }
        Ok(())
    }

    /// Takes the end of the stream.
    ///
    /// # Errors
    /// What `event` returns.
    pub fn finish(&mut self, event: &mut dyn FnMut(Event<'_>) -> Result<(), Error>) -> Result<(), Error> {
        if !self.line.is_empty() {
            self.take_kept_line(event)?;
        }
        self.dispatch(event)
    }

    fn keep(&mut self, bytes: &[u8]) -> Result<(), Error> {
        if self.line.len() + bytes.len() > defaults::MESSAGE_BYTES {
            return Err(too_long());
        }
        self.line.extend_from_slice(bytes);
        Ok(())
    }

    /// Takes the line that came in pieces. A large one that is an event's first `data` becomes the event's without a copy.
    fn take_kept_line(&mut self, event: &mut dyn FnMut(Event<'_>) -> Result<(), Error>) -> Result<(), Error> {
        let field = if self.line.starts_with(b"data: ") { "data: ".len() } else { "data:".len() };
        if self.line.len() >= LARGE && !self.has_data && self.line.starts_with(b"data:") {
            std::mem::swap(&mut self.line, &mut self.data);
            (self.data_from, self.has_data, self.started) = (field, true, true);
            self.line.clear();
            return Ok(());
        }
        let mut line = std::mem::take(&mut self.line);
        self.take_line(&line, event)?;
        empty(&mut line);
        self.line = line;
        Ok(())
    }

    fn take_line(&mut self, line: &[u8], event: &mut dyn FnMut(Event<'_>) -> Result<(), Error>) -> Result<(), Error> {
        let line = if std::mem::replace(&mut self.started, true) {
            line
        } else {
            line.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(line)
        };
        if line.is_empty() {
            return self.dispatch(event);
        }
        let colon = memchr::memchr(b':', line).unwrap_or(line.len());
        let (name, value) = line.split_at(colon);
        let value = value.strip_prefix(b":").unwrap_or(value);
        let value = value.strip_prefix(b" ").unwrap_or(value);
        if name == b"event" {
            self.name.clear();
            self.name.extend_from_slice(value);
        }
        if name != b"data" {
            self.keep_stray(line);
            return Ok(());
        }
        if self.data.len() + value.len() > defaults::MESSAGE_BYTES {
            return Err(too_long());
        }
        if std::mem::replace(&mut self.has_data, true) {
            self.data.push(b'\n');
        }
        self.data.extend_from_slice(value);
        Ok(())
    }

    /// Keeps a line of JSON that stands between the events, and the lines after it.
    fn keep_stray(&mut self, line: &[u8]) {
        let is_begin = self.stray.is_empty() && line.starts_with(b"{");
        if is_begin || (!self.stray.is_empty() && self.stray.len() + line.len() < defaults::FAILURE_BYTES) {
            self.stray.extend_from_slice(line);
        }
    }

    /// JSON that stood between the events without a field's name in front of it, which some servers send when they fail;
    /// at most [`defaults::FAILURE_BYTES`].
    #[must_use]
    pub fn into_stray(self) -> Vec<u8> {
        self.stray
    }

    fn dispatch(&mut self, event: &mut dyn FnMut(Event<'_>) -> Result<(), Error>) -> Result<(), Error> {
        let outcome = if std::mem::take(&mut self.has_data) {
            let name = &String::from_utf8_lossy(&self.name);
            let data = self.data.get(self.data_from..).unwrap_or_default();
            match std::str::from_utf8(data) {
                Ok(data) => event(Event { name, data }),
                Err(_) => event(Event { name, data: &String::from_utf8_lossy(data) }),
            }
        } else {
            Ok(())
        };
        self.name.clear();
        empty(&mut self.data);
        self.data_from = 0;
        outcome
    }
}

/// Bytes of a line that is moved rather than copied, and of a buffer that is not kept for the next.
const LARGE: usize = 64 << 10;

/// Empties a buffer, and gives a large one back.
pub(crate) fn empty(buffer: &mut Vec<u8>) {
    if buffer.capacity() > LARGE { *buffer = Vec::new() } else { buffer.clear() }
}

fn too_long() -> Error {
    Error::new(
        Kind::Protocol,
        format!("The server sent a line or an event of more than {} MiB", defaults::MESSAGE_BYTES >> 20),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn decode(chunks: &[&[u8]]) -> Vec<String> {
        let mut decoder = SseDecoder::default();
        let mut events = Vec::new();
        let mut sink = |event: Event<'_>| {
            events.push(if event.name.is_empty() {
                event.data.to_owned()
            } else {
                format!("{}|{}", event.name, event.data)
            });
            Ok(())
        };
        for chunk in chunks {
            decoder.push(chunk, &mut sink).unwrap();
        }
        decoder.finish(&mut sink).unwrap();
        events
    }

    #[test]
    fn the_specification_s_cases() {
        for (text, expected) in [
            ("data: a\n\n", vec!["a"]),
            ("data:a\r\rdata: b\r\n\r\n", vec!["a", "b"]),
            ("data: a\ndata:  b\n\n", vec!["a\n b"]),
            (": comment\nevent: x\nid: 1\nretry: 5\ndata\n\n", vec!["x|"]),
            ("event: x\n\ndata: a\nevent: y\nevent:z\n\ndata: b\n\n", vec!["z|a", "b"]),
            ("\u{feff}data: a\n\n", vec!["a"]),
            ("data: \u{feff}a\n\n", vec!["\u{feff}a"]),
            ("event: x\n\n", vec![]),
            ("datax: a\n\n", vec![]),
            ("data: a\n\ndata: b", vec!["a", "b"]),
            ("", vec![]),
            ("\n\n\r\n", vec![]),
        ] {
            assert_eq!(decode(&[text.as_bytes()]), expected, "{text:?}");
        }
    }

    #[test]
    fn a_large_line_is_like_a_small_one() {
        let large = "x".repeat(LARGE + 1);
        for (text, expected) in [
            ("event: y\ndata: L\n\ndata: b\n\n", vec!["y|L", "b"]),
            ("data:L\ndata: L\ndata\n\n", vec!["L\nL\n"]),
            ("data: a\ndata: L\n\n", vec!["a\nL"]),
            (": L\nevent: L\nid:L\ndata:  L\n\n", vec!["L| L"]),
            ("\u{feff}data: L\n\n", vec!["L"]),
            ("data: a\n\ndata: L", vec!["a", "L"]),
        ] {
            let text = text.replace('L', &large);
            let expected: Vec<String> = expected.iter().map(|event| event.replace('L', &large)).collect();
            for size in [1000, LARGE, text.len()] {
                let pieces: Vec<&[u8]> = text.as_bytes().chunks(size).collect();
                assert!(decode(&pieces) == expected, "pieces of {size}");
            }
        }
    }

    #[test]
    fn bad_utf8_becomes_replacement_characters() {
        assert_eq!(decode(&[b"data: a\xFFb\n\n"]), ["a\u{fffd}b"]);
    }

    #[test]
    fn json_between_the_events_is_kept_apart() {
        let mut decoder = SseDecoder::default();
        let mut events = 0;
        let text = b"data: a\n\n: comment\n{\n \"error\": {\n  \"code\": 503\n }\n}\n\ndata: b\n\n";
        decoder
            .push(text, &mut |_| {
                events += 1;
                Ok(())
            })
            .unwrap();
        assert_eq!(events, 2);
        let stray: serde_json::Value = serde_json::from_slice(&decoder.into_stray()).unwrap();
        assert_eq!(stray["error"]["code"], 503);
    }

    #[test]
    fn an_endless_line_is_refused() {
        let mut decoder = SseDecoder::default();
        let chunk = vec![b'x'; 1 << 20];
        let error = (0..=64).find_map(|_| decoder.push(&chunk, &mut |_| Ok(())).err()).unwrap();
        assert_eq!(error.kind, Kind::Protocol);
    }

    proptest! {
        #[test]
        fn any_split_gives_the_same_events(
            lines in prop::collection::vec("(data: ?)?[a-zé€😀: ]{0,12}(\r\n|\n|\r)(\n|\r|\r\n)?", 0..12),
            cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..20),
        ) {
            let text = lines.concat().into_bytes();
            let whole = decode(&[&text]);
            prop_assert_eq!(decode(&crate::split::pieces(&text, &cuts)), whole.clone());
            let bytes: Vec<&[u8]> = text.chunks(1).collect();
            prop_assert_eq!(decode(&bytes), whole);
        }
    }
}
