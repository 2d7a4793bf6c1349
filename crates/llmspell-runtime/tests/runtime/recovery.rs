//! Runs that go on although a server fails, and those that must not.

use std::io::Write;
use std::sync::mpsc::channel;

use llmspell_core::codec::openai_chat::OpenAiChat;
use llmspell_core::http::Secret;
use llmspell_core::model::ModelInfo;
use llmspell_core::run::{Endpoint, Route, RunSpec};
use llmspell_core::{Conversation, EventBody, EventType, Kind};
use llmspell_runtime::Queue;

use super::support::{KEY, LONG, Peer, Server, answer, child, direct, peak_kib, spec, start, submitted, with_tools};

const OTHER_KEY: &str = "sk-of-the-fallback-0123456789";

fn trying(url: &str, max_retries: u32) -> RunSpec {
    let mut spec = spec(url);
    spec.settings.max_retries = Some(max_retries);
    spec
}

fn with_fallback(mut spec: RunSpec, url: &str) -> RunSpec {
    spec.fallbacks.push(Route {
        endpoint: Endpoint {
            provider: "other".into(),
            codec: &OpenAiChat,
            base_url: url.into(),
            api_key: Some(Secret::new(OTHER_KEY)),
            key_place: None,
            model_place: None,
            headers: Vec::new(),
            way: 0,
        },
        model: "other-model".into(),
        model_info: ModelInfo::default(),
        provider_options: serde_json::Map::new(),
        rate_limit: None,
        unusable: None,
    });
    spec
}

/// A way to fail, and its name.
type Failure = (&'static str, fn(Peer));

/// Said by a server that closes: a connection that it closes without a word may be used again before that is known.
const CLOSE: &str = "connection: close";

/// Ways to fail before the first piece of an answer.
const FAILURES: [Failure; 8] = [
    ("429", |mut peer| peer.send(&answer::whole("429 Too Many Requests", &["retry-after-ms: 1", CLOSE], b"{}"))),
    ("500", |mut peer| peer.send(&answer::whole("500 Internal Server Error", &["retry-after: 0", CLOSE], b"<html>"))),
    ("503", |mut peer| peer.send(&answer::whole("503 Service Unavailable", &["retry-after: 0", CLOSE], b""))),
    ("reset", Peer::reset),
    ("closed", |mut peer| peer.shut()),
    ("reset after the head", |mut peer| {
        peer.send(&answer::stream_head());
        peer.reset();
    }),
    ("an empty body", |mut peer| peer.send(&answer::whole("200 OK", &[CLOSE], b""))),
    ("an error in the stream", |mut peer| {
        peer.send(&answer::stream_of("data: {\"error\":{\"message\":\"x\",\"type\":\"server_error\"}}\n\n"));
    }),
];

#[test]
fn a_server_that_fails_at_first() {
    for (name, fail) in FAILURES {
        let (tell, bodies) = channel();
        let server = Server::new(move |mut peer| {
            tell.send(peer.request().unwrap().body).unwrap();
            if peer.number <= 2 {
                return fail(peer);
            }
            peer.send(&answer::streamed(&["fine"]));
            peer.wait_closed();
        });
        let events = start(trying(&server.url(), 2), "hi").rest();
        let EventBody::Done { result } = &events.last().unwrap().body else { panic!("{name}: {:?}", events.last()) };
        assert_eq!((result.text.as_str(), result.metadata.retries), ("fine", 2), "{name}");
        assert_eq!(events.iter().filter(|it| it.body.event_type() == EventType::Retry).count(), 2, "{name}");
        let bodies: Vec<Vec<u8>> = bodies.try_iter().collect();
        assert_eq!(bodies.len(), 3, "{name}");
        assert!(bodies.windows(2).all(|pair| pair[0] == pair[1]), "{name}: each try sends the same");
    }
}

#[test]
fn another_server_takes_over_with_its_own_key() {
    for (name, fail) in FAILURES {
        let (tell, keys) = channel();
        let second = tell.clone();
        let authorization = |request: &super::support::server::Seen| request.header("authorization").map(str::to_owned);
        let broken = Server::new(move |mut peer| {
            tell.send(authorization(&peer.request().unwrap())).unwrap();
            fail(peer);
        });
        let healthy = Server::new(move |mut peer| {
            second.send(authorization(&peer.request().unwrap())).unwrap();
            peer.send(&answer::plain("from the other"));
            peer.wait_closed();
        });
        let result = start(with_fallback(trying(&broken.url(), 0), &healthy.url()), "hi").done();
        assert_eq!(result.text, "from the other", "{name}");
        assert_eq!(result.metadata.provider, "other", "{name}");
        let keys: Vec<_> = keys.try_iter().map(Option::unwrap).collect();
        assert_eq!(keys, [format!("bearer {KEY}"), format!("bearer {OTHER_KEY}")], "{name}");
    }
    let gone = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let healthy = Server::answering(answer::plain("there"));
    let spec = with_fallback(trying(&format!("http://{gone}/v1"), 0), &healthy.url());
    assert_eq!(start(spec, "hi").done().text, "there");
}

#[test]
fn nothing_is_asked_again_once_a_piece_was_seen() {
    let failures: [Failure; 4] = [
        ("reset", Peer::reset),
        ("closed", |mut peer| peer.shut()),
        ("error", |mut peer| {
            peer.send(&answer::chunk(b"data: {\"error\":{\"message\":\"x\",\"type\":\"server_error\"}}\n\n"));
        }),
        ("garbage", |mut peer| peer.send(&answer::chunk(b"data: garbage\n\n"))),
    ];
    for (name, fail) in failures {
        let (tell, go) = channel::<()>();
        let go = std::sync::Mutex::new(go);
        let server = Server::new(move |mut peer| {
            peer.request().unwrap();
            peer.send(&answer::stream_head());
            peer.send(&answer::chunk(answer::text("seen").as_bytes()));
            go.lock().unwrap().recv().unwrap();
            fail(peer);
        });
        let other = Server::answering(answer::plain("never"));
        let chat = start(with_fallback(trying(&server.url(), 3), &other.url()), "hi");
        chat.until(|body| matches!(body, EventBody::TextDelta { .. }).then_some(()));
        tell.send(()).unwrap();
        let events = chat.rest();
        let EventBody::Error { error, partial } = &events.last().unwrap().body else { panic!("{name}: {events:?}") };
        assert!(matches!(error.kind, Kind::Network | Kind::Provider | Kind::Protocol), "{name}: {error:?}");
        assert_eq!(partial.text, "seen", "{name}");
        assert_eq!((server.connections(), other.connections()), (1, 0), "{name}");
    }
}

/// The events of an answer that never ends, each of another kind.
fn endless() -> Vec<String> {
    use serde_json::{Value, json};
    let call =
        json!({"index": 0, "id": "call_1", "type": "function", "function": {"name": "add", "arguments": "{\"expr"}});
    vec![
        answer::event(json!({"role": "assistant", "content": ""}), Value::Null),
        answer::event(json!({"reasoning_content": "hm"}), Value::Null),
        answer::text("one"),
        answer::text(" two"),
        answer::event(json!({"tool_calls": [call]}), Value::Null),
        answer::event(json!({"tool_calls": [{"index": 0, "function": {"arguments": "ess"}}]}), Value::Null),
    ]
}

#[test]
fn a_cancel_at_each_event_closes_the_connection_and_the_next_request_is_clean() {
    // run_start, step_start and five deltas.
    for at in 1..=7 {
        let (tell, heard) = channel();
        let server = Server::new(move |mut peer| {
            let Some(request) = peer.request() else { return };
            tell.send(String::from_utf8(request.body).unwrap()).unwrap();
            if peer.number > 1 {
                peer.send(&answer::plain("clean"));
                return peer.wait_closed();
            }
            peer.send(&answer::stream_head());
            endless().iter().for_each(|event| peer.send(&answer::chunk(event.as_bytes())));
            peer.wait_closed();
            tell.send("closed".to_owned()).unwrap();
        });
        let queue = Queue::new();
        let agent = || with_tools(spec(&server.url()), &["add"]);
        let chat = submitted(&queue, agent(), direct(), "first");
        chat.run.begin(Conversation::default()).unwrap();
        for _ in 0..at {
            assert!(!chat.next().body.event_type().is_final());
        }
        assert!(heard.recv_timeout(LONG).unwrap().contains("first"));
        chat.cancel();
        assert_eq!(heard.recv_timeout(LONG).as_deref(), Ok("closed"), "after event {at}");
        let (conversation, last) = chat.finished.recv_timeout(LONG).unwrap();
        assert_eq!(last.body.event_type(), EventType::Cancelled);

        let next = submitted(&queue, agent(), direct(), "second");
        next.run.begin(conversation.unwrap_or_default()).unwrap();
        assert_eq!(next.done().text, "clean", "after event {at}");
        let body: serde_json::Value = serde_json::from_str(&heard.recv_timeout(LONG).unwrap()).unwrap();
        let messages = body["messages"].as_array().unwrap();
        assert_eq!(messages.last().unwrap()["content"], "second");
        // Nothing of the half call is left, and users do not speak twice in a row without a word between.
        assert!(!body["messages"].to_string().contains("tool_calls"), "after event {at}: {body}");
    }
}

#[test]
fn a_million_deltas_for_a_host_that_does_not_read_take_no_memory() {
    const COUNT: usize = 1_000_000;
    const AT_ONCE: usize = 100;
    // The memory of a process that does nothing else.
    if child::parameter().is_none() {
        child::again("recovery::a_million_deltas_for_a_host_that_does_not_read_take_no_memory", "alone", &[]);
        return;
    }
    let (tell, told) = channel();
    let server = Server::new(move |mut peer| {
        peer.request().unwrap();
        peer.send(&answer::stream_head());
        peer.stream.set_write_timeout(Some(std::time::Duration::from_millis(300))).unwrap();
        let mut stalled = false;
        for from in (0..COUNT).step_by(AT_ONCE) {
            let events: String = (from..from + AT_ONCE).map(|number| answer::text(&format!("{number} "))).collect();
            let bytes = answer::chunk(events.as_bytes());
            let mut rest = bytes.as_slice();
            while !rest.is_empty() {
                match peer.stream.write(rest) {
                    Ok(written) => rest = &rest[written..],
                    Err(error) if matches!(error.kind(), std::io::ErrorKind::WouldBlock) => {
                        if !std::mem::replace(&mut stalled, true) {
                            tell.send(from).unwrap();
                        }
                    }
                    Err(_) => return,
                }
            }
        }
        peer.stream.set_write_timeout(None).unwrap();
        peer.send(&answer::chunk(answer::end().as_bytes()));
        peer.send(&answer::last_chunk());
        peer.wait_closed();
    });
    let before = peak_kib();
    let mut patient = spec(&server.url());
    patient.settings.timeout_ms = Some(3_600_000);
    let chat = start(patient, "hi");
    let sent = told.recv_timeout(LONG).unwrap();
    assert!(sent < COUNT / 2, "the server could send {sent} of {COUNT}");
    let undrained = peak_kib() - before;
    assert!(undrained < 48 << 10, "{undrained} KiB for what nobody read");
    let mut expected = 0;
    loop {
        match chat.next().body {
            EventBody::TextDelta { text } => {
                assert_eq!(text.trim_end().parse(), Ok(expected));
                expected += 1;
            }
            EventBody::Done { .. } => break,
            EventBody::Error { error, .. } => panic!("{error:?}"),
            _ => {}
        }
    }
    assert_eq!(expected, COUNT);
    // The text alone is 7 MB, and the result holds it in several places.
    let drained = peak_kib() - before;
    println!("undrained {undrained} KiB, in all {drained} KiB");
    assert!(drained < 160 << 10, "{drained} KiB");
}
