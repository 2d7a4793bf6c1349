//! Cuts an answer into the pieces in which a model would send it.

use super::words::beginning;

/// Pieces of one text, about: more words make larger pieces, so that a huge answer is not millions of events.
const MOST: usize = 16 * 1024;
/// Bytes of a piece, however long its words are.
const LARGEST: usize = 16 * 1024;

/// A text word by word, or several words at a time when there are very many; each piece but the first begins with the space before its word.
pub(super) struct Pieces {
    text: String,
    at: usize,
    /// Words in each piece.
    words: usize,
}

impl Pieces {
    pub fn new(text: String) -> Self {
        let words = text.split_whitespace().count().div_ceil(MOST).max(1);
        Pieces { text, at: 0, words }
    }

    /// The next piece; `None` at the end.
    pub fn next(&mut self) -> Option<&str> {
        let rest = self.text.get(self.at..).filter(|rest| !rest.is_empty())?;
        let most = beginning(rest, LARGEST);
        let end = end_of_words(most, self.words).unwrap_or(most.len());
        self.at += end;
        rest.get(..end)
    }
}

/// Where the word at this place, counted from 1, ends, when text follows it; `None` when the text ends there or before.
pub(super) fn end_of_words(text: &str, words: usize) -> Option<usize> {
    let mut end = 0;
    for _ in 0..words {
        let rest = text.get(end..)?;
        let word = rest.find(|c: char| !c.is_whitespace())?;
        end += word + rest.get(word..)?.find(char::is_whitespace)?;
    }
    Some(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(text: &str) -> Vec<String> {
        let mut pieces = Pieces::new(text.to_owned());
        std::iter::from_fn(|| pieces.next().map(str::to_owned)).collect()
    }

    #[test]
    fn pieces_are_words_and_lose_nothing() {
        for text in ["", "one", "one two  three\n", "  lead", "日本 語", "\u{2003}wide", " \n"] {
            assert_eq!(cut(text).concat(), text);
        }
        assert_eq!(cut("a bc  d"), ["a", " bc", "  d"]);
    }

    #[test]
    fn a_huge_text_comes_in_a_bounded_number_of_bounded_pieces() {
        for text in ["a ".repeat(3 << 20), "é".repeat(1 << 20), " ".repeat(1 << 20)] {
            let pieces = cut(&text);
            assert!(pieces.len() <= MOST + 1, "{} pieces", pieces.len());
            assert!(pieces.iter().all(|piece| piece.len() <= LARGEST));
            assert!(pieces.concat() == text);
        }
    }

    #[test]
    fn words_end_where_text_follows() {
        for (words, end) in [(0, Some(0)), (1, Some(2)), (2, Some(5)), (3, None), (9, None)] {
            assert_eq!(end_of_words("ab cd ef", words), end, "{words}");
        }
    }
}
