//! Budgets: what a run may use, and what it has used.

use crate::error::{Error, Kind};
use serde::{Deserialize, Serialize};

/// What a run and the agents at work for it may use together. A member that is absent has no limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Budget {
    /// Tokens, in and out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tokens: Option<u64>,
    /// US dollars.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cost: Option<f64>,
    /// Calls of tools.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tool_calls: Option<u64>,
}

/// What was used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Spent {
    /// Tokens, in and out.
    pub tokens: u64,
    /// US dollars, as far as prices are known.
    pub cost: f64,
    /// Calls of tools.
    pub tool_calls: u64,
    /// Whether nobody knows what some of it cost.
    pub unpriced: bool,
}

impl Spent {
    /// Adds what somebody else used.
    pub fn add(&mut self, other: &Self) {
        self.tokens = self.tokens.saturating_add(other.tokens);
        self.cost += other.cost;
        self.tool_calls = self.tool_calls.saturating_add(other.tool_calls);
        self.unpriced |= other.unpriced;
    }

    /// What of this is not `part`.
    #[must_use]
    pub fn since(&self, part: &Self) -> Self {
        Self {
            tokens: self.tokens.saturating_sub(part.tokens),
            cost: (self.cost - part.cost).max(0.0),
            tool_calls: self.tool_calls.saturating_sub(part.tool_calls),
            unpriced: self.unpriced,
        }
    }
}

impl Budget {
    /// What of this budget is left for others once `spent` was used.
    #[must_use]
    pub fn left(&self, spent: &Spent) -> Self {
        Self {
            tokens: self.tokens.map(|most| most.saturating_sub(spent.tokens)),
            cost: self.cost.map(|most| (most - spent.cost).max(0.0)),
            tool_calls: self.tool_calls.map(|most| most.saturating_sub(spent.tool_calls)),
        }
    }

    /// The stricter of both, member by member.
    #[must_use]
    pub fn within(self, other: &Self) -> Self {
        fn least<T: PartialOrd>(one: Option<T>, other: Option<T>) -> Option<T> {
            match (one, other) {
                (Some(one), Some(other)) => Some(if other < one { other } else { one }),
                (one, other) => one.or(other),
            }
        }
        Self {
            tokens: least(self.tokens, other.tokens),
            cost: least(self.cost, other.cost),
            tool_calls: least(self.tool_calls, other.tool_calls),
        }
    }

    /// Whether tokens or money are left for another turn of the model.
    ///
    /// # Errors
    /// `budget`, with the limit and what was used.
    pub fn check_turn(&self, spent: &Spent) -> Result<(), Error> {
        if let Some(most) = self.tokens.filter(|most| spent.tokens >= *most) {
            return Err(used_up(&format!("of {most} tokens"), &spent.tokens.to_string(), "tokens"));
        }
        if let Some(most) = self.cost.filter(|most| spent.cost >= *most) {
            return Err(used_up(&format!("of {most} US dollars"), &format!("{:.6}", spent.cost), "cost"));
        }
        Ok(())
    }

    /// Whether another tool may be called.
    ///
    /// # Errors
    /// `budget`, with the limit.
    pub fn check_call(&self, spent: &Spent) -> Result<(), Error> {
        match self.tool_calls.filter(|most| spent.tool_calls >= *most) {
            Some(most) => Err(used_up(&format!("of {most} tool calls"), &spent.tool_calls.to_string(), "tool_calls")),
            None => Ok(()),
        }
    }
}

fn used_up(what: &str, spent: &str, member: &str) -> Error {
    Error::new(
        Kind::Budget,
        format!("The budget {what} is used up ({spent} used); raise budget.{member} if that is expected"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_is_never_below_nothing() {
        let budget = Budget { tokens: Some(10), cost: Some(0.5), tool_calls: None };
        let mut spent = Spent { tokens: 4, cost: 0.2, tool_calls: 3, ..Spent::default() };
        assert_eq!(budget.left(&spent).tokens, Some(6));
        spent.add(&Spent { tokens: 9, cost: 0.4, tool_calls: 1, ..Spent::default() });
        assert_eq!(budget.left(&spent), Budget { tokens: Some(0), cost: Some(0.0), tool_calls: None });
        assert!(budget.check_call(&spent).is_ok());
        assert!(budget.check_turn(&spent).unwrap_err().message.contains("of 10 tokens is used up (13 used)"));
    }

    #[test]
    fn a_limit_is_reached_when_it_is_used_up() {
        let budget = Budget { cost: Some(0.5), tool_calls: Some(2), tokens: Some(100) };
        assert!(budget.check_turn(&Spent { tokens: 99, cost: 0.49, ..Spent::default() }).is_ok());
        assert!(
            budget.check_turn(&Spent { cost: 0.5, ..Spent::default() }).unwrap_err().message.contains("budget.cost")
        );
        assert!(budget.check_call(&Spent { tool_calls: 1, ..Spent::default() }).is_ok());
        assert!(budget.check_call(&Spent { tool_calls: 2, ..Spent::default() }).is_err());
    }

    #[test]
    fn the_stricter_of_two_holds() {
        let one = Budget { tokens: Some(5), cost: None, tool_calls: Some(9) };
        let other = Budget { tokens: Some(7), cost: Some(1.0), tool_calls: Some(2) };
        assert_eq!(one.within(&other), Budget { tokens: Some(5), cost: Some(1.0), tool_calls: Some(2) });
    }
}
