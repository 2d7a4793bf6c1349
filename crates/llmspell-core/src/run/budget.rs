//! The budget of a run: looked at before each step and each tool call, and after each turn that asks for tools.

use super::machine::Run;
use crate::budget::Spent;
use crate::error::{Error, Kind};
use crate::usage::Usage;

/// Providers that report what a turn cost, so that no price must be known.
const REPORTS_COST: [&str; 2] = ["openrouter", "perplexity"];

impl Run {
    /// Counts what an agent at work for this run has used.
    pub(super) fn spend(&mut self, spent: &Spent) {
        self.state.spent.add(spent);
    }

    /// Counts a turn of the model on the route in use.
    pub(super) fn spend_turn(&mut self, usage: &Usage) {
        let prices = self.spec.route(self.state.tries.route).model_info.prices;
        let cost = prices.cost(usage).unwrap_or_default();
        self.spend(&Spent { tokens: usage.total_tokens, cost, tool_calls: 0 });
    }

    /// Counts a call of a tool, if there may be one more.
    pub(super) fn spend_call(&mut self) -> Result<(), Error> {
        self.state.settings.budget.unwrap_or_default().check_call(&self.state.spent)?;
        self.spend(&Spent { tool_calls: 1, ..Spent::default() });
        Ok(())
    }

    /// Whether there may be another turn of the model.
    pub(super) fn check_budget(&self) -> Result<(), Error> {
        self.state.settings.budget.unwrap_or_default().check_turn(&self.state.spent)
    }

    /// Whether a limit of cost can be kept on a route.
    ///
    /// # Errors
    /// `config` where nobody knows what the model costs.
    pub(super) fn check_price(&self, route: usize) -> Result<(), Error> {
        let limits_cost = self.state.settings.budget.is_some_and(|budget| budget.cost.is_some());
        let route = self.spec.route(route);
        if !limits_cost
            || REPORTS_COST.contains(&route.endpoint.provider.as_str())
            || route.model_info.prices.cost(&Usage::default()).is_some()
        {
            return Ok(());
        }
        Err(Error::new(
            Kind::Config,
            format!(
                "budget.cost: llmspell does not know what {} costs; give its prices with the option models, such as {{\"{}\": \
                 {{\"input_price\": 2.5, \"output_price\": 10}}}} in US dollars for a million tokens, or leave budget.cost out",
                route.name(),
                route.model
            ),
        ))
    }
}
