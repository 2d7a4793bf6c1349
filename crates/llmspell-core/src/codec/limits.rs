//! Errors for answers that pass a limit or end too early.

use crate::defaults;
use crate::error::{Error, Kind};
use crate::json::weight;
use serde_json::{Map, Value};

/// Bytes of an answer that were received and are kept.
#[derive(Debug, Default)]
pub(crate) struct Size(usize);

impl Size {
    /// Counts more of them.
    ///
    /// # Errors
    /// `protocol` when they are more than [`defaults::MESSAGE_BYTES`].
    pub(crate) fn grow(&mut self, bytes: usize) -> Result<(), Error> {
        self.0 = self.0.saturating_add(bytes);
        if self.0 > defaults::MESSAGE_BYTES { Err(too_large()) } else { Ok(()) }
    }

    /// Counts fields, like [`Self::grow`].
    pub(crate) fn grow_by(&mut self, fields: &Map<String, Value>) -> Result<(), Error> {
        self.grow(fields.iter().map(|(name, value)| name.len() + weight(value)).sum())
    }
}

/// The answer has more than [`defaults::MESSAGE_BYTES`].
pub(crate) fn too_large() -> Error {
    Error::new(Kind::Protocol, format!("The server sent an answer of more than {} MiB", defaults::MESSAGE_BYTES >> 20))
}

/// The answer has more than [`defaults::CALLS_PER_TURN`] tool calls, or a name of more than [`defaults::CALL_NAME_BYTES`].
pub(crate) fn too_many_calls() -> Error {
    Error::new(
        Kind::Protocol,
        format!(
            "The server sent more than {} tool calls in one turn, or a tool's name of more than {} bytes",
            defaults::CALLS_PER_TURN,
            defaults::CALL_NAME_BYTES
        ),
    )
}

/// The answer has more than [`defaults::PARTS_PER_TURN`] parts.
pub(crate) fn too_many_parts() -> Error {
    let most = defaults::PARTS_PER_TURN;
    Error::new(Kind::Protocol, format!("The server sent an answer of more than {most} parts"))
}

/// The answer ended before the provider said that it is complete.
pub(crate) fn cut_short() -> Error {
    Error::new(
        Kind::Network,
        "The answer ended before it was complete. The server or something on the way closed the connection; \
         the same request may succeed.",
    )
}
