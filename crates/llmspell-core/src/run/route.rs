//! Routes: the places where a run may find its model, in the order in which they are tried.

use super::{Endpoint, RunSpec};
use crate::error::Error;
use crate::http::{Redactor, Secret};
use crate::model::ModelInfo;
use crate::rate::{Pace, RateLimit};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

/// Another place for a run's turns, used when those before it fail for good.
#[derive(Clone, Debug)]
pub struct Route {
    /// Where the model is and how it is spoken to.
    pub endpoint: Endpoint,
    /// Model, as the provider names it.
    pub model: String,
    /// Fields that are added to the provider's request as they are.
    pub provider_options: Map<String, Value>,
    /// What is known of the model.
    pub model_info: ModelInfo,
    /// What may go there within a minute.
    pub rate_limit: Option<RateLimit>,
    /// Why it cannot be used, such as a missing key. It is told when it is this route's turn, and the route is left out.
    pub unusable: Option<Error>,
}

/// A route as requests need it: the agent's own, or a fallback.
#[derive(Clone, Copy, Debug)]
pub struct RouteView<'a> {
    /// Where the model is.
    pub endpoint: &'a Endpoint,
    /// Model, as the provider names it.
    pub model: &'a str,
    /// What is known of it.
    pub model_info: &'a ModelInfo,
    /// Fields that are added to the provider's request as they are.
    pub provider_options: &'a Map<String, Value>,
}

impl RouteView<'_> {
    /// `provider/model`, for people.
    #[must_use]
    pub fn name(&self) -> String {
        format!("{}/{}", self.endpoint.provider, self.model)
    }
}

impl RunSpec {
    /// A spec with nothing but a model: no tools, usual limits.
    #[must_use]
    pub fn new(endpoint: Endpoint, model: impl Into<String>) -> Self {
        Self {
            name: None,
            endpoint,
            model: model.into(),
            model_info: ModelInfo::default(),
            system_prompt: None,
            settings: super::Settings::default(),
            provider_options: Map::new(),
            tools: std::sync::Arc::default(),
            team: super::Team::default(),
            memory: super::Memory::default(),
            limits: super::Limits::default(),
            checks: super::Checks::default(),
            fallbacks: Vec::new(),
            rate_limit: None,
        }
    }

    /// The route with this number: 0 is the agent's own, n its nth fallback. A number that is too high gives the agent's own.
    #[must_use]
    pub fn route(&self, number: usize) -> RouteView<'_> {
        match number.checked_sub(1).and_then(|at| self.fallbacks.get(at)) {
            Some(route) => RouteView {
                endpoint: &route.endpoint,
                model: &route.model,
                model_info: &route.model_info,
                provider_options: &route.provider_options,
            },
            None => RouteView {
                endpoint: &self.endpoint,
                model: &self.model,
                model_info: &self.model_info,
                provider_options: &self.provider_options,
            },
        }
    }

    /// What a request of so many tokens to a route counts to.
    #[must_use]
    pub(super) fn pace(&self, number: usize, tokens: u64) -> Option<Pace> {
        let fallback = number.checked_sub(1).and_then(|at| self.fallbacks.get(at));
        let limit = fallback.map_or(self.rate_limit, |route| route.rate_limit)?;
        let endpoint = self.route(number).endpoint;
        let key = endpoint.api_key.as_ref().map(Secret::reveal).unwrap_or_default();
        let mut hash = Sha256::new();
        for part in [endpoint.provider.as_str(), key, endpoint.base_url.as_str()] {
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part.as_bytes());
        }
        Some(Pace { account: hash.finalize().into(), limit, tokens })
    }

    /// Strikes out the keys and the headers' values of all routes, which a server may send back.
    #[must_use]
    pub fn redactor(&self) -> Redactor {
        let whole = self.endpoints().flat_map(secrets).cloned();
        // A server may quote what follows a scheme such as `Bearer` alone.
        let bare = self.endpoints().flat_map(secrets).filter_map(|secret| secret.reveal().split_once(' '));
        Redactor::new(whole.chain(bare.map(|(_, rest)| Secret::new(rest.trim()))))
    }

    /// The addresses of all routes, the agent's own first.
    pub fn base_urls(&self) -> impl Iterator<Item = &str> {
        self.endpoints().map(|endpoint| endpoint.base_url.as_str())
    }

    fn endpoints(&self) -> impl Iterator<Item = &Endpoint> {
        std::iter::once(&self.endpoint).chain(self.fallbacks.iter().map(|route| &route.endpoint))
    }
}

fn secrets(endpoint: &Endpoint) -> impl Iterator<Item = &Secret> {
    endpoint.api_key.iter().chain(endpoint.headers.iter().map(|(_, value)| value))
}
