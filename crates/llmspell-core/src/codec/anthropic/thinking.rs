//! Thinking, as far as the conversation lets the model think.

use super::outgoing::{Block, Body, WireMessage};
use crate::codec::encoded::Warnings;
use serde_json::{Map, Value};

/// Whether the model thinks in this request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Thinking {
    /// Not asked for.
    Off,
    /// As much as the model likes: sampling must keep to it.
    Adaptive,
    /// With a budget: no tool can be forced, either.
    Manual,
    /// Asked for, but the conversation has a turn that the provider would refuse beside it.
    LeftOut,
}

impl Thinking {
    /// Whether other settings must keep to it.
    pub(super) const fn limits_sampling(self) -> bool {
        matches!(self, Self::Adaptive | Self::Manual)
    }

    /// Whether the model thinks, as the provider options ask. `enabled` thinking demands that the turn at hand (all that came
    /// after the user's last words, with its tool calls and results) begins with what the model thought; one that was written by
    /// another model, or changed by the host, does not. Then thinking is left out, and so is what was thought later in that
    /// turn, which is refused without it. `adaptive` thinking demands nothing.
    ///
    /// Source: <https://platform.claude.com/docs/en/build-with-claude/thinking#thinking-with-tool-use>
    pub(super) fn of(options: &Map<String, Value>, messages: &mut [WireMessage<'_>], warnings: &mut Warnings) -> Self {
        match options.get("thinking").and_then(|it| it.get("type")).and_then(Value::as_str) {
            Some("adaptive") => return Self::Adaptive,
            Some("enabled") => {}
            _ => return Self::Off,
        }
        let at = messages.iter().rposition(is_said_by_user).map_or(0, |at| at + 1);
        let turn = || messages.iter().skip(at).filter(|message| message.role == "assistant");
        if turn().next().is_none_or(|message| message.content.first().is_some_and(is_thought)) {
            return Self::Manual;
        }
        warnings.add(
            "thinking: the turn at hand does not begin with signed thinking (another model wrote it, or it was changed), which \
             Anthropic refuses; thinking was left out of this request",
        );
        for message in messages.iter_mut().skip(at).filter(|message| message.role == "assistant") {
            if !message.content.iter().all(is_thought) {
                message.content.retain(|block| !is_thought(block));
            }
        }
        Self::LeftOut
    }
}

fn is_said_by_user(message: &WireMessage<'_>) -> bool {
    message.role == "user" && !message.content.iter().any(|block| matches!(block.body, Body::ToolResult { .. }))
}

fn is_thought(block: &Block<'_>) -> bool {
    let Body::Whole(value) = &block.body else { return false };
    matches!(value.get("type").and_then(Value::as_str), Some("thinking" | "redacted_thinking"))
}
