//! What stands in for the network: recording, replay, scripts, a transport of the host's, and the switch that forbids requests.

use crate::common::{asked, done, last, next, start, until};
use llmspell::request::{Reply, Request, What};
use llmspell::{Agent, EventBody, Kind, Queue, Run, blocking};
use serde_json::{Value, json};
use std::fs;
use std::path::PathBuf;

const KEY: &str = "sk-test-0123456789abcdef";

/// A folder of its own for each test.
fn folder(name: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    folder
}

fn agent(options: &Value) -> Agent {
    Agent::new(&options.to_string()).unwrap()
}

fn ask(agent: &Agent, message: &str) -> Result<String, llmspell::Error> {
    let input = json!({ "input": message }).to_string();
    blocking::execute(agent, &input, |_| Ok("hail".into())).map(|result| result.text)
}

fn played(agent: &Agent) -> Value {
    serde_json::from_str(&agent.played().unwrap()).unwrap()
}

#[test]
fn what_was_recorded_is_played() {
    let tape = folder("recorded").join("tape.yaml");
    let weather = json!([{"name": "weather", "description": "Tells the weather of a city", "schema": {"type": "object", "properties": {"city": {"type": "string"}}}}]);
    let recording = agent(&json!({"provider": "demo", "record": tape, "tools": weather, "max_retries": 0}));
    let first = ask(&recording, "think about the weather in Rome").unwrap();
    let second = ask(&recording, "fail with 503").unwrap_err();
    let text = fs::read_to_string(&tape).unwrap();
    assert_eq!(text.matches("--- # exchange\n").count(), 3, "{text}");
    assert!(text.contains("  provider: \"demo\"\n"), "{text}");
    assert!(!fs::read_dir(tape.parent().unwrap()).unwrap().any(|file| file.unwrap().path() != tape));

    let playing = agent(&json!({"provider": "replay", "cassette": tape, "tools": weather, "max_retries": 0}));
    assert_eq!(played(&playing)["left"].as_array().unwrap().len(), 3);
    assert_eq!(ask(&playing, "think about the weather in Rome").unwrap(), first);
    let again = ask(&playing, "fail with 503").unwrap_err();
    assert_eq!((again.kind, again.http_status), (second.kind, second.http_status));
    assert_eq!(played(&playing), json!({"kind": "cassette", "name": "tape.yaml", "total": 3, "played": 3, "left": []}));
    let over = ask(&playing, "more").unwrap_err();
    assert_eq!(over.kind, Kind::NotFound);
    assert!(over.message.contains("all its 3 exchanges were played"), "{}", over.message);
}

#[test]
fn a_cassette_is_begun_anew_added_to_or_played() {
    let tape = folder("modes").join("tape.yaml");
    let count = || fs::read_to_string(&tape).unwrap().matches("then:\n").count();
    let recording = |mode: &str| agent(&json!({"provider": "demo", "record": {"path": tape, "mode": mode}}));
    let once = recording("once");
    ask(&once, "one").unwrap();
    ask(&once, "two").unwrap();
    assert_eq!(count(), 2);
    let replayed = recording("once");
    assert_eq!(ask(&replayed, "one").unwrap(), "You said: one");
    assert_eq!(ask(&replayed, "other").unwrap_err().kind, Kind::NotFound);
    assert_eq!(count(), 2);
    let new = recording("new");
    assert_eq!(count(), 2, "nothing is lost before there is something new");
    ask(&new, "three").unwrap();
    assert_eq!(count(), 1);
    ask(&recording("append"), "four").unwrap();
    assert_eq!(count(), 2);
}

#[test]
fn runs_at_the_same_time_are_recorded_in_the_order_of_their_requests() {
    let tape = folder("parallel").join("tape.yaml");
    let queue = Queue::new();
    let agents: Vec<Agent> =
        (0..6).map(|_| agent(&json!({"provider": "demo", "record": {"path": tape, "mode": "append"}}))).collect();
    let runs: Vec<Run> = agents
        .iter()
        .enumerate()
        .map(|(at, agent)| start(agent, &queue, &format!("{}say {at}", if at % 2 == 0 { "slowly " } else { "" })))
        .collect();
    for _ in &runs {
        done(&queue);
    }
    let text = fs::read_to_string(&tape).unwrap();
    let order: Vec<usize> = (0..6).map(|at| text.find(&format!("say {at}\"")).expect("it is there")).collect();
    assert!(order.is_sorted(), "{order:?}");
}

#[test]
fn a_script_answers_and_keeps_what_it_was_asked() {
    let scripted = agent(&json!({"provider": "scripted", "max_retries": 0, "tools": [{"name": "my tool"}], "script": [
        "Hello.",
        {"reasoning": "It rains.", "tool_calls": [{"name": "my tool", "arguments": {"a": 1}}]},
        {"text": "Done.", "usage": {"input_tokens": 7, "output_tokens": 3}},
        {"error": {"status": 429, "message": "Slow down.", "retry_after_ms": 70}},
        {"text": "Half of it", "error": {}},
        {"object": {"n": 1}},
    ]}));
    assert_eq!(ask(&scripted, "Hi").unwrap(), "Hello.");
    let result = blocking::execute(&scripted, r#"{"input":"Go on"}"#, |call| {
        assert_eq!((call.name, call.arguments), ("my tool", &json!({"a": 1})));
        Ok("wet".into())
    })
    .unwrap();
    assert_eq!(result.text, "Done.");
    let error = ask(&scripted, "More").unwrap_err();
    assert_eq!((error.kind, error.retry_after_ms), (Kind::RateLimit, Some(70)));
    assert!(error.message.contains("Slow down."));
    let error = ask(&scripted, "More").unwrap_err();
    assert_eq!((error.kind, error.partial.unwrap().text.as_str()), (Kind::Network, "Half of it"));
    let report = played(&scripted);
    assert_eq!((&report["total"], &report["played"]), (&json!(6), &json!(5)));
    assert_eq!(report["requests"][2]["messages"].as_array().unwrap().last().unwrap()["content"], "wet");
    assert_eq!(ask(&scripted, "As JSON").unwrap(), r#"{"n":1}"#);
    let error = ask(&scripted, "More").unwrap_err();
    assert!(error.message.contains("the script has 6 turn(s), and this is request 7"), "{}", error.message);
}

#[test]
fn a_script_asks_the_host_for_a_turn() {
    let scripted =
        agent(&json!({"provider": "scripted", "max_retries": 0, "script": ["Hello.", {"ask": true}, {"ask": true}]}));
    assert_eq!(ask(&scripted, "Hi").unwrap(), "Hello.");
    let queue = Queue::new();
    for (answer, expected) in [
        (json!({"status": 200, "body": "{\"text\": \"As asked.\"}"}), Ok("As asked.")),
        (json!({"status": 503, "body": "Too much"}), Err("Too much")),
    ] {
        let run = start(&scripted, &queue, "Go on");
        let event = until(&queue, |event| matches!(event.body, EventBody::Request(_))).body;
        let EventBody::Request(Request { id, what: What::Http { headers, body, .. } }) = event else { panic!() };
        let number = headers.iter().find(|(name, _)| name == "x-llmspell-turn").unwrap().1.reveal().to_owned();
        assert_eq!(number, if expected.is_ok() { "2" } else { "3" });
        assert!(body.contains("Go on"), "{body}");
        run.answer(Reply { id, outcome: Ok(answer) }).unwrap();
        match (last(&queue).body, expected) {
            (EventBody::Done { result }, Ok(text)) => assert_eq!(result.text, text),
            (EventBody::Error { error, .. }, Err(words)) => assert!(error.message.contains(words), "{}", error.message),
            (other, _) => panic!("{other:?}"),
        }
    }
}

#[test]
fn two_agents_share_a_script() {
    let one = agent(&json!({"provider": "scripted", "script": ["a", "b"]}));
    let other = agent(&json!({"provider": "scripted", "script": []}));
    other.play_with(&one).unwrap();
    assert_eq!(ask(&other, "x").unwrap(), "a");
    assert_eq!(ask(&one.fork(), "x").unwrap(), "b");
    assert_eq!(played(&one)["played"], 2);
    let stranger = agent(&json!({"provider": "demo"}));
    assert_eq!(stranger.play_with(&one).unwrap_err().kind, Kind::Config);
    assert_eq!(stranger.played().unwrap_err().kind, Kind::Config);
}

/// An agent whose requests the test carries.
fn carried(more: &Value) -> Agent {
    let mut options = json!({"model": "openai/gpt-test", "api_key": KEY, "base_url": "http://nowhere.invalid/v1", "transport": "host", "max_retries": 0});
    options.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    agent(&options)
}

fn chunk(text: &str) -> String {
    let delta = json!({"choices": [{"index": 0, "delta": {"content": text}, "finish_reason": null}]});
    format!("data: {delta}\n\n")
}

const LAST: &str = "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n";

#[test]
fn the_host_carries_an_answer_in_odd_pieces() {
    let (agent, queue) = (carried(&json!({})), Queue::new());
    let run = start(&agent, &queue, "Hi");
    let event = until(&queue, |event| matches!(event.body, EventBody::Request(_)));
    let EventBody::Request(Request { id, what }) = &event.body else { panic!("{event:?}") };
    let What::Http { method, url, headers, body } = what else { panic!("{what:?}") };
    assert_eq!((method.as_str(), url.as_str()), ("POST", "http://nowhere.invalid/v1/chat/completions"));
    assert!(
        headers.iter().any(|(name, value)| name.eq_ignore_ascii_case("authorization") && value.reveal().contains(KEY))
    );
    assert!(body.contains("\"Hi\""));
    assert!(!format!("{event:?}").contains(KEY), "only the event's JSON is for the wire");
    assert!(event.to_json().contains(KEY));
    assert!(run.http_bytes(id, b"x").unwrap_err().message.contains("head"));
    assert!(run.http_head("req_9", "{\"status\":200}").unwrap_err().message.contains("no request"));
    assert_eq!(run.http_head(id, "{\"status\":7}").unwrap_err().kind, Kind::Argument);
    run.http_head(id, r#"{"status":200,"headers":{"content-type":"text/event-stream"}}"#).unwrap();
    assert_eq!(run.http_head(id, r#"{"status":200}"#).unwrap_err().kind, Kind::Argument);
    for byte in format!("{}{}{LAST}", chunk("Grü"), chunk("ße")).as_bytes() {
        run.http_bytes(id, &[*byte]).unwrap();
    }
    assert!(run.awaits(id).unwrap());
    run.http_end(id).unwrap();
    assert_eq!(done(&queue), "Grüße");
    assert!(!run.awaits(id).unwrap());
    run.http_bytes(id, b"late").unwrap();
}

#[test]
fn the_host_answers_as_a_whole_fails_and_is_told_of_a_cancel() {
    let (agent, queue) = (carried(&json!({})), Queue::new());
    let run = start(&agent, &queue, "Hi");
    let body =
        json!({"choices": [{"index": 0, "message": {"role": "assistant", "content": "Yes"}, "finish_reason": "stop"}]})
            .to_string();
    let id = asked(&queue);
    run.answer(Reply { id: id.clone(), outcome: Ok(json!({"status": 200, "headers": {}, "body": 5})) }).unwrap_err();
    run.answer(Reply { id, outcome: Ok(json!({"status": 200, "body": body})) }).unwrap();
    assert_eq!(done(&queue), "Yes");

    let run = start(&agent, &queue, "Hi");
    let outcome = Ok(json!({"status": 429, "headers": {"retry-after": 3}, "body_base64": "e30="}));
    run.answer(Reply { id: asked(&queue), outcome }).unwrap();
    let EventBody::Error { error, .. } = last(&queue).body else { panic!("no error") };
    assert_eq!((error.kind, error.retry_after_ms), (Kind::RateLimit, Some(3000)));

    let run = start(&agent, &queue, "Hi");
    run.reply(&json!({"id": asked(&queue), "error": {"message": "no route"}}).to_string()).unwrap();
    let EventBody::Error { error, .. } = last(&queue).body else { panic!("no error") };
    assert_eq!(error.kind, Kind::Network);
    assert!(error.message.contains("no route"), "{}", error.message);

    let run = start(&agent, &queue, "Hi");
    let id = asked(&queue);
    run.http_head(&id, r#"{"status":200}"#).unwrap();
    run.http_bytes(&id, chunk("Half").as_bytes()).unwrap();
    until(&queue, |event| event.text() == "Half");
    run.cancel().unwrap();
    assert!(!run.awaits(&id).unwrap());
    assert!(matches!(last(&queue).body, EventBody::Cancelled { .. }));
    run.http_bytes(&id, b"late").unwrap();
}

#[test]
fn time_limits_hold_for_the_host_and_several_runs_go_at_once() {
    let (agent, queue) = (carried(&json!({"first_event_timeout_ms": 50})), Queue::new());
    let run = start(&agent, &queue, "Hi");
    let id = asked(&queue);
    let EventBody::Error { error, .. } = last(&queue).body else { panic!("no error") };
    assert_eq!(error.kind, Kind::Timeout);
    assert!(!run.awaits(&id).unwrap());

    let agents = [carried(&json!({})), carried(&json!({}))];
    let runs: Vec<Run> = agents.iter().map(|agent| start(agent, &queue, "Hi")).collect();
    let mut open = Vec::new();
    while open.len() < 2 {
        let event = next(&queue);
        if let EventBody::Request(request) = event.body {
            open.push((event.run_id, request.id));
        }
    }
    for (run_id, id) in open.iter().rev() {
        let run = runs.iter().find(|run| run.id() == &**run_id).unwrap();
        let body = format!("{}{LAST}", chunk("Yes"));
        run.answer(Reply { id: id.clone(), outcome: Ok(json!({"status": 200, "body": body})) }).unwrap();
        assert_eq!(done(&queue), "Yes");
    }
}

#[test]
fn what_the_host_carries_is_recorded_without_a_secret() {
    let tape = folder("carried").join("tape.yaml");
    let agent = carried(
        &json!({"record": {"path": tape, "scrub": ["room [0-9]+"]}, "headers": {"X-Tenant": "tenant-secret-1"}}),
    );
    let queue = Queue::new();
    let run = start(&agent, &queue, "Meet me in room 17");
    let body = format!("{}{LAST}", chunk(&format!("{KEY} tenant-secret-1 room 18")));
    let headers = json!({"date": "today", "x-request-id": "req_77", "set-cookie": "session=cookie-secret-1", "content-type": "text/event-stream"});
    let id = asked(&queue);
    run.answer(Reply { id, outcome: Ok(json!({"status": 200, "headers": headers, "body": body})) }).unwrap();
    done(&queue);
    let text = fs::read_to_string(&tape).unwrap();
    for secret in [KEY, "tenant-secret-1", "room 17", "room 18", "today", "req_77", "cookie-secret-1"] {
        assert!(!text.contains(secret), "{secret}: {text}");
    }
    assert!(text.contains("text/event-stream"));
    let playing = self::agent(&json!({"provider": "replay", "cassette": {"path": tape, "scrub": ["room [0-9]+"]}}));
    assert_eq!(ask(&playing, "Meet me in room 99").unwrap(), "[scrubbed] [scrubbed] [scrubbed]");
}

#[test]
fn a_deployment_is_played_without_its_address() {
    let tape = folder("azure").join("tape.yaml");
    let azure = json!({"provider": "azure", "model": "d", "base_url": "https://r.invalid?api-version=2024-10-21", "record": tape});
    let (agent, queue) = (carried(&azure), Queue::new());
    let run = start(&agent, &queue, "Hi");
    let id = asked(&queue);
    let body = format!("{}{LAST}", chunk("Hello"));
    let headers = json!({"content-type": "text/event-stream"});
    run.answer(Reply { id, outcome: Ok(json!({"status": 200, "headers": headers, "body": body})) }).unwrap();
    done(&queue);
    let text = fs::read_to_string(&tape).unwrap();
    assert!(text.contains("base_url: \"https://r.invalid?api-version=2024-10-21\""), "{text}");
    assert_eq!(ask(&self::agent(&json!({"provider": "replay", "cassette": tape})), "Hi").unwrap(), "Hello");

    // A recording of somebody else's does not say where it comes from.
    let start = text.find("when:").unwrap();
    fs::write(&tape, &text[start..]).unwrap();
    let foreign = json!({"provider": "replay", "model": "d", "cassette": {"path": tape, "provider": "azure"}});
    assert_eq!(ask(&self::agent(&foreign), "Hi").unwrap(), "Hello");
}

#[test]
fn options_that_contradict_each_other_say_so() {
    let folder = folder("wrong");
    let broken = folder.join("broken.yaml");
    fs::write(&broken, "when: {path: /x}\nthen: {status: 7}\n").unwrap();
    for (options, words) in [
        (json!({"provider": "replay"}), "cassette: missing"),
        (json!({"provider": "scripted"}), "script: missing"),
        (json!({"provider": "demo", "cassette": "x"}), "cassette: goes with provider = \"replay\""),
        (json!({"provider": "demo", "script": []}), "script: goes with provider = \"scripted\""),
        (json!({"provider": "replay", "cassette": folder.join("none.yaml")}), "cassette: \""),
        (json!({"provider": "replay", "cassette": broken}), "broken.yaml:2: `status`"),
        (json!({"provider": "replay", "cassette": broken, "record": "x"}), "record: a cassette that is played"),
        (json!({"provider": "scripted", "script": [], "transport": "host", "max_retries": 0}), "transport: "),
        (json!({"provider": "demo", "record": folder.join("no/such/folder.yaml")}), "record: \""),
        (json!({"provider": "demo", "record": folder}), "record: \""),
        (json!({"provider": "demo", "record": {"path": "x", "scrub": ["("]}}), "record.scrub: "),
        (json!({"provider": "demo", "record": {"path": "x", "mode": "nwe"}}), "record.mode: expected one of"),
        (
            json!({"provider": "scripted", "script": [{"txt": "x"}]}),
            "script[0].txt: unknown option; did you mean text?",
        ),
    ] {
        let error = Agent::new(&options.to_string()).unwrap_err();
        assert!(matches!(error.kind, Kind::Config | Kind::Argument), "{error:?}");
        assert!(error.message.starts_with(words), "{words}: {}", error.message);
    }
}

#[test]
fn a_cassette_that_cannot_be_written_fails_the_run() {
    let folder = folder("gone");
    let tape = folder.join("inner/tape.yaml");
    fs::create_dir(folder.join("inner")).unwrap();
    let agent = agent(&json!({"provider": "demo", "record": tape}));
    fs::remove_dir(folder.join("inner")).unwrap();
    let error = ask(&agent, "Hi").unwrap_err();
    assert_eq!(error.kind, Kind::Store);
    assert!(error.message.contains("tape.yaml"), "{}", error.message);
}

#[test]
fn requests_can_be_forbidden() {
    // The switch is the process's, so the case runs in one of its own.
    if std::env::var_os("PLAYING_CHILD").is_none() {
        for by in ["", "1"] {
            let child = std::process::Command::new(std::env::current_exe().unwrap())
                .args(["--exact", "playing::requests_can_be_forbidden"])
                .env("PLAYING_CHILD", "1")
                .env("LLMSPELL_FORBID_REQUESTS", by)
                .output()
                .unwrap();
            assert!(child.status.success(), "{}", String::from_utf8_lossy(&child.stdout));
        }
        return;
    }
    let options = json!({"model": "openai/x", "api_key": KEY, "base_url": "http://127.0.0.1:9/v1", "proxy": "", "max_retries": 0});
    let by_environment = std::env::var("LLMSPELL_FORBID_REQUESTS").is_ok_and(|value| value == "1");
    if !by_environment {
        assert_eq!(ask(&agent(&options), "Hi").unwrap_err().kind, Kind::Network);
        llmspell::forbid_requests(true);
    }
    let error = ask(&agent(&options), "Hi").unwrap_err();
    assert_eq!(error.kind, Kind::Policy);
    let by = if by_environment { "LLMSPELL_FORBID_REQUESTS" } else { "forbid_requests(true)" };
    assert!(
        error.message.contains(by) && error.message.contains("127.0.0.1:9") && error.message.contains("demo"),
        "{}",
        error.message
    );
    assert!(!error.retryable);
    assert_eq!(ask(&agent(&json!({"provider": "demo"})), "Hi").unwrap(), "You said: Hi");
    assert_eq!(ask(&agent(&json!({"provider": "scripted", "script": ["a"]})), "Hi").unwrap(), "a");
    let queue = Queue::new();
    let run = start(&carried(&json!({})), &queue, "Hi");
    run.answer(Reply {
        id: asked(&queue),
        outcome: Ok(json!({"status": 200, "body": format!("{}{LAST}", chunk("b"))})),
    })
    .unwrap();
    assert_eq!(done(&queue), "b");
    llmspell::forbid_requests(false);
    assert_eq!(ask(&agent(&options), "Hi").unwrap_err().kind, Kind::Network);
}

/// An agent whose scripted model calls the tool `clerk`, behind which `clerk` stands, and then says what it got.
fn boss_of(clerk: &Agent, more: Value, handoff: bool) -> Agent {
    let call = json!({"tool_calls": [{"name": "clerk", "arguments": {"input": "Hi"}}]});
    let mut options = json!({"provider": "scripted", "script": [call.clone(), "ok", call, "ok"], "max_retries": 0});
    options.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let boss = agent(&options);
    boss.add_agent(clerk, &json!({"name": "clerk", "handoff": handoff, "forward_events": !handoff}).to_string())
        .unwrap();
    boss
}

/// What an agent behind a tool answered, whichever way it was asked.
fn said_by(boss: &Agent, handoff: bool) -> String {
    let result = blocking::execute(boss, r#"{"input":"Go"}"#, |_| Ok("hail".into())).unwrap();
    if handoff { result.text } else { result.tool_calls[0].result.clone().unwrap() }
}

#[test]
fn an_agent_of_another_s_run_has_its_own_recorder_cassette_and_script() {
    for handoff in [false, true] {
        let folder = folder(if handoff { "own_handoff" } else { "own_ask" });
        let (own, outer) = (folder.join("clerk.yaml"), folder.join("boss.yaml"));
        let clerk = agent(&json!({"provider": "demo", "record": own, "max_retries": 0}));
        let boss = boss_of(&clerk, json!({"record": outer}), handoff);
        let heard = said_by(&boss, handoff);
        let count = |tape: &PathBuf| fs::read_to_string(tape).unwrap().matches("then:\n").count();
        assert_eq!(count(&own), 1, "the clerk's exchange is on its tape alone");
        assert_eq!(count(&outer), if handoff { 1 } else { 2 });

        let playing = agent(&json!({"provider": "replay", "cassette": own, "max_retries": 0}));
        assert_eq!(said_by(&boss_of(&playing, json!({}), handoff), handoff), heard);
        assert_eq!(played(&playing)["played"], 1);

        let scripted = agent(&json!({"provider": "scripted", "script": ["from the clerk"], "max_retries": 0}));
        assert_eq!(said_by(&boss_of(&scripted, json!({}), handoff), handoff), "from the clerk");
        assert_eq!(played(&scripted)["played"], 1);
    }
}

#[test]
fn what_the_host_carries_for_an_agent_of_another_s_run_comes_in_its_name() {
    for handoff in [false, true] {
        let clerk = carried(&json!({"max_retries": 0, "api_key": "sk-clerk-0123456789"}));
        let boss = agent(&json!({"model": "openai/x", "api_key": KEY, "base_url": "http://boss.invalid/v1",
            "transport": "host", "max_retries": 0}));
        boss.add_agent(&clerk, &json!({"name": "clerk", "handoff": handoff}).to_string()).unwrap();
        let queue = Queue::new();
        let run = start(&boss, &queue, "Hi");
        let mut seen = Vec::new();
        loop {
            let event = next(&queue);
            if event.body.event_type().is_final() {
                assert!(matches!(event.body, EventBody::Done { .. }), "{}", event.to_json());
                break;
            }
            let EventBody::Request(Request { id, what }) = &event.body else { continue };
            let What::Http { url, headers, .. } = what else { panic!("{what:?}") };
            let key = headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("authorization")).unwrap();
            let is_clerk = event.agent.as_deref() == Some(&["clerk".to_owned()]);
            assert_eq!(is_clerk, url.contains("nowhere.invalid"), "{url}: {:?}", event.agent);
            assert_eq!(is_clerk, key.1.reveal().contains("sk-clerk"));
            assert_eq!(!is_clerk, key.1.reveal().contains(KEY));
            let body = if seen.is_empty() {
                let call =
                    json!({"index": 0, "id": "c1", "function": {"name": "clerk", "arguments": "{\"input\":\"x\"}"}});
                let delta =
                    json!({"choices": [{"index": 0, "delta": {"tool_calls": [call]}, "finish_reason": "tool_calls"}]});
                format!("data: {delta}\n\ndata: [DONE]\n\n")
            } else {
                format!("{}{LAST}", chunk("Yes"))
            };
            run.answer(Reply { id: id.clone(), outcome: Ok(json!({"status": 200, "body": body})) }).unwrap();
            seen.push(is_clerk);
        }
        assert_eq!(seen, if handoff { vec![false, true] } else { vec![false, true, false] });
    }
}

#[test]
fn what_nobody_reads_does_not_pile_up() {
    let (agent, queue) = (carried(&json!({})), Queue::new());
    let run = start(&agent, &queue, "Hi");
    let id = asked(&queue);
    run.http_head(&id, r#"{"status":200,"headers":{"content-type":"text/event-stream"}}"#).unwrap();
    // No event is taken: the run stops reading after a while.
    let piece = chunk("x").repeat(4_000);
    let mut fed = 0;
    let error = loop {
        match run.http_bytes(&id, piece.as_bytes()) {
            Ok(()) => fed += piece.len(),
            Err(error) => break error,
        }
        assert!(fed < 256 << 20, "{fed} bytes wait");
    };
    assert_eq!(error.kind, Kind::Busy);
    assert!(error.message.contains("feed them again"), "{}", error.message);
    // Once some was read, there is room again.
    while run.http_bytes(&id, piece.as_bytes()).is_err() {
        for _ in 0..1_000 {
            next(&queue);
        }
    }
    run.cancel().unwrap();
    last(&queue);
}
