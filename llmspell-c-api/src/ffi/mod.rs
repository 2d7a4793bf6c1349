//! What stands between C and Rust: handles with a typed owner, checked arguments, and a guard around every call.

mod call;
mod guard;
mod handle;

pub(crate) use call::Call;
pub(crate) use guard::{attempt, guard, value};
pub(crate) use handle::{Handle, Owned, Shared, clone, free, handle, into_raw};
