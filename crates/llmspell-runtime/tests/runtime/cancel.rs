//! A cancel in every state ends the run with `cancelled` and closes its connection.

use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use llmspell_core::run::Status;
use llmspell_core::{Conversation, EventBody, EventType};
use llmspell_runtime::Queue;

use super::support::{Chat, LONG, Peer, Server, answer, direct, spec, start, submitted, with_tools};

/// A server that tells when it has a request, when `then` has answered it, and when the client has closed.
fn watched(then: impl Fn(&mut Peer) + Send + Sync + 'static) -> (Server, Receiver<&'static str>) {
    let (tell, heard) = channel();
    let server = Server::new(move |mut peer| {
        if peer.request().is_none() {
            return;
        }
        tell.send("request").unwrap();
        then(&mut peer);
        tell.send("answered").unwrap();
        peer.wait_closed();
        tell.send("closed").unwrap();
    });
    (server, heard)
}

fn expect(heard: &Receiver<&str>, words: &[&str]) {
    for word in words {
        assert_eq!(heard.recv_timeout(LONG).as_ref(), Ok(word));
    }
}

#[test]
fn while_it_waits_for_its_turn() {
    let server = Server::answering(answer::plain("never"));
    let chat = submitted(&Queue::new(), spec(&server.url()), direct(), "hi");
    assert_eq!(chat.run.status(), Status::Queued);
    chat.cancel();
    assert_eq!(chat.run.status(), Status::Ended);
    let (conversation, last) = chat.finished.recv().unwrap();
    assert_eq!(conversation, None, "it changed nothing");
    assert_eq!(last.body.event_type(), EventType::Cancelled);
    assert_eq!(server.connections(), 0);
    // What comes after the end has no effect.
    chat.run.begin(Conversation::default()).unwrap();
    chat.run.cancel().unwrap();
    assert_eq!(chat.queue.next(Some(Duration::from_millis(50))).unwrap(), None);
}

#[test]
fn while_it_connects() {
    // The server accepts, but its TLS never answers: to the client the connection is still being opened.
    let (tell, closed) = channel();
    let server = Server::new(move |mut peer| {
        tell.send(()).unwrap();
        peer.wait_closed();
        tell.send(()).unwrap();
    });
    let chat = start(spec(&server.url().replace("http:", "https:")), "hi");
    closed.recv_timeout(LONG).unwrap();
    chat.cancel();
    closed.recv_timeout(LONG).expect("the connection is closed");
}

#[test]
fn while_it_waits_for_the_head() {
    let (server, heard) = watched(|_| {});
    let chat = start(spec(&server.url()), "hi");
    expect(&heard, &["request", "answered"]);
    chat.cancel();
    expect(&heard, &["closed"]);
}

#[test]
fn in_mid_stream() {
    let (server, heard) = watched(|peer| {
        peer.send(&answer::stream_head());
        peer.send(&answer::chunk(answer::text("begun").as_bytes()));
    });
    let chat = start(spec(&server.url()), "hi");
    chat.until(|body| matches!(body, EventBody::TextDelta { .. }).then_some(()));
    chat.run.cancel().unwrap();
    let Some(EventBody::Cancelled { partial }) = chat.rest().pop().map(|event| event.body) else {
        panic!("not cancelled")
    };
    assert_eq!(partial.text, "begun");
    expect(&heard, &["request", "answered", "closed"]);
}

#[test]
fn while_it_waits_for_a_tool() {
    let server = Server::answering(answer::stream_of(&answer::tool_call("add")));
    let chat = start(with_tools(spec(&server.url()), &["add"]), "hi");
    let request = chat.request();
    assert!(chat.run.awaits(&request).unwrap());
    chat.run.cancel().unwrap();
    assert!(!chat.run.awaits(&request).unwrap(), "from the cancel on nobody wants the answer");
    chat.cancel();
    assert!(!chat.run.awaits(&request).unwrap());
    let (conversation, _) = chat.finished.recv().unwrap();
    let messages = conversation.unwrap().messages;
    assert_eq!(llmspell_core::conversation::unanswered(&messages), None, "every call has a result");
}

#[test]
fn while_its_host_does_not_read() {
    let (server, heard) = watched(|peer| {
        peer.send(&answer::stream_head());
        // Until the client stops reading.
        peer.stream.set_write_timeout(Some(Duration::from_millis(150))).unwrap();
        let text = answer::chunk(answer::text("more").as_bytes());
        while std::io::Write::write_all(&mut peer.stream, &text).is_ok() {}
    });
    let chat = start(spec(&server.url()), "hi");
    expect(&heard, &["request", "answered"]);
    chat.cancel();
    expect(&heard, &["closed"]);
}

#[test]
fn dropping_the_queue_cancels_its_runs() {
    let (server, heard) = watched(|peer| peer.send(&answer::stream_head()));
    let Chat { run, queue, finished } = start(spec(&server.url()), "hi");
    expect(&heard, &["request", "answered"]);
    let other = queue.clone();
    drop(queue);
    assert!(finished.recv_timeout(Duration::from_millis(50)).is_err(), "a handle is left");
    drop(other);
    let (_, last) = finished.recv_timeout(LONG).unwrap();
    assert_eq!(last.body.event_type(), EventType::Cancelled);
    expect(&heard, &["closed"]);
    assert_eq!(run.status(), Status::Ended);
}

#[test]
fn a_cancel_does_not_touch_other_runs() {
    let (server, heard) = watched(|peer| {
        peer.send(&answer::stream_head());
        peer.send(&answer::chunk(answer::text("one").as_bytes()));
    });
    let other = Server::answering(answer::streamed(&["fine"]));
    let queue = Queue::new();
    let chat = super::support::start_in(&queue, spec(&server.url()), direct(), "hi");
    expect(&heard, &["request"]);
    chat.cancel();
    assert_eq!(super::support::start_in(&queue, spec(&other.url()), direct(), "hi").done().text, "fine");
}
