//! Runs that block the calling thread, with tools as a closure on that thread.

use crate::agent::Agent;
use crate::options::RunOptions;
use crate::target::Target;
use llmspell_core::request::{Failure, Reply, Request, What};
use llmspell_core::{Error, EventBody, Kind, RunResult};
use llmspell_runtime::{Queue, process_id};
use serde_json::Value;
use std::cell::RefCell;

thread_local! {
    /// Runs whose tools are at work on this thread, innermost last.
    static AT_WORK: RefCell<Vec<AtWork>> = const { RefCell::new(Vec::new()) };
}

/// A run whose tool is at work.
#[derive(Clone)]
struct AtWork {
    /// In the child of a fork that the tool made, nobody waits for it.
    process: u32,
    agent: Agent,
    /// The session whose conversation it goes on with; none for the agent's own.
    session: Option<String>,
}

/// A tool call to answer.
#[derive(Debug)]
pub struct Call<'a> {
    /// Name of the tool.
    pub name: &'a str,
    /// Arguments; they fit the tool's schema.
    pub arguments: &'a Value,
    /// Names of the tools that lead to the agent whose tool it is; empty for the agent that was run.
    pub agent: &'a [String],
}

/// Runs an agent and waits for the answer. The input is JSON as in `spec/schema/run_input.schema.json`; `events` in it has no
/// effect. `tool` is called on this thread for each tool call.
///
/// # Errors
/// Those of [`Target::start`]; `busy` when one of this agent's own tools is at work on this thread for the same conversation, because
/// the wait for it would never end; and what the run ends with: its error, or `cancelled`, with the result so far.
pub fn execute(
    agent: &Agent,
    input_json: &str,
    mut tool: impl FnMut(&Call<'_>) -> Result<Value, Failure>,
) -> Result<RunResult, Error> {
    let options = RunOptions::from_json(input_json)?;
    let here = AtWork { process: process_id(), agent: agent.clone(), session: options.session.clone() };
    if AT_WORK.with_borrow(|at_work| at_work.iter().any(|other| other.waits_for(&here))) {
        return Err(Error::new(
            Kind::Busy,
            "a tool of this agent called the agent itself, which waits for the tool: neither could ever end; use another \
             agent, a fork of this one, or another session",
        ));
    }
    let queue = Queue::new();
    let run = Target::Agent(agent.clone()).start_quiet(&queue, options)?;
    loop {
        let Some(event) = queue.next(None)? else { continue };
        match event.body {
            EventBody::Request(Request { id, what: What::Tool { name, arguments, .. } }) => {
                let outcome = at_work(&here, || {
                    tool(&Call {
                        name: &name,
                        arguments: &arguments,
                        agent: event.agent.as_deref().unwrap_or_default(),
                    })
                });
                run.answer(Reply { id, outcome })?;
            }
            EventBody::Request(Request { id, what }) => {
                run.answer(Reply { id, outcome: Err(unserved(&what)) })?;
            }
            EventBody::Done { result } => return Ok(*result),
            EventBody::Error { error, partial } => return Err(Error { partial: Some(partial), ..*error }),
            EventBody::Cancelled { partial } => {
                return Err(Error { partial: Some(partial), ..Error::new(Kind::Cancelled, "the run was cancelled") });
            }
            _ => {}
        }
    }
}

impl AtWork {
    /// Whether a run stands behind this one in its line.
    fn waits_for(&self, other: &Self) -> bool {
        self.process == other.process && self.agent.is(&other.agent) && self.session == other.session
    }
}

/// Why a request is not served here, where there is nothing but tools.
fn unserved(what: &What) -> Failure {
    let (message, kind) = match what {
        What::Approval { name, .. } => (
            format!(
                "nobody can be asked here whether {name} may be called; run the agent with events (llmspell_run_start) and \
                 answer the request of kind approval, or give the tool without needs_approval"
            ),
            Kind::Approval,
        ),
        What::Http { .. } => (
            "nothing here carries HTTP; run the agent with events (llmspell_run_start), or leave out the option transport"
                .to_owned(),
            Kind::Config,
        ),
        other => (
            format!(
                "nothing here answers a request of kind {}; run the agent with events (llmspell_run_start), or leave out the \
                 options hooks and guardrails",
                other.kind()
            ),
            Kind::Config,
        ),
    };
    Failure { message, kind }
}

/// Does a tool's work with its run noted as being at it, also when the work panics.
fn at_work<T>(run: &AtWork, work: impl FnOnce() -> T) -> T {
    struct Noted;
    impl Drop for Noted {
        fn drop(&mut self) {
            AT_WORK.with_borrow_mut(Vec::pop);
        }
    }
    AT_WORK.with_borrow_mut(|at_work| at_work.push(run.clone()));
    let _noted = Noted;
    work()
}
