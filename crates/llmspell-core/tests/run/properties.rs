//! What holds for every run: however the bytes are split, wherever it is written down, whatever comes in.
use crate::sim::*;
use llmspell_core::conversation::unanswered;
use llmspell_core::request::{Failure, Reply};
use llmspell_core::run::{Input, TimerId};
use llmspell_core::{Conversation, Error, EventBody, Kind, Message};
use proptest::prelude::*;
use serde_json::json;

/// Runs of one to four steps with tools that succeed, fail, do not exist or get broken arguments.
fn answers() -> impl Strategy<Value = Vec<Answer>> {
    let name = prop::sample::select(vec!["add", "text_shout", "nobody"]);
    let arguments =
        prop::sample::select(vec![r#"{"a":1,"b":2}"#, r#"{"text":"größe €"}"#, r#"{"a":"#, "", r#"{"a":"x","b":1}"#]);
    let calls = prop::collection::vec((name, arguments), 1..5).prop_map(|calls| {
        let ids: Vec<String> = (0..calls.len()).map(|n| format!("c{n}")).collect();
        let calls: Vec<(&str, &str, &str)> =
            ids.iter().zip(&calls).map(|(id, (name, arguments))| (id.as_str(), *name, *arguments)).collect();
        tool_answer(&calls)
    });
    let text = prop::collection::vec("[a-z€😀 ]{1,6}", 1..6).prop_map(|words| {
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        text_answer(&words)
    });
    (prop::collection::vec(calls, 0..4), text).prop_map(|(mut turns, last)| {
        turns.push(last);
        turns
    })
}

fn any_body() -> impl Strategy<Value = Vec<u8>> {
    let plain = plain_answer(
        json!({"role": "assistant", "content": "grüße", "tool_calls": [
        {"id": "c1", "function": {"name": "add", "arguments": "{}"}}]}),
        "tool_calls",
    );
    prop_oneof![
        answers().prop_map(|answers| answers.into_iter().next().unwrap().body),
        Just(plain.body),
        Just(b"{\"error\":{\"message\":\"no\",\"code\":429}}".to_vec()),
        Just(
            b"data: {\"choices\":[{\"delta\":{\"content\":\"a\"}}]}\n\ndata: {\"error\":{\"message\":\"x\"}}\n\n"
                .to_vec()
        ),
        Just(b"<html>\xFF</html>".to_vec()),
        Just(b"data: [DONE]\n\ndata: {\n\n".to_vec()),
        prop::collection::vec(any::<u8>(), 0..30),
    ]
}

fn start(answers: Vec<Answer>) -> Sim {
    let mut sim = Sim::new(spec(), ask("hello"), answers);
    sim.begin(Conversation {
        messages: vec![Message::user("earlier").into(), Message::user("words").into()],
        ..Conversation::default()
    });
    sim
}

fn baseline(answers: &[Answer]) -> Sim {
    let mut sim = start(answers.to_vec());
    sim.finish();
    sim
}

proptest! {
    #[test]
    fn any_split_of_the_bytes_gives_the_same_events(answers in answers(), sizes in prop::collection::vec(1_usize..40, 1..20)) {
        let whole = baseline(&answers);
        for sizes in [sizes.as_slice(), &[1]] {
            let mut split = start(answers.clone());
            while split.finished.is_none() {
                if split.open_exchange.is_some() { split.answer(sizes) } else { split.reply() }
            }
            // Only the clock, which every input moves, may tell them apart.
            let without_time = |sim: &Sim| -> Vec<serde_json::Value> {
                sim.events.iter().map(|event| {
                    let mut json = serde_json::to_value(event).unwrap();
                    if let Some(time) = json.pointer_mut("/result/metadata/execution_time_ms") {
                        *time = json!(0);
                    }
                    json
                }).collect()
            };
            prop_assert_eq!(without_time(&split), without_time(&whole));
            prop_assert_eq!(split.finished, whole.finished.clone());
        }
    }

    /// Bodies of every sort: plain, streamed, failed, cut anywhere, with noise before and after.
    #[test]
    fn any_split_of_any_body_gives_the_same_end(
        status in prop::sample::select(vec![200_u16, 200, 200, 404, 500]),
        before in prop::sample::select(vec!["", "\u{feff}", " \u{feff}\n", "\r\n"]),
        body in any_body(),
        cut in prop::option::of(any::<prop::sample::Index>()),
        after in prop::sample::select(vec!["", "\n\ndata: late\n\n", "}"]),
        sizes in prop::collection::vec(1_usize..40, 1..10),
    ) {
        let mut bytes = before.as_bytes().to_vec();
        bytes.extend_from_slice(&body);
        bytes.extend_from_slice(after.as_bytes());
        if let Some(cut) = cut {
            bytes.truncate(cut.index(bytes.len() + 1));
        }
        let answer = || vec![Answer { status, body: bytes.clone() }];
        let end = |sizes: &[usize]| {
            let mut sim = start(answer());
            sim.answer(sizes);
            sim.feed(Input::Cancel);
            let deltas: String = sim.events.iter().filter(|event| !event.body.event_type().is_final()).map(|event| event.to_json()).collect();
            let last = match sim.last() {
                EventBody::Error { error, .. } => error.to_json(),
                other => other.event_type().as_str().to_owned(),
            };
            (deltas, last, sim.finished)
        };
        let whole = end(&[usize::MAX]);
        prop_assert_eq!(&end(&sizes), &whole);
        prop_assert_eq!(&end(&[1]), &whole);
    }

    /// Written down and restored before every input; in mid-stream the step's answer is played again.
    #[test]
    fn a_restored_run_comes_to_the_same_history(answers in answers(), cut in any::<prop::sample::Index>(), sizes in 1_usize..200) {
        let whole = baseline(&answers);
        let mut sim = start(answers);
        let mut restored_in_stream = 0;
        while sim.finished.is_none() {
            sim.restore();
            sim.begin(Conversation::default());
            if let Some(exchange) = sim.open_exchange {
                // A part of the answer arrives, the run is restored, the answer comes again from its start.
                let body = sim.answers[0].body.clone();
                let part = cut.index(body.len());
                sim.feed(Input::Head { exchange, status: 200, headers: vec![] });
                sim.feed(Input::Bytes { exchange, bytes: body[..part].to_vec() });
                sim.restore();
                sim.begin(Conversation::default());
                let retried = sim.types().contains(&"retry");
                prop_assert!(retried);
                restored_in_stream += 1;
                sim.answer(&[sizes]);
            } else {
                sim.reply();
            }
        }
        prop_assert!(restored_in_stream > 0);
        prop_assert_eq!(&sim.finished, &whole.finished);
        let text = |sim: &Sim| match sim.last() { EventBody::Done { result } => result.text.clone(), other => format!("{other:?}") };
        prop_assert_eq!(text(&sim), text(&whole));
    }

    #[test]
    fn a_cancel_anywhere_leaves_every_tool_call_with_its_result(answers in answers(), after in 0_usize..30, sizes in 1_usize..200) {
        let mut sim = start(answers);
        let mut left = after;
        while sim.finished.is_none() && left > 0 {
            left -= 1;
            match sim.open_exchange {
                Some(exchange) if left == 0 => {
                    let part = sizes.min(sim.answers[0].body.len());
                    let bytes = sim.answers[0].body[..part].to_vec();
                    sim.feed(Input::Bytes { exchange, bytes });
                }
                Some(_) => sim.answer(&[sizes]),
                None => sim.reply(),
            }
        }
        sim.feed(Input::Cancel);
        let conversation = sim.finished.unwrap();
        prop_assert_eq!(unanswered(&conversation.messages), None);
        prop_assert_eq!(&*conversation.messages[0], &Message::user("earlier"));
    }
}

/// What a host may answer to whatever it is asked, good and bad.
fn outcome() -> impl Strategy<Value = Result<serde_json::Value, Failure>> {
    let value = prop::sample::select(vec![
        json!(null),
        json!(true),
        json!(false),
        json!("text"),
        json!({}),
        json!({"x": [1]}),
        json!({"stop": "enough"}),
        json!({"answer": "mine"}),
        json!({"text": "other"}),
        json!({"retry": "again"}),
        json!({"deny": true}),
        json!({"result": null}),
        json!({"input": "changed"}),
        json!({"is_error": true}),
        json!({"arguments": {"a": 1, "b": 2}}),
        json!({"messages": [{"role": "user", "content": "more"}], "system_prompt": "Be kind.", "settings": {"stop": "x"}}),
        json!({"decision": "allow", "remember": "tool"}),
        json!({"decision": "deny", "reason": "no", "remember": "arguments"}),
        json!({"content": [{"type": "text", "text": "t"}, {"type": "image", "data": "QQ=="}]}),
    ]);
    prop_oneof![
        9 => value.prop_map(Ok),
        1 => Just(Err(Failure { message: String::new(), kind: Kind::Tool })),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn a_checked_run_ends_once_with_a_whole_history(
        answers in answers(),
        outcomes in prop::collection::vec(outcome(), 1..12),
        restores in any::<u32>(),
        late in any::<u32>(),
    ) {
        let mut sim = Sim::new(checked_spec(), ask("hello"), answers);
        sim.begin(Conversation::default());
        let mut turn = 0_usize;
        while sim.finished.is_none() {
            turn += 1;
            if restores >> (turn % 32) & 1 == 1 {
                sim.restore();
                sim.begin(Conversation::default());
            }
            if sim.finished.is_some() {
                break;
            }
            if sim.open_exchange.is_some() {
                if sim.answers.is_empty() {
                    sim.answers.push_back(text_answer(&["end"]));
                }
                sim.answer(&[7]);
                continue;
            }
            let timer = sim.timers.iter().map(|(timer, _)| *timer).find(|timer| timer.id != TimerId::Total);
            match timer {
                Some(timer) if late >> (turn % 32) & 1 == 1 && turn.is_multiple_of(5) => sim.feed(Input::Timer(timer)),
                _ => {
                    let request = sim.open_requests.remove(0);
                    let outcome = outcomes[turn % outcomes.len()].clone();
                    sim.feed(Input::Reply(Reply { id: request.id, outcome }));
                }
            }
        }
        let conversation = sim.finished.clone().unwrap();
        prop_assert_eq!(unanswered(&conversation.messages), None);
        prop_assert!(Conversation::from_json(&conversation.to_json()).is_ok());
        prop_assert_eq!(sim.events.iter().filter(|event| event.body.event_type().is_final()).count(), 1);
    }
}

/// Anything at all: inputs in any order, bytes that are answers, pieces of answers, or noise.
#[derive(Clone, Debug)]
enum Act {
    Feed(Input),
    Restore,
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let exchange = || 0_u64..5;
    let fragment = prop_oneof![
        Just(text_answer(&["a", "b"]).body),
        Just(tool_answer(&[("c1", "add", "{\"a\":1,\"b\":2}"), ("c2", "text_shout", "{}")]).body),
        Just(
            b"data: {\"choices\":[{\"delta\":{\"tool_calls\":[{\"index\":-1,\"id\":7,\"function\":null}]}}]}\n\n"
                .to_vec()
        ),
        Just(b"data: {\"error\":{}}\n\n".to_vec()),
        Just(b"{\"choices\":[{\"message\":{\"content\":\"x\",\"tool_calls\":[{}]}}]}".to_vec()),
        Just(b"data: [DONE]\n\n".to_vec()),
        prop::collection::vec(any::<u8>(), 0..40),
    ];
    let timer = prop_oneof![
        Just(TimerId::FirstEvent),
        Just(TimerId::Idle),
        Just(TimerId::Total),
        Just(TimerId::Hook),
        (0_u32..4).prop_map(TimerId::Tool),
    ];
    let outcome = outcome();
    let input = prop_oneof![
        2 => Just(Input::Begin { conversation: Conversation::default() }),
        3 => (exchange(), 100_u16..600).prop_map(|(exchange, status)| Input::Head { exchange, status, headers: vec![] }),
        2 => exchange().prop_map(|exchange| Input::Head { exchange, status: 200, headers: vec![] }),
        8 => (exchange(), fragment).prop_map(|(exchange, bytes)| Input::Bytes { exchange, bytes }),
        4 => exchange().prop_map(|exchange| Input::End { exchange }),
        1 => exchange().prop_map(|exchange| Input::Failed { exchange, error: Error::new(Kind::Network, "x") }),
        6 => (0_u32..6, outcome).prop_map(|(id, outcome)| Input::Reply(Reply { id: format!("req_{id}"), outcome })),
        2 => timer.prop_map(|timer| Input::Timer(timer.into())),
        1 => Just(Input::Cancel),
    ];
    prop::collection::vec(prop_oneof![9 => input.prop_map(Act::Feed), 1 => Just(Act::Restore)], 0..40)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1024))]
    #[test]
    fn no_sequence_of_inputs_breaks_a_run(acts in acts(), checked in any::<bool>()) {
        let spec = if checked { checked_spec() } else { spec() };
        let mut sim = Sim::new(spec, ask("x"), vec![]);
        for act in acts {
            match act {
                Act::Feed(input) => sim.feed(input),
                Act::Restore if sim.finished.is_none() => sim.restore(),
                Act::Restore => prop_assert!(sim.run.checkpoint().is_err()),
            }
        }
        sim.feed(Input::Cancel);
        let conversation = sim.finished.expect("a cancel ends every run");
        prop_assert_eq!(unanswered(&conversation.messages), None);
        prop_assert_eq!(sim.events.iter().filter(|event| event.body.event_type().is_final()).count(), 1);
    }

    #[test]
    fn no_bytes_break_a_restore(noise in prop::collection::vec(any::<u8>(), 0..200), at in any::<prop::sample::Index>(), flip in any::<u8>(), in_tools in any::<bool>()) {
        let mut sim = start(vec![tool_answer(&[("c1", "add", r#"{"a":1,"b":2}"#), ("c2", "text_shout", "{}")])]);
        if in_tools {
            sim.answer(&[usize::MAX]);
        }
        let good = sim.run.checkpoint().unwrap();
        let _ = llmspell_core::run::Run::restore(&noise, sim.spec.clone());
        let mut damaged = good;
        let at = at.index(damaged.len());
        damaged[at] ^= flip;
        if let Ok(run) = llmspell_core::run::Run::restore(&damaged, sim.spec.clone()) {
            let mut sim = Sim { run, ..start(vec![]) };
            sim.events.clear();
            sim.begin(Conversation::default());
            sim.feed(Input::Cancel);
            let conversation = sim.finished.unwrap();
            prop_assert_eq!(unanswered(&conversation.messages), None);
        }
    }
}
