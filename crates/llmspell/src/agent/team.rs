//! Agents that are tools of agents.

use super::{Agent, Inner};
use crate::options::{AgentOptions, AgentToolOptions};
use llmspell_core::run::{AgentTool, AgentToolKind, RunSpec, Team};
use llmspell_core::{Error, Kind};
use llmspell_runtime::Way;
use std::fmt;
use std::sync::{Arc, Weak};

/// An agent behind a tool of another.
#[derive(Clone, Debug)]
pub(crate) struct Mate {
    tool: String,
    agent: Behind,
    kind: AgentToolKind,
}

/// How an agent knows another. Nothing would ever free agents that keep one another: so those that keep one another's
/// handles never form a circle.
#[derive(Clone)]
enum Behind {
    /// It keeps the other.
    Kept(Agent),
    /// The other keeps it, and has to be kept by somebody else.
    Known(Weak<Inner>),
}

impl Behind {
    fn agent(&self) -> Option<Agent> {
        match self {
            Self::Kept(agent) => Some(agent.clone()),
            Self::Known(inner) => inner.upgrade().map(|inner| Agent { inner }),
        }
    }
}

impl fmt::Debug for Behind {
    // Without what is behind it: that may lead back here.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if matches!(self, Self::Kept(_)) { "Kept" } else { "Known" })
    }
}

impl Agent {
    /// Offers another agent to this one's model as a tool, or as one that takes the conversation over; JSON as in
    /// `spec/schema/agent_tool.schema.json`. Runs that start later offer it.
    ///
    /// This agent keeps the other alive, unless that one keeps this one alive (two that hand over to one another): then
    /// somebody has to keep a handle to the other as long as this one is run.
    ///
    /// # Errors
    /// `argument` for options that do not fit, a tool without a name, or a name that is taken.
    pub fn add_agent(&self, other: &Self, tool_json: &str) -> Result<(), Error> {
        let tool = AgentToolOptions::from_json(tool_json)?;
        let add = |behind: &Behind| {
            self.change_options(|options| {
                let (tool, kind) = tool.tool(other.inner.options.load().name.as_deref())?;
                let mate = Mate { tool: tool.name.clone(), agent: behind.clone(), kind };
                options.tools = Arc::new(options.tools.with(tool)?);
                options.mates = Arc::new(options.mates.iter().cloned().chain([mate]).collect());
                Ok(())
            })
        };
        if other.keeps(self) {
            return add(&Behind::Known(Arc::downgrade(&other.inner)));
        }
        add(&Behind::Kept(other.clone()))?;
        // Somebody may have made the circle from its other side in between.
        if other.keeps(self) {
            self.let_go(other);
        }
        Ok(())
    }

    /// Whether this agent is `other` or keeps it, itself or by others that it keeps.
    fn keeps(&self, other: &Self) -> bool {
        let mut seen = vec![self.clone()];
        let mut at = 0;
        while let Some(agent) = seen.get(at).cloned() {
            if agent.is(other) {
                return true;
            }
            for mate in agent.inner.options.load().mates.iter() {
                if let Behind::Kept(kept) = &mate.agent
                    && !seen.iter().any(|one| one.is(kept))
                {
                    seen.push(kept.clone());
                }
            }
            at += 1;
        }
        false
    }

    /// Knows an agent from now on that it kept.
    fn let_go(&self, other: &Self) {
        let known = |mate: &Mate| match &mate.agent {
            Behind::Kept(kept) if kept.is(other) => {
                Mate { agent: Behind::Known(Arc::downgrade(&kept.inner)), ..mate.clone() }
            }
            _ => mate.clone(),
        };
        let _: Result<(), Error> = self.change_options(|options| {
            options.mates = Arc::new(options.mates.iter().map(known).collect());
            Ok(())
        });
    }
}

/// The options of an agent's fork. Nobody keeps it yet, so it may keep the agents that the first one only knows.
pub(super) fn of_fork(options: Arc<AgentOptions>) -> Arc<AgentOptions> {
    if options.mates.iter().all(|mate| matches!(mate.agent, Behind::Kept(_))) {
        return options;
    }
    let keep = |mate: &Mate| match mate.agent.agent() {
        Some(agent) => Mate { agent: Behind::Kept(agent), ..mate.clone() },
        None => mate.clone(),
    };
    let mates = Arc::new(options.mates.iter().map(keep).collect());
    let mut options = AgentOptions::clone(&options);
    options.mates = mates;
    Arc::new(options)
}

/// What a run of an agent with agents needs: the spec of its own, with all that can be reached, and their ways to the
/// network. `own` is the agent's spec by itself.
///
/// # Errors
/// `auth` and `config` as for any run, for each of the agents.
pub(super) fn assemble(
    agent: &Agent,
    options: &Arc<AgentOptions>,
    own: &Arc<RunSpec>,
) -> Result<(Arc<RunSpec>, Vec<Way>), Error> {
    let mut gathered = Gathered {
        agents: vec![(agent.clone(), Arc::clone(options))],
        specs: vec![RunSpec::clone(own)],
        ways: vec![way(options, own)],
    };
    let mut at = 0;
    while let Some((_, options)) = gathered.agents.get(at).cloned() {
        let tools = options.mates.iter().map(|mate| gathered.tool(mate)).collect::<Result<_, Error>>()?;
        if let Some(spec) = gathered.specs.get_mut(at) {
            spec.team.tools = tools;
        }
        at += 1;
    }
    let Gathered { specs, ways, .. } = gathered;
    let mut specs = specs.into_iter();
    let first = specs.next().unwrap_or_else(|| RunSpec::clone(own));
    let members = specs.map(Arc::new).collect();
    let first = RunSpec { team: Team { members, ..first.team.clone() }, ..first };
    Ok((Arc::new(first), ways.into_iter().skip(1).collect()))
}

/// The agents that were found so far, by their number.
struct Gathered {
    agents: Vec<(Agent, Arc<AgentOptions>)>,
    specs: Vec<RunSpec>,
    ways: Vec<Way>,
}

impl Gathered {
    fn tool(&mut self, mate: &Mate) -> Result<AgentTool, Error> {
        let agent = mate.agent.agent().ok_or_else(|| {
            Error::new(
                Kind::Config,
                format!(
                    "the agent behind the tool {:?} was closed; of agents that lead to one another, keep each as long as any \
                     of them is run",
                    mate.tool
                ),
            )
        })?;
        let known = self.agents.iter().position(|(known, _)| known.is(&agent));
        let member = known.map_or_else(|| self.add(&agent), Ok)?;
        Ok(AgentTool { tool: mate.tool.clone(), member, kind: mate.kind })
    }

    fn add(&mut self, agent: &Agent) -> Result<usize, Error> {
        let options = agent.inner.options.load_full();
        let spec = agent.spec(&options)?;
        let own = way(&options, &spec);
        let number = self.ways.iter().position(|way| *way == own).unwrap_or_else(|| {
            self.ways.push(own);
            self.ways.len() - 1
        });
        let mut spec = RunSpec::clone(&spec);
        spec.endpoint.way =
            u16::try_from(number).map_err(|_| Error::argument("tools: too many agents on too many networks"))?;
        self.specs.push(spec);
        self.agents.push((agent.clone(), options));
        Ok(self.agents.len() - 1)
    }
}

fn way(options: &AgentOptions, spec: &RunSpec) -> Way {
    Way { network: options.network.clone(), base_urls: spec.base_urls().map(str::to_owned).collect() }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests {
    use super::*;

    fn agent(name: &str) -> Agent {
        Agent::new(&format!(r#"{{"provider":"demo","name":"{name}"}}"#)).unwrap()
    }

    fn lead(from: &Agent, to: &Agent) {
        let tool = format!(r#"{{"handoff":true,"name":"to_{}"}}"#, to.name());
        from.add_agent(to, &tool).unwrap();
    }

    impl Agent {
        fn name(&self) -> String {
            self.inner.options.load().name.clone().unwrap_or_default()
        }

        fn can_run(&self) -> Result<(), Error> {
            let options = self.inner.options.load_full();
            assemble(self, &options, &self.spec(&options)?).map(|_| ())
        }
    }

    #[test]
    fn agents_that_lead_to_one_another_are_freed_with_their_handles() {
        let all = ["a", "b", "c"].map(agent);
        // Each to each, and to itself.
        for from in &all {
            for to in &all {
                lead(from, to);
            }
        }
        let fork = all[0].fork();
        let inner = all.each_ref().map(|agent| Arc::downgrade(&agent.inner));
        for agent in &all {
            agent.can_run().unwrap();
        }
        drop(all);
        assert_eq!(inner.iter().filter(|inner| inner.upgrade().is_some()).count(), 3, "the fork keeps them");
        fork.can_run().unwrap();
        drop(fork);
        assert_eq!(inner.iter().filter(|inner| inner.upgrade().is_some()).count(), 0);
    }

    #[test]
    fn an_agent_keeps_those_that_do_not_keep_it() {
        let (front, back) = (agent("front"), agent("back"));
        lead(&front, &back);
        lead(&back, &front);
        let known = Arc::downgrade(&back.inner);
        drop(back);
        front.can_run().unwrap();
        let back = known.upgrade().map(|inner| Agent { inner }).unwrap();
        drop(front);
        let error = back.can_run().unwrap_err();
        assert_eq!(error.kind, Kind::Config);
        assert!(error.message.contains("\"to_front\" was closed"), "{}", error.message);
    }

    #[test]
    fn a_circle_that_two_threads_close_at_once_is_freed_too() {
        for _ in 0..200 {
            let (one, other) = (agent("one"), agent("other"));
            std::thread::scope(|threads| {
                threads.spawn(|| lead(&one, &other));
                threads.spawn(|| lead(&other, &one));
            });
            let inner = [&one, &other].map(|agent| Arc::downgrade(&agent.inner));
            drop((one, other));
            assert!(inner.iter().all(|inner| inner.upgrade().is_none()));
        }
    }
}
