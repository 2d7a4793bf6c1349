//! What a run can be started on.

use crate::ffi::{Shared, handle};
use llmspell::Target;

/// What a run can be started on: a view of an agent (llmspell_agent_as_target). It belongs to the
/// object that it shows and is never freed by itself.
///
/// Any thread may use it as long as that object lives.
///
/// @since 0.1
pub struct llmspell_target {
    _private: [u8; 0],
}

handle!(llmspell_target => TargetObject, Shared);

/// What both an agent's handle and its view as a target point to.
pub(crate) struct TargetObject {
    target: Target,
}

impl TargetObject {
    pub(crate) fn new(target: Target) -> TargetObject {
        TargetObject { target }
    }

    pub(crate) fn target(&self) -> &Target {
        &self.target
    }
}
