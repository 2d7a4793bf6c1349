//! Structured output and budgets, through the run machine.
use crate::sim::*;
use llmspell_core::budget::Budget;
use llmspell_core::codec::OutputMode;
use llmspell_core::model::{ModelInfo, Prices};
use llmspell_core::output::OutputSchema;
use llmspell_core::partial::PartialJson;
use llmspell_core::run::{RunSpec, Settings};
use llmspell_core::{Conversation, EventBody, EventMask, Kind, Role, RunResult};
use proptest::prelude::*;
use serde_json::{Value, json};
use std::sync::Arc;

fn shaped(mode: OutputMode, schema: Value) -> RunSpec {
    let settings = Settings {
        output_schema: Some(OutputSchema::new("output_schema", schema).unwrap()),
        output_mode: Some(mode),
        max_retries: Some(0),
        ..Settings::default()
    };
    RunSpec { settings, tools: Arc::default(), ..spec() }
}

fn city() -> Value {
    json!({"type": "object", "properties": {"city": {"type": "string"}, "people": {"type": "integer"}},
        "required": ["city"], "additionalProperties": false})
}

fn finished(spec: RunSpec, answers: Vec<Answer>) -> Sim {
    let mut sim = Sim::new(spec, ask("hello"), answers);
    sim.begin(Conversation::default());
    sim.finish();
    sim
}

fn done(sim: &Sim) -> &RunResult {
    let EventBody::Done { result } = sim.last() else { panic!("{:?}", sim.last()) };
    result
}

fn failed(sim: &Sim) -> (&llmspell_core::Error, &RunResult) {
    let EventBody::Error { error, partial } = sim.last() else { panic!("{:?}", sim.last()) };
    (error, partial)
}

fn objects(sim: &Sim) -> Vec<Value> {
    let object = |body: &EventBody| match body {
        EventBody::ObjectDelta { object } => Some(object.clone()),
        _ => None,
    };
    sim.events.iter().filter_map(|event| object(&event.body)).collect()
}

const PARIS: [&str; 4] = ["{\"city\":", "\"Pa", "ris\",\"people\":", "2}"];

#[test]
fn an_answer_in_the_form_is_an_object_that_grows() {
    for mode in [OutputMode::Native, OutputMode::Prompt] {
        let sim = finished(shaped(mode, city()), vec![text_answer(&PARIS)]);
        assert_eq!(done(&sim).object, Some(json!({"city": "Paris", "people": 2})));
        assert_eq!(done(&sim).text, PARIS.concat());
        let grown = [json!({}), json!({"city": "Pa"}), json!({"city": "Paris"}), json!({"city": "Paris", "people": 2})];
        assert_eq!(objects(&sim), grown);
    }
    let sim = finished(shaped(OutputMode::Prompt, city()), vec![text_answer(&PARIS)]);
    let system = sim.body(0)["messages"][0]["content"].as_str().unwrap().to_owned();
    assert!(system.starts_with("Be brief.\n\n") && system.contains("\"additionalProperties\":false"), "{system}");
}

#[test]
fn nobody_who_does_not_want_them_pays_for_object_deltas() {
    let mut sim = Sim::new(shaped(OutputMode::Native, city()), ask("hello"), vec![text_answer(&PARIS)]);
    sim.run.want(EventMask::NONE);
    sim.begin(Conversation::default());
    sim.finish();
    assert!(objects(&sim).is_empty());
    assert_eq!(done(&sim).object, Some(json!({"city": "Paris", "people": 2})));
}

#[test]
fn a_forced_tool_gives_the_answer_and_is_no_tool_of_the_users() {
    let spec = shaped(OutputMode::Tool, city());
    let answer = tool_answer(&[("c1", "answer", r#"{"city":"Paris","people":2}"#)]);
    let sim = finished(spec, vec![answer]);
    let body = sim.body(0);
    assert_eq!(body["tool_choice"], json!({"type": "function", "function": {"name": "answer"}}));
    assert_eq!(body["tools"][0]["function"]["parameters"]["required"], json!(["city"]));
    let result = done(&sim);
    assert_eq!(result.object, Some(json!({"city": "Paris", "people": 2})));
    assert_eq!(serde_json::from_str::<Value>(&result.text).unwrap(), result.object.clone().unwrap());
    assert!(result.tool_calls.is_empty() && result.metadata.tools_used.is_empty());
    assert!(sim.types().iter().all(|name| !name.starts_with("tool_")), "{:?}", sim.types());
    assert_eq!(objects(&sim).last(), result.object.as_ref());
    let history = &sim.finished.as_ref().unwrap().messages;
    assert!(llmspell_core::conversation::unanswered(history).is_none());
    assert_eq!(history.last().unwrap().role, Role::Tool);
}

#[test]
fn tools_are_called_before_the_answer_is_given_and_not_beside_it() {
    let spec = RunSpec { tools: Arc::new(tools()), ..shaped(OutputMode::Tool, city()) };
    let sim = finished(
        spec,
        vec![
            tool_answer(&[("c1", "add", r#"{"a":1,"b":2}"#)]),
            tool_answer(&[("c2", "answer", r#"{"city":"Paris"}"#), ("c3", "add", r#"{"a":1,"b":2}"#)]),
        ],
    );
    assert_eq!(sim.body(0)["tool_choice"], "required");
    assert_eq!(sim.body(1)["tool_choice"], "required");
    assert_eq!(done(&sim).object, Some(json!({"city": "Paris"})));
    assert_eq!(done(&sim).tool_calls.len(), 1, "the call beside the answer is not made");
    assert!(llmspell_core::conversation::unanswered(&sim.finished.as_ref().unwrap().messages).is_none());
}

#[test]
fn the_model_sees_what_is_wrong_and_mends_it() {
    let sim =
        finished(shaped(OutputMode::Native, city()), vec![text_answer(&["{\"people\":\"two\"}"]), text_answer(&PARIS)]);
    let messages = sim.body(1)["messages"].clone();
    let said = messages.as_array().unwrap().last().unwrap()["content"].as_str().unwrap().to_owned();
    assert!(said.contains("city") && said.contains("/people"), "{said}");
    assert_eq!(done(&sim).object, Some(json!({"city": "Paris", "people": 2})));

    let wrong = tool_answer(&[("c1", "answer", r#"{"people":2}"#)]);
    let right = tool_answer(&[("c2", "answer", r#"{"city":"Paris"}"#)]);
    let sim = finished(shaped(OutputMode::Tool, city()), vec![wrong, right]);
    let last = sim.body(1)["messages"].as_array().unwrap().last().unwrap().clone();
    assert_eq!((&last["role"], &last["tool_call_id"]), (&json!("tool"), &json!("c1")));
    assert!(last["content"].as_str().unwrap().contains("call answer again"), "{last}");
    assert_eq!(done(&sim).object, Some(json!({"city": "Paris"})));
}

#[test]
fn after_the_limit_the_run_fails_with_what_there_is() {
    let bad = || text_answer(&["{\"people\":2}"]);
    let sim = finished(shaped(OutputMode::Native, city()), vec![bad(), bad(), bad()]);
    let (error, partial) = failed(&sim);
    assert_eq!(error.kind, Kind::Validation);
    assert!(error.message.contains("output_schema") && error.message.contains("3 answers"), "{}", error.message);
    assert_eq!((partial.text.as_str(), partial.steps), ("{\"people\":2}", 3));
    assert!(partial.object.is_none());
    let mut cut = text_answer(&["{\"city\":\"Par"]);
    cut.body = String::from_utf8(cut.body).unwrap().replace("\"stop\"", "\"length\"").into_bytes();
    let sim = finished(shaped(OutputMode::Native, city()), vec![cut]);
    assert!(failed(&sim).0.message.contains("max_tokens"), "{}", failed(&sim).0.message);
}

#[test]
fn what_is_no_object_comes_back_without_its_wrapper() {
    let list = json!({"type": "array", "items": {"type": ["integer", "null"]}});
    for (mode, answer) in [
        (OutputMode::Native, text_answer(&["{\"value\":", "[1,", "null]}"])),
        (OutputMode::Tool, tool_answer(&[("c", "answer", r#"{"value":[1,null]}"#)])),
        (OutputMode::Prompt, text_answer(&["```json\n", "[1,null]", "\n```"])),
    ] {
        let sim = finished(shaped(mode, list.clone()), vec![answer]);
        assert_eq!(done(&sim).object, Some(json!([1, null])), "{mode:?}");
        assert_eq!(done(&sim).text, "[1,null]");
        assert_eq!(objects(&sim).last(), Some(&json!([1, null])));
    }
}

#[test]
fn a_checkpoint_keeps_the_schema() {
    let spec = RunSpec { tools: Arc::new(tools()), ..shaped(OutputMode::Tool, city()) };
    let answers = vec![
        tool_answer(&[("c1", "add", r#"{"a":1,"b":2}"#)]),
        tool_answer(&[("c2", "answer", r#"{"city":"Paris"}"#)]),
    ];
    let mut sim = Sim::new(spec, ask("hello"), answers);
    sim.begin(Conversation::default());
    sim.answer(&[usize::MAX]);
    sim.restore();
    sim.begin(Conversation::default());
    sim.finish();
    assert_eq!(done(&sim).object, Some(json!({"city": "Paris"})));
}

/// Bytes of all objects that a run tells of while an answer of so many pieces is written, those of the last, and the last.
fn told(pieces: usize, end: &str) -> (usize, usize, Value) {
    let schema = json!({"type": "object", "properties": {"city": {"type": "string"}}});
    let piece = "0123456789abcdef";
    let mut words = vec!["{\"city\":\""];
    words.extend(std::iter::repeat_n(piece, pieces));
    words.push(end);
    let sim = finished(
        RunSpec {
            settings: Settings { output_retries: Some(0), ..shaped(OutputMode::Native, schema.clone()).settings },
            ..shaped(OutputMode::Native, schema)
        },
        vec![text_answer(&words)],
    );
    let objects = objects(&sim);
    let last = objects.last().unwrap().clone();
    let bytes = |object: &Value| object.to_string().len();
    (objects.iter().map(bytes).sum(), bytes(&last), last)
}

#[test]
fn what_a_growing_object_costs_grows_with_its_size_and_not_with_its_square() {
    // Up to 4 KB each piece is told: that is a constant.
    let (few, ..) = told(256, "\"}");
    for pieces in [1_000, 10_000, 40_000] {
        let (all, last, object) = told(pieces, "\"}");
        assert!(all - few < 12 * last, "{pieces} pieces: {all} bytes were told of an object of {last}");
        assert_eq!(object["city"].as_str().unwrap().len(), pieces * 16, "the last one is whole");
    }
    let sim = told(10, "\"}");
    assert_eq!(sim.2["city"].as_str().unwrap().len(), 160);
}

fn bounded(budget: Budget) -> RunSpec {
    let prices = Prices { input_price: Some(1000.0), output_price: Some(1000.0), ..Prices::default() };
    RunSpec {
        settings: Settings { budget: Some(budget), max_retries: Some(0), ..Settings::default() },
        model_info: ModelInfo { prices, ..ModelInfo::default() },
        ..spec()
    }
}

#[test]
fn a_run_ends_when_its_budget_is_used_up() {
    let call = || tool_answer(&[("c", "add", r#"{"a":1,"b":2}"#)]);
    // A turn that calls a tool takes 10 tokens.
    let sim = finished(bounded(Budget { tokens: Some(10), ..Budget::default() }), vec![call()]);
    let (error, partial) = failed(&sim);
    assert_eq!((error.kind, partial.steps), (Kind::Budget, 1));
    assert!(error.message.contains("budget.tokens"), "{}", error.message);
    assert!(partial.tool_calls[0].is_error, "its tool is not called");
    assert!(llmspell_core::conversation::unanswered(&sim.finished.as_ref().unwrap().messages).is_none());

    let sim = finished(bounded(Budget { tokens: Some(11), ..Budget::default() }), vec![call(), text_answer(&["3"])]);
    assert_eq!(done(&sim).text, "3", "a final answer is an answer, whatever it took");

    let sim = finished(bounded(Budget { cost: Some(0.015), ..Budget::default() }), vec![call(), call()]);
    assert_eq!((failed(&sim).0.kind, sim.sent.len()), (Kind::Budget, 2));
    let sim = finished(bounded(Budget { cost: Some(1.0), ..Budget::default() }), vec![text_answer(&["3"])]);
    assert_eq!(done(&sim).text, "3");

    let two = tool_answer(&[("c1", "add", r#"{"a":1,"b":2}"#), ("c2", "add", r#"{"a":3,"b":4}"#)]);
    let sim = finished(bounded(Budget { tool_calls: Some(1), ..Budget::default() }), vec![two]);
    let (error, partial) = failed(&sim);
    assert!(error.message.contains("budget.tool_calls"), "{}", error.message);
    assert_eq!(partial.tool_calls.len(), 2);
}

#[test]
fn a_turn_whose_usage_nobody_reports_is_not_free() {
    let call = json!({"tool_calls": [{"index": 0, "id": "c", "type": "function",
        "function": {"name": "add", "arguments": "{\"a\":1,\"b\":2}"}}]});
    let silent = || sse(&[chunk(call.clone()), finish("tool_calls")]);
    let sim = finished(bounded(Budget { cost: Some(1e-9), ..Budget::default() }), vec![silent()]);
    let (error, partial) = failed(&sim);
    assert_eq!((error.kind, partial.usage.cost, partial.metadata.cost), (Kind::Budget, None, None));
    // What is known of the other turns counts.
    let sim = finished(bounded(Budget { cost: Some(1.0), ..Budget::default() }), vec![silent(), text_answer(&["3"])]);
    assert!(done(&sim).usage.cost.is_some_and(|cost| cost > 0.0), "{:?}", done(&sim).usage);
}

#[test]
fn a_limit_of_cost_needs_prices() {
    let spec = RunSpec { model_info: ModelInfo::default(), ..bounded(Budget { cost: Some(1.0), ..Budget::default() }) };
    let sim = finished(spec, vec![]);
    let (error, _) = failed(&sim);
    assert_eq!((error.kind, sim.sent.len()), (Kind::Config, 0));
    assert!(error.message.contains("the option models") && error.message.contains("gpt-test"), "{}", error.message);
}

/// The text with all that is open closed, and what is not complete left out: a second reading of what a part means.
fn closed(text: &str) -> Option<Value> {
    let (mut stack, mut in_text, mut escape, mut safe, mut key) = (Vec::new(), false, 0_usize, None, false);
    let mut expects_key = false;
    let bytes: Vec<char> = text.chars().collect();
    for (at, c) in bytes.iter().enumerate() {
        let close = |stack: &Vec<char>| stack.iter().rev().collect::<String>();
        if in_text {
            if escape > 0 {
                escape = if *c == 'u' && escape == 1 { 4 } else { escape - 1 };
            } else if *c == '\\' {
                escape = 1;
            } else if *c == '"' {
                in_text = false;
            }
            let head: String = bytes[..=at].iter().collect();
            if !key {
                let cut = if in_text && escape == 0 { Some(format!("{head}\"{}", close(&stack))) } else { None };
                let cut = cut.or_else(|| (!in_text).then(|| format!("{head}{}", close(&stack))));
                safe = cut.filter(|text| serde_json::from_str::<Value>(text).is_ok()).or(safe);
            }
            continue;
        }
        match c {
            '"' => {
                in_text = true;
                key = expects_key;
                let head: String = bytes[..=at].iter().collect();
                if !key {
                    safe = Some(format!("{head}\"{}", close(&stack)));
                }
                expects_key = false;
            }
            '{' | '[' => {
                stack.push(if *c == '{' { '}' } else { ']' });
                expects_key = *c == '{';
                let head: String = bytes[..=at].iter().collect();
                safe = Some(format!("{head}{}", close(&stack)));
            }
            '}' | ']' | ',' | ' ' | '\n' => {
                let head: String = bytes[..at].iter().collect();
                let whole = format!("{head}{}", close(&stack));
                safe = Some(whole).filter(|text| serde_json::from_str::<Value>(text).is_ok()).or(safe);
                match c {
                    ',' => expects_key = stack.last() == Some(&'}'),
                    '}' | ']' => drop(stack.pop()),
                    _ => {}
                }
            }
            _ => {}
        }
    }
    safe.and_then(|text| serde_json::from_str(&text).ok())
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "[a-z\"\\\\é😀\n]{0,6}".prop_map(Value::from),
    ];
    let inner = leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map("[a-z\"]{0,3}", inner, 0..4)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    });
    prop::collection::vec(inner, 1..4).prop_map(Value::from)
}

proptest! {
    #[test]
    fn a_part_of_json_means_what_it_means_when_it_is_closed(value in any_json(), pretty in any::<bool>(), escape in any::<bool>()) {
        let text = if pretty { serde_json::to_string_pretty(&value).unwrap() } else { value.to_string() };
        let text = if escape { text.replace('é', "\\u00e9").replace('😀', "\\ud83d\\ude00") } else { text };
        let mut growing = PartialJson::default();
        let mut before = None;
        let mut head = String::new();
        for c in text.chars() {
            let changed = growing.push(c.encode_utf8(&mut [0; 4]));
            head.push(c);
            let now = growing.value();
            prop_assert_eq!(changed, now != before, "{}", head);
            prop_assert_eq!(&now, &closed(&head), "{}", head);
            before = now;
        }
        prop_assert_eq!(before, serde_json::from_str(&text).ok());
        let mut at_once = PartialJson::default();
        at_once.push(&text);
        prop_assert_eq!(at_once.value(), growing.value());
    }

    #[test]
    fn any_text_is_survived(pieces in prop::collection::vec("[\\[\\]{}\",:\\\\u0-9a-e. \n😀-]{0,9}", 0..20)) {
        let mut growing = PartialJson::default();
        for piece in pieces {
            growing.push(&piece);
            let _ = growing.value();
        }
    }
}
