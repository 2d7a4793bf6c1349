//! Tool calls and their results, where several formats have the same way with them.

use super::Notice;
use crate::event::WarningCode;
use crate::json;
use crate::message::ToolCall;
use serde_json::{Value, json};
use std::borrow::Cow;
use std::collections::HashSet;

/// The arguments of a call as an object, for formats that have them so.
pub(crate) fn arguments(call: &ToolCall) -> Value {
    if call.arguments.trim().is_empty() {
        return json!({});
    }
    match json::from_wire(&call.arguments) {
        Ok(Value::Object(fields)) => Value::Object(fields),
        Ok(Value::Null) => json!({}),
        // What the model wrote was no object.
        _ => json!({"arguments": call.arguments}),
    }
}

/// The text of a result for a format that has no field for a failure: there the words must say it.
pub(crate) fn result_text(content: &str, is_error: bool) -> Cow<'_, str> {
    if is_error && !content.to_lowercase().contains("error") {
        Cow::Owned(format!("Error: {content}"))
    } else {
        Cow::Borrowed(content)
    }
}

/// An id for a call that came without one, or with one that was there before.
pub(crate) fn fresh_id(seed: u64, place: usize) -> String {
    format!("call_{seed:016x}_{place}")
}

/// The ids of the calls of one turn: each once, because results could not be told apart otherwise.
#[derive(Debug, Default)]
pub(crate) struct Ids {
    taken: HashSet<String>,
    /// What the host should know: calls that have another id than the provider gave them.
    pub notices: Vec<Notice>,
}

impl Ids {
    /// An id for the next call: its `own`, or one made of that where another call has it, or a `fresh` one where it has none.
    pub(crate) fn give(&mut self, own: Option<&str>, fresh: impl FnOnce() -> String) -> String {
        let own = own.filter(|id| !id.is_empty());
        let wanted = own.map_or_else(fresh, str::to_owned);
        if self.taken.insert(wanted.clone()) {
            return wanted;
        }
        // Nearly always the number of calls so far is the first that is free.
        let at = self.taken.len() + 1;
        let id = (at..).map(|number| format!("{wanted}_{number}")).find(|id| !self.taken.contains(id));
        let id = id.unwrap_or_default();
        self.taken.insert(id.clone());
        if own.is_some() {
            self.notices.push(Notice {
                code: Some(WarningCode::RenamedCall),
                message: format!("Two calls of one turn have the id {wanted:?}; the later one is {id:?} from now on."),
                tool_call_id: Some(id.clone()),
            });
        }
        id
    }

    /// How many calls there are.
    pub(crate) fn len(&self) -> usize {
        self.taken.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_call_has_an_id_of_its_own() {
        let mut ids = Ids::default();
        let mut give = |own| ids.give(own, || "made".to_owned());
        assert_eq!(give(Some("a")), "a");
        assert_eq!((give(Some("a")), give(Some("a_2"))), ("a_2".to_owned(), "a_2_3".to_owned()));
        assert_eq!((give(None), give(Some(""))), ("made".to_owned(), "made_5".to_owned()));
        let about: Vec<_> = ids.notices.iter().filter_map(|notice| notice.tool_call_id.as_deref()).collect();
        assert_eq!(about, ["a_2", "a_2_3"]);
    }
}
