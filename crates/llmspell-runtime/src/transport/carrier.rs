//! What carries requests.

use std::sync::Arc;

use llmspell_core::cassette::Deck;

use crate::script::Script;

/// What carries an agent's requests.
#[derive(Clone, Debug, Default)]
pub enum Carrier {
    /// The network; for addresses of the demo model, that.
    #[default]
    Network,
    /// The host: each request is a request event of the kind `http`.
    Host,
    /// A cassette, without the network.
    Replay(Arc<Deck>),
    /// A script, without the network.
    Script(Arc<Script>),
}

impl PartialEq for Carrier {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Network, Self::Network) | (Self::Host, Self::Host) => true,
            (Self::Replay(one), Self::Replay(other)) => Arc::ptr_eq(one, other),
            (Self::Script(one), Self::Script(other)) => Arc::ptr_eq(one, other),
            _ => false,
        }
    }
}

impl Eq for Carrier {}
