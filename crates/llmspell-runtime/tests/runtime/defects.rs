//! A panic inside a run is its own end and nobody else's.

use llmspell_core::codec::openai_chat::OpenAiChat;
use llmspell_core::codec::{Codec, Decoder, Delta, Encoded, Progress, Turn, TurnRequest};
use llmspell_core::http::Redactor;
use llmspell_core::run::{RunSpec, Status};
use llmspell_core::{Conversation, Error, EventBody, EventMask, EventType, Kind};
use llmspell_runtime::{Job, Queue, submit};

use super::support::{LONG, Server, answer, direct, job, spec, start, start_in};

/// A codec with a defect: its decoder panics.
#[derive(Debug)]
struct Defective;

#[derive(Debug)]
struct Panicking;

impl Codec for Defective {
    fn encode(&self, turn: &TurnRequest<'_>) -> Result<Encoded, Error> {
        OpenAiChat.encode(turn)
    }

    fn decoder(&self, _: u64, _: Redactor) -> Box<dyn Decoder> {
        Box::new(Panicking)
    }

    fn failure(&self, status: u16, headers: &[(String, String)], body: &[u8], redactor: &Redactor) -> Error {
        OpenAiChat.failure(status, headers, body, redactor)
    }
}

impl Decoder for Panicking {
    fn push(&mut self, _: &[u8], _: &mut Vec<Delta>) -> Result<(), Error> {
        panic!("a defect, on purpose")
    }

    fn progress(&self) -> Progress {
        Progress::Partial
    }

    fn finish(&mut self, _: &mut Vec<Delta>) -> Result<Turn, Error> {
        panic!("a defect, on purpose")
    }
}

fn defective(url: &str) -> RunSpec {
    let mut spec = spec(url);
    spec.endpoint.codec = &Defective;
    spec
}

#[test]
fn a_panic_ends_its_run_with_internal_and_leaves_the_others_alone() {
    let server = Server::answering(answer::streamed(&["a", "b"]));
    let queue = Queue::new();
    let broken = start_in(&queue, defective(&server.url()), direct(), "hi");
    let events = broken.rest();
    let last = events.last().unwrap();
    let EventBody::Error { error, .. } = &last.body else { panic!("no error: {last:?}") };
    assert_eq!(error.kind, Kind::Internal);
    assert_eq!((last.seq, last.step), (events.len() as u64, 1), "it follows the run's own events");
    assert_eq!(broken.run.status(), Status::Ended);
    let (conversation, _) = broken.finished.recv_timeout(LONG).unwrap();
    assert_eq!(conversation, None);
    // The handle is poisoned, and says so.
    assert_eq!(broken.run.checkpoint().unwrap_err().kind, Kind::Internal);
    assert_eq!(broken.run.awaits("req_1").unwrap_err().kind, Kind::Internal);
    broken.run.cancel().unwrap();

    assert_eq!(start_in(&queue, spec(&server.url()), direct(), "hi").done().text, "ab");
}

#[test]
fn many_panics_beside_healthy_runs() {
    let server = Server::answering(answer::streamed(&["a", "b"]));
    let chats: Vec<_> = (0..20)
        .map(|number| start(if number % 2 == 0 { defective(&server.url()) } else { spec(&server.url()) }, "hi"))
        .collect();
    for (number, chat) in chats.iter().enumerate() {
        let expected = if number % 2 == 0 { EventType::Error } else { EventType::Done };
        assert_eq!(chat.rest().last().unwrap().body.event_type(), expected);
    }
}

#[test]
fn a_panic_in_the_facades_callback_does_not_hide_the_end() {
    let server = Server::answering(answer::plain("fine"));
    let queue = Queue::new();
    let (job, _finished) = job(spec(&server.url()), "hi");
    let on_finish = Box::new(|_: Option<Conversation>, _: &_| panic!("on purpose"));
    let handle = submit(&queue, Job { on_finish, wanted: EventMask::NONE, ..job }).unwrap();
    handle.begin(Conversation::default()).unwrap();
    assert_eq!(queue.next(Some(LONG)).unwrap().unwrap().text(), "fine");
}
