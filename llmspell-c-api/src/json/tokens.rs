//! The tokens of a JSON text in one flat row, read without building a tree.

use serde::de::{DeserializeSeed, MapAccess, SeqAccess, Visitor};
use std::fmt;

/// Deepest nesting: what a user's value may have, and room for what wraps it.
pub(super) const DEPTH: usize = llmspell::defaults::JSON_DEPTH_WRAPPED;

/// Where a text lies among the texts of a [`Tokens`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Span {
    start: usize,
    end: usize,
}

/// One token.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Token {
    Null,
    False,
    True,
    Integer(i64),
    Number(f64),
    String(Span),
    Key(Span),
    /// With the number of elements.
    Array(usize),
    ArrayEnd,
    /// With the number of members.
    Object(usize),
    ObjectEnd,
}

/// The tokens of a JSON text, and its texts without escapes.
#[derive(Debug, Default)]
pub(super) struct Tokens {
    row: Vec<Token>,
    texts: String,
}

impl Tokens {
    /// Reads a JSON text; the error says what is wrong with it and where.
    pub(super) fn parse(text: &str) -> Result<Tokens, String> {
        let mut tokens = Tokens::default();
        let mut reader = serde_json::Deserializer::from_str(text);
        // The limit below is ours, so that the value after the last allowed level is an error and not a crash.
        reader.disable_recursion_limit();
        Value { tokens: &mut tokens, depth: 0 }
            .deserialize(&mut reader)
            .and_then(|()| reader.end())
            .map_err(|error| llmspell::mend_json_complaint(format!("is not valid JSON: {error}")))?;
        Ok(tokens)
    }

    pub(super) fn get(&self, index: usize) -> Option<&Token> {
        self.row.get(index)
    }

    /// The text of a STRING or KEY.
    pub(super) fn text(&self, span: Span) -> &str {
        self.texts.get(span.start..span.end).unwrap_or_default()
    }

    fn keep(&mut self, text: &str) -> Span {
        let start = self.texts.len();
        self.texts.push_str(text);
        Span { start, end: self.texts.len() }
    }

    /// Puts the count into the token that opened an array or object, and closes it.
    fn close(&mut self, opened: usize, begin: Token, end: Token) {
        if let Some(token) = self.row.get_mut(opened) {
            *token = begin;
        }
        self.row.push(end);
    }
}

/// Reads one value, `depth` levels down.
struct Value<'a> {
    tokens: &'a mut Tokens,
    depth: usize,
}

/// Reads the name of a member.
struct Key<'a>(&'a mut Tokens);

impl<'de> DeserializeSeed<'de> for Value<'_> {
    type Value = ();

    fn deserialize<D: serde::Deserializer<'de>>(self, reader: D) -> Result<(), D::Error> {
        reader.deserialize_any(self)
    }
}

impl<'de> DeserializeSeed<'de> for Key<'_> {
    type Value = ();

    fn deserialize<D: serde::Deserializer<'de>>(self, reader: D) -> Result<(), D::Error> {
        reader.deserialize_str(self)
    }
}

impl Value<'_> {
    fn push<E>(self, token: Token) -> Result<(), E> {
        self.tokens.row.push(token);
        Ok(())
    }

    /// Opens an array or object and gives its place in the row.
    fn open<E: serde::de::Error>(&mut self, token: Token) -> Result<usize, E> {
        self.depth += 1;
        if self.depth > DEPTH {
            return Err(E::custom(format!("nested deeper than {DEPTH} levels")));
        }
        self.tokens.row.push(token);
        Ok(self.tokens.row.len() - 1)
    }
}

impl<'de> Visitor<'de> for Value<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        self.push(Token::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<(), E> {
        self.push(if value { Token::True } else { Token::False })
    }

    fn visit_i64<E>(self, value: i64) -> Result<(), E> {
        self.push(Token::Integer(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<(), E> {
        match i64::try_from(value) {
            Ok(value) => self.push(Token::Integer(value)),
            // Exact only to 53 bits, as everywhere where JSON numbers are doubles.
            Err(_) => self.push(Token::Number(value as f64)),
        }
    }

    fn visit_f64<E>(self, value: f64) -> Result<(), E> {
        self.push(Token::Number(value))
    }

    fn visit_str<E>(self, value: &str) -> Result<(), E> {
        let span = self.tokens.keep(value);
        self.push(Token::String(span))
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut items: A) -> Result<(), A::Error> {
        let opened = self.open(Token::Array(0))?;
        let mut count = 0;
        while items.next_element_seed(Value { tokens: self.tokens, depth: self.depth })?.is_some() {
            count += 1;
        }
        self.tokens.close(opened, Token::Array(count), Token::ArrayEnd);
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut members: A) -> Result<(), A::Error> {
        let opened = self.open(Token::Object(0))?;
        let mut count = 0;
        while members.next_key_seed(Key(self.tokens))?.is_some() {
            members.next_value_seed(Value { tokens: self.tokens, depth: self.depth })?;
            count += 1;
        }
        self.tokens.close(opened, Token::Object(count), Token::ObjectEnd);
        Ok(())
    }
}

impl Visitor<'_> for Key<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a member's name")
    }

    fn visit_str<E>(self, value: &str) -> Result<(), E> {
        let span = self.0.keep(value);
        self.0.row.push(Token::Key(span));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(text: &str) -> Vec<Token> {
        Tokens::parse(text).unwrap().row
    }

    #[test]
    fn values_come_in_order_with_counts() {
        let tokens = Tokens::parse(r#" {"a":[1,-2.5,null,true,false],"b\u00e9":{},"c":"x\ny"} "#).unwrap();
        let shown: Vec<String> = tokens
            .row
            .iter()
            .map(|token| match *token {
                Token::String(span) | Token::Key(span) => format!("{:?}", tokens.text(span)),
                ref other => format!("{other:?}"),
            })
            .collect();
        assert_eq!(
            shown.join(" "),
            "Object(3) \"a\" Array(5) Integer(1) Number(-2.5) Null True False ArrayEnd \"bé\" Object(0) ObjectEnd \"c\" \
             \"x\\ny\" ObjectEnd"
        );
    }

    #[test]
    fn integers_are_exact_to_64_bits() {
        assert_eq!(row("9223372036854775807"), [Token::Integer(i64::MAX)]);
        assert_eq!(row("-9223372036854775808"), [Token::Integer(i64::MIN)]);
        assert_eq!(row("9223372036854775808"), [Token::Number(9_223_372_036_854_775_808.0)]);
        assert_eq!(row("123456789012345678901234567890"), [Token::Number(1.2345678901234568e29)]);
        assert_eq!(row("1e3"), [Token::Number(1000.0)]);
        assert_eq!(row("-0.0"), [Token::Number(-0.0)]);
    }

    #[test]
    fn depth_is_limited_without_a_crash() {
        let nest = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
        assert_eq!(row(&nest(DEPTH)).len(), 2 * DEPTH);
        for depth in [DEPTH + 1, 10_000, 1_000_000] {
            let error = Tokens::parse(&nest(depth)).unwrap_err();
            assert!(error.contains("nested deeper"), "{error}");
        }
        let error = Tokens::parse(&"{\"a\":".repeat(100_000)).unwrap_err();
        assert!(error.contains("nested deeper"), "{error}");
    }

    #[test]
    fn what_is_not_json_is_refused() {
        for bad in ["", " ", "{", "[1,]", "{\"a\":1,}", "nul", "'a'", "1 2", "\"\\ud800\"", "NaN", "1e999", "\u{feff}1"]
        {
            let error = Tokens::parse(bad).unwrap_err();
            assert!(error.starts_with("is not valid JSON: "), "{bad}: {error}");
            assert_eq!(error.contains("two such escapes"), bad.contains("\\u"), "{bad}: {error}");
        }
    }
}
