//! Splits text into the words by which the demo model recognises a tool.

use std::collections::BTreeSet;

/// Words that say nothing about what a tool does.
const STOP: &[&str] = &[
    "about",
    "after",
    "all",
    "also",
    "and",
    "answer",
    "any",
    "are",
    "ask",
    "assistant",
    "been",
    "before",
    "but",
    "call",
    "can",
    "could",
    "current",
    "did",
    "does",
    "each",
    "every",
    "for",
    "from",
    "function",
    "get",
    "give",
    "given",
    "has",
    "have",
    "her",
    "him",
    "his",
    "how",
    "into",
    "its",
    "let",
    "like",
    "list",
    "make",
    "may",
    "more",
    "much",
    "must",
    "need",
    "new",
    "not",
    "now",
    "one",
    "only",
    "our",
    "out",
    "over",
    "perform",
    "please",
    "provide",
    "return",
    "run",
    "say",
    "see",
    "set",
    "she",
    "should",
    "show",
    "some",
    "such",
    "tell",
    "than",
    "that",
    "the",
    "their",
    "them",
    "then",
    "there",
    "these",
    "they",
    "this",
    "those",
    "time",
    "tool",
    "two",
    "use",
    "user",
    "using",
    "value",
    "very",
    "want",
    "was",
    "were",
    "what",
    "when",
    "where",
    "which",
    "who",
    "why",
    "will",
    "with",
    "would",
    "you",
    "your",
];

/// The significant words of `text`: lower case, at least three letters, without common words, and without the
/// endings that a sentence adds (`calculates`, `calculating` and `calculate` are one word).
pub(super) fn significant(text: &str) -> BTreeSet<String> {
    let common = |word: &str| word.chars().count() < 3 || STOP.contains(&word);
    split(text).iter().filter(|word| !common(word)).map(|word| stem(word)).filter(|stem| !common(stem)).collect()
}

/// All words of `text` in lower case. Underscores, hyphens, dots and a change from lower to upper case separate
/// words, so `getWeather` and `get_weather` are the same two.
pub(super) fn split(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut lower_before = false;
    for c in text.chars() {
        let boundary = !c.is_alphanumeric() || (c.is_uppercase() && lower_before);
        if boundary && !word.is_empty() {
            words.push(std::mem::take(&mut word));
        }
        if c.is_alphanumeric() {
            word.extend(c.to_lowercase());
        }
        lower_before = c.is_lowercase();
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}

/// At most `most` bytes from the beginning of `text`, whole characters.
pub(super) fn beginning(text: &str, most: usize) -> &str {
    let end = (0..=most.min(text.len())).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
    text.get(..end).unwrap_or_default()
}

/// How many words `text` has: what the demo model counts as tokens.
pub(super) fn count(text: &str) -> u64 {
    text.split_whitespace().count() as u64
}

/// Cuts common English endings. Crude, but the same for a tool's words and for a message's.
fn stem(word: &str) -> String {
    let mut stem = word;
    for ending in [
        "ations", "ation", "ating", "ators", "ator", "ates", "ated", "ate", "ings", "ing", "ers", "er", "ed", "es", "s",
    ] {
        if let Some(rest) = word.strip_suffix(ending)
            && rest.chars().count() >= 3
        {
            stem = rest;
            break;
        }
    }
    stem.strip_suffix('e').filter(|rest| rest.chars().count() >= 3).unwrap_or(stem).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_forms_of_one_word_meet() {
        for forms in [
            vec!["calculate", "calculates", "calculating", "calculation", "calculations", "calculator"],
            vec!["translate", "translates", "translation", "translator"],
            vec!["file", "files"],
            vec!["search", "searches", "searching"],
        ] {
            let stems: BTreeSet<String> = forms.iter().map(|form| stem(form)).collect();
            assert_eq!(stems.len(), 1, "{forms:?} gave {stems:?}");
        }
    }

    #[test]
    fn common_words_are_not_significant() {
        assert_eq!(significant("Please tell me what the current time is, using this tool"), BTreeSet::new());
        assert_eq!(significant("Get the weather"), BTreeSet::from(["weath".to_owned()]));
    }

    #[test]
    fn beginnings_are_whole_characters() {
        for (most, expected) in [(0, ""), (2, "a"), (3, "aé"), (9, "aéb")] {
            assert_eq!(beginning("aéb", most), expected);
        }
    }

    #[test]
    fn names_split_at_case_and_punctuation() {
        assert_eq!(split("getWeather"), ["get", "weather"]);
        assert_eq!(split("skill.read_file-now"), ["skill", "read", "file", "now"]);
        assert_eq!(split("Größe ÄÖ"), ["größe", "äö"]);
    }
}
