//! What programs need for their own tests.

/// Forbids real requests in this process, and in what it forks from now on, or allows them again. A
/// forbidden request fails with kind `policy`, to loopback addresses too. The provider demo,
/// cassettes that are played, scripted models and requests that the host carries go on working.
///
/// Before the first call the environment variable LLMSPELL_FORBID_REQUESTS decides: requests are
/// forbidden when it is set to anything but an empty text, "0" or "false". Any thread may call it.
///
/// @since 0.1
#[unsafe(no_mangle)]
pub extern "C" fn llmspell_forbid_requests(forbid: bool) {
    llmspell::forbid_requests(forbid);
}
