//! What an answer says that it used, in the spellings of several servers.

use crate::codec::lenient::{Count, Lenient, Loose, deserialize_leniently, ignore};
use crate::usage::Usage;
use serde::de::MapAccess;

/// What an answer says that it used.
#[derive(Debug, Default)]
pub(super) struct Counted {
    /// Whether there is a value, and not null.
    pub given: bool,
    /// `None` when the value says nothing.
    pub usage: Option<Usage>,
}

/// The fields of a usage object, in the spellings of several servers.
#[derive(Debug, Default)]
struct Counts {
    prompt_tokens: Count,
    completion_tokens: Count,
    total_tokens: Count,
    prompt_tokens_details: Details,
    completion_tokens_details: Details,
    prompt_cache_hit_tokens: Count,
    cached_tokens: Count,
    reasoning_tokens: Count,
    cost: Cost,
}

impl Counts {
    fn usage(self) -> Usage {
        let input_tokens = self.prompt_tokens.0.unwrap_or(0);
        let mut output_tokens = self.completion_tokens.0.unwrap_or(0);
        let reasoning_tokens = self.completion_tokens_details.reasoning.or(self.reasoning_tokens.0).unwrap_or(0);
        // xAI counts reasoning beside the answer; its sum tells.
        let apart = output_tokens.saturating_add(reasoning_tokens);
        if self.total_tokens.0 == Some(input_tokens.saturating_add(apart)) {
            output_tokens = apart;
        }
        Usage {
            input_tokens,
            output_tokens,
            total_tokens: self.total_tokens.0.unwrap_or_else(|| input_tokens.saturating_add(output_tokens)),
            cached_tokens: self
                .prompt_tokens_details
                .cached
                .or(self.prompt_cache_hit_tokens.0)
                .or(self.cached_tokens.0)
                .unwrap_or(0),
            cache_write_tokens: self.prompt_tokens_details.written.unwrap_or(0),
            reasoning_tokens,
            input_audio_tokens: self.prompt_tokens_details.audio.unwrap_or(0),
            output_audio_tokens: self.completion_tokens_details.audio.unwrap_or(0),
            cost: self.cost.0,
        }
    }
}

/// An amount of money; `None` for anything else.
#[derive(Debug, Default)]
struct Cost(Option<f64>);

#[derive(Debug, Default)]
struct Details {
    cached: Option<u64>,
    written: Option<u64>,
    reasoning: Option<u64>,
    audio: Option<u64>,
}

impl<'de> Lenient<'de> for Cost {
    fn integer(&mut self, value: u64) {
        self.0 = Some(value as f64);
    }

    fn number(&mut self, value: f64) {
        self.0 = Some(value);
    }

    /// Perplexity tells its parts as well.
    fn fields<A: MapAccess<'de>>(&mut self, mut fields: A) -> Result<(), A::Error> {
        while let Some(name) = fields.next_key::<Loose<'de>>()? {
            if name.as_str() == Some("total_cost") {
                self.0 = fields.next_value::<Self>()?.0;
            } else {
                ignore(&mut fields)?;
            }
        }
        Ok(())
    }
}

impl<'de> Lenient<'de> for Details {
    fn fields<A: MapAccess<'de>>(&mut self, mut fields: A) -> Result<(), A::Error> {
        while let Some(name) = fields.next_key::<Loose<'de>>()? {
            let Count(count) = fields.next_value()?;
            match name.as_str() {
                Some("cached_tokens") => self.cached = count,
                Some("cache_write_tokens") => self.written = count,
                Some("reasoning_tokens") => self.reasoning = count,
                Some("audio_tokens") => self.audio = count,
                _ => {}
            }
        }
        Ok(())
    }
}

impl<'de> Lenient<'de> for Counted {
    fn given(&mut self) {
        self.given = true;
    }

    /// An empty object says nothing.
    fn fields<A: MapAccess<'de>>(&mut self, mut fields: A) -> Result<(), A::Error> {
        let mut counts: Option<Counts> = None;
        while let Some(name) = fields.next_key::<Loose<'de>>()? {
            let counts = counts.get_or_insert_default();
            match name.as_str() {
                Some("prompt_tokens") => counts.prompt_tokens = fields.next_value()?,
                Some("completion_tokens") => counts.completion_tokens = fields.next_value()?,
                Some("total_tokens") => counts.total_tokens = fields.next_value()?,
                Some("prompt_tokens_details") => counts.prompt_tokens_details = fields.next_value()?,
                Some("completion_tokens_details") => counts.completion_tokens_details = fields.next_value()?,
                Some("prompt_cache_hit_tokens") => counts.prompt_cache_hit_tokens = fields.next_value()?,
                Some("cached_tokens") => counts.cached_tokens = fields.next_value()?,
                Some("reasoning_tokens") => counts.reasoning_tokens = fields.next_value()?,
                Some("cost") => counts.cost = fields.next_value()?,
                _ => ignore(&mut fields)?,
            }
        }
        self.usage = counts.map(Counts::usage);
        Ok(())
    }
}

deserialize_leniently!(Cost, Details, Counted);
