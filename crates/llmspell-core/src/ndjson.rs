//! Lines of JSON (NDJSON), decoded from bytes that may be split anywhere.
//!
//! Source: <https://github.com/ndjson/ndjson-spec>. Empty lines are passed over, and a last line without its end is given.

use crate::defaults;
use crate::error::{Error, Kind};

/// A decoder of one stream.
#[derive(Debug, Default)]
pub struct NdjsonDecoder {
    line: Vec<u8>,
    started: bool,
}

/// What takes each line.
pub type Sink<'a> = dyn FnMut(&str) -> Result<(), Error> + 'a;

impl NdjsonDecoder {
    /// Takes the next bytes and calls `sink` with each line that they complete, without space around it.
    ///
    /// Text that is not UTF-8 is read with replacement characters.
    ///
    /// # Errors
    /// What `sink` returns, at once; `protocol` when a line passes [`defaults::MESSAGE_BYTES`].
    pub fn push(&mut self, bytes: &[u8], sink: &mut Sink<'_>) -> Result<(), Error> {
        let mut rest = bytes;
        while let Some(end) = memchr::memchr(b'\n', rest) {
            let (head, tail) = rest.split_at(end);
            rest = tail.get(1..).unwrap_or_default();
            if self.line.is_empty() {
                self.take_line(head, sink)?;
            } else {
                self.keep(head)?;
                let mut line = std::mem::take(&mut self.line);
                self.take_line(&line, sink)?;
                crate::sse::empty(&mut line);
                self.line = line;
            }
        }
        self.keep(rest)
    }

    /// Takes the end of the stream: `sink` gets the line that it left open.
    ///
    /// # Errors
    /// What `sink` returns.
    pub fn finish(&mut self, sink: &mut Sink<'_>) -> Result<(), Error> {
        let line = std::mem::take(&mut self.line);
        self.take_line(&line, sink)
    }

    fn keep(&mut self, bytes: &[u8]) -> Result<(), Error> {
        if self.line.len() + bytes.len() > defaults::MESSAGE_BYTES {
            return Err(Error::new(
                Kind::Protocol,
                format!("The server sent a line of more than {} MiB", defaults::MESSAGE_BYTES >> 20),
            ));
        }
        self.line.extend_from_slice(bytes);
        Ok(())
    }

    fn take_line(&mut self, line: &[u8], sink: &mut Sink<'_>) -> Result<(), Error> {
        let line = if self.started { line } else { line.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(line) };
        let line = line.trim_ascii();
        if line.is_empty() {
            return Ok(());
        }
        self.started = true;
        match std::str::from_utf8(line) {
            Ok(text) => sink(text),
            Err(_) => sink(&String::from_utf8_lossy(line)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn decode(chunks: &[&[u8]]) -> Vec<String> {
        let mut decoder = NdjsonDecoder::default();
        let mut lines = Vec::new();
        let mut sink = |line: &str| {
            lines.push(line.to_owned());
            Ok(())
        };
        for chunk in chunks {
            decoder.push(chunk, &mut sink).unwrap();
        }
        decoder.finish(&mut sink).unwrap();
        lines
    }

    #[test]
    fn lines() {
        for (text, wanted) in [
            (&b"{\"a\":1}\n{\"b\":2}\n"[..], vec!["{\"a\":1}", "{\"b\":2}"]),
            (b"\xEF\xBB\xBF {} \r\n\r\n\n[]", vec!["{}", "[]"]),
            (b"a\xFFb\n", vec!["a\u{fffd}b"]),
            (b"", vec![]),
            (b"\n\n", vec![]),
        ] {
            assert_eq!(decode(&[text]), wanted);
        }
    }

    #[test]
    fn an_endless_line_is_refused() {
        let mut decoder = NdjsonDecoder::default();
        let chunk = vec![b'x'; 1 << 20];
        let error = (0..=64).find_map(|_| decoder.push(&chunk, &mut |_| Ok(())).err()).unwrap();
        assert_eq!(error.kind, Kind::Protocol);
    }

    proptest! {
        #[test]
        fn any_split_gives_the_same_lines(
            lines in prop::collection::vec("[a-zé€😀 ]{0,12}(\r?\n){0,2}", 0..12),
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
