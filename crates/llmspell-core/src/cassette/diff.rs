//! What a recorded request and a real one differ in, in words.

use super::{Request, json_of};
use crate::json::quote;
use serde_json::Value;

/// Differences that are told one by one.
const TOLD: usize = 5;
/// Characters of a value that are shown.
const SHOWN: usize = 80;

/// What differs, as `place: recorded …, got …`, bounded in number and length; empty when the requests say the same.
pub(super) fn differences(recorded: &Request, got: &Request, same_path: bool) -> Vec<String> {
    let mut found = Found::default();
    if recorded.method != got.method {
        found.add("method", &shown(&recorded.method), &shown(&got.method));
    }
    if !same_path {
        found.add("path", &shown(&recorded.path), &shown(&got.path));
    }
    if recorded.query != got.query {
        found.add("query", &shown(&query(recorded)), &shown(&query(got)));
    }
    match (json_of(&recorded.body), json_of(&got.body)) {
        (Some(one), Some(other)) => found.compare("body", &one, &other),
        _ if recorded.body == got.body => {}
        _ => found.texts("body", &String::from_utf8_lossy(&recorded.body), &String::from_utf8_lossy(&got.body)),
    }
    let more = found.all.len().saturating_sub(TOLD);
    found.all.truncate(TOLD);
    if more > 0 || found.cut {
        found.all.push(if found.cut { "and more".to_owned() } else { format!("and {more} more") });
    }
    found.all
}

fn query(request: &Request) -> String {
    request.query.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("&")
}

#[derive(Default)]
struct Found {
    all: Vec<String>,
    /// There may be more, which nobody looked for.
    cut: bool,
}

impl Found {
    fn add(&mut self, place: &str, recorded: &str, got: &str) {
        if self.all.len() > TOLD * 20 {
            self.cut = true;
            return;
        }
        self.all.push(format!("{place}: recorded {recorded}, got {got}"));
    }

    fn compare(&mut self, place: &str, recorded: &Value, got: &Value) {
        if self.cut || same(recorded, got) {
            return;
        }
        match (recorded, got) {
            (Value::Object(one), Value::Object(other)) => {
                let mut names: Vec<&String> =
                    one.keys().chain(other.keys().filter(|name| !one.contains_key(*name))).collect();
                names.sort();
                for name in names {
                    let inner = format!("{place}.{}", quote(name, 40));
                    match (one.get(name), other.get(name)) {
                        (Some(one), Some(other)) => self.compare(&inner, one, other),
                        (one, other) => self.add(&inner, &member(one), &member(other)),
                    }
                }
            }
            (Value::Array(one), Value::Array(other)) => {
                for at in 0..one.len().max(other.len()) {
                    let inner = format!("{place}[{at}]");
                    match (one.get(at), other.get(at)) {
                        (Some(one), Some(other)) => self.compare(&inner, one, other),
                        (one, other) => self.add(&inner, &member(one), &member(other)),
                    }
                }
            }
            (Value::String(one), Value::String(other)) => self.texts(place, one, other),
            (one, other) => self.add(place, &shown(&one.to_string()), &shown(&other.to_string())),
        }
    }

    /// Two texts, from a little before the place where they part.
    fn texts(&mut self, place: &str, recorded: &str, got: &str) {
        let common = recorded.char_indices().zip(got.chars()).find(|((_, one), other)| one != other);
        let parting = common.map_or(recorded.len().min(got.len()), |((at, _), _)| at);
        let before = recorded.get(..parting).unwrap_or_default();
        let from = before.char_indices().rev().nth(SHOWN / 4).map_or(0, |(at, _)| at);
        let part = |text: &str| {
            let mark = if from > 0 { "…" } else { "" };
            format!("{:?}", format!("{mark}{}", quote(text.get(from..).unwrap_or_default(), SHOWN)))
        };
        self.add(place, &part(recorded), &part(got));
    }
}

/// Equal, with numbers by value.
pub(super) fn same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(one), Value::Number(other)) => one == other || one.as_f64() == other.as_f64(),
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| same(one, other))
        }
        (Value::Object(one), Value::Object(other)) => {
            one.len() == other.len()
                && one.iter().all(|(name, one)| other.get(name).is_some_and(|other| same(one, other)))
        }
        _ => one == other,
    }
}

fn member(value: Option<&Value>) -> String {
    value.map_or_else(|| "nothing".to_owned(), |value| shown(&value.to_string()))
}

fn shown(text: &str) -> String {
    quote(text, SHOWN)
}
