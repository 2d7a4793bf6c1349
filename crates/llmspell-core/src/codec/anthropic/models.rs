//! What models differ in, read from their names.
//!
//! Source: Anthropic's pages on structured outputs, on mid-conversation system messages and on migrating between models, and
//! the tables of the npm package @ai-sdk/anthropic 3.0.138 (2026-11-21). A Claude model without a number in its name counts
//! as new; what is no Claude model (other servers speak this format too) gets what has always been there.

/// What a model takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Traits {
    /// `output_config.format`.
    pub native_output: bool,
    /// `temperature` and `top_p`.
    pub sampling: bool,
    /// `temperature` and `top_p` together.
    pub both_sampling: bool,
    /// A `tool_choice` that forces a call.
    pub forced_tools: bool,
    /// Messages of role `system` after a user's.
    pub system_turns: bool,
}

/// What the model of this name takes.
pub(super) fn traits(model: &str) -> Traits {
    let name = model.to_ascii_lowercase().replace(['.', ':', '@'], "-");
    let Some((_, rest)) = name.split_once("claude-") else {
        return Traits {
            native_output: false,
            sampling: true,
            both_sampling: true,
            forced_tools: true,
            system_turns: false,
        };
    };
    let family = rest.split('-').find(|word| word.starts_with(|c: char| c.is_ascii_alphabetic())).unwrap_or_default();
    // Longer numbers are dates.
    let mut numbers = rest.split('-').filter(|word| word.len() <= 2).filter_map(|word| word.parse::<u32>().ok());
    let major = numbers.next();
    let version = (major.unwrap_or(u32::MAX), numbers.next().unwrap_or(0));
    let is = |families: &[&str], least: (u32, u32)| families.contains(&family) && version >= least;
    Traits {
        native_output: version >= (4, 5) || is(&["opus"], (4, 1)),
        sampling: version < (5, 0) && !is(&["opus"], (4, 7)),
        both_sampling: version < (4, 1),
        forced_tools: !is(&["sonnet", "opus"], (5, 5)) && !is(&["fable", "mythos"], (5, 1)),
        system_turns: version >= (5, 0) || is(&["opus"], (4, 8)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_in_every_spelling_are_read() {
        for (model, native, sampling, forced, system) in [
            ("claude-3-5-sonnet-20241022", false, true, true, false),
            ("claude-sonnet-4-20250514", false, true, true, false),
            ("claude-opus-4-1-20250805", true, true, true, false),
            ("claude-haiku-4-5", true, true, true, false),
            ("anthropic/claude-haiku-4.5", true, true, true, false),
            ("us.anthropic.claude-sonnet-4-5-20250929-v1:0", true, true, true, false),
            ("claude-opus-4-7", true, false, true, false),
            ("claude-opus-4-8", true, false, true, true),
            ("claude-sonnet-5", true, false, true, true),
            ("claude-sonnet-5-5", true, false, false, true),
            ("claude-haiku-5-5", true, false, true, true),
            ("claude-fable-5-2", true, false, false, true),
            ("claude-mythos-preview", true, false, false, true),
            ("MiniMax-M2", false, true, true, false),
        ] {
            let it = traits(model);
            assert_eq!(
                (it.native_output, it.sampling, it.forced_tools, it.system_turns),
                (native, sampling, forced, system),
                "{model}"
            );
        }
        assert!(traits("claude-3-opus-20240229").both_sampling && !traits("claude-opus-4-1").both_sampling);
    }
}
