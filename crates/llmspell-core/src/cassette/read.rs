//! Reads the text of a cassette.

use super::write::BEGIN;
use super::yaml::{Fault, Node, Value, documents};
use super::{Exchange, Recorded, Request, Response};
use crate::error::{Error, Kind};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::borrow::Cow;

/// Reads a cassette; `name` is what errors call it. A document that broke off when its process was killed is passed over.
///
/// # Errors
/// `config`, with `name:line`, for what is no YAML or no exchange, and for a cassette without any.
pub fn read(name: &str, text: &str) -> Result<Vec<Exchange>, Error> {
    let wrong =
        |(line, why): Fault| Error::new(Kind::Config, format!("{name}:{line}: {why}; see docs/testing.md, cassettes"));
    let (text, torn) = whole(text);
    let exchanges = exchanges(&text).map_err(wrong)?;
    if exchanges.is_empty() {
        let why = "the cassette holds no exchange; expected documents with `when` and `then`";
        let broke_off = if torn == 0 { String::new() } else { format!(" ({torn} broke off while written)") };
        return Err(Error::new(Kind::Config, format!("{name}: {why}{broke_off}")));
    }
    Ok(exchanges)
}

fn exchanges(text: &str) -> Result<Vec<Exchange>, Fault> {
    documents(text)?.iter().map(exchange).collect()
}

/// The text without documents of ours that broke off, each of which leaves its lines empty, and how many they are.
fn whole(text: &str) -> (Cow<'_, str>, usize) {
    let begins = text.match_indices(BEGIN).map(|(at, _)| at);
    let begins: Vec<usize> = begins
        .filter(|at| text.get(..*at).is_some_and(|before| matches!(before, "" | "\u{feff}") || before.ends_with('\n')))
        .collect();
    let ends = begins.iter().skip(1).copied().chain([text.len()]);
    let parts: Vec<&str> = begins.iter().zip(ends).filter_map(|(begin, end)| text.get(*begin..end)).collect();
    let has_end = |part: &str| part.contains("\n...\n") || part.ends_with("\n...");
    // A formatter may have taken the ends of all of them.
    let formatted = !parts.iter().any(|part| has_end(part));
    let is_whole = |part: &str| has_end(part) || (formatted && (parts.len() > 1 || exchanges(part).is_ok()));
    if parts.iter().all(|part| is_whole(part)) {
        return (Cow::Borrowed(text), 0);
    }
    let mut out = text.get(..begins.first().copied().unwrap_or_default()).unwrap_or_default().to_owned();
    let mut torn = 0;
    for part in parts.iter().copied() {
        if is_whole(part) {
            out.push_str(part);
        } else {
            torn += 1;
            out.extend(std::iter::repeat_n('\n', part.matches('\n').count()));
        }
    }
    (Cow::Owned(out), torn)
}

fn exchange(document: &Node) -> Result<Exchange, Fault> {
    let part = |name: &str, what: &str| {
        let part = document.get(name).filter(|part| matches!(part.value, Value::Map(_)));
        part.ok_or_else(|| (document.line, format!("`{name}` is missing; expected {what}")))
    };
    let when = part("when", "the request {path, method, header, body}")?;
    let then = part("then", "the answer {status, header, body}")?;
    let recorded = document.get("recorded").map_or(Ok(Recorded::default()), recorded)?;
    let path = text(when, "path")?.filter(|path| path.starts_with('/'));
    let path = path.ok_or_else(|| (when.line, "`path` is missing; expected a path that begins with /".to_owned()))?;
    let method = text(when, "method")?.unwrap_or_else(|| "POST".to_owned()).to_ascii_uppercase();
    let request =
        Request { method, path, query: pairs(when, "query_param")?, headers: headers(when)?, body: body(when)? };
    let status = text(then, "status")?.map_or(Ok(200), |status| status.parse::<u16>());
    let status = status.ok().filter(|status| (200..600).contains(status));
    let status = status.ok_or_else(|| (then.line, "`status`: expected an HTTP status from 200 to 599".to_owned()))?;
    Ok(Exchange { recorded, request, response: Response { status, headers: headers(then)?, body: body(then)? } })
}

fn recorded(node: &Node) -> Result<Recorded, Fault> {
    Ok(Recorded { provider: text(node, "provider")?, model: text(node, "model")?, base_url: text(node, "base_url")? })
}

fn text(node: &Node, name: &str) -> Result<Option<String>, Fault> {
    let Some(member) = node.get(name) else { return Ok(None) };
    let text = member.text().ok_or_else(|| (member.line, format!("`{name}`: expected a text")))?;
    Ok(Some(text.to_owned()))
}

fn headers(node: &Node) -> Result<Vec<(String, String)>, Fault> {
    let pairs = pairs(node, "header")?;
    Ok(pairs.into_iter().map(|(name, value)| (name.to_ascii_lowercase(), value)).collect())
}

fn pairs(node: &Node, name: &str) -> Result<Vec<(String, String)>, Fault> {
    let Some(list) = node.get(name) else { return Ok(Vec::new()) };
    let wrong = |node: &Node| (node.line, format!("`{name}`: expected a list of {{name, value}}"));
    let Value::List(items) = &list.value else { return Err(wrong(list)) };
    items
        .iter()
        .map(|item| {
            let name = text(item, "name")?.ok_or_else(|| wrong(item))?;
            Ok((name, text(item, "value")?.unwrap_or_default()))
        })
        .collect()
}

fn body(node: &Node) -> Result<Vec<u8>, Fault> {
    if let Value::Map(members) = &node.value
        && let Some((name, member)) = members
            .iter()
            .find(|(name, _)| name.starts_with("body") && !matches!(name.as_str(), "body" | "body_encoding"))
    {
        // In another form it would be taken for empty.
        return Err((
            member.line,
            format!("`{name}` is not read; write a text, or base64 with `body_encoding: base64`"),
        ));
    }
    let body = text(node, "body")?.unwrap_or_default();
    match text(node, "body_encoding")?.as_deref() {
        None => Ok(body.into_bytes()),
        Some("base64") => {
            let plain: String = body.split_whitespace().collect();
            STANDARD.decode(plain).map_err(|_| (node.line, "`body`: this is no base64".to_owned()))
        }
        Some(other) => {
            let other = crate::json::quote(other, 40);
            Err((node.line, format!("`body_encoding`: expected base64, got {other:?}")))
        }
    }
}
