//! A cancel at each single event of a run that shows all there is: a retry, reasoning, tools, an approval, an agent behind a
//! tool, and an answer that grows.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use llmspell_core::codec::OutputMode;
use llmspell_core::conversation::unanswered;
use llmspell_core::output::OutputSchema;
use llmspell_core::request::{Reply, Request, What};
use llmspell_core::run::{AgentTool, AgentToolKind, RunSpec, Team};
use llmspell_core::tool::Tool;
use llmspell_core::{Conversation, EventBody, EventType};
use llmspell_runtime::Queue;
use serde_json::{Value, json};

use super::support::{Chat, LONG, Peer, Server, answer, child, direct, spec, start, submitted};

/// A silence after which the server may send one piece more, if the piece before was heard of.
const QUIET: Duration = Duration::from_millis(2);

/// What holds the server back between two pieces.
#[derive(Default)]
struct Gate {
    next: AtomicBool,
    /// Everything is answered at once.
    free: AtomicBool,
    /// Requests that are neither answered nor given up.
    open: AtomicUsize,
    closed: AtomicUsize,
    requests: AtomicUsize,
}

impl Gate {
    /// Waits until a piece may be sent; `false` when the client has closed.
    fn pass(&self, peer: &Peer) -> bool {
        loop {
            if self.free.load(Ordering::SeqCst) || self.next.swap(false, Ordering::SeqCst) {
                return true;
            }
            peer.stream.set_nonblocking(true).unwrap();
            let seen = peer.stream.peek(&mut [0]);
            peer.stream.set_nonblocking(false).unwrap();
            match seen {
                Err(error) if error.kind() == ErrorKind::WouldBlock => std::thread::sleep(Duration::from_millis(1)),
                Ok(1) => panic!("the client sent more before it had its answer"),
                _ => return false,
            }
        }
    }

    fn serve(&self, mut peer: Peer) {
        while let Some(seen) = peer.request() {
            let number = self.requests.fetch_add(1, Ordering::SeqCst);
            self.open.fetch_add(1, Ordering::SeqCst);
            let body: Value = serde_json::from_slice(&seen.body).unwrap();
            let whole = pieces(&body, number, self.free.load(Ordering::SeqCst)).iter().all(|piece| {
                let goes_on = self.pass(&peer);
                peer.send(piece);
                goes_on
            });
            self.closed.fetch_add(usize::from(!whole), Ordering::SeqCst);
            self.open.fetch_sub(1, Ordering::SeqCst);
            if !whole {
                return;
            }
        }
    }
}

/// The answer to a request, in pieces.
fn pieces(body: &Value, number: usize, plainly: bool) -> Vec<Vec<u8>> {
    if plainly {
        return vec![answer::plain("{\"city\":\"Rome\"}")];
    }
    if number == 0 {
        return vec![answer::whole(
            "503 Service Unavailable",
            &["retry-after-ms: 1"],
            b"{\"error\":{\"message\":\"later\"}}",
        )];
    }
    let text = |words: &str| answer::text(words);
    let answered = body["messages"].as_array().unwrap().iter().any(|message| message["role"] == "tool");
    let call = |at: usize, name: &str, arguments: &str| {
        let function = json!({"name": name, "arguments": arguments});
        let call = json!({"index": at, "id": format!("call_{at}"), "type": "function", "function": function});
        answer::event(json!({"tool_calls": [call]}), Value::Null)
    };
    let events = match (body["model"].as_str().unwrap(), answered) {
        ("clerk", _) => vec![text("half "), text("whole"), answer::end()],
        (_, true) => vec![text("{\"city\":"), text("\"Rome\"}"), answer::end()],
        _ => vec![
            answer::event(json!({"reasoning_content": "hm"}), Value::Null),
            text("First "),
            call(0, "clerk", "{\"input\":\"x\"}"),
            call(1, "act", "{}"),
            answer::event(json!({}), "tool_calls".into()) + "data: [DONE]\n\n",
        ],
    };
    let mut pieces: Vec<_> = events.iter().map(|event| answer::chunk(event.as_bytes())).collect();
    // No piece without an event: it tells that the piece has come.
    if let Some(first) = pieces.first_mut() {
        first.splice(0..0, answer::stream_head());
    }
    if let Some(last) = pieces.last_mut() {
        last.extend(answer::last_chunk());
    }
    pieces
}

/// An agent with a tool that needs approval and an agent as a tool, whose answers are objects.
fn boss(url: &str) -> RunSpec {
    let mut boss = spec(url);
    let clerk = RunSpec { model: "clerk".into(), ..spec(url) };
    let schema = json!({"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]});
    boss.settings.max_retries = Some(1);
    boss.settings.output_schema = Some(OutputSchema::new("output_schema", schema).unwrap());
    boss.settings.output_mode = Some(OutputMode::Native);
    for tool in [json!({"name": "act", "needs_approval": true}), json!({"name": "clerk"})] {
        boss.tools = Arc::new(boss.tools.with(Tool::from_json("tool", tool).unwrap()).unwrap());
    }
    let kind = AgentToolKind::Ask { forward_events: true };
    boss.team =
        Team { tools: vec![AgentTool { tool: "clerk".into(), member: 1, kind }], members: vec![Arc::new(clerk)] };
    boss
}

/// Goes on up to the event with this number. Its type, or nothing when the run ended before.
fn go_to(chat: &Chat, gate: &Gate, number: usize) -> Option<EventType> {
    let began = Instant::now();
    let mut seen = 0;
    let mut heard = false;
    loop {
        assert!(began.elapsed() < LONG, "no more events after {seen}");
        let Some(event) = chat.queue.next(Some(QUIET)).unwrap() else {
            if std::mem::take(&mut heard) {
                gate.next.store(true, Ordering::SeqCst);
            }
            continue;
        };
        heard = true;
        let kind = event.body.event_type();
        if kind.is_final() {
            assert!(matches!(event.body, EventBody::Done { .. }), "{}", event.to_json());
            return None;
        }
        seen += 1;
        if seen == number {
            return Some(kind);
        }
        if let EventBody::Request(Request { id, what }) = event.body {
            let value = if matches!(what, What::Approval { .. }) { json!(true) } else { json!("acted") };
            chat.run.reply(Reply { id, outcome: Ok(value) }).unwrap();
        }
    }
}

#[test]
fn a_cancel_at_any_event_closes_all_ends_once_and_leaves_what_goes_on() {
    // In a process of its own: the floods of other tests would hold up the events.
    if child::parameter().is_none() {
        child::again("cancel_events::a_cancel_at_any_event_closes_all_ends_once_and_leaves_what_goes_on", "", &[]);
        return;
    }
    // Connections that were closed in the middle of an answer, by the event at which the cancel came.
    let mut closed: BTreeMap<&str, usize> = BTreeMap::new();
    for number in 1.. {
        let gate = Arc::new(Gate::default());
        let server = Server::new({
            let gate = Arc::clone(&gate);
            move |peer| gate.serve(peer)
        });
        let chat = start(boss(&server.url()), "hi");
        let Some(kind) = go_to(&chat, &gate, number) else { break };
        gate.next.store(false, Ordering::SeqCst);
        chat.run.cancel().unwrap();
        let rest = chat.rest();
        let finals = rest.iter().filter(|event| event.body.event_type().is_final()).count();
        let end = rest.last().unwrap().body.event_type();
        assert_eq!(finals, 1);
        if end == EventType::Done {
            assert_eq!((kind, rest.len()), (EventType::StepEnd, 1), "only what had ended is not cancelled");
            continue;
        }
        assert_eq!(end, EventType::Cancelled, "{number} {}", kind.as_str());
        assert_eq!(chat.queue.next(Some(QUIET)).unwrap(), None, "nothing comes after the end");

        // Nothing more is sent, so what was open can only have been closed.
        let began = Instant::now();
        while gate.open.load(Ordering::SeqCst) > 0 {
            assert!(began.elapsed() < LONG, "a connection is open after the cancel at {number} ({})", kind.as_str());
            std::thread::sleep(Duration::from_millis(1));
        }
        *closed.entry(kind.as_str()).or_default() += gate.closed.load(Ordering::SeqCst);

        let (conversation, _) = chat.finished.recv().unwrap();
        let conversation = conversation.unwrap_or_default();
        assert_eq!(unanswered(&conversation.messages), None, "{number} {}", kind.as_str());
        gate.free.store(true, Ordering::SeqCst);
        let next = submitted(&Queue::new(), boss(&server.url()), direct(), "again");
        next.run.begin(Conversation::clone(&conversation)).unwrap();
        assert_eq!(next.done().object, Some(json!({"city": "Rome"})), "{number} {}", kind.as_str());
    }
    let all = [
        "run_start",
        "step_start",
        "text_delta",
        "reasoning_delta",
        "tool_call_delta",
        "tool_call",
        "request",
        "tool_result",
        "retry",
        "step_end",
        "object_delta",
    ];
    for kind in all {
        assert!(closed.contains_key(kind), "no cancel at {kind}: {closed:?}");
    }
    // While these come the server still has something to say.
    for kind in ["text_delta", "reasoning_delta", "tool_call_delta", "object_delta"] {
        assert!(closed.get(kind).is_some_and(|count| *count > 0), "no answer was cut short at {kind}: {closed:?}");
    }
}
