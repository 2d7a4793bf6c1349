//! How a failure reaches JavaScript.

use llmspell::Error;
use napi::Status;

/// An error of the façade as an exception; its message is the error's JSON.
pub(crate) fn thrown(error: &Error) -> napi::Error {
    napi::Error::new(Status::GenericFailure, error.to_json())
}

/// The same for a result.
pub(crate) trait OrThrow<T> {
    fn or_throw(self) -> napi::Result<T>;
}

impl<T> OrThrow<T> for Result<T, Error> {
    fn or_throw(self) -> napi::Result<T> {
        self.map_err(|error| thrown(&error))
    }
}
