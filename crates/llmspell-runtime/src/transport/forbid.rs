//! The switch that keeps requests from leaving the process.

use std::sync::atomic::{AtomicU8, Ordering};

use llmspell_core::{Error, Kind};

/// Nothing was said yet: the environment decides.
const UNASKED: u8 = 0;
const ALLOWED: u8 = 1;
const BY_ENVIRONMENT: u8 = 2;
const BY_CALL: u8 = 3;

/// Variable that forbids requests from the start.
const VARIABLE: &str = "LLMSPELL_FORBID_REQUESTS";

static SWITCH: AtomicU8 = AtomicU8::new(UNASKED);

/// Forbids real requests in this process and in what it forks from now on, or allows them again. Before the first call
/// the environment variable `LLMSPELL_FORBID_REQUESTS` decides: they are forbidden when it is set to anything but an empty
/// text, `0` or `false`.
///
/// Forbidden requests fail with kind `policy`, loopback addresses too. The demo model, cassettes that are played, scripts and
/// a transport of the host's own go on working.
pub fn forbid_requests(forbid: bool) {
    SWITCH.store(if forbid { BY_CALL } else { ALLOWED }, Ordering::Release);
}

/// Looks at the environment, once. On a caller's thread, where the host may read it.
pub(super) fn ask_environment() {
    if SWITCH.load(Ordering::Acquire) == UNASKED {
        let set = std::env::var_os(VARIABLE).is_some_and(|value| {
            let value = value.to_string_lossy();
            !matches!(value.trim(), "" | "0") && !value.trim().eq_ignore_ascii_case("false")
        });
        let found = if set { BY_ENVIRONMENT } else { ALLOWED };
        // What a call said meanwhile stands.
        let _ = SWITCH.compare_exchange(UNASKED, found, Ordering::AcqRel, Ordering::Acquire);
    }
}

/// # Errors
/// `policy` when real requests are forbidden.
pub(super) fn check(url: &str) -> Result<(), Error> {
    let by = match SWITCH.load(Ordering::Acquire) {
        BY_ENVIRONMENT => "the environment variable LLMSPELL_FORBID_REQUESTS",
        BY_CALL => "forbid_requests(true)",
        _ => return Ok(()),
    };
    let host = url.split_once("://").map_or(url, |(_, rest)| rest).split(['/', '?']).next().unwrap_or_default();
    Err(Error::new(
        Kind::Policy,
        format!(
            "{by} forbids requests, so nothing was sent to {host}; what goes on working is the provider demo, a cassette \
             (provider = \"replay\"), a scripted model, and a transport of your own"
        ),
    ))
}
