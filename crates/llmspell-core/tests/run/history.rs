//! What of a conversation a run sends, keeps and shows.
use crate::sim::*;
use llmspell_core::request::{Hook, Reply, What};
use llmspell_core::run::{Checks, Compaction, HookPoints, Input, Memory, RunInput, RunSpec, Settings};
use llmspell_core::{Conversation, EventBody, Message, Role};
use serde_json::{Value, json};

fn talk(turns: usize, words: usize) -> Vec<Message> {
    let turn = |n: usize| {
        let answer =
            Message { role: Role::Assistant, ..Message::user(format!("answer {n} {}", "word ".repeat(words))) };
        [Message::user(format!("question {n}")), answer]
    };
    (0..turns).flat_map(turn).collect()
}

fn hooked(names: &[&str], memory: Memory) -> RunSpec {
    let hooks =
        names.iter().filter_map(|name| HookPoints::from_name(name)).fold(HookPoints::default(), HookPoints::with);
    RunSpec { memory, checks: Checks { hooks, ..Checks::default() }, ..spec() }
}

fn texts(messages: &[Value]) -> Vec<String> {
    messages.iter().map(|message| message["content"].as_str().unwrap_or_default().chars().take(10).collect()).collect()
}

#[test]
fn the_hook_before_the_model_sees_what_will_be_sent() {
    let memory = Memory { max_turns: Some(2), ..Memory::default() };
    let mut sim = Sim::new(hooked(&["before_model"], memory), ask("now"), vec![text_answer(&["Hi"])]);
    let messages = talk(5, 1).into_iter().map(Into::into).collect();
    sim.begin(Conversation { messages, ..Conversation::default() });
    let What::Hook(Hook::BeforeModel { messages, .. }) = &sim.open_requests[0].what else { panic!() };
    let shown: Vec<String> = messages.iter().map(|message| message.text().chars().take(10).collect()).collect();
    sim.finish();
    let sent = sim.body(0)["messages"].as_array().unwrap().clone();
    assert_eq!(shown, texts(&sent[1..]));
    assert_eq!(shown, ["question 4", "answer 4 w", "now"]);
    assert_eq!(sim.finished.unwrap().messages.len(), 12, "the agent keeps all of it");
}

/// A run that is asked with earlier turns in its input, over a window that is full.
fn full(answers: Vec<Answer>, stored: usize, given: usize) -> Sim {
    let compaction = Compaction { at: 0.8, keep_turns: 1, model: None, prompt: None };
    let memory = Memory { compaction: Some(compaction), ..Memory::default() };
    let mut spec = hooked(&["compact"], memory);
    spec.model_info.context_window = Some(1_000);
    let mut messages = talk(given, 200);
    messages.push(Message::user("now"));
    let mut sim = Sim::new(spec, RunInput { messages, settings: Settings::default() }, answers);
    let messages = talk(stored, 200).into_iter().map(Into::into).collect();
    sim.begin(Conversation { messages, ..Conversation::default() });
    sim
}

#[test]
fn a_host_s_summary_takes_the_place_of_earlier_turns_wherever_they_came_from() {
    for (stored, given) in [(5, 0), (3, 2), (0, 5)] {
        let mut sim = full(vec![text_answer(&["Hi"])], stored, given);
        let What::Hook(Hook::Compact { messages, step }) = &sim.open_requests[0].what else { panic!() };
        assert_eq!((messages.len(), *step), (10, 1), "{stored} {given}");
        sim.restore();
        sim.begin(Conversation::default());
        let id = sim.open_requests.remove(0).id;
        sim.feed(Input::Reply(Reply { id, outcome: Ok(json!({"summary": "They talked."})) }));
        sim.finish();
        let sent = sim.body(0)["messages"].as_array().unwrap().clone();
        assert_eq!(texts(&sent[1..]), ["Summary of", "now"], "{stored} {given}");
        assert_eq!(sim.finished.unwrap().messages.len(), 3, "{stored} {given}");
    }
}

#[test]
fn a_refusal_because_of_the_length_is_answered_once_in_a_step() {
    let refusal = || Answer { status: 400, body: br#"{"error":{"message":"prompt is too long"}}"#.to_vec() };
    let compaction = Compaction { at: 0.8, keep_turns: 1, model: None, prompt: None };
    let memory = Memory { compaction: Some(compaction), ..Memory::default() };
    let begun = |answers| {
        let mut sim = Sim::new(RunSpec { memory: memory.clone(), ..spec() }, ask("now"), answers);
        let messages = talk(5, 200).into_iter().map(Into::into).collect();
        sim.begin(Conversation { messages, ..Conversation::default() });
        sim.answer(&[usize::MAX]);
        // While the summary is written.
        sim.restore();
        sim.begin(Conversation::default());
        sim.finish();
        sim
    };
    let sim = begun(vec![refusal(), text_answer(&["They talked."]), text_answer(&["Hi"])]);
    assert!(matches!(sim.last(), EventBody::Done { .. }), "{:?}", sim.last());
    assert_eq!(texts(&sim.body(sim.sent.len() - 1)["messages"].as_array().unwrap()[1..]).len(), 2);
    // A summary that the provider refuses as well: the oldest turns are left out, of a window that nobody knows.
    let sim = begun(vec![refusal(), refusal(), text_answer(&["Hi"])]);
    assert!(matches!(sim.last(), EventBody::Done { .. }), "{:?}", sim.last());
    let sent = sim.body(sim.sent.len() - 1)["messages"].as_array().unwrap().len();
    assert!((3..8).contains(&sent), "{sent}");
    let sim = begun(vec![refusal(), text_answer(&["They talked."]), refusal()]);
    assert_eq!(sim.sent.len(), 4, "the summary twice, because of the restore");
    let EventBody::Error { error, .. } = sim.last() else { panic!() };
    assert!(error.over_window && error.message.contains("(2 tries)"), "{}", error.message);
}

#[test]
fn a_refusal_because_of_the_length_uses_up_no_try() {
    let refusal = || Answer { status: 400, body: br#"{"error":{"message":"prompt is too long"}}"#.to_vec() };
    let busy = || Answer { status: 503, body: br#"{"error":{"message":"busy"}}"#.to_vec() };
    let compaction = Compaction { at: 0.8, keep_turns: 1, model: None, prompt: None };
    let memory = Memory { compaction: Some(compaction), ..Memory::default() };
    for (failures, tries) in [(1, 3), (2, 3)] {
        let settings = Settings { max_retries: Some(1), ..Settings::default() };
        let mut answers = vec![refusal(), text_answer(&["They talked."])];
        answers.extend((0..failures).map(|_| busy()));
        answers.push(text_answer(&["Hi"]));
        let mut sim = Sim::new(RunSpec { memory: memory.clone(), settings, ..spec() }, ask("now"), answers);
        let messages = talk(5, 200).into_iter().map(Into::into).collect();
        sim.begin(Conversation { messages, ..Conversation::default() });
        sim.finish();
        assert_eq!(sim.sent.len(), tries + 1, "a summary besides");
        match sim.last() {
            EventBody::Done { result } => assert_eq!((failures, result.metadata.retries), (1, 2)),
            EventBody::Error { error, .. } => {
                assert!(failures == 2 && error.message.contains("(3 tries)"), "{failures}: {}", error.message);
            }
            other => panic!("{other:?}"),
        }
    }
}
