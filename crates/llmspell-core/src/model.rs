//! What is known of a model besides its name: its window, its limits, its prices.

use crate::usage::Usage;
use serde::{Deserialize, Serialize};

/// What is known of a model. All of it may be missing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ModelInfo {
    /// Tokens of input and output together that the model can hold.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub context_window: Option<u64>,
    /// Most tokens of one answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_output_tokens: Option<u64>,
    /// What its tokens cost.
    #[serde(flatten)]
    pub prices: Prices,
}

/// Prices in US dollars for a million tokens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Prices {
    /// Input that no cache had.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub input_price: Option<f64>,
    /// Input from the provider's cache; as `input_price` where absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cached_price: Option<f64>,
    /// Input that the provider wrote to its cache; as `input_price` where absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cache_write_price: Option<f64>,
    /// Output, reasoning included.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output_price: Option<f64>,
    /// Input that was sound; as `input_price` where absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub input_audio_price: Option<f64>,
    /// Output that was sound; as `output_price` where absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output_audio_price: Option<f64>,
}

impl ModelInfo {
    /// This, and `base` where this says nothing.
    #[must_use]
    pub fn over(self, base: &Self) -> Self {
        let (mine, theirs) = (self.prices, base.prices);
        Self {
            context_window: self.context_window.or(base.context_window),
            max_output_tokens: self.max_output_tokens.or(base.max_output_tokens),
            prices: Prices {
                input_price: mine.input_price.or(theirs.input_price),
                cached_price: mine.cached_price.or(theirs.cached_price),
                cache_write_price: mine.cache_write_price.or(theirs.cache_write_price),
                output_price: mine.output_price.or(theirs.output_price),
                input_audio_price: mine.input_audio_price.or(theirs.input_audio_price),
                output_audio_price: mine.output_audio_price.or(theirs.output_audio_price),
            },
        }
    }
}

impl Prices {
    /// What a usage cost in US dollars: the provider's own figure where it reports one, else by these prices; None where
    /// they say too little.
    #[must_use]
    pub fn cost(&self, usage: &Usage) -> Option<f64> {
        if usage.cost.is_some() {
            return usage.cost;
        }
        let (input, output) = (self.input_price?, self.output_price?);
        let special_input = [
            (usage.cached_tokens, self.cached_price),
            (usage.cache_write_tokens, self.cache_write_price),
            (usage.input_audio_tokens, self.input_audio_price),
        ];
        let special_output = [(usage.output_audio_tokens, self.output_audio_price)];
        Some(
            (part(usage.input_tokens, input, &special_input) + part(usage.output_tokens, output, &special_output))
                / 1e6,
        )
    }
}

/// What tokens cost of which some have a price of their own.
#[allow(clippy::cast_precision_loss, reason = "counts are far below 2^53")]
fn part(tokens: u64, price: f64, special: &[(u64, Option<f64>)]) -> f64 {
    let mut plain = tokens;
    let mut cost = 0.0;
    for (count, own) in special {
        // A provider may count a token in two ways; none is paid twice.
        let count = (*count).min(plain);
        if let Some(own) = own {
            plain -= count;
            cost += count as f64 * own;
        }
    }
    cost + plain as f64 * price
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_token_is_paid_once_at_its_price() {
        let prices = Prices {
            input_price: Some(2.0),
            cached_price: Some(0.5),
            cache_write_price: Some(3.0),
            output_price: Some(10.0),
            ..Prices::default()
        };
        let usage = Usage {
            input_tokens: 1_000_000,
            cached_tokens: 400_000,
            cache_write_tokens: 100_000,
            output_tokens: 200_000,
            reasoning_tokens: 50_000,
            ..Usage::default()
        };
        let cost = prices.cost(&usage).unwrap();
        assert!((cost - (0.4 * 0.5 + 0.1 * 3.0 + 0.5 * 2.0 + 0.2 * 10.0)).abs() < 1e-9, "{cost}");
        assert_eq!(prices.cost(&Usage { cost: Some(0.25), ..usage }), Some(0.25));
        assert_eq!(Prices { output_price: None, ..prices }.cost(&usage), None);
        let odd = Usage { input_tokens: 10, cached_tokens: 50, ..Usage::default() };
        assert!((prices.cost(&odd).unwrap() - 10.0 * 0.5 / 1e6).abs() < 1e-12);
        let audio = Prices { input_audio_price: Some(40.0), ..prices };
        let heard = Usage { input_tokens: 3, input_audio_tokens: 2, ..Usage::default() };
        assert!((audio.cost(&heard).unwrap() - 82.0 / 1e6).abs() < 1e-12);
    }

    #[test]
    fn what_is_said_later_wins() {
        let base = ModelInfo { context_window: Some(1), max_output_tokens: Some(2), ..ModelInfo::default() };
        let own = ModelInfo { context_window: Some(3), ..ModelInfo::default() };
        let both = own.over(&base);
        assert_eq!((both.context_window, both.max_output_tokens), (Some(3), Some(2)));
    }
}
