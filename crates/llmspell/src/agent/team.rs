//! Agents that are tools of agents.

use super::Agent;
use crate::options::{AgentOptions, AgentToolOptions};
use llmspell_core::Error;
use llmspell_core::run::{AgentTool, AgentToolKind, RunSpec, Team};
use llmspell_runtime::Way;
use std::sync::Arc;

/// An agent behind a tool of another.
#[derive(Clone, Debug)]
pub(crate) struct Mate {
    tool: String,
    agent: Agent,
    kind: AgentToolKind,
}

impl Agent {
    /// Offers another agent to this one's model as a tool, or as one that takes the conversation over; JSON as in
    /// `spec/schema/agent_tool.schema.json`. This agent keeps a handle to the other. Runs that start later offer it.
    ///
    /// # Errors
    /// `argument` for options that do not fit, a tool without a name, or a name that is taken.
    pub fn add_agent(&self, other: &Self, tool_json: &str) -> Result<(), Error> {
        let tool = AgentToolOptions::from_json(tool_json)?;
        self.change_options(|options| {
            let (tool, kind) = tool.tool(other.inner.options.load().name.as_deref())?;
            let mate = Mate { tool: tool.name.clone(), agent: other.clone(), kind };
            options.tools = Arc::new(options.tools.with(tool)?);
            options.mates = Arc::new(options.mates.iter().cloned().chain([mate]).collect());
            Ok(())
        })
    }
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
        let known = self.agents.iter().position(|(agent, _)| agent.is(&mate.agent));
        let member = known.map_or_else(|| self.add(&mate.agent), Ok)?;
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
