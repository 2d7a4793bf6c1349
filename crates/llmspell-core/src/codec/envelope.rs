//! What the chunks of one stream have in common: all but the piece of text that each brings. A chunk that differs from the
//! one before in that piece alone means the same otherwise, and is not read again.

/// Chunks that may differ in more than their text before no more are compared.
const TRIES: u8 = 4;

/// The text of a chunk before and after its piece, which is inside a JSON string there.
#[derive(Debug, Default)]
pub(crate) struct Envelope {
    head: Side,
    tail: Side,
    tries: u8,
}

/// What stands on one side of the piece.
#[derive(Debug, Default)]
struct Side {
    text: String,
    /// From here on numbers may differ.
    loose: usize,
}

impl Side {
    fn new(text: &str, numbers_after: Option<&str>) -> Self {
        let loose = numbers_after.and_then(|mark| text.find(mark)).unwrap_or(text.len());
        Self { text: text.to_owned(), loose }
    }

    /// How many bytes at the begin of `text` are like this side.
    fn fits(&self, text: &str) -> Option<usize> {
        let (fixed, mut pattern) = self.text.as_bytes().split_at_checked(self.loose)?;
        let mut rest = text.as_bytes().strip_prefix(fixed)?;
        while let Some((wanted, others)) = pattern.split_first() {
            let (byte, tail) = rest.split_first()?;
            if wanted.is_ascii_digit() && byte.is_ascii_digit() {
                pattern = after_digits(others);
                rest = after_digits(tail);
            } else if wanted == byte {
                pattern = others;
                rest = tail;
            } else {
                return None;
            }
        }
        Some(text.len() - rest.len())
    }
}

fn after_digits(text: &[u8]) -> &[u8] {
    let end = text.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(text.len());
    text.get(end..).unwrap_or_default()
}

impl Envelope {
    /// The piece of a chunk that is like the one that was kept: never empty, and without escapes.
    pub(crate) fn piece<'a>(&self, chunk: &'a str) -> Option<&'a str> {
        if self.head.text.is_empty() {
            return None;
        }
        let rest = chunk.get(self.head.fits(chunk)?..)?;
        let end = memchr::memchr2(b'"', b'\\', rest.as_bytes())?;
        let (piece, tail) = rest.split_at_checked(end)?;
        // What is not allowed in a string as it stands is for the parser.
        let fits =
            !piece.is_empty() && piece.bytes().all(|byte| byte >= b' ') && self.tail.fits(tail) == Some(tail.len());
        fits.then_some(piece)
    }

    /// Keeps a chunk that brings nothing but a piece of text, which was read from it, and says whether it did.
    pub(crate) fn keep(&mut self, chunk: &str, piece: &str) -> bool {
        let tries = self.tries;
        self.keep_but_numbers(chunk, piece, None, None);
        self.tries != tries
    }

    /// Like [`Self::keep`]; numbers may differ (counts of tokens, times): before the piece those that come after the text
    /// `before`, and behind it those after the text `behind`. No number there may say what the piece is.
    pub(crate) fn keep_but_numbers(&mut self, chunk: &str, piece: &str, before: Option<&str>, behind: Option<&str>) {
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
            let (head, tail) = (Side::new(head, before), Side::new(tail, behind));
            *self = Self { head, tail, tries: self.tries + 1 };
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
    fn numbers_may_differ_where_they_are_said_to() {
        let chunk = r#"{"at":"07:30.1Z","index":0,"text":"one","usage":{"n":9,"total":99}}"#;
        let at = chunk.find("one").unwrap();
        let mut envelope = Envelope::default();
        envelope.keep_but_numbers(chunk, &chunk[at..at + 3], None, Some("\"usage\""));
        let other = chunk.replace("one", "two").replace('9', "123");
        assert_eq!(envelope.piece(&other), Some("two"));
        assert_eq!(envelope.piece(&other.replace("total", "sum")), None);
        assert_eq!(envelope.piece(&other.replace("07:", "08:")), None, "before the mark numbers count");
        assert_eq!(envelope.piece(&chunk.replace("99}", "99,\"x\":1}")), None);
        let mut envelope = Envelope::default();
        envelope.keep_but_numbers(chunk, &chunk[at..at + 3], Some("\"at\""), None);
        assert_eq!(envelope.piece(&chunk.replace("07:30.1Z", "12:00.123Z")), Some("one"));
    }

    #[test]
    fn a_piece_that_was_copied_is_not_kept() {
        let mut envelope = Envelope::default();
        envelope.keep(CHUNK, &String::from("one"));
        assert_eq!(envelope.piece(&CHUNK.replace("one", "two")), None);
    }
}
