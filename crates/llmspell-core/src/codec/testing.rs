//! What the tests of several codecs need.

use super::{Codec, Delta, Turn};
use crate::error::Error;
use crate::http::{Redactor, Secret};

/// A key that no error may quote.
pub(crate) const KEY: &str = "secret-key-0123";

/// The turn of an answer that comes in these pieces, and what came on the way.
pub(crate) fn decode_in(codec: &dyn Codec, pieces: &[&[u8]]) -> (Result<Turn, Error>, Vec<Delta>) {
    let mut deltas = Vec::new();
    let mut decoder = codec.decoder(1, Redactor::new(std::iter::once(Secret::new(KEY))));
    let pushed = pieces.iter().try_for_each(|piece| decoder.push(piece, &mut deltas));
    (pushed.and_then(|()| decoder.finish(&mut deltas)), deltas)
}
