//! Tries that failed: whether and when the step is tried again, and what the last error says about it.
//!
//! Nothing is tried again once a piece of the step's answer came from the wire: the host may have acted on it.

use super::machine::Run;
use super::{Effect, Stamp, TimerId};
use crate::defaults;
use crate::error::{Error, Kind};
use crate::event::EventBody;
use crate::json;
use serde::{Deserialize, Serialize};

/// What a run knows of its tries. A checkpoint keeps it.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Tries {
    /// Route in use: 0 is the agent's own, n its nth fallback.
    pub route: usize,
    /// Failed tries of this step on this route, but for the one that the conversation was compacted after.
    on_route: u32,
    /// Failed tries of this step.
    in_step: u32,
    /// Requests of the run that were made again, fallbacks included.
    pub again: u32,
    /// Routes that this step gave up, each with its reason.
    left: Vec<String>,
    /// Whether the conversation was compacted because the provider found it too long.
    compacted: bool,
}

impl Tries {
    /// A new step starts without failures, on the route of the one before.
    pub fn next_step(&mut self) {
        *self = Self { route: self.route, again: self.again, ..Self::default() };
    }

    /// Whether the conversation may be compacted for another try of this step; it is from now on.
    pub fn compacts(&mut self) -> bool {
        !std::mem::replace(&mut self.compacted, true)
    }

    /// Another agent goes on: its routes are others.
    pub fn start_over(&mut self) {
        *self = Self { again: self.again, ..Self::default() };
    }
}

/// How long to wait before the next try; or, where it is not worth while, why not (empty: for the usual reasons).
fn wait(error: &Error, failed: u32, most: u32, left_ms: u64, random: u64) -> Result<u64, String> {
    if !error.retryable || failed > most {
        return Err(String::new());
    }
    let wait_ms = match error.retry_after_ms {
        Some(asked) if asked > defaults::RETRY_CAP_MS => {
            return Err(format!(
                "the provider asks to wait {asked} ms, longer than the {} ms that are waited at most",
                defaults::RETRY_CAP_MS
            ));
        }
        Some(asked) => asked,
        None => backoff(failed, random),
    };
    if wait_ms >= left_ms {
        return Err(format!("{wait_ms} ms to wait, but only {left_ms} ms are left of timeout_ms"));
    }
    Ok(wait_ms)
}

/// Full jitter: anything from nothing to a bound that doubles with each failure
/// (<https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/>).
fn backoff(failed: u32, random: u64) -> u64 {
    let doublings = failed.saturating_sub(1).min(32);
    let bound = defaults::RETRY_BASE_MS.saturating_mul(1 << doublings).min(defaults::RETRY_CAP_MS);
    // The high half of the product is the fraction `random / 2^64` of the bound.
    ((u128::from(random) * u128::from(bound + 1)) >> 64) as u64
}

/// Whether another provider may do better. What is wrong with the request itself is wrong everywhere.
const fn is_the_providers(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::Auth
            | Kind::NotFound
            | Kind::RateLimit
            | Kind::Overloaded
            | Kind::Timeout
            | Kind::Network
            | Kind::Protocol
            | Kind::Provider
            | Kind::ContentFilter
    )
}

impl Run {
    /// A try of this step has failed: it is made again, on this route or the next, or the run ends.
    pub(super) fn attempt_failed(&mut self, error: Error, stamp: Stamp, out: &mut Vec<Effect>) {
        let error = self.spec.route(self.state.tries.route).endpoint.explain(self.explained(error));
        if self.exchange.as_ref().is_some_and(|exchange| exchange.emitted) {
            return self.fail(error, out);
        }
        self.state.tries.in_step = self.state.tries.in_step.saturating_add(1);
        if self.compacts_after(&error, stamp, out) {
            return;
        }
        let failed = self.state.tries.on_route.saturating_add(1);
        self.state.tries.on_route = failed;
        let most = self.state.settings.max_retries.unwrap_or(defaults::MAX_RETRIES);
        match wait(&error, failed, most, self.left_ms(), stamp.random) {
            Ok(after_ms) => {
                self.put_off(out);
                self.announce(error, after_ms, false, out);
                self.arm(TimerId::Retry, after_ms, out);
            }
            Err(why) if is_the_providers(error.kind) => self.fall_back(error, &why, stamp, out),
            Err(why) => self.give_up(error, &why, out),
        }
    }

    /// The wait before another try is over.
    pub(super) fn retry(&mut self, stamp: Stamp, out: &mut Vec<Effect>) {
        if self.exchange.is_none() && self.awaits_model() {
            self.send(stamp, out);
        }
    }

    /// Goes to the next route that can be used; ends the run where there is none.
    pub(super) fn fall_back(&mut self, error: Error, why: &str, stamp: Stamp, out: &mut Vec<Effect>) {
        let spec = std::sync::Arc::clone(&self.spec);
        let from = self.state.tries.route;
        let mut skipped = Vec::new();
        for number in from.saturating_add(1)..=spec.fallbacks.len() {
            let name = spec.route(number).name();
            let unusable = number.checked_sub(1).and_then(|at| spec.fallbacks.get(at)?.unusable.clone());
            let unusable = unusable.or_else(|| self.check_price(number).err());
            if let Some(reason) = unusable {
                let message = format!("The fallback {name} is left out: {}", reason.message);
                self.emit(EventBody::warning(message), out);
                skipped.push(reason_of(&name, &reason));
                continue;
            }
            self.put_off(out);
            let reason = reason_of(&spec.route(from).name(), &error);
            let tries = &mut self.state.tries;
            tries.left.push(reason);
            tries.left.append(&mut skipped);
            tries.route = number;
            tries.on_route = 0;
            self.announce(error, 0, true, out);
            return self.send(stamp, out);
        }
        self.state.tries.left.append(&mut skipped);
        self.give_up(error, why, out);
    }

    /// Ends the run with the error of its last try, which says how many there were and where.
    fn give_up(&mut self, mut error: Error, why: &str, out: &mut Vec<Effect>) {
        let tries = &self.state.tries;
        let mut notes = Vec::new();
        if tries.in_step > 1 {
            notes.push(format!("{} tries", tries.in_step));
        }
        if !why.is_empty() {
            notes.push(format!("not tried again: {why}"));
        }
        if !notes.is_empty() {
            error.message = format!("{} ({})", error.message, notes.join("; "));
        }
        if !tries.left.is_empty() {
            let others = format!("other routes failed too: {}", tries.left.join("; "));
            error.cause = Some(match error.cause.take() {
                Some(cause) => format!("{cause}; {others}"),
                None => others,
            });
        }
        self.fail(error, out);
    }

    /// Tells the host that the step is tried again at once, on the same route.
    pub(super) fn try_again_now(&mut self, error: Error, out: &mut Vec<Effect>) {
        self.put_off(out);
        self.announce(error, 0, false, out);
    }

    /// Drops what is left of the try.
    fn put_off(&mut self, out: &mut Vec<Effect>) {
        self.abort(out);
        self.disarm(TimerId::FirstEvent, out);
        self.disarm(TimerId::Idle, out);
    }

    /// Tells the host of the next try.
    fn announce(&mut self, error: Error, after_ms: u64, moved: bool, out: &mut Vec<Effect>) {
        self.state.tries.again = self.state.tries.again.saturating_add(1);
        let place = self.spec.route(self.state.tries.route);
        let body = EventBody::Retry {
            discard: false,
            attempt: Some(self.state.tries.in_step.saturating_add(1)),
            after_ms: Some(after_ms),
            provider: moved.then(|| place.endpoint.provider.clone()),
            model: moved.then(|| place.model.to_owned()),
            error: Some(Box::new(error)),
        };
        self.emit(body, out);
    }
}

/// Why a route was given up, for an error's cause.
fn reason_of(name: &str, error: &Error) -> String {
    format!("{name}: {}: {}", error.kind.as_str(), json::quote(&error.message, defaults::QUOTED_CHARS))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limited(retry_after_ms: Option<u64>) -> Error {
        Error { retry_after_ms, ..Error::new(Kind::RateLimit, "slow down") }
    }

    #[test]
    fn waits_are_anything_up_to_a_bound_that_doubles() {
        for (failed, bound) in [(1, 500), (2, 1000), (3, 2000), (7, 32_000), (8, 60_000), (4_000_000_000, 60_000)] {
            assert_eq!(backoff(failed, 0), 0);
            assert_eq!(backoff(failed, u64::MAX), bound, "{failed}");
            let half = backoff(failed, u64::MAX / 2);
            assert!((bound / 2 - 1..=bound / 2 + 1).contains(&half), "{half}");
        }
    }

    #[test]
    fn what_the_provider_asks_is_kept_to_or_not_waited_for() {
        assert_eq!(wait(&limited(Some(1234)), 1, 2, 600_000, u64::MAX), Ok(1234));
        assert_eq!(wait(&limited(Some(0)), 1, 2, 600_000, u64::MAX), Ok(0));
        assert_eq!(wait(&limited(Some(60_000)), 1, 2, 600_000, 0), Ok(60_000));
        assert!(wait(&limited(Some(60_001)), 1, 2, 600_000, 0).unwrap_err().contains("asks to wait 60001 ms"));
        assert!(wait(&limited(Some(5_000)), 1, 2, 5_000, 0).unwrap_err().contains("only 5000 ms are left"));
        assert!(wait(&limited(None), 1, 2, 100, u64::MAX).unwrap_err().contains("timeout_ms"));
    }

    #[test]
    fn tries_are_counted_and_only_what_may_pass_is_tried_again() {
        assert!(wait(&limited(None), 2, 2, 600_000, 0).is_ok());
        assert_eq!(wait(&limited(None), 3, 2, 600_000, 0), Err(String::new()));
        assert_eq!(wait(&limited(None), 1, 0, 600_000, 0), Err(String::new()));
        assert_eq!(wait(&Error::new(Kind::Auth, "no"), 1, 2, 600_000, 0), Err(String::new()));
    }
}
