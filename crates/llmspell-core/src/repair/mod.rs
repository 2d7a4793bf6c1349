//! Repair of what models write nearly right: names of tools, arguments, several calls in one. Nothing here guesses: where two
//! readings are possible there is none.

mod arguments;
mod lenient;
mod names;
mod unpack;

pub use arguments::lenient_json;
pub(crate) use arguments::{Misfit, Repairs, fit, read, repaired};
pub(crate) use names::nearest;
pub(crate) use unpack::unpack;

#[cfg(test)]
mod tests;
