//! The agents that a run can reach: those that are tools of its agent, and those that a conversation can be handed to.

use super::RunSpec;
use sha2::{Digest, Sha256};
use std::sync::Arc;

/// Where an agent's tools lead to other agents.
#[derive(Clone, Debug, Default)]
pub struct Team {
    /// Tools of this agent behind which an agent stands.
    pub tools: Vec<AgentTool>,
    /// Every other agent that can be reached, in the spec of the agent that a run is started on; empty in the others.
    pub members: Vec<Arc<RunSpec>>,
}

/// A tool behind which an agent stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AgentTool {
    /// Name of the tool, which is among the agent's tools.
    pub tool: String,
    /// The agent: 0 is the one that the run was started on, n the n-th of its members.
    pub member: usize,
    /// What calling it does.
    pub kind: AgentToolKind,
}

/// What calling an agent does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AgentToolKind {
    /// The agent answers in a run of its own, inside the caller's; its answer is the tool's result.
    Ask {
        /// Whether the events of that run come among the caller's.
        forward_events: bool,
    },
    /// The conversation goes on with that agent from the next step on.
    HandOff,
}

impl RunSpec {
    /// The agent behind a tool of this one, if there is one.
    pub(super) fn agent_tool(&self, name: &str) -> Option<&AgentTool> {
        self.team.tools.iter().find(|tool| tool.tool == name)
    }

    /// An agent by its number; `self` is the spec that the run was started on.
    pub(super) fn member(self: &Arc<Self>, number: usize) -> Option<Arc<Self>> {
        match number.checked_sub(1) {
            None => Some(Arc::clone(self)),
            Some(at) => self.team.members.get(at).map(Arc::clone),
        }
    }

    /// A hash over the tools of this agent and of all that it can reach. It is that of the tools where there is no other
    /// agent, and the numbers of members do not matter.
    pub(super) fn fingerprint(self: &Arc<Self>) -> [u8; 32] {
        if self.team.tools.is_empty() {
            return self.tools.fingerprint();
        }
        let mut hash = Sha256::new();
        let mut seen = Vec::new();
        add_to(&mut hash, self, 0, &mut seen);
        hash.finalize().into()
    }
}

/// Adds an agent and, by the names of their tools, those that it reaches; each once, later only as the how-manieth it was.
fn add_to(hash: &mut Sha256, root: &Arc<RunSpec>, member: usize, seen: &mut Vec<usize>) {
    if let Some(at) = seen.iter().position(|other| *other == member) {
        hash.update(b"again");
        hash.update((at as u64).to_le_bytes());
        return;
    }
    seen.push(member);
    let Some(spec) = root.member(member) else { return };
    hash.update(spec.tools.fingerprint());
    let mut tools: Vec<&AgentTool> = spec.team.tools.iter().collect();
    tools.sort_by(|a, b| a.tool.cmp(&b.tool));
    for tool in tools {
        hash.update((tool.tool.len() as u64).to_le_bytes());
        hash.update(tool.tool.as_bytes());
        hash.update([u8::from(tool.kind == AgentToolKind::HandOff)]);
        add_to(hash, root, tool.member, seen);
    }
}
