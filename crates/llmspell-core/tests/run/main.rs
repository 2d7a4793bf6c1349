//! The run machine from outside, against a simulated world.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod asking;
mod external;
mod history;
mod limits;
mod machine;
mod output;
mod properties;
mod purity;
mod retry;
#[path = "../sim/mod.rs"]
mod sim;
mod team;
