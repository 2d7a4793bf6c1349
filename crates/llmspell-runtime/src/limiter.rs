//! Rate limits of this process: who sends to one account with one key waits in one line.

use std::collections::HashMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use llmspell_core::rate::{Bucket, Pace};
use tokio::task::JoinHandle;
use tokio::time::Instant;

/// Accounts from which on those that nobody uses are forgotten.
const KEPT: usize = 256;

/// The accounts that this process sends to.
#[derive(Default)]
pub(crate) struct Limiters {
    accounts: Mutex<HashMap<[u8; 32], Arc<Account>>>,
}

struct Account {
    bucket: Mutex<Bucket>,
    origin: Instant,
    /// Whoever holds it is the first in the line; the others come in the order in which they asked.
    line: tokio::sync::Mutex<()>,
}

/// A place in an account's line. Dropping it gives the place up.
pub(crate) struct Turn(JoinHandle<()>);

impl Limiters {
    /// Gets into the line; the turn is there when the request may be sent. The latest limit holds.
    ///
    /// The wait is a task of its own: a run that is not read for a while must not hold up the others.
    pub fn queue(&self, pace: Pace) -> Turn {
        let account = self.account(&pace);
        Turn(tokio::spawn(async move { account.wait(pace.tokens).await }))
    }

    /// Puts right what a request was thought to take.
    pub fn correct(&self, pace: &Pace, used: u64) {
        self.account(pace).bucket().correct(pace.tokens, used);
    }

    /// Lets nobody send to an account for a time.
    pub fn close(&self, pace: &Pace, for_ms: u64) {
        let account = self.account(pace);
        let now_ms = account.now_ms();
        account.bucket().close(now_ms, for_ms);
    }

    fn account(&self, pace: &Pace) -> Arc<Account> {
        let mut accounts = self.accounts.lock().unwrap_or_else(PoisonError::into_inner);
        if accounts.len() >= KEPT {
            accounts.retain(|_, account| Arc::strong_count(account) > 1 || !account.bucket().is_full(account.now_ms()));
        }
        let account = accounts.entry(pace.account).or_insert_with(|| {
            Arc::new(Account {
                bucket: Mutex::new(Bucket::new(pace.limit, 0)),
                origin: Instant::now(),
                line: tokio::sync::Mutex::default(),
            })
        });
        let now_ms = account.now_ms();
        account.bucket().set_limit(pace.limit, now_ms);
        Arc::clone(account)
    }
}

impl Account {
    async fn wait(&self, tokens: u64) {
        let _first = self.line.lock().await;
        loop {
            let now_ms = self.now_ms();
            let taken = self.bucket().take(now_ms, tokens);
            match taken {
                Ok(()) => return,
                Err(wait_ms) => tokio::time::sleep(Duration::from_millis(wait_ms)).await,
            }
        }
    }

    fn now_ms(&self) -> u64 {
        u64::try_from(self.origin.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    fn bucket(&self) -> MutexGuard<'_, Bucket> {
        // Nothing that can panic runs under this lock.
        self.bucket.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Future for Turn {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        Pin::new(&mut self.0).poll(context).map(|_| ())
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.0.abort();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use llmspell_core::rate::RateLimit;

    fn block<T>(future: impl Future<Output = T>) -> T {
        tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap().block_on(future)
    }

    fn pace(account: u8, requests: u64) -> Pace {
        let limit = RateLimit { requests_per_minute: Some(requests), tokens_per_minute: Some(1_000_000) };
        Pace { account: [account; 32], limit, tokens: 10 }
    }

    #[test]
    fn the_line_is_served_in_order_and_accounts_do_not_wait_for_each_other() {
        block(async {
            let (limiters, start) = (Limiters::default(), Instant::now());
            limiters.queue(pace(1, 1)).await;
            let mut waiting: Vec<Turn> = (0..3).map(|_| limiters.queue(pace(1, 1))).collect();
            limiters.queue(pace(2, 1)).await;
            assert_eq!(start.elapsed().as_secs(), 0);
            // Who gives up makes room for those behind.
            drop(waiting.remove(0));
            for (turn, seconds) in waiting.into_iter().zip([60, 120]) {
                turn.await;
                assert_eq!(start.elapsed().as_secs(), seconds);
            }
        });
    }

    #[test]
    fn what_the_provider_says_holds_for_all() {
        block(async {
            let (limiters, start) = (Limiters::default(), Instant::now());
            let pace = pace(1, 1000);
            limiters.queue(pace).await;
            limiters.close(&pace, 7_000);
            limiters.queue(pace).await;
            assert_eq!(start.elapsed().as_secs(), 7);
            let small = Pace { limit: RateLimit { tokens_per_minute: Some(600), ..pace.limit }, ..pace };
            limiters.queue(small).await;
            limiters.correct(&small, 610);
            let before = start.elapsed();
            limiters.queue(small).await;
            assert!(start.elapsed() > before, "what was used in truth counts");
        });
    }

    #[test]
    fn accounts_that_nobody_uses_are_forgotten() {
        block(async {
            let limiters = Limiters::default();
            for at in 0..2_000_u32 {
                let mut account = [0; 32];
                account[..4].copy_from_slice(&at.to_le_bytes());
                limiters.queue(Pace { account, ..pace(0, 60) }).await;
                if at % 100 == 0 {
                    tokio::time::advance(Duration::from_secs(60)).await;
                }
            }
            assert!(limiters.accounts.lock().unwrap().len() <= KEPT + 100);
        });
    }
}
