//! Every time limit, with short ones.

use std::net::{TcpListener, TcpStream};
use std::os::fd::AsRawFd;
use std::time::Duration;

use llmspell_core::{EventBody, Kind};
use llmspell_runtime::{Network, Queue};

use super::support::{LONG, Server, answer, direct, spec, start, start_in, with_tools};

#[test]
fn a_connection_that_does_not_open() {
    // A listener whose line is full: the kernel drops further connections.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    // SAFETY: the descriptor is a listening socket; listen only shortens its line.
    assert_eq!(unsafe { libc::listen(listener.as_raw_fd(), 0) }, 0);
    let address = listener.local_addr().unwrap();
    let mut line = Vec::new();
    while let Ok(stream) = TcpStream::connect_timeout(&address, Duration::from_millis(300)) {
        line.push(stream);
    }
    let network = Network { connect_timeout_ms: 100, ..direct() };
    let error = start_in(&Queue::new(), spec(&format!("http://{address}")), network, "hi").error();
    assert_eq!(error.kind, Kind::Timeout, "{error:?}");
    assert!(error.message.contains("connect_timeout_ms") && error.message.contains(&address.to_string()), "{error}");
}

#[test]
fn a_server_that_says_nothing() {
    for head_first in [false, true] {
        let server = Server::new(move |mut peer| {
            peer.request().unwrap();
            if head_first {
                peer.send(&answer::stream_head());
            }
            peer.wait_closed();
        });
        let mut spec = spec(&server.url());
        spec.limits.first_event_timeout_ms = 500;
        let error = start(spec, "hi").error();
        assert_eq!(error.kind, Kind::Timeout);
        assert!(error.message.contains("first_event_timeout_ms"), "{error}");
    }
}

#[test]
fn a_server_that_falls_silent() {
    let server = Server::new(|mut peer| {
        peer.request().unwrap();
        peer.send(&[answer::stream_head(), answer::chunk(answer::text("so far").as_bytes())].concat());
        peer.wait_closed();
    });
    let mut spec = spec(&server.url());
    spec.limits.idle_timeout_ms = 1000;
    let chat = start(spec, "hi");
    let Some(EventBody::Error { error, partial }) = chat.rest().pop().map(|event| event.body) else {
        panic!("no error")
    };
    assert_eq!(error.kind, Kind::Timeout);
    assert!(error.message.contains("idle_timeout_ms"), "{error}");
    assert_eq!(partial.text, "so far");
}

#[test]
fn a_run_that_takes_too_long() {
    let server = Server::new(|mut peer| {
        peer.request().unwrap();
        peer.send(&answer::stream_head());
        // Never silent, never done.
        while std::io::Write::write_all(&mut peer.stream, &answer::chunk(answer::text("x").as_bytes())).is_ok() {
            std::thread::sleep(Duration::from_millis(5));
        }
    });
    let mut spec = spec(&server.url());
    spec.settings.timeout_ms = Some(150);
    spec.limits.idle_timeout_ms = 100_000;
    let error = start(spec, "hi").error();
    assert_eq!(error.kind, Kind::Timeout);
    assert!(error.message.contains("timeout_ms"), "{error}");
}

#[test]
fn a_tool_that_does_not_answer_is_a_result_for_the_model() {
    let server = Server::new(|mut peer| {
        peer.request().unwrap();
        peer.send(&answer::stream_of(&answer::tool_call("slow")));
        let second = String::from_utf8(peer.request().unwrap().body).unwrap();
        let told = if second.contains("\"role\":\"tool\"") { "told" } else { "not told" };
        peer.send(&answer::streamed(&[told]));
        peer.wait_closed();
    });
    let mut spec = with_tools(spec(&server.url()), &["slow"]);
    spec.limits.tool_timeout_ms = 500;
    let chat = start(spec, "hi");
    let request = chat.request();
    let result = chat.until(|body| match body {
        EventBody::ToolResult { content, is_error, .. } => Some((content.clone(), *is_error)),
        _ => None,
    });
    assert!(result.1, "{result:?}");
    assert!(!chat.run.awaits(&request).unwrap());
    // Too late: dropped without a word.
    let late = llmspell_core::request::Reply { id: request, outcome: Ok(1.into()) };
    chat.run.reply(late).unwrap();
    assert_eq!(chat.done().text, "told");
}

#[test]
fn waiting_for_an_event_ends_with_its_time() {
    let queue = Queue::new();
    assert_eq!(queue.next(Some(Duration::ZERO)).unwrap(), None);
    assert_eq!(queue.next(Some(Duration::from_millis(20))).unwrap(), None);
    let waiting = queue.clone();
    let thread = std::thread::spawn(move || waiting.next(None).unwrap().unwrap());
    let server = Server::answering(answer::plain("ok"));
    let chat = start_in(&queue, spec(&server.url()), direct(), "hi");
    assert_eq!(thread.join().unwrap().seq, 1, "a wait without end sees the first event");
    assert!(chat.queue.next(Some(LONG)).unwrap().is_some());
    chat.rest();
}
