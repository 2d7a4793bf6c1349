//! The end of a run: its result, what the agent remembers, its last event.

use super::Effect;
use super::machine::{Phase, Run};
use super::settle::Unfinished;
use crate::conversation::Conversation;
use crate::error::{Error, Kind};
use crate::event::EventBody;
use crate::http::Redactor;
use crate::message::Role;
use crate::outcome::{Metadata, RunResult};

impl Run {
    pub(super) fn done(&mut self, out: &mut Vec<Effect>) {
        let result = Box::new(self.result());
        self.finish(EventBody::Done { result }, out);
    }

    pub(super) fn fail(&mut self, mut error: Error, out: &mut Vec<Effect>) {
        error = self.explained(error);
        self.drop_children(out);
        let why = format!("The run ended before this tool call was finished: {}", error.message);
        self.settle(Unfinished::Failed(error.kind, &why));
        let partial = Box::new(self.result());
        self.abort(out);
        self.finish(EventBody::Error { error: Box::new(error), partial }, out);
    }

    /// The error without secrets, and with the provider that it comes from.
    pub(super) fn explained(&self, mut error: Error) -> Error {
        let redactor = self.redactor();
        error.clean(|text| redactor.clean(text));
        error.provider.get_or_insert_with(|| self.spec.route(self.state.tries.route).endpoint.provider.clone());
        error
    }

    pub(super) fn cancel(&mut self, out: &mut Vec<Effect>) {
        self.drop_children(out);
        let why = "The run was cancelled before this tool call was finished.";
        self.settle(Unfinished::Failed(Kind::Cancelled, why));
        let partial = Box::new(self.result());
        self.abort(out);
        self.finish(EventBody::Cancelled { partial }, out);
    }

    fn finish(&mut self, body: EventBody, out: &mut Vec<Effect>) {
        let conversation = self.remembered();
        self.state.phase = Phase::Ended;
        let event = self.event(body);
        out.push(Effect::Finish { conversation, event });
    }

    /// What the agent remembers. A run that got no complete turn from the model leaves no trace but its cost, so that the
    /// same message can be sent again; otherwise all complete turns stay.
    fn remembered(&mut self) -> Conversation {
        let goes_in = self.state.turns > 0 || self.state.answered;
        if !goes_in {
            self.part_input();
        }
        // The run has ended: nobody asks it for its parts any more.
        let mut conversation = std::mem::take(&mut self.state.base);
        conversation.usage.add(&self.state.usage);
        conversation.messages.append(&mut self.state.added);
        conversation
    }

    fn result(&self) -> RunResult {
        let state = &self.state;
        let place = self.spec.route(state.tries.route);
        let answer = state.output.answer.as_ref();
        let text = match (&self.exchange, answer.map(|(_, text)| text.clone()).or_else(|| self.held_text())) {
            (Some(exchange), _) => exchange.text.clone(),
            (None, Some(text)) => text,
            (None, None) => {
                let mut turns = state.added.iter().enumerate().filter(|(_, message)| message.role == Role::Assistant);
                let last = turns.rfind(|(at, _)| !state.rejected.contains(at));
                last.map(|(_, message)| self.said(message)).unwrap_or_default()
            }
        };
        let mut tools_used: Vec<String> = Vec::new();
        for record in &state.records {
            if !tools_used.contains(&record.name) {
                tools_used.push(record.name.clone());
            }
        }
        RunResult {
            text,
            object: answer.map(|(value, _)| value.clone()),
            messages: self.own_messages(),
            tool_calls: state.records.clone(),
            usage: state.usage,
            finish_reason: state.finish_reason,
            steps: state.turns,
            metadata: Metadata {
                tokens_used: state.usage.total_tokens,
                execution_time_ms: state.elapsed_ms,
                tools_used,
                model: state.model.clone().unwrap_or_else(|| place.model.to_owned()),
                provider: state.provider.clone().unwrap_or_else(|| place.endpoint.provider.clone()),
                retries: state.tries.again,
                cost: state.usage.cost,
                agent: self.spec.name.clone(),
            },
        }
    }

    /// Strikes out the keys of all routes.
    pub(super) fn redactor(&self) -> Redactor {
        self.spec.redactor()
    }
}
