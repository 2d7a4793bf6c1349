//! Rate limits: how many requests and tokens a minute may go to one account, as a token bucket.

use serde::{Deserialize, Serialize};

/// What may go to one account within a minute. A member that is absent has no limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RateLimit {
    /// Requests.
    pub requests_per_minute: Option<u64>,
    /// Tokens, in and out.
    pub tokens_per_minute: Option<u64>,
}

/// Whose limit a request counts to, and for how much.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// Hash over provider, key and address: who shares them shares the limit.
    pub account: [u8; 32],
    /// The limit.
    pub limit: RateLimit,
    /// Tokens that the request will probably take.
    pub tokens: u64,
}

/// The account's means. Both levels are full at first and fill up again evenly over a minute.
#[derive(Debug)]
pub struct Bucket {
    limit: RateLimit,
    requests: f64,
    tokens: f64,
    at_ms: u64,
    closed_until_ms: u64,
}

const MINUTE_MS: f64 = 60_000.0;

impl Bucket {
    /// A full bucket. `now_ms` is a clock that never goes back, from any origin.
    #[must_use]
    pub fn new(limit: RateLimit, now_ms: u64) -> Self {
        Self {
            limit,
            requests: size(limit.requests_per_minute),
            tokens: size(limit.tokens_per_minute),
            at_ms: now_ms,
            closed_until_ms: 0,
        }
    }

    /// Changes the limit; what has been used stays used.
    pub fn set_limit(&mut self, limit: RateLimit, now_ms: u64) {
        if limit == self.limit {
            return;
        }
        self.fill(now_ms);
        self.requests += size(limit.requests_per_minute) - size(self.limit.requests_per_minute);
        self.tokens += size(limit.tokens_per_minute) - size(self.limit.tokens_per_minute);
        self.limit = limit;
    }

    /// Takes a request of so many tokens.
    ///
    /// # Errors
    /// The time to wait, in milliseconds, where it is too early. A request of more tokens than a minute has goes when the bucket
    /// is full.
    pub fn take(&mut self, now_ms: u64, tokens: u64) -> Result<(), u64> {
        self.fill(now_ms);
        let most = self.limit.tokens_per_minute;
        let wanted = (tokens as f64).min(size(most));
        let wait = until(1.0 - self.requests, self.limit.requests_per_minute)
            .max(until(wanted - self.tokens, most))
            .max(self.closed_until_ms.saturating_sub(now_ms));
        if wait > 0 {
            return Err(wait);
        }
        self.requests -= f64::from(u8::from(self.limit.requests_per_minute.is_some()));
        if most.is_some() {
            self.tokens -= tokens as f64;
        }
        Ok(())
    }

    /// Puts right what a request was thought to take.
    pub fn correct(&mut self, estimated: u64, used: u64) {
        if self.limit.tokens_per_minute.is_some() {
            self.tokens = (self.tokens + estimated as f64 - used as f64).min(size(self.limit.tokens_per_minute));
        }
    }

    /// Lets nothing through for a time: the provider said so.
    pub fn close(&mut self, now_ms: u64, for_ms: u64) {
        self.closed_until_ms = self.closed_until_ms.max(now_ms.saturating_add(for_ms));
    }

    /// Whether nothing would be lost with the bucket.
    #[must_use]
    pub fn is_full(&mut self, now_ms: u64) -> bool {
        self.fill(now_ms);
        self.closed_until_ms <= now_ms
            && self.requests >= size(self.limit.requests_per_minute)
            && self.tokens >= size(self.limit.tokens_per_minute)
    }

    fn fill(&mut self, now_ms: u64) {
        let share = now_ms.saturating_sub(self.at_ms) as f64 / MINUTE_MS;
        self.at_ms = self.at_ms.max(now_ms);
        let filled = |level: f64, limit: Option<u64>| (level + share * size(limit)).min(size(limit));
        self.requests = filled(self.requests, self.limit.requests_per_minute);
        self.tokens = filled(self.tokens, self.limit.tokens_per_minute);
    }
}

fn size(limit: Option<u64>) -> f64 {
    limit.map_or(0.0, |limit| limit.max(1) as f64)
}

/// Time until so much more is there, in milliseconds.
fn until(lacking: f64, limit: Option<u64>) -> u64 {
    match limit {
        // A millionth is rounding, of the level as of the time.
        Some(_) if lacking > 1e-6 => ((lacking / size(limit) * MINUTE_MS - 1e-6).ceil() as u64).max(1),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limit(requests: Option<u64>, tokens: Option<u64>) -> RateLimit {
        RateLimit { requests_per_minute: requests, tokens_per_minute: tokens }
    }

    #[test]
    fn requests_go_at_once_until_the_minute_is_used_up_and_then_evenly() {
        let mut bucket = Bucket::new(limit(Some(60), None), 5);
        for _ in 0..60 {
            assert_eq!(bucket.take(5, 9), Ok(()));
        }
        assert_eq!(bucket.take(5, 9), Err(1000));
        assert_eq!(bucket.take(1005, 9), Ok(()));
        assert_eq!(bucket.take(1005, 9), Err(1000));
        assert!(!bucket.is_full(50_000) && bucket.is_full(90_000));
    }

    #[test]
    fn tokens_are_estimated_and_put_right() {
        let mut bucket = Bucket::new(limit(None, Some(600)), 0);
        assert_eq!(bucket.take(0, 600), Ok(()));
        assert_eq!(bucket.take(0, 100), Err(10_000));
        bucket.correct(600, 500);
        assert_eq!(bucket.take(0, 100), Ok(()));
        bucket.correct(100, 400);
        assert_eq!(bucket.take(0, 10), Err(31_000));
        // One that is larger than a minute goes when the bucket is full.
        let mut bucket = Bucket::new(limit(None, Some(600)), 0);
        assert_eq!(bucket.take(0, 6000), Ok(()));
        assert_eq!(bucket.take(0, 1), Err(540_100));
    }

    #[test]
    fn a_closed_bucket_lets_nothing_through() {
        let mut bucket = Bucket::new(limit(None, None), 0);
        bucket.close(0, 500);
        bucket.close(0, 100);
        assert_eq!(bucket.take(0, 1), Err(500));
        assert_eq!(bucket.take(500, 1), Ok(()));
    }

    #[test]
    fn a_new_limit_keeps_what_was_used_and_a_clock_that_goes_back_does_no_harm() {
        let mut bucket = Bucket::new(limit(Some(10), None), 100);
        assert_eq!(bucket.take(100, 0), Ok(()));
        bucket.set_limit(limit(Some(2), None), 100);
        assert_eq!(bucket.take(100, 0), Ok(()));
        assert_eq!(bucket.take(0, 0), Err(30_000));
        assert!(bucket.take(u64::MAX, 0).is_ok());
    }

    #[test]
    fn a_clock_that_jumps_far_ahead_or_back_gives_no_more_than_a_minute_and_no_wait_without_end() {
        let mut bucket = Bucket::new(limit(Some(2), Some(100)), 1_000);
        assert_eq!(bucket.take(u64::MAX, 50), Ok(()));
        assert_eq!(bucket.take(u64::MAX, 50), Ok(()));
        assert_eq!(bucket.take(u64::MAX, 50), Err(30_000), "a jump fills it once");
        for now_ms in [0, 5, u64::MAX] {
            assert_eq!(bucket.take(now_ms, 50), Err(30_000), "at {now_ms}");
        }
        bucket.close(u64::MAX, u64::MAX);
        assert!(!bucket.is_full(u64::MAX - 1));
        assert_eq!(Bucket::new(limit(Some(2), None), u64::MAX).take(0, 1), Ok(()));
    }
}
