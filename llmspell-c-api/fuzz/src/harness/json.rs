//! JSON as a row of tokens: it must agree with serde_json.

use super::{abi, verdict};
use serde_json::Value;

/// Parses, and builds the value again from the tokens.
pub fn parse(input: &[u8]) {
    let Some(tokens) = abi::json_tokens(input) else { return };
    let mut tokens = tokens.into_iter();
    let first = tokens.next().expect("a text that was accepted has a token");
    let built = build(first, &mut tokens);
    assert!(tokens.next().is_none(), "tokens behind the value");
    let text = std::str::from_utf8(input).expect("what was accepted is UTF-8");
    let value = verdict::any_json(text).expect("what was accepted is JSON");
    assert_eq!(built, as_told(value));
}

fn build(token: abi::Token, rest: &mut impl Iterator<Item = abi::Token>) -> Value {
    use abi::Token;
    match token {
        Token::Null => Value::Null,
        Token::Bool(value) => Value::Bool(value),
        Token::Integer(value) => value.into(),
        Token::Number(value) => value.into(),
        Token::Text(text) => Value::String(text),
        Token::Array(count) => {
            let items: Vec<Value> = (0..count).map(|_| build(rest.next().expect("an element"), rest)).collect();
            assert!(matches!(rest.next(), Some(Token::ArrayEnd)), "an array ends after its elements");
            Value::Array(items)
        }
        Token::Object(count) => {
            let mut fields = serde_json::Map::new();
            for _ in 0..count {
                let Some(Token::Key(name)) = rest.next() else { panic!("a member has a name") };
                fields.insert(name, build(rest.next().expect("a value"), rest));
            }
            assert!(matches!(rest.next(), Some(Token::ObjectEnd)), "an object ends after its members");
            Value::Object(fields)
        }
        other => panic!("{other:?} begins no value"),
    }
}

/// Integers beyond 64 bits with sign are told as numbers.
fn as_told(value: Value) -> Value {
    match value {
        Value::Number(number) if number.as_i64().is_none() => number.as_f64().into(),
        Value::Array(items) => items.into_iter().map(as_told).collect(),
        Value::Object(fields) => fields.into_iter().map(|(name, field)| (name, as_told(field))).collect(),
        other => other,
    }
}
