//! Agents: a configuration with its tools, and one conversation.

mod line;
mod team;
mod thread;

pub(crate) use team::Mate;

use crate::json;
use crate::options::{AgentOptions, OnBusy, Shape, TOOL, check_choice, read_settings, read_tool};
use crate::run::Run;
use arc_swap::{ArcSwap, ArcSwapOption};
use llmspell_core::cassette::Deck;
use llmspell_core::run::RunSpec;
use llmspell_core::{Conversation, Error, EventMask, Kind};
use llmspell_runtime::{Carrier, Job, Queue, submit};
use std::fmt;
use std::sync::Arc;
use thread::{Sessions, Thread};

/// An agent. Cloning gives another handle to the same one; every method may be called from any thread.
///
/// It is plain data: it stays usable in the child after a fork, with the conversation as it was.
#[derive(Clone)]
pub struct Agent {
    inner: Arc<Inner>,
}

struct Inner {
    options: ArcSwap<AgentOptions>,
    /// What the latest run was made from, for the next; forks share it, because many agents are forked for one run.
    latest: Arc<ArcSwapOption<Latest>>,
    /// The agent's own conversation.
    own: Arc<Thread>,
    sessions: Sessions,
}

struct Latest {
    /// The options that gave it.
    options: Arc<AgentOptions>,
    spec: Arc<RunSpec>,
}

impl Agent {
    /// Makes an agent from JSON options as in `spec/schema/agent_options.schema.json`.
    ///
    /// # Errors
    /// `argument`, naming the option; `config` for options that cannot be used together.
    pub fn new(options_json: &str) -> Result<Self, Error> {
        let (options, conversation) = AgentOptions::from_json(options_json)?;
        Ok(Self::from_parts(Arc::new(options), Arc::new(conversation), Arc::default()))
    }

    fn from_parts(
        options: Arc<AgentOptions>,
        conversation: Arc<Conversation>,
        latest: Arc<ArcSwapOption<Latest>>,
    ) -> Self {
        Self {
            inner: Arc::new(Inner {
                options: ArcSwap::new(options),
                latest,
                own: Thread::new(conversation),
                sessions: Sessions::default(),
            }),
        }
    }

    /// A new agent with the same configuration and tools and a copy of its own conversation as it is now, without its
    /// sessions.
    #[must_use]
    pub fn fork(&self) -> Self {
        let options = team::of_fork(self.inner.options.load_full());
        Self::from_parts(options, self.inner.own.conversation.load_full(), Arc::clone(&self.inner.latest))
    }

    /// Adds a tool from JSON as in `spec/schema/tool.schema.json`. Runs that start later offer it.
    ///
    /// # Errors
    /// `argument` for a declaration that does not fit, or a name that is taken.
    pub fn add_tool(&self, tool_json: &str) -> Result<(), Error> {
        let mut declaration = json::parse("tool", tool_json)?;
        Shape::settle(&TOOL, &mut declaration, "")?;
        Shape::check(&TOOL, &declaration)?;
        // Read anew each time: a tool cannot be copied, and somebody else's addition in between is rare.
        self.change_options(|options| {
            options.tools = Arc::new(options.tools.with(read_tool("tool", declaration.clone())?)?);
            Ok(())
        })
    }

    fn change_options(&self, change: impl Fn(&mut AgentOptions) -> Result<(), Error>) -> Result<(), Error> {
        loop {
            let before = self.inner.options.load_full();
            let mut after = AgentOptions::clone(&before);
            change(&mut after)?;
            let seen = self.inner.options.compare_and_swap(&before, Arc::new(after));
            if Arc::ptr_eq(&seen, &before) {
                return Ok(());
            }
        }
    }

    /// The conversation as JSON `{version, messages, usage}`, which the option `state` takes.
    #[must_use]
    pub fn state(&self) -> String {
        self.inner.own.conversation.load().to_json()
    }

    /// The same for the conversation of a session; empty for one that there is not.
    #[must_use]
    pub fn session_state(&self, session: &str) -> String {
        match self.inner.sessions.get(session) {
            Some(thread) => thread.conversation.load().to_json(),
            None => Conversation::default().to_json(),
        }
    }

    /// Forgets the conversation; sessions keep theirs.
    ///
    /// # Errors
    /// `busy` while a run is under way or waits: its end would bring the conversation back.
    pub fn reset(&self) -> Result<(), Error> {
        self.inner.own.line.while_empty(|| self.inner.own.conversation.store(Arc::default()))
    }

    /// Forgets the conversation of a session. Without effect on one that there is not.
    ///
    /// # Errors
    /// `busy` while a run of the session is under way or waits.
    pub fn reset_session(&self, session: &str) -> Result<(), Error> {
        match self.inner.sessions.get(session) {
            Some(thread) => thread.line.while_empty(|| self.inner.sessions.forget(session, &thread)),
            None => Ok(()),
        }
    }

    /// JSON `{name, provider, model, tools}`, where `tools` are names. No secrets.
    #[must_use]
    pub fn info(&self) -> String {
        let options = self.inner.options.load();
        let tools: Vec<&str> = options.tools.iter().map(|tool| tool.name.as_str()).collect();
        serde_json::json!({"name": options.name, "provider": options.source.provider.name, "model": options.source.model.name, "tools": tools})
            .to_string()
    }

    /// What was played of the agent's script or cassette: JSON `{kind: "script", total, played, asked, requests}` or
    /// `{kind: "cassette", name, total, played, left}`, where `left` are `{exchange, method, path}` of those that were not.
    ///
    /// # Errors
    /// `config` when neither answers for this agent.
    pub fn played(&self) -> Result<String, Error> {
        let options = self.inner.options.load();
        match &options.network.carrier {
            Carrier::Script(script) => Ok(script.report().to_string()),
            Carrier::Replay(deck) => Ok(report(deck).to_string()),
            Carrier::Network | Carrier::Host => Err(Error::new(
                Kind::Config,
                "this agent is answered by no script and no cassette; make it with provider = \"scripted\" or \"replay\"",
            )),
        }
    }

    /// Has this agent go on with the script or cassette of another one: what either of them uses up, the other does not get.
    ///
    /// # Errors
    /// `config` when one is answered by a script and the other is not, or the same for a cassette.
    pub fn play_with(&self, other: &Self) -> Result<(), Error> {
        let carrier = other.inner.options.load().network.carrier.clone();
        self.change_options(|options| {
            let alike = matches!(
                (&options.network.carrier, &carrier),
                (Carrier::Script(_), Carrier::Script(_)) | (Carrier::Replay(_), Carrier::Replay(_))
            );
            if !alike {
                return Err(Error::new(
                    Kind::Config,
                    "both agents must be answered by a script, or both by a cassette",
                ));
            }
            options.network.carrier = carrier.clone();
            Ok(())
        })
    }

    /// Whether both are handles to the same agent.
    #[must_use]
    pub fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.inner, &other.inner)
    }

    /// Holds options of runs, JSON as in `spec/schema/run_input.schema.json` without `input`, to what [`crate::Target::start`]
    /// will take, before there is a run.
    ///
    /// # Errors
    /// `argument`, naming the option, also for a `tool_choice` that is no tool of the agent.
    pub fn check_run(&self, options_json: &str) -> Result<(), Error> {
        let settings = read_settings(json::parse("run options", options_json)?)?;
        let options = self.inner.options.load_full();
        // Whether there is a key shows with the first run.
        let Ok(spec) = self.spec(&options) else { return Ok(()) };
        let spec = if options.mates.is_empty() { spec } else { team::assemble(self, &options, &spec)?.0 };
        check_choice(&settings, &spec)
    }

    fn spec(&self, options: &Arc<AgentOptions>) -> Result<Arc<RunSpec>, Error> {
        let latest = self.inner.latest.load();
        let latest = latest.as_ref().filter(|latest| Arc::ptr_eq(&latest.options, options)).map(|latest| &latest.spec);
        let spec = options.run_spec(latest)?;
        if latest.is_none_or(|latest| !Arc::ptr_eq(latest, &spec)) {
            let latest = Latest { options: Arc::clone(options), spec: Arc::clone(&spec) };
            self.inner.latest.store(Some(Arc::new(latest)));
        }
        Ok(spec)
    }

    /// A place in the line of a conversation: that of the session, or the agent's own.
    ///
    /// # Errors
    /// `busy` when others are there and waiting is not wanted.
    fn enter(&self, session: Option<&str>, on_busy: OnBusy) -> Result<(Arc<Thread>, u64), Error> {
        loop {
            let thread = match session {
                Some(session) => self.inner.sessions.enter(session),
                None => Arc::clone(&self.inner.own),
            };
            match thread.line.enter(on_busy) {
                // The run goes its own way from here, and nobody remembers it.
                Err(_) if on_busy == OnBusy::Fork => {
                    let own = Thread::new(thread.conversation.load_full());
                    let ticket = own.line.enter(on_busy)?;
                    return Ok((own, ticket));
                }
                Err(error) => return Err(error),
                Ok(ticket) if session.is_none_or(|session| self.inner.sessions.holds(session, &thread)) => {
                    return Ok((thread, ticket));
                }
                // The session was forgotten before the run was in its line: it begins anew.
                Ok(ticket) => thread.leave(ticket),
            }
        }
    }

    /// Starts a run that `make` makes; it begins when it is its turn.
    pub(crate) fn launch(
        &self,
        queue: &Queue,
        wanted: EventMask,
        make: impl FnOnce(Arc<RunSpec>) -> Result<llmspell_core::run::Run, Error>,
    ) -> Result<Run, Error> {
        let options = self.inner.options.load_full();
        let mut spec = self.spec(&options)?;
        let mut more_ways = Vec::new();
        if !options.mates.is_empty() {
            (spec, more_ways) = team::assemble(self, &options, &spec)?;
        }
        let run = make(spec)?;
        let session = run.session().map(str::to_owned);
        let (thread, ticket) = self.enter(session.as_deref(), options.on_busy)?;
        let after = Arc::clone(&thread);
        let job = Job {
            run,
            wanted,
            network: options.network.clone(),
            more_ways,
            on_finish: Box::new(move |conversation, _| after.finished(ticket, conversation)),
        };
        let handle = submit(queue, job).inspect_err(|_| thread.leave(ticket))?;
        let begun = match thread.line.ready(ticket, handle.clone()) {
            Some(first) => first.begin(Conversation::clone(&thread.conversation.load())),
            None => handle.wait(),
        };
        begun.inspect_err(|_| thread.leave(ticket))?;
        Ok(Run::new(handle, session))
    }
}

fn report(deck: &Deck) -> serde_json::Value {
    let exchanges: Vec<_> = deck.exchanges().collect();
    let left: Vec<_> = exchanges
        .iter()
        .enumerate()
        .filter(|(_, (_, played))| !played)
        .map(|(at, (exchange, _))| {
            serde_json::json!({"exchange": at + 1, "method": exchange.request.method, "path": exchange.request.path})
        })
        .collect();
    let (total, played) = (exchanges.len(), exchanges.len() - left.len());
    serde_json::json!({"kind": "cassette", "name": deck.name(), "total": total, "played": played, "left": left})
}

impl fmt::Debug for Agent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Agent({})", self.info())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spec(agent: &Agent) -> Arc<RunSpec> {
        agent.spec(&agent.inner.options.load_full()).unwrap()
    }

    #[test]
    fn forks_share_what_their_runs_are_made_from_until_one_is_changed() {
        let agent = Agent::new(r#"{"provider":"demo"}"#).unwrap();
        let (one, two) = (agent.fork(), agent.fork());
        assert!(Arc::ptr_eq(&spec(&one), &spec(&two)));
        two.add_tool(r#"{"name":"t","description":"d","schema":{"type":"object"}}"#).unwrap();
        assert!(spec(&two).tools.get("t").is_some());
        assert!(spec(&one).tools.get("t").is_none() && spec(&agent).tools.get("t").is_none());
    }
}
