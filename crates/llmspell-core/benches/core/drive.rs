//! Drives a run from its begin to its end, without keeping what it says.

use super::sim;
use llmspell_core::request::{Reply, What};
use llmspell_core::run::{Effect, Input, Run, RunInput, RunSpec, Stamp};
use llmspell_core::{Conversation, EventBody};
use serde_json::json;
use std::sync::Arc;

/// What came out of a run.
#[derive(Debug, Default)]
pub struct Outcome {
    pub requests: usize,
    pub deltas: usize,
    pub conversation: Option<Conversation>,
}

/// Runs `input` on `conversation`; `answer` gives the pieces of the answer to the request of that number.
pub fn run<'a>(
    spec: &Arc<RunSpec>,
    input: RunInput,
    conversation: Conversation,
    mut answer: impl FnMut(usize) -> &'a [Vec<u8>],
) -> Outcome {
    let mut run = Run::new(Arc::clone(spec), input, "run_1".into());
    let mut outcome = Outcome::default();
    let mut inputs = std::collections::VecDeque::from([Input::Begin { conversation }]);
    let mut now_ms = 0;
    while let Some(input) = inputs.pop_front() {
        now_ms += 1;
        for effect in run.step(input, Stamp { now_ms, random: now_ms.wrapping_mul(6_364_136_223_846_793_005) }) {
            match effect {
                Effect::Send(request) => {
                    let exchange = request.exchange;
                    inputs.push_back(Input::Head { exchange, status: 200, headers: Vec::new() });
                    let pieces = answer(outcome.requests).iter();
                    inputs.extend(pieces.map(|bytes| Input::Bytes { exchange, bytes: bytes.clone() }));
                    inputs.push_back(Input::End { exchange });
                    outcome.requests += 1;
                }
                Effect::Emit(event) => match event.body {
                    EventBody::TextDelta { .. } => outcome.deltas += 1,
                    EventBody::Request(request) => {
                        assert!(matches!(request.what, What::Tool { .. }), "nothing but tools is asked for");
                        inputs.push_back(Input::Reply(Reply { id: request.id, outcome: Ok(json!(42)) }));
                    }
                    _ => {}
                },
                Effect::Finish { conversation, event } => {
                    assert!(matches!(event.body, EventBody::Done { .. }), "{:?}", event.body);
                    outcome.conversation = Some(conversation);
                }
                Effect::Abort { .. }
                | Effect::Used { .. }
                | Effect::Close { .. }
                | Effect::Arm { .. }
                | Effect::Disarm(_)
                | Effect::DisarmAll { .. } => {}
            }
        }
    }
    assert!(outcome.conversation.is_some(), "the run has ended");
    outcome
}

/// The specification that the benchmarks run: two tools, no limit on steps that they could reach.
pub fn spec() -> Arc<RunSpec> {
    let mut spec = sim::spec();
    spec.settings.max_steps = Some(u32::MAX);
    Arc::new(spec)
}
