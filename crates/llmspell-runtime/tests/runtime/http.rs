//! Exchanges over plain HTTP, whole and broken.

use std::io::Write;
use std::sync::Mutex;
use std::sync::mpsc::channel;

use flate2::Compression;
use flate2::write::GzEncoder;
use llmspell_core::codec::ollama::Ollama;
use llmspell_core::{EventType, Kind};

use super::support::{KEY, Server, answer, direct, job, spec, start, start_in, texts};
use llmspell_runtime::{Job, Queue};

#[test]
fn a_streamed_run_gives_its_events_in_order() {
    let (tell, seen) = channel();
    let server = Server::new(move |mut peer| {
        tell.send(peer.request().unwrap()).unwrap();
        peer.send(&answer::streamed(&["Hel", "lo", "!"]));
        peer.wait_closed();
    });
    let chat = start(spec(&server.url()), "hi");
    let events = chat.rest();
    let types: Vec<EventType> = events.iter().map(|event| event.body.event_type()).collect();
    let delta = EventType::TextDelta;
    assert_eq!(
        types,
        [EventType::RunStart, EventType::StepStart, delta, delta, delta, EventType::StepEnd, EventType::Done]
    );
    assert_eq!(texts(&events), ["Hel", "lo", "!"]);
    assert_eq!(events.iter().map(|event| event.seq).collect::<Vec<_>>(), (1..=7).collect::<Vec<u64>>());
    let (conversation, last) = chat.finished.recv().unwrap();
    assert_eq!(conversation.unwrap().messages.len(), 2);
    assert_eq!(last, events[6], "the façade is told the same end");

    let request = seen.recv().unwrap();
    assert!(request.head.starts_with("post /v1/chat/completions http/1.1"), "{}", request.head);
    assert_eq!(request.header("authorization"), Some(format!("bearer {KEY}").as_str()));
    assert_eq!(request.header("content-type"), Some("application/json"));
    assert!(request.header("accept-encoding").unwrap().contains("gzip"));
    assert!(request.header("user-agent").unwrap().starts_with("llmspell/"));
    assert!(String::from_utf8(request.body).unwrap().contains("\"hi\""));
}

#[test]
fn a_plain_answer_is_taken_too() {
    let server = Server::answering(answer::plain("Hello"));
    assert_eq!(start(spec(&server.url()), "hi").done().text, "Hello");
}

#[test]
fn two_chats_share_one_connection() {
    for bytes in [answer::plain("ok"), answer::streamed(&["o", "k"])] {
        let server = Server::answering(bytes);
        for _ in 0..200 {
            assert_eq!(start(spec(&server.url()), "hi").done().text, "ok");
        }
        assert_eq!(server.connections(), 1);
    }
}

#[test]
fn the_steps_of_a_run_share_one_connection() {
    // No tool has that name, so each step is followed by the next at once.
    let events = answer::tool_call("nobody");
    let server = Server::answering(answer::stream_of(&events));
    let error = start(spec(&server.url()), "hi").error();
    assert_eq!(error.kind, Kind::MaxSteps, "{}", error.message);
    assert_eq!(server.connections(), 1);
}

#[test]
fn gzip_is_unpacked_as_it_comes() {
    let (go, wait) = channel::<()>();
    let wait = Mutex::new(wait);
    let server = Server::new(move |mut peer| {
        peer.request().unwrap();
        peer.send(&answer::head(
            "200 OK",
            &["content-type: text/event-stream", "content-encoding: gzip", "transfer-encoding: chunked"],
        ));
        let mut packer = GzEncoder::new(Vec::new(), Compression::default());
        packer.write_all(answer::text("early").as_bytes()).unwrap();
        packer.flush().unwrap();
        peer.send(&answer::chunk(packer.get_ref()));
        packer.get_mut().clear();
        wait.lock().unwrap().recv().unwrap();
        packer.write_all((answer::text(" late") + &answer::end()).as_bytes()).unwrap();
        peer.send(&answer::chunk(&packer.finish().unwrap()));
        peer.send(&answer::last_chunk());
    });
    let chat = start(spec(&server.url()), "hi");
    let first = chat.until(|body| matches!(body.event_type(), EventType::TextDelta).then(|| body.clone()));
    assert!(format!("{first:?}").contains("early"), "{first:?}");
    go.send(()).unwrap();
    assert_eq!(chat.done().text, "early late");
}

#[test]
fn a_refusal_carries_what_the_provider_said() {
    let body = br#"{"error":{"message":"slow down","type":"rate_limit_error"}}"#;
    let server =
        Server::answering(answer::whole("429 Too Many Requests", &["retry-after: 7", "x-request-id: abc"], body));
    let error = start(spec(&server.url()), "hi").error();
    assert_eq!(error.kind, Kind::RateLimit);
    assert_eq!((error.http_status, error.retry_after_ms), (Some(429), Some(7000)));
    assert!(error.message.contains("slow down"), "{error}");
}

#[test]
fn broken_exchanges_say_where_and_what_to_check() {
    type Serve = fn(&mut super::support::Peer);
    let cases: [(&str, Kind, &str, Serve); 6] = [
        ("closed before the answer", Kind::Network, "before an answer", |_| {}),
        ("garbage", Kind::Protocol, "not HTTP", |peer| peer.send(b"\x16\x03\x01 nonsense\r\n\r\n")),
        ("ends in mid-chunk", Kind::Network, "before the answer was complete", |peer| {
            peer.send(&answer::stream_head());
            peer.send(b"ff\r\ndata: {");
        }),
        ("ends before its length", Kind::Network, "before the answer was complete", |peer| {
            peer.send(&answer::head("200 OK", &["content-length: 100"]));
            peer.send(b"{\"id\"");
        }),
        ("bad chunk size", Kind::Protocol, "damaged", |peer| {
            peer.send(&answer::stream_head());
            peer.send(b"zz\r\n");
        }),
        ("bad gzip", Kind::Protocol, "damaged", |peer| {
            peer.send(&answer::whole("200 OK", &["content-encoding: gzip"], b"this is not gzip at all, not at all"));
        }),
    ];
    for (name, kind, part, serve) in cases {
        let server = Server::new(move |mut peer| {
            if peer.request().is_some() {
                serve(&mut peer);
                peer.shut();
                peer.wait_closed();
            }
        });
        let error = start(spec(&server.url()), "hi").error();
        assert_eq!(error.kind, kind, "{name}: {error:?}");
        assert!(error.message.contains(part), "{name}: {error:?}");
        assert!(error.message.contains(&server.address.to_string()), "{name}: {error:?}");
        assert!(error.cause.is_some(), "{name}: {error:?}");
    }
}

#[test]
fn a_reset_connection_is_a_network_error_and_the_next_chat_works() {
    let server = Server::new(|mut peer| {
        peer.request().unwrap();
        if peer.number == 1 {
            peer.send(&answer::stream_head());
            peer.send(&answer::chunk(answer::text("x").as_bytes()));
            return peer.reset();
        }
        peer.send(&answer::plain("again"));
        peer.wait_closed();
    });
    let queue = Queue::new();
    let error = start_in(&queue, spec(&server.url()), direct(), "hi").error();
    assert_eq!(error.kind, Kind::Network, "{error:?}");
    assert!(error.retryable);
    assert_eq!(start_in(&queue, spec(&server.url()), direct(), "hi").done().text, "again");
}

#[test]
fn an_answer_without_end_is_cut_off() {
    let server = Server::new(|mut peer| {
        peer.request().unwrap();
        peer.send(&answer::head("200 OK", &["content-type: application/json"]));
        peer.send(b"{\"id\":\"");
        let block = vec![b'x'; 1 << 20];
        // As long as the client reads.
        while peer.stream.write_all(&block).is_ok() {}
    });
    let error = start(spec(&server.url()), "hi").error();
    assert_eq!(error.kind, Kind::Protocol);
    assert!(error.message.contains("64 MiB"), "{error}");
}

#[test]
fn lines_of_json_are_bounded_one_by_one() {
    const LINES: usize = 70;
    let server = Server::new(|mut peer| {
        peer.request().unwrap();
        peer.send(&answer::head("200 OK", &["content-type: application/x-ndjson", "transfer-encoding: chunked"]));
        // More than an answer of one piece may have.
        let time = "x".repeat(1 << 20);
        let line = format!("{{\"created_at\":\"{time}\",\"message\":{{\"content\":\"a\"}},\"done\":false}}\n");
        for _ in 0..LINES {
            peer.send(&answer::chunk(line.as_bytes()));
        }
        peer.send(&answer::chunk(b"{\"message\":{\"content\":\"\"},\"done\":true}\n"));
        peer.send(&answer::last_chunk());
    });
    let mut spec = spec(&server.url());
    spec.endpoint.codec = &Ollama;
    assert_eq!(start(spec, "hi").done().text, "a".repeat(LINES));
}

#[test]
fn only_wanted_events_come_but_the_end_always() {
    use super::support::LONG;
    use llmspell_core::{Conversation, EventMask};
    let server = Server::answering(answer::streamed(&["a", "b"]));
    let queue = Queue::new();
    let (job, _finished) = job(spec(&server.url()), "hi");
    let handle = llmspell_runtime::submit(&queue, Job { wanted: EventMask::NONE, ..job }).unwrap();
    handle.begin(Conversation::default()).unwrap();
    let event = queue.next(Some(LONG)).unwrap().unwrap();
    assert_eq!((event.body.event_type(), event.text(), handle.id()), (EventType::Done, "ab", "run_test"));
    assert_eq!((event.seq, event.step), (6, 1), "those that nobody wants are counted");
}
