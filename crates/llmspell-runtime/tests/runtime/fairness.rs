//! A busy run takes neither the thread nor the host's attention from the others.

use std::io::Write;
use std::sync::Mutex;
use std::sync::mpsc::channel;

use llmspell_core::run::Status;
use llmspell_core::{Conversation, EventBody, EventMask, EventType};
use llmspell_runtime::{Job, Queue, submit};

use super::support::{Chat, HeldThread, LONG, Server, answer, child, direct, job, spec, start, submitted, with_tools};

/// A run whose server sends bytes without end, and whose host has nothing to do.
fn flooded() -> (Server, Chat) {
    let server = Server::new(|mut peer| {
        peer.request().unwrap();
        peer.send(&answer::stream_head());
        // Empty deltas take time to read and add nothing to the answer, so that no limit ends the run.
        let empty = answer::event(serde_json::json!({}), serde_json::Value::Null);
        let block = answer::chunk(empty.repeat(500).as_bytes());
        while peer.stream.write_all(&block).is_ok() {}
    });
    let queue = Queue::new();
    let (job, finished) = job(spec(&server.url()), "hi");
    let run = submit(&queue, Job { wanted: EventMask::NONE.with(EventType::StepStart), ..job }).unwrap();
    run.begin(Conversation::default()).unwrap();
    let chat = Chat { run, queue, finished };
    assert_eq!(chat.next().body, EventBody::StepStart);
    (server, chat)
}

/// The next event of a chat by a wait without end: one with an end would see the event when its time is over, without
/// having been woken.
fn woken(chat: &Chat) -> EventBody {
    let (tell, told) = channel();
    let queue = chat.queue.clone();
    std::thread::spawn(move || tell.send(queue.next(None).unwrap().unwrap().body));
    told.recv_timeout(LONG).expect("the host is woken although another run never rests")
}

#[test]
fn hosts_are_woken_while_another_run_floods_the_thread() {
    // In a process of its own: the flood would slow down every other test.
    if child::parameter().is_none() {
        child::again("fairness::hosts_are_woken_while_another_run_floods_the_thread", "", &[]);
        return;
    }
    // Many, because a thread that is about to sleep by chance wakes the host as well.
    const DELTAS: usize = 12;
    let (_flood, flooded) = flooded();
    let (go, wait) = channel::<()>();
    let wait = Mutex::new(wait);
    let server = Server::new(move |mut peer| {
        peer.request().unwrap();
        peer.send(&answer::stream_head());
        let mut rounds = vec![answer::text("a"); DELTAS];
        rounds.push(answer::tool_call("slow"));
        for events in rounds {
            wait.lock().unwrap().recv().unwrap();
            peer.send(&answer::chunk(events.as_bytes()));
        }
        peer.send(&answer::last_chunk());
        peer.request().unwrap();
        wait.lock().unwrap().recv().unwrap();
        peer.send(&answer::streamed(&["b"]));
    });
    let quiet = start(with_tools(spec(&server.url()), &["slow"]), "hi");
    // Each time the host sleeps before the event comes, and nothing else comes that could wake it.
    let until = |kind: EventType| loop {
        let body = woken(&quiet);
        if body.event_type() == kind {
            return body;
        }
        assert!(!body.event_type().is_final(), "{body:?}");
    };
    until(EventType::StepStart);
    for _ in 0..DELTAS {
        go.send(()).unwrap();
        until(EventType::TextDelta);
    }
    go.send(()).unwrap();
    let EventBody::Request(request) = until(EventType::Request) else { panic!("no request") };
    quiet.run.reply(llmspell_core::request::Reply { id: request.id, outcome: Ok(1.into()) }).unwrap();
    go.send(()).unwrap();
    until(EventType::Done);
    assert_eq!(flooded.run.status(), Status::Running, "the flood went on all the time");
    flooded.cancel();
}

#[test]
fn a_run_with_much_at_once_lets_others_go_first() {
    // The demo model has its whole answer at once, so nothing but the task itself makes it pause. Both runs begin
    // while the thread is held, the large one first.
    let order = std::sync::Arc::new(Mutex::new(Vec::new()));
    let held = HeldThread::new();
    let begun = ["word ".repeat(10_000), "hi".to_owned()].map(|message| {
        let (queue, order) = (Queue::new(), std::sync::Arc::clone(&order));
        let (job, finished) = job(spec("demo:"), &message);
        let on_finish = Box::new(move |_: Option<Conversation>, event: &llmspell_core::Event| {
            order.lock().unwrap().push(event.text().len());
        });
        let run = submit(&queue, Job { on_finish, wanted: EventMask::NONE, ..job }).unwrap();
        run.begin(Conversation::default()).unwrap();
        Chat { run, queue, finished }
    });
    held.release();
    for chat in &begun {
        chat.done();
    }
    let order = order.lock().unwrap();
    assert_eq!(order.len(), 2);
    assert!(order[0] < order[1], "the small one ended first: {order:?}");
}

#[test]
fn a_server_is_not_late_when_this_side_was() {
    // The thread is held until the limits are over, while the server sends all that it has.
    for (head_first, limit) in [(false, "first event"), (true, "first event"), (true, "idle")] {
        let (go, wait) = channel::<()>();
        let (tell, sent) = channel();
        let ends = Mutex::new((wait, tell));
        let server = Server::new(move |mut peer| {
            let (wait, tell) = &*ends.lock().unwrap();
            peer.request().unwrap();
            let (mut before, mut after) = (Vec::new(), Vec::new());
            if head_first { &mut before } else { &mut after }.extend(answer::stream_head());
            if limit == "idle" { &mut before } else { &mut after }.extend(answer::chunk(answer::text("a").as_bytes()));
            after.extend(answer::chunk((answer::text("b") + &answer::end()).as_bytes()));
            after.extend(answer::last_chunk());
            peer.send(&before);
            tell.send(()).unwrap();
            wait.recv().unwrap();
            peer.send(&after);
            tell.send(()).unwrap();
            peer.wait_closed();
        });
        const LIMIT: u64 = 2000;
        let mut spec = spec(&server.url());
        if limit == "idle" {
            spec.limits.idle_timeout_ms = LIMIT;
        } else {
            spec.limits.first_event_timeout_ms = LIMIT;
        }
        let chat = submitted(&Queue::new(), spec, direct(), "hi");
        chat.run.begin(Conversation::default()).unwrap();
        sent.recv_timeout(LONG).unwrap();
        if limit == "idle" {
            chat.until(|body| (body.event_type() == EventType::TextDelta).then_some(()));
        }
        let held = HeldThread::new();
        go.send(()).unwrap();
        sent.recv_timeout(LONG).unwrap();
        // The limit is over while the thread cannot look.
        std::thread::sleep(std::time::Duration::from_millis(LIMIT + 300));
        held.release();
        assert_eq!(chat.done().text, "ab", "{limit}, head first: {head_first}");
    }
}
