//! Hand-off: another agent goes on with the conversation.

use super::machine::Run;
use super::team::{AgentTool, AgentToolKind};
use crate::error::{Error, Kind};
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;
use std::sync::Arc;

/// A tool of the agent that speaks: after a hand-off another one may have a tool of the same name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct OwnTool {
    /// Names of the tools that lead to the agent on the shortest way from the run's first one, whichever way it came.
    agent: Vec<String>,
    name: String,
}

impl Run {
    /// Notes that the next step is another agent's, and gives what the model reads about it.
    ///
    /// # Errors
    /// `tool` when the turn has handed over already, or the run has done so too often.
    pub(super) fn agree_on_handoff(&mut self, tool: &AgentTool) -> Result<String, Error> {
        let refused = |why: String| Error::new(Kind::Tool, format!("Error: {why}"));
        if let Some(other) = &self.state.kin.handoff {
            return Err(refused(format!(
                "this turn has handed the conversation over by {other}; call one agent alone."
            )));
        }
        if let Some(other) = self.external_beside() {
            return Err(refused(format!(
                "the conversation is not handed over beside a call of {other}, whose result comes later; call one of them alone."
            )));
        }
        let most = self.tree.root.limits.max_handoffs;
        if self.state.kin.handoffs >= most {
            return Err(refused(format!(
                "the conversation was handed over {most} times in this run (max_handoffs); answer it yourself."
            )));
        }
        let name = self.tree.root.member(tool.member).and_then(|spec| spec.name.clone());
        self.state.kin.handoff = Some(tool.tool.clone());
        Ok(format!("The conversation goes on with {}.", name.as_deref().unwrap_or("another agent")))
    }

    /// Before a step: lets the agent speak to which the last turn handed over.
    pub(super) fn hand_over(&mut self) {
        let Some(name) = self.state.kin.handoff.take() else { return };
        let Some(spec) = self.spec.agent_tool(&name).and_then(|tool| self.tree.root.member(tool.member)) else {
            return;
        };
        let kin = &mut self.state.kin;
        kin.handoffs = kin.handoffs.saturating_add(1);
        kin.hops.push(name);
        self.shorten_hops(&spec);
        let before = &self.state.settings;
        let mut settings = self.state.kin.asked.clone().over(&spec.settings);
        // The run's own bounds stay, whoever speaks.
        (settings.max_steps, settings.timeout_ms) = (before.max_steps, before.timeout_ms);
        settings.budget = before.budget;
        self.state.settings = settings;
        self.state.model = None;
        self.state.tries.start_over();
        self.spec = spec;
        self.lengthen_path();
    }

    /// A tool of the agent that speaks.
    pub(super) fn own_tool(&self, name: &str) -> OwnTool {
        OwnTool { agent: self.shortest_way(), name: name.to_owned() }
    }

    /// Names of the tools that hand over from the run's first agent to the one that speaks: the fewest, and of as many the
    /// first by name.
    fn shortest_way(&self) -> Vec<String> {
        let mut ways = VecDeque::from([(Arc::clone(&self.tree.start), Vec::new())]);
        let mut seen = vec![Arc::clone(&self.tree.start)];
        while let Some((spec, way)) = ways.pop_front() {
            if Arc::ptr_eq(&spec, &self.spec) {
                return way;
            }
            let hands_over = |tool: &&AgentTool| tool.kind == AgentToolKind::HandOff;
            let mut tools: Vec<&AgentTool> = spec.team.tools.iter().filter(hands_over).collect();
            tools.sort_by(|one, other| one.tool.cmp(&other.tool));
            for tool in tools {
                let Some(next) = self.tree.root.member(tool.member) else { continue };
                if !seen.iter().any(|known| Arc::ptr_eq(known, &next)) {
                    seen.push(Arc::clone(&next));
                    ways.push_back((next, way.iter().cloned().chain([tool.tool.clone()]).collect()));
                }
            }
        }
        self.state.kin.hops.clone()
    }

    /// Where the conversation comes back to an agent that had it before, the way to it is the shorter one again.
    fn shorten_hops(&mut self, to: &Arc<super::RunSpec>) {
        let mut spec = Arc::clone(&self.tree.start);
        let mut at = 0;
        while !Arc::ptr_eq(&spec, to) {
            let Some(hop) = self.state.kin.hops.get(at) else { return };
            let Some(next) = spec.agent_tool(hop).and_then(|tool| self.tree.root.member(tool.member)) else { return };
            spec = next;
            at += 1;
        }
        self.state.kin.hops.truncate(at);
    }

    /// The path of events leads over the hand-offs as well.
    pub(super) fn lengthen_path(&mut self) {
        let hops = &self.state.kin.hops;
        let own = self.tree.own_path.iter().flat_map(|path| path.iter());
        self.tree.path = (self.tree.own_path.is_some() || !hops.is_empty()).then(|| own.chain(hops).cloned().collect());
    }
}
