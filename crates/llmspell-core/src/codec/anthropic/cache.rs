//! Where the provider's cache ends: <https://platform.claude.com/docs/en/build-with-claude/prompt-caching>.

use super::history::History;
use crate::run::CacheTime;

/// Most places of one request.
const MOST: usize = 4;

/// Marks the end of the system prompt and of the last message, as the option `cache` asks, and keeps to the most places that
/// a request may have; `tools`: the end of the tools is marked too. Where the conversation has more cache points, the latest
/// are kept.
pub(super) fn place(history: &mut History<'_>, option: Option<CacheTime>, tools: bool) {
    if let Some(time) = option {
        if let Some(block) = history.system.last_mut() {
            block.cache.get_or_insert(time);
        }
        let last = history.messages.last_mut().and_then(|message| message.content.last_mut());
        if let Some(block) = last.filter(|block| block.is_cacheable()) {
            block.cache.get_or_insert(time);
        }
    }
    let mut left = MOST - usize::from(tools && option.is_some());
    // What the option asks for stands before the conversation's own points.
    let end = history.system.len().saturating_sub(1);
    let kept = option.is_some() && !history.system.is_empty();
    left -= usize::from(kept);
    let system = history.system.iter_mut().enumerate().filter(|(at, _)| !(kept && *at == end)).map(|(_, block)| block);
    let messages = history.messages.iter_mut().flat_map(|message| &mut message.content);
    let mut dropped = false;
    let places: Vec<_> = system.chain(messages).filter(|block| block.cache.is_some()).collect();
    for block in places.into_iter().rev() {
        if left == 0 {
            block.cache = None;
            dropped = true;
        } else {
            left -= 1;
        }
    }
    if dropped {
        history
            .writer
            .warnings
            .add("cache_point: Anthropic takes four places of the cache in a request; earlier ones were left out");
    }
}
