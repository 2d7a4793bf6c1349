//! Decides what the demo model does with a request. The rules stand in `docs/demo-provider.md`.

use std::borrow::Cow;
use std::collections::BTreeSet;

use serde_json::Value;

use super::arguments::{Filler, quoted, takes_expression};
use super::pieces::end_of_words;
use super::request::{Choice, Request, Tool};
use super::wire::Fault;
use super::{arithmetic, words};

/// Bytes of a message that are searched for what it asks for: so a huge message costs no more than its echo.
const HEARD: usize = 16 * 1024;
/// Most calls in one turn.
const MOST_CALLS: usize = 64;

/// A call that the model makes.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Call {
    /// `None`: one that follows from its place.
    pub id: Option<String>,
    pub name: String,
    /// A text stands for itself, anything else for its JSON.
    pub arguments: Value,
}

impl Call {
    /// The arguments as the wire has them.
    pub fn text(&self) -> String {
        self.arguments.as_str().map_or_else(|| self.arguments.to_string(), str::to_owned)
    }
}

/// What the model does.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Decision {
    /// Answer with this HTTP status.
    Fail(u16),
    /// Think aloud (empty: not at all), then call tools (none: give the text as the answer), and go wrong where that was
    /// asked for.
    Turn { reasoning: String, text: String, calls: Vec<Call>, fault: Option<Fault> },
}

/// Applies the rules to a request, which was made this many times before.
pub(super) fn decide(request: &Request, before: u32) -> Decision {
    let said = request.user_texts();
    let message = said.last().map(AsRef::as_ref).unwrap_or_default();
    let heard = words::beginning(message, HEARD);
    let results = request.tool_results();
    if !results.is_empty() {
        let parts: Vec<String> =
            results.iter().map(|result| format!("{} gave {}", result.name, result.content)).collect();
        let text = match request.output_schema() {
            Some(schema) => Filler::new(message, None, schema).whole().to_string(),
            None => format!("I asked the tools: {}.", parts.join("; ")),
        };
        return Decision::Turn { reasoning: String::new(), text, calls: Vec::new(), fault: None };
    }
    if let Some((status, _)) = wanted_failure(heard).filter(|(_, times)| before < *times) {
        return Decision::Fail(status);
    }
    let calls = calls(request, heard);
    let reasoning = if asks_for_reasoning(heard) { reasoning(message, &calls) } else { String::new() };
    let text = if calls.is_empty() { answer(request, message, heard, &said) } else { String::new() };
    let fault = wanted_fault(heard);
    let text = if fault.is_some() { half(&text) } else { text };
    Decision::Turn { reasoning, text, calls, fault }
}

/// `fail with 429` asks for that status, `fail twice with 429` for two times; only errors (400 to 599) count.
fn wanted_failure(message: &str) -> Option<(u16, u32)> {
    let all = words::split(message);
    all.iter().enumerate().filter(|(_, word)| *word == "fail").find_map(|(at, _)| {
        let rest: Vec<&str> = all.iter().skip(at + 1).take(4).map(String::as_str).collect();
        let (times, status) = match rest.as_slice() {
            ["with", status, ..] => (u32::MAX, status),
            ["once", "with", status, ..] => (1, status),
            ["twice", "with", status, ..] => (2, status),
            [times, "times", "with", status] => (times.parse().ok()?, status),
            _ => return None,
        };
        let status = status.parse().ok()?;
        (400..600).contains(&status).then_some((status, times))
    })
}

/// `break off` ends the connection in the middle of the answer, `error in the stream` puts an error there.
fn wanted_fault(message: &str) -> Option<Fault> {
    let all = words::split(message);
    let says = |wanted: &[&str]| {
        all.windows(wanted.len()).any(|words| words.iter().zip(wanted).all(|(one, other)| one == other))
    };
    if says(&["break", "off"]) {
        Some(Fault::Break)
    } else if says(&["error", "in", "the", "stream"]) {
        Some(Fault::Event(500, "The demo model was asked for an error in the stream.".to_owned()))
    } else {
        None
    }
}

/// The first half of the words of a text, one at least.
fn half(text: &str) -> String {
    let words = words::count(text);
    let end = usize::try_from(words / 2).ok().and_then(|words| end_of_words(text, words.max(1)));
    text.get(..end.unwrap_or(text.len())).unwrap_or_default().to_owned()
}

/// Whether the answer shall come slowly.
pub(super) fn asks_for_slowness(request: &Request) -> bool {
    let said = request.user_texts();
    said.last()
        .is_some_and(|message| words::split(words::beginning(message, HEARD)).iter().any(|word| word == "slowly"))
}

fn asks_for_reasoning(heard: &str) -> bool {
    words::split(heard).iter().any(|word| matches!(word.as_str(), "think" | "thinking" | "reason" | "reasoning"))
}

fn reasoning(message: &str, calls: &[Call]) -> String {
    if calls.is_empty() {
        return format!("The user said {} words and needs no tool. I will answer.", words::count(message));
    }
    let names: Vec<&str> = calls.iter().map(|call| call.name.as_str()).collect();
    format!("The user said {} words. For that I need: {}.", words::count(message), names.join(", "))
}

fn answer(request: &Request, message: &str, heard: &str, said: &[Cow<'_, str>]) -> String {
    if request.output_schema().is_none() && heard.to_lowercase().contains("what did i say") {
        return match said.len().checked_sub(2).and_then(|before| said.get(before)) {
            Some(before) => format!("Before that you said: {before}"),
            None => "You said nothing before that.".to_owned(),
        };
    }
    // The lower-case copy may have other offsets than the message (İ), so the prefix is looked for in the message.
    let trimmed = message.trim();
    if let Some(rest) =
        trimmed.get(..4).filter(|start| start.eq_ignore_ascii_case("say ")).and_then(|_| trimmed.get(4..))
    {
        // JSON is full of quotation marks.
        let json = request.output_schema().filter(|_| rest.trim_start().starts_with(['{', '[']));
        return quoted(rest).next().filter(|_| json.is_none()).unwrap_or(rest.trim()).to_owned();
    }
    if let Some(schema) = request.output_schema() {
        let expression = arithmetic::expressions(heard).into_iter().next();
        return Filler::new(heard, expression, schema).whole().to_string();
    }
    if trimmed.is_empty() { "You said nothing.".to_owned() } else { format!("You said: {trimmed}") }
}

fn calls(request: &Request, message: &str) -> Vec<Call> {
    let tools = request.tools();
    let expressions = arithmetic::expressions(message);
    let meant: Vec<&Tool<'_>> = match request.choice() {
        Choice::None => Vec::new(),
        Choice::Named(name) => tools.iter().filter(|tool| tool.name == name).collect(),
        Choice::Auto => meant(&tools, message, &expressions),
        Choice::Required => {
            let meant = meant(&tools, message, &expressions);
            if meant.is_empty() { tools.iter().take(1).collect() } else { meant }
        }
    };
    let mut calls = Vec::new();
    for tool in meant {
        // A tool that takes an expression is called once for each one in the message.
        let sums = if takes_expression(tool.schema) { expressions.as_slice() } else { &[] };
        let first = sums.first().or(expressions.first()).cloned();
        let rest = sums.iter().skip(1).cloned().map(Some);
        for expression in std::iter::once(first).chain(rest) {
            if calls.len() == MOST_CALLS {
                return calls;
            }
            calls.push(Call {
                id: None,
                name: tool.name.to_owned(),
                arguments: Filler::new(message, expression, tool.schema).arguments(),
            });
        }
    }
    calls
}

/// The tools that the message asks for, in the order of their declaration.
fn meant<'a, 'b>(tools: &'b [Tool<'a>], message: &str, expressions: &[String]) -> Vec<&'b Tool<'a>> {
    let spoken: BTreeSet<String> = words::split(message).into_iter().collect();
    let mut asked = words::significant(message);
    asked.extend(operator_words(expressions));
    let known: Vec<BTreeSet<String>> =
        tools.iter().map(|tool| words::significant(&format!("{} {}", tool.name, tool.description))).collect();
    tools
        .iter()
        .zip(&known)
        .enumerate()
        .filter(|(index, (tool, own))| {
            let name = words::split(tool.name);
            let named = !name.is_empty() && name.iter().all(|word| spoken.contains(word));
            let calculates = !expressions.is_empty() && takes_expression(tool.schema);
            // A word that several tools share does not tell which of them is meant.
            let shared = |word: &&String| {
                known.iter().enumerate().any(|(other, words)| other != *index && words.contains(*word))
            };
            named || calculates || own.iter().filter(|word| asked.contains(*word)).any(|word| !shared(&word))
        })
        .map(|(_, (tool, _))| tool)
        .collect()
}

/// The words for the operators of the expressions, so that `2 + 3` asks for a tool called `add`.
fn operator_words(expressions: &[String]) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (operator, names) in [
        (" + ", "add sum plus"),
        (" - ", "subtract minus"),
        (" * ", "multiply times product"),
        (" / ", "divide quotient"),
    ] {
        if expressions.iter().any(|expression| expression.contains(operator)) {
            found.extend(words::significant(names));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn tools() -> Value {
        let tool = |name: &str, description: &str, properties: Value| {
            let required: Vec<&String> = properties.as_object().unwrap().keys().collect();
            json!({"type": "function", "function": {"name": name, "description": description, "parameters": {"type": "object", "required": required, "properties": properties}}})
        };
        json!([
            tool("calculator", "Perform mathematical calculations", json!({"expression": {"type": "string"}})),
            tool("get_weather", "Tells the weather in a city", json!({"city": {"type": "string"}})),
            tool("add", "Adds two numbers", json!({"a": {"type": "number"}, "b": {"type": "number"}})),
            tool("file_read", "Reads a file", json!({"path": {"type": "string"}})),
            tool("file_write", "Writes a file", json!({"path": {"type": "string"}})),
        ])
    }

    fn ask(message: &str, extra: Value) -> Decision {
        let mut body = json!({"model": "demo", "messages": [{"role": "user", "content": message}]});
        body.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        decide(&Request::parse(body.to_string().as_bytes()).unwrap(), 0)
    }

    fn called(message: &str, extra: Value) -> Vec<(String, Value)> {
        let mut extra = extra;
        extra.as_object_mut().unwrap().insert("tools".into(), tools());
        match ask(message, extra) {
            Decision::Turn { calls, .. } => calls.into_iter().map(|call| (call.name, call.arguments)).collect(),
            Decision::Fail(status) => panic!("failed with {status}"),
        }
    }

    #[test]
    fn the_seeds_calculator_is_called() {
        let schema = json!({"type": "object", "properties": {"expression": {"type": "string"}}});
        let tools = json!([{"type": "function", "function": {"name": "calculator", "description": "Perform mathematical calculations", "parameters": schema}}]);
        let Decision::Turn { calls, .. } = ask("What is 15 * 23?", json!({"tools": tools})) else { panic!("no turn") };
        assert_eq!(calls, [Call { id: None, name: "calculator".into(), arguments: json!({"expression": "15 * 23"}) }]);
    }

    #[test]
    fn a_message_calls_the_tools_that_it_asks_for() {
        for (message, expected) in [
            ("Hello there", json!([])),
            ("What is the weather in Oslo?", json!([["get_weather", {"city": "Oslo"}]])),
            ("Please add 2 and 3", json!([["add", {"a": 2, "b": 3}]])),
            ("Calculate 7 * 6", json!([["calculator", {"expression": "7 * 6"}]])),
            (
                "Calculate 7 * 6 and 8 - 1",
                json!([["calculator", {"expression": "7 * 6"}], ["calculator", {"expression": "8 - 1"}]]),
            ),
            ("Read \"a.txt\"", json!([["file_read", {"path": "a.txt"}]])),
            ("a file", json!([])),
            ("use file_write for 'b'", json!([["file_write", {"path": "b"}]])),
            (
                "Calculate 2 * 2 and then the weather in Rome",
                json!([["calculator", {"expression": "2 * 2"}], ["get_weather", {"city": "Rome"}]]),
            ),
        ] {
            assert_eq!(serde_json::to_value(called(message, json!({}))).unwrap(), expected, "{message}");
        }
    }

    #[test]
    fn tool_choice_is_obeyed() {
        assert_eq!(called("What is 1 + 1?", json!({"tool_choice": "none"})), []);
        assert_eq!(
            called("Hello", json!({"tool_choice": "required"})),
            [("calculator".into(), json!({"expression": "Hello"}))]
        );
        let named = json!({"tool_choice": {"type": "function", "function": {"name": "get_weather"}}});
        assert_eq!(called("in Bern", named), [("get_weather".into(), json!({"city": "Bern"}))]);
    }

    #[test]
    fn texts_without_tools() {
        for (message, expected) in [
            ("Hello", "You said: Hello"),
            ("say Good morning!", "Good morning!"),
            ("SAY \"exactly this\" please", "exactly this"),
            ("  ", "You said nothing."),
            ("What did I say?", "You said nothing before that."),
            ("What is 15 * 23?", "You said: What is 15 * 23?"),
            ("İİİ 日本語", "You said: İİİ 日本語"),
        ] {
            let Decision::Turn { text, calls, reasoning, .. } = ask(message, json!({})) else { panic!("no turn") };
            assert_eq!((text.as_str(), calls.len(), reasoning.as_str()), (expected, 0, ""), "{message}");
        }
    }

    #[test]
    fn failures_and_reasoning_on_request() {
        assert_eq!(ask("please fail with 429", json!({})), Decision::Fail(429));
        assert!(matches!(ask("fail with 200", json!({})), Decision::Turn { .. }));
        assert!(matches!(ask("I fail with grace", json!({})), Decision::Turn { .. }));
        let Decision::Turn { reasoning, text, .. } = ask("Think about it", json!({})) else { panic!("no turn") };
        assert!(!reasoning.is_empty() && text == "You said: Think about it");
    }

    #[test]
    fn a_huge_message_is_echoed_whole_and_asks_for_bounded_work() {
        // Each form would take the square of its length if the rules looked at all of it, or again for each call.
        for unit in ["“a", "'a ", "(", "1 + ", "- ", "2 * 3, ", "calculator ", "a", "\u{3000}"] {
            let message = unit.repeat(1 << 18);
            let Decision::Turn { text, calls, .. } = ask(&message, json!({"tools": tools()})) else {
                panic!("no turn")
            };
            assert!(calls.len() <= MOST_CALLS, "{unit:?}: {} calls", calls.len());
            assert!(calls.iter().all(|call| call.arguments.to_string().len() <= 2 * HEARD), "{unit:?}");
            assert!(!calls.is_empty() || text.len() > message.trim().len(), "{unit:?}: {} bytes", text.len());
            let Decision::Turn { .. } = ask(&format!("say {message}"), json!({})) else { panic!("no turn") };
        }
    }

    #[test]
    fn results_end_in_a_sentence_that_holds_them() {
        let body = json!({"model": "demo", "messages": [
            {"role": "user", "content": "fail with 500, what is 15 * 23?"},
            {"role": "assistant", "tool_calls": [{"id": "c", "type": "function", "function": {"name": "calculator", "arguments": "{}"}}]},
            {"role": "tool", "tool_call_id": "c", "content": "345"},
        ]});
        let Decision::Turn { text, calls, .. } = decide(&Request::parse(body.to_string().as_bytes()).unwrap(), 0)
        else {
            panic!("no turn")
        };
        assert_eq!((text.as_str(), calls.len()), ("I asked the tools: calculator gave 345.", 0));
    }

    #[test]
    fn the_conversation_before_is_known() {
        let body = json!({"model": "demo", "messages": [
            {"role": "user", "content": "first"}, {"role": "assistant", "content": "ok"}, {"role": "user", "content": "what did I say?"},
        ]});
        let Decision::Turn { text, .. } = decide(&Request::parse(body.to_string().as_bytes()).unwrap(), 0) else {
            panic!("no turn")
        };
        assert_eq!(text, "Before that you said: first");
    }
}
