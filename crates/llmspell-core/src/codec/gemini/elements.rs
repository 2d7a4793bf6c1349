//! The elements of a JSON array, one by one, from bytes that may be split anywhere: the form of a stream that was asked for
//! without `alt=sse`.

use crate::codec::limits::too_large;
use crate::defaults;
use crate::error::Error;

/// Splits one array.
#[derive(Debug, Default)]
pub(super) struct Elements {
    /// Brackets that are open, the array's own among them.
    depth: usize,
    in_string: bool,
    escaped: bool,
    element: Vec<u8>,
    closed: bool,
}

impl Elements {
    /// Takes the next bytes; `sink` gets the text of each element that they complete.
    ///
    /// # Errors
    /// What `sink` returns; `protocol` when an element passes [`defaults::MESSAGE_BYTES`].
    pub(super) fn push(&mut self, bytes: &[u8], sink: &mut dyn FnMut(&str) -> Result<(), Error>) -> Result<(), Error> {
        let mut from = 0;
        for (at, byte) in bytes.iter().enumerate() {
            if self.closed {
                return Ok(());
            }
            if self.in_string {
                match byte {
                    _ if self.escaped => self.escaped = false,
                    b'\\' => self.escaped = true,
                    b'"' => self.in_string = false,
                    _ => {}
                }
                continue;
            }
            let ends = match byte {
                b'"' => {
                    self.in_string = true;
                    false
                }
                b'[' | b'{' => {
                    self.depth += 1;
                    if self.depth == 1 {
                        from = at + 1;
                    }
                    false
                }
                b']' | b'}' => {
                    self.depth = self.depth.saturating_sub(1);
                    self.closed = self.depth == 0;
                    self.closed
                }
                b',' => self.depth == 1,
                _ => false,
            };
            if ends {
                self.keep(bytes.get(from..at).unwrap_or_default())?;
                from = at + 1;
                self.flush(sink)?;
            }
        }
        if self.closed { Ok(()) } else { self.keep(bytes.get(from..).unwrap_or_default()) }
    }

    /// Whether the array's end has come.
    pub(super) const fn closed(&self) -> bool {
        self.closed
    }

    fn keep(&mut self, bytes: &[u8]) -> Result<(), Error> {
        if self.element.len() + bytes.len() > defaults::MESSAGE_BYTES {
            return Err(too_large());
        }
        self.element.extend_from_slice(bytes);
        Ok(())
    }

    fn flush(&mut self, sink: &mut dyn FnMut(&str) -> Result<(), Error>) -> Result<(), Error> {
        let outcome = {
            let text = String::from_utf8_lossy(&self.element);
            let text = text.trim();
            if text.is_empty() { Ok(()) } else { sink(text) }
        };
        crate::sse::empty(&mut self.element);
        outcome
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::{Value, json};

    fn split(chunks: &[&[u8]]) -> (Vec<String>, bool) {
        let mut elements = Elements::default();
        let mut seen = Vec::new();
        for chunk in chunks {
            elements
                .push(chunk, &mut |text| {
                    seen.push(text.to_owned());
                    Ok(())
                })
                .unwrap();
        }
        (seen, elements.closed())
    }

    #[test]
    fn elements_come_one_by_one() {
        for (text, wanted, closed) in [
            ("[]", vec![], true),
            (
                " [ {\"a\": \"]},{[\\\"\"}\n,\n{\"b\": [1, {}]} ] ,{}",
                vec!["{\"a\": \"]},{[\\\"\"}", "{\"b\": [1, {}]}"],
                true,
            ),
            ("[{\"a\":1},{\"b\":", vec!["{\"a\":1}"], false),
            ("[1,\"x\"]", vec!["1", "\"x\""], true),
        ] {
            let bytes: Vec<&[u8]> = text.as_bytes().chunks(1).collect();
            assert_eq!(split(&[text.as_bytes()]), (wanted.iter().map(ToString::to_string).collect(), closed), "{text}");
            assert_eq!(split(&bytes), split(&[text.as_bytes()]), "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_split_gives_the_elements(
            texts in prop::collection::vec("[a-zé\\\\\"\\[\\]{},😀]{0,8}", 0..6), cut in any::<prop::sample::Index>()
        ) {
            let values: Vec<Value> = texts.iter().map(|text| json!({text: [text, {}]})).collect();
            let text = serde_json::to_vec_pretty(&values).unwrap();
            let (head, tail) = text.split_at(cut.index(text.len()));
            let (seen, closed) = split(&[head, tail]);
            let seen: Vec<Value> = seen.iter().map(|text| serde_json::from_str(text).unwrap()).collect();
            prop_assert_eq!(seen, values);
            prop_assert!(closed);
        }
    }
}
