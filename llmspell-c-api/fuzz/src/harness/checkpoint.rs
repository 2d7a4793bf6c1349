//! Checkpoints: any bytes give an error, or a run that can go on.

use super::{codecs, verdict};
use llmspell_core::conversation::unanswered;
use llmspell_core::request::Reply;
use llmspell_core::run::{Effect, Input, Run, Stamp};
use llmspell_core::tool::ToolSet;
use llmspell_core::{Conversation, EventBody};

/// A body without its head gets the head of this version and these tools, so that most inputs come past it.
pub fn with_head(input: &[u8], tools: &ToolSet) -> Vec<u8> {
    if input.first() != Some(&b'{') {
        return input.to_vec();
    }
    let mut all = b"LLMSPELL\x01\x00".to_vec();
    all.extend_from_slice(&tools.fingerprint());
    all.extend_from_slice(&[0, 0]);
    all.extend_from_slice(input);
    all
}

/// Restores in the core and drives the run to its end.
pub fn restore(input: &[u8]) {
    let spec = codecs::run_spec();
    let given = with_head(input, &spec.tools);
    let run = match Run::restore(&given, spec.clone()) {
        Ok(run) => run,
        Err(error) => {
            let error = verdict::error_json(&error.to_json());
            assert!(error["kind"] == "argument" || error["kind"] == "config", "{error}");
            return;
        }
    };
    let again = run.checkpoint().expect("a restored run can be written down");
    assert!(
        !again.windows(super::SECRET.len()).any(|part| part == super::SECRET.as_bytes()),
        "a checkpoint has a key in it"
    );
    let second = Run::restore(&again, spec).expect("its own bytes restore");
    assert_eq!(second.checkpoint().expect("and again"), again, "a checkpoint of a checkpoint is the same");
    drive(run);
    cancel(second);
}

/// Answers what the run asks, until it ends; it must end well or with an error that can be explained.
fn drive(run: Run) {
    let mut host = Host { run, now: 0, finals: 0, sends: Vec::new(), asks: Vec::new(), end: None };
    host.feed(Input::Begin { conversation: Conversation::default() });
    for _ in 0..64 {
        if let Some(exchange) = host.sends.pop() {
            let body = "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"fine\"},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n";
            host.feed(Input::Head { exchange, status: 200, headers: Vec::new() });
            host.feed(Input::Bytes { exchange, bytes: body.as_bytes().to_vec() });
            host.feed(Input::End { exchange });
        } else if let Some(id) = host.asks.pop() {
            host.feed(Input::Reply(Reply { id, outcome: Ok("fine".into()) }));
        } else {
            break;
        }
    }
    if host.end.is_none() {
        host.feed(Input::Cancel);
    }
    host.check_end();
}

fn cancel(run: Run) {
    let mut host = Host { run, now: 0, finals: 0, sends: Vec::new(), asks: Vec::new(), end: None };
    host.feed(Input::Begin { conversation: Conversation::default() });
    host.feed(Input::Cancel);
    host.check_end();
}

struct Host {
    run: Run,
    now: u64,
    finals: usize,
    sends: Vec<u64>,
    asks: Vec<String>,
    end: Option<Conversation>,
}

impl Host {
    fn feed(&mut self, input: Input) {
        self.now += 1;
        for effect in self.run.step(input, Stamp { now_ms: self.now, random: self.now }) {
            match effect {
                Effect::Send(request) => self.sends.push(request.exchange),
                Effect::Emit(event) => {
                    verdict::event_json(&event.to_json());
                    if let EventBody::Request(request) = &event.body {
                        self.asks.push(request.id.clone());
                    }
                    self.finals += usize::from(event.body.event_type().is_final());
                }
                Effect::Finish { conversation, event } => {
                    verdict::event_json(&event.to_json());
                    self.finals += 1;
                    self.end = Some(conversation);
                }
                Effect::Abort { .. }
                | Effect::Arm { .. }
                | Effect::Close { .. }
                | Effect::Disarm(_)
                | Effect::DisarmAll { .. }
                | Effect::Used { .. } => {}
            }
        }
    }

    fn check_end(&self) {
        assert_eq!(self.finals, 1, "a run has one last event");
        let conversation = self.end.as_ref().expect("a run ends");
        assert_eq!(unanswered(&conversation.messages), None, "a call is left without its result");
    }
}
