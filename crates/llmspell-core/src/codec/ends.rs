//! Answers that end for a reason that llmspell does not know. The rule for every codec: what may be cut is never taken for
//! whole.

use super::Notice;
use crate::defaults;
use crate::error::{Error, Kind};
use crate::http::Redactor;

/// What came before an answer ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Came {
    /// Nothing.
    Nothing,
    /// Text, reasoning, pictures.
    Content,
    /// Tool calls, and perhaps more.
    Calls,
}

/// What a reason comes to that is not known: a notice beside an answer that ends as `other`, or an error where there is
/// nothing to answer with, or calls that may be cut. `field` is the provider's own name for it (such as `finish_reason`).
///
/// # Errors
/// `provider`, for an answer that holds nothing or has tool calls: none of them is run.
pub(crate) fn unknown(field: &str, reason: &str, came: Came, redactor: &Redactor) -> Result<Notice, Error> {
    let reason = redactor.quote(reason, defaults::QUOTED_CHARS);
    let ended = |what: &str| format!("The provider ended {what} with {field} {reason:?}, which llmspell does not know");
    let error = |message: String| {
        let mut error = Error::new(Kind::Provider, message);
        error.retryable = true;
        error
    };
    match came {
        Came::Nothing => Err(error(format!("{}. The same request may succeed.", ended("an empty answer")))),
        Came::Calls => Err(error(format!("{}. Its tool calls may be cut, so none was run.", ended("an answer")))),
        Came::Content => Ok(Notice {
            code: None,
            message: format!("{}: the answer may be cut. Its finish_reason is \"other\".", ended("an answer")),
            tool_call_id: None,
        }),
    }
}
