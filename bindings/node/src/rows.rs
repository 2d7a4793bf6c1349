//! How events cross to JavaScript: numbers in one array, all texts in one string.

use llmspell::{Error, Event, EventBody, EventType};
use std::fmt::Write;

/// Numbers of a row: run, type, sequence number, step, length of its text in UTF-16 units.
const WIDTH: usize = 5;
/// Numbers before the first row: how many rows there are, and whether there is more to take.
const HEAD: usize = 2;
/// Text after which no further row is begun.
const MOST_TEXT: usize = 1 << 20;
/// Set in a row's type when its text is the event's JSON instead of its own text.
const AS_JSON: u32 = 0x100;

/// Takes events down.
pub(crate) struct Rows<'a> {
    numbers: &'a mut [u32],
    texts: String,
    count: usize,
}

impl<'a> Rows<'a> {
    pub fn new(numbers: &'a mut [u32]) -> Self {
        Self { numbers, texts: String::new(), count: 0 }
    }

    pub fn is_full(&self) -> bool {
        HEAD + (self.count + 1) * WIDTH > self.numbers.len() || self.texts.len() >= MOST_TEXT
    }

    /// Adds an event of `run`; `text_alone` takes the answer's text for all that a run came to.
    pub fn add(&mut self, run: u32, event: &Event, text_alone: bool) {
        let kind = event.body.event_type() as u32;
        let before = self.texts.len();
        let kind = if event.agent.is_none() && is_text(&event.body, text_alone) {
            self.texts.push_str(event.text());
            kind
        } else {
            self.texts.push_str(&event.to_json());
            kind | AS_JSON
        };
        self.close(before, [run, kind, u32::try_from(event.seq).unwrap_or(u32::MAX), event.step]);
    }

    /// Adds the end of a run whose events cannot be had.
    pub fn add_failure(&mut self, run: u32, error: &Error) {
        let before = self.texts.len();
        let _ = write!(self.texts, r#"{{"type":"error","error":{}}}"#, error.to_json());
        self.close(before, [run, EventType::Error as u32 | AS_JSON, 0, 0]);
    }

    /// Ends a row whose text began at `before`.
    fn close(&mut self, before: usize, [run, kind, seq, step]: [u32; 4]) {
        let length = self.texts.get(before..).map_or(0, utf16_length);
        let at = HEAD + self.count * WIDTH;
        let row = [run, kind, seq, step, length];
        if let Some(place) = self.numbers.get_mut(at..at + WIDTH) {
            place.copy_from_slice(&row);
            self.count += 1;
        }
    }

    /// Completes the head and gives the texts.
    pub fn finish(self, more: bool) -> String {
        if let Some(head) = self.numbers.get_mut(..HEAD) {
            head.copy_from_slice(&[u32::try_from(self.count).unwrap_or(u32::MAX), u32::from(more)]);
        }
        self.texts
    }
}

/// Whether an event's own text is all there is to tell of it.
fn is_text(body: &EventBody, text_alone: bool) -> bool {
    match body {
        EventBody::TextDelta { .. } | EventBody::ReasoningDelta { .. } | EventBody::StepStart => true,
        EventBody::Done { .. } => text_alone,
        _ => false,
    }
}

fn utf16_length(text: &str) -> u32 {
    let length = if text.is_ascii() { text.len() } else { text.encode_utf16().count() };
    u32::try_from(length).unwrap_or(u32::MAX)
}
