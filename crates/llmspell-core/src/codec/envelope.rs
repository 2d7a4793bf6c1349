//! What the chunks of one stream have in common: all but the piece of text that each brings. A chunk that differs from the
//! one before in that piece alone means the same otherwise, and is not read again.

/// Chunks that may differ in more than their text before no more are compared.
const TRIES: u8 = 4;

/// The text of a chunk before and after its piece, which is inside a JSON string there.
#[derive(Debug, Default)]
pub(crate) struct Envelope {
    head: String,
    tail: String,
    tries: u8,
}

impl Envelope {
    /// The piece of a chunk that is like the one that was kept: never empty, and without escapes.
    pub(crate) fn piece<'a>(&self, chunk: &'a str) -> Option<&'a str> {
        if self.head.is_empty() {
            return None;
        }
        let piece = chunk.strip_prefix(&*self.head)?.strip_suffix(&*self.tail)?;
        // What could end the string, or is not allowed in it as it stands, is for the parser.
        let plain = |byte: u8| byte >= b' ' && byte != b'"' && byte != b'\\';
        (!piece.is_empty() && piece.bytes().all(plain)).then_some(piece)
    }

    /// Keeps a chunk that brings nothing but a piece of text, which was read from it.
    pub(crate) fn keep(&mut self, chunk: &str, piece: &str) {
        if self.tries >= TRIES {
            return;
        }
        // The piece is a part of the chunk, unless it has escapes and was copied.
        let at = piece.as_ptr().addr().wrapping_sub(chunk.as_ptr().addr());
        let end = at.wrapping_add(piece.len());
        let (Some(head), Some(same), Some(tail)) = (chunk.get(..at), chunk.get(at..end), chunk.get(end..)) else {
            return;
        };
        if same.as_ptr() == piece.as_ptr() && head.ends_with('"') && tail.starts_with('"') {
            *self = Self { head: head.to_owned(), tail: tail.to_owned(), tries: self.tries + 1 };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(chunk: &str) -> Envelope {
        let mut envelope = Envelope::default();
        let at = chunk.find("one").unwrap();
        envelope.keep(chunk, &chunk[at..at + 3]);
        envelope
    }

    const CHUNK: &str = r#"{"model":"m","choices":[{"index":0,"delta":{"content":"one"},"finish_reason":null}]}"#;

    #[test]
    fn a_chunk_with_another_piece_is_known() {
        let envelope = kept(CHUNK);
        for piece in ["two", "größe 😀", "a", "one one", "\u{7f}"] {
            assert_eq!(envelope.piece(&CHUNK.replace("one", piece)), Some(piece));
        }
    }

    #[test]
    fn whatever_else_differs_is_for_the_parser() {
        let envelope = kept(CHUNK);
        for other in [
            CHUNK.replace("one", ""),
            CHUNK.replace("one", r#"\n"#),
            CHUNK.replace("one", "a\nb"),
            CHUNK.replace("one", r#"x","content":"y"#),
            CHUNK.replace("null", r#""stop""#),
            CHUNK.replace(r#""m""#, r#""n""#),
            CHUNK.replace("}]}", "}],\"usage\":{}}"),
            CHUNK.get(..CHUNK.len() - 1).unwrap().to_owned(),
        ] {
            assert_eq!(envelope.piece(&other), None, "{other}");
        }
    }

    #[test]
    fn a_piece_that_was_copied_is_not_kept() {
        let mut envelope = Envelope::default();
        envelope.keep(CHUNK, &String::from("one"));
        assert_eq!(envelope.piece(&CHUNK.replace("one", "two")), None);
    }
}
