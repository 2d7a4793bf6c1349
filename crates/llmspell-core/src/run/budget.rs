//! The budget of a run: looked at before each step and each tool call, and after each turn that asks for tools.

use super::Effect;
use super::machine::Run;
use super::route::RouteView;
use crate::budget::Spent;
use crate::error::{Error, Kind};
use crate::event::EventBody;
use crate::usage::Usage;

/// Providers that report what a turn cost, so that no price must be known.
const REPORTS_COST: [&str; 2] = ["openrouter", "perplexity"];

impl Run {
    /// Counts what an agent at work for this run has used.
    pub(super) fn spend(&mut self, spent: &Spent) {
        self.state.spent.add(spent);
    }

    /// Counts a turn of the model on the route in use; `estimated` where the provider did not say what it used.
    pub(super) fn spend_turn(&mut self, usage: &Usage, estimated: bool, out: &mut Vec<Effect>) {
        let route = self.spec.route(self.state.tries.route);
        let (name, cost) = (route.name(), route.model_info.prices.cost(usage));
        let budget = self.state.settings.budget.unwrap_or_default();
        if estimated && (budget.tokens.is_some() || budget.cost.is_some()) {
            let message = format!(
                "{name} does not say what the turn used, so {} tokens are counted, by estimate.",
                usage.total_tokens
            );
            self.emit(EventBody::warning(message), out);
        }
        let unpriced = cost.is_none();
        if unpriced && budget.cost.is_some() {
            let message = format!(
                "{name} does not say what the turn cost, so budget.cost cannot be kept to: no other turn will follow."
            );
            self.emit(EventBody::warning(message), out);
        }
        self.spend(&Spent { tokens: usage.total_tokens, cost: cost.unwrap_or_default(), unpriced, tool_calls: 0 });
    }

    /// Counts a call of a tool, if there may be one more.
    pub(super) fn spend_call(&mut self) -> Result<(), Error> {
        self.state.settings.budget.unwrap_or_default().check_call(&self.state.spent)?;
        self.spend(&Spent { tool_calls: 1, ..Spent::default() });
        Ok(())
    }

    /// Whether there may be another turn of the model.
    ///
    /// # Errors
    /// `budget` where it is used up; `config` where nobody knows what was spent.
    pub(super) fn check_budget(&self) -> Result<(), Error> {
        let budget = self.state.settings.budget.unwrap_or_default();
        budget.check_turn(&self.state.spent)?;
        if budget.cost.is_some() && self.state.spent.unpriced {
            return Err(unpriced(
                &self.spec.route(self.state.tries.route),
                "the provider did not say what a turn cost, and ",
            ));
        }
        Ok(())
    }

    /// Whether a limit of cost can be kept on a route.
    ///
    /// # Errors
    /// `config` where nobody knows what the model costs.
    pub(super) fn check_price(&self, route: usize) -> Result<(), Error> {
        let limits_cost = self.state.settings.budget.is_some_and(|budget| budget.cost.is_some());
        let place = self.spec.route(route);
        if !limits_cost
            || REPORTS_COST.contains(&place.endpoint.provider.as_str())
            || place.model_info.prices.cost(&Usage::default()).is_some()
        {
            return Ok(());
        }
        Err(unpriced(&place, ""))
    }
}

/// The error of a limit of cost that cannot be kept on a route; `why` it is not known by now what was spent.
fn unpriced(route: &RouteView<'_>, why: &str) -> Error {
    Error::new(
        Kind::Config,
        format!(
            "budget.cost: {why}llmspell does not know what {} costs; give its prices with the option models, such as {{\"{}\": \
                 {{\"input_price\": 2.5, \"output_price\": 10}}}} in US dollars for a million tokens, or leave budget.cost out",
            route.name(),
            route.model
        ),
    )
}
