//! What differs from one recording of an answer to the next without a meaning: when it was made, and the id of its request.
//!
//! Such members are known by their place: at the top of an answer's JSON, and in the few objects that hold what is said
//! about the answer. What a model or a user said (arguments, inputs, texts, results) is never touched, whatever it is called.

/// Objects and lists, from the top, in which such members may stand.
const AROUND: [&str; 7] = ["response", "error", "message", "delta", "choices", "audio", "container"];
/// Seconds since 1970, or a date.
const TIMES: [&str; 5] = ["created", "created_at", "completed_at", "expires_at", "createTime"];
const IDS: [&str; 2] = ["request_id", "requestId"];
/// Digits of the seconds since 1970, at least.
const SECONDS: usize = 9;

/// The answer with stand-ins for what differs: JSON, a stream of events, or lines of JSON.
pub(super) fn settle(body: Vec<u8>) -> Vec<u8> {
    let mut edits = Vec::new();
    if !scan(&body, 0, &mut edits) {
        // Not one document: each line by itself. (An event's JSON is on one.)
        edits.clear();
        let mut from = 0;
        for line in body.split_inclusive(|byte| *byte == b'\n') {
            let data = line.strip_prefix(b"data:").unwrap_or(line);
            let known = edits.len();
            if !scan(data, from + line.len() - data.len(), &mut edits) {
                edits.truncate(known);
            }
            from += line.len();
        }
    }
    if edits.is_empty() {
        return body;
    }
    let mut out = Vec::with_capacity(body.len());
    let mut from = 0;
    for (start, end, stand_in) in edits {
        out.extend_from_slice(body.get(from..start).unwrap_or_default());
        out.extend_from_slice(stand_in);
        from = end;
    }
    out.extend_from_slice(body.get(from..).unwrap_or_default());
    out
}

/// From, to, and what to put there.
type Edit = (usize, usize, &'static [u8]);

/// An object or a list that is open.
struct Level {
    is_object: bool,
    /// Whether it is one of [`AROUND`], or the top.
    around: bool,
}

/// Finds what to change in a JSON text that begins at `offset`; false where it is not one whole value.
fn scan(text: &[u8], offset: usize, edits: &mut Vec<Edit>) -> bool {
    let mut levels: Vec<Level> = Vec::new();
    // The member whose value comes next.
    let mut name: Option<&[u8]> = None;
    let mut at = 0;
    let mut whole = false;
    while let Some(&byte) = text.get(at) {
        let start = at;
        at += 1;
        if byte.is_ascii_whitespace() {
            continue;
        }
        if whole {
            return false;
        }
        match byte {
            b'{' | b'[' => {
                let around = match levels.last() {
                    None => true,
                    Some(level) if !level.is_object => level.around,
                    Some(level) => level.around && name.is_some_and(|name| is_one(&AROUND, name)),
                };
                levels.push(Level { is_object: byte == b'{', around });
                name = None;
            }
            b'}' | b']' => {
                if levels.pop().is_none_or(|level| level.is_object != (byte == b'}')) {
                    return false;
                }
                name = None;
                whole = levels.is_empty();
            }
            b',' => name = None,
            b':' => {}
            _ => {
                let Some(level) = levels.last() else { return false };
                let Some(end) = (if byte == b'"' { string_end(text, at) } else { Some(other_end(text, at)) }) else {
                    return false;
                };
                at = end;
                let value = text.get(start..end).unwrap_or_default();
                match name {
                    None if level.is_object => name = inside(value),
                    Some(name) if level.around => {
                        edits.extend(stand_in(name, value).map(|it| (offset + start, offset + end, it)));
                    }
                    _ => {}
                }
            }
        }
    }
    whole
}

fn is_one(names: &[&str], name: &[u8]) -> bool {
    names.iter().any(|known| known.as_bytes() == name)
}

/// The end of the string whose first character is at `from`.
fn string_end(text: &[u8], mut from: usize) -> Option<usize> {
    loop {
        let found = from + memchr::memchr2(b'"', b'\\', text.get(from..)?)?;
        match text.get(found) {
            Some(b'"') => return Some(found + 1),
            _ => from = found + 2,
        }
    }
}

fn other_end(text: &[u8], from: usize) -> usize {
    let rest = text.get(from..).unwrap_or_default();
    let end = |byte: &u8| byte.is_ascii_whitespace() || b",]}[{:\"".contains(byte);
    from + rest.iter().position(end).unwrap_or(rest.len())
}

/// What is between the quotes of a string.
fn inside(string: &[u8]) -> Option<&[u8]> {
    string.strip_prefix(b"\"")?.strip_suffix(b"\"")
}

/// What to put in the place of a member's value.
fn stand_in(name: &[u8], value: &[u8]) -> Option<&'static [u8]> {
    let text = inside(value);
    if is_one(&IDS, name) {
        return text.map(|_| b"\"scrubbed\"".as_slice());
    }
    if !is_one(&TIMES, name) {
        return None;
    }
    match text {
        Some(text) if is_date(text) => Some(b"\"1970-01-01T00:00:00Z\""),
        None if is_seconds(value) => Some(b"0"),
        _ => None,
    }
}

/// Whether a text begins like `2026-11-21T`.
fn is_date(text: &[u8]) -> bool {
    const FORM: &[u8] = b"0000-00-00T";
    let fits = |(byte, form): (&u8, &u8)| if *form == b'0' { byte.is_ascii_digit() } else { byte == form };
    text.len() > FORM.len() && text.iter().zip(FORM).all(fits)
}

fn is_seconds(number: &[u8]) -> bool {
    let whole = number.split(|byte| *byte == b'.').next().unwrap_or_default();
    whole.len() >= SECONDS && number.iter().all(|byte| byte.is_ascii_digit() || *byte == b'.')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settled(text: &str) -> String {
        String::from_utf8(settle(text.as_bytes().to_vec())).unwrap()
    }

    #[test]
    fn what_is_said_about_an_answer_is_settled() {
        for (given, wanted) in [
            (r#"{"created":1763750000,"id":"a"}"#, r#"{"created":0,"id":"a"}"#),
            (r#"{"created_at": "2026-11-21T10:00:00Z"}"#, r#"{"created_at": "1970-01-01T00:00:00Z"}"#),
            (
                "{\n \"error\": {\"request_id\": \"req_9\"}, \"request_id\": null}",
                "{\n \"error\": {\"request_id\": \"scrubbed\"}, \"request_id\": null}",
            ),
            (
                "event: x\ndata: {\"response\":{\"created_at\":1763750000.5}}\n\ndata: {\"createTime\":\"2026-11-21T1\"}\n\ndata: [DONE]\n",
                "event: x\ndata: {\"response\":{\"created_at\":0}}\n\ndata: {\"createTime\":\"1970-01-01T00:00:00Z\"}\n\ndata: [DONE]\n",
            ),
            (
                "{\"created_at\":\"2026-11-21T10\"}\r\n{\"created_at\":\"2026-11-21T11\"}",
                "{\"created_at\":\"1970-01-01T00:00:00Z\"}\r\n{\"created_at\":\"1970-01-01T00:00:00Z\"}",
            ),
            (
                r#"[{"createTime":"2026-11-21T1"},{"createTime":"2026-11-21T2"}]"#,
                r#"[{"createTime":"1970-01-01T00:00:00Z"},{"createTime":"1970-01-01T00:00:00Z"}]"#,
            ),
            (
                r#"{"choices":[{"delta":{"audio":{"expires_at":1763750000,"id":"a"}}}]}"#,
                r#"{"choices":[{"delta":{"audio":{"expires_at":0,"id":"a"}}}]}"#,
            ),
            (
                r#"{"delta":{"container":{"expires_at":"2026-11-21T10:00:00Z","id":"c"}}}"#,
                r#"{"delta":{"container":{"expires_at":"1970-01-01T00:00:00Z","id":"c"}}}"#,
            ),
        ] {
            assert_eq!(settled(given), wanted);
            assert_eq!(settled(wanted), wanted);
        }
    }

    #[test]
    fn what_somebody_said_is_left() {
        for text in [
            // Arguments, as an object and as a text.
            r#"{"candidates":[{"content":{"parts":[{"functionCall":{"args":{"created":1763750000,"request_id":"r"}}}]}}]}"#,
            r#"{"message":{"tool_calls":[{"function":{"arguments":{"created_at":"2026-11-21T10:00:00Z"}}}]}}"#,
            r#"{"content":[{"type":"tool_use","input":{"expires_at":1763750000}}]}"#,
            r#"{"choices":[{"message":{"tool_calls":[{"function":{"arguments":"{\"created\":1763750000}"}}]}}]}"#,
            r#"{"type":"response.output_item.done","item":{"arguments":"{\"request_id\":\"r\"}","input":{"created":1763750000}}}"#,
            // A text that is JSON, a schema, a result.
            r#"{"choices":[{"message":{"content":"{\"created\":1763750000,\"created_at\":\"2026-11-21T10:00:00Z\"}"}}]}"#,
            r#"{"response":{"text":{"format":{"schema":{"properties":{"created":1763750000}}}}}}"#,
            r#"{"response":{"output":[{"results":[{"created":1763750000}]}]}}"#,
            // Not of the form.
            r#"{"created":12,"created_at":"soon","request_id":5,"expires_at":null,"x":["created",1763750000]}"#,
            // No JSON.
            r#"{"created":1763750000"#,
            "\"created\":1763750000",
            "created: 1763750000",
            "{\"a\":\"\\",
        ] {
            assert_eq!(settled(text), text);
        }
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_are_taken(bytes in "[{}\\[\\]\",:\\\\a\n 0-9]{0,60}") {
            let text = format!("{{\"a\":{bytes}}}\ndata: {bytes}");
            let once = settled(&text);
            proptest::prop_assert_eq!(settled(&once), once.clone());
        }

        #[test]
        fn only_members_of_those_names_change(names in proptest::collection::vec("created|error|x|args", 1..5), wrap in proptest::bool::ANY) {
            let mut value = serde_json::json!(1_763_750_000);
            for name in names.iter().rev() {
                value = if wrap { serde_json::json!({name: [value]}) } else { serde_json::json!({name: value}) };
            }
            let text = value.to_string();
            let changes = !wrap && names.last().is_some_and(|name| name == "created")
                && names.iter().rev().skip(1).all(|name| name == "error");
            proptest::prop_assert_eq!(settled(&text) != text, changes, "{}", text);
        }
    }
}
