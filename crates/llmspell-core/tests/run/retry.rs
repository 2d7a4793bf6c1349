//! What a run does when its provider fails: tries again, turns to another, ends.
use crate::sim::*;
use llmspell_core::codec::openai_chat::OpenAiChat;
use llmspell_core::http::Secret;
use llmspell_core::run::{Endpoint, Input, Route, RunSpec, Settings, TimerId};
use llmspell_core::{Conversation, Error, EventBody, Kind, RunResult};
use serde_json::{Map, json};

const OTHER_KEY: &str = "sk-key-of-the-fallback";

fn retrying(max_retries: Option<u32>) -> RunSpec {
    RunSpec { settings: Settings { max_retries, ..Settings::default() }, ..spec() }
}

fn route(name: &str) -> Route {
    Route {
        endpoint: Endpoint {
            provider: name.into(),
            codec: &OpenAiChat,
            base_url: format!("http://127.0.0.1:2/{name}"),
            api_key: Some(Secret::new(OTHER_KEY)),
            key_place: None,
            model_place: None,
            headers: Vec::new(),
            way: 0,
        },
        model: format!("model-of-{name}"),
        model_info: llmspell_core::model::ModelInfo::default(),
        provider_options: Map::new(),
        rate_limit: None,
        unusable: None,
    }
}

fn begin(spec: RunSpec, answers: Vec<Answer>) -> Sim {
    let mut sim = Sim::new(spec, ask("hello"), answers);
    sim.begin(Conversation::default());
    sim
}

fn finished(spec: RunSpec, answers: Vec<Answer>) -> Sim {
    let mut sim = begin(spec, answers);
    sim.finish();
    sim
}

fn refusal(status: u16) -> Answer {
    Answer { status, body: br#"{"error":{"message":"no luck"}}"#.to_vec() }
}

fn cut(words: &[&str]) -> Answer {
    let payloads: String = words.iter().map(|word| format!("data: {}\n\n", chunk(json!({"content": word})))).collect();
    Answer { status: 200, body: payloads.into_bytes() }
}

fn in_answer(before: &[&str], kind: &str) -> Answer {
    let mut answer = cut(before);
    let error = json!({"error": {"message": "it broke", "type": kind}});
    answer.body.extend(format!("data: {error}\n\n").into_bytes());
    answer
}

fn retries(sim: &Sim) -> Vec<(bool, u32, Kind, Option<String>)> {
    sim.events
        .iter()
        .filter_map(|event| match &event.body {
            EventBody::Retry { discard, attempt, error: Some(error), provider, .. } => {
                Some((*discard, attempt.unwrap(), error.kind, provider.clone()))
            }
            _ => None,
        })
        .collect()
}

fn done(sim: &Sim) -> &RunResult {
    let EventBody::Done { result } = sim.last() else { panic!("{:?}", sim.last()) };
    result
}

fn failed(sim: &Sim) -> &Error {
    let EventBody::Error { error, .. } = sim.last() else { panic!("{:?}", sim.last()) };
    error
}

#[test]
fn what_may_pass_is_tried_again_until_it_does() {
    for answer in [
        refusal(408),
        refusal(409),
        refusal(425),
        refusal(429),
        refusal(500),
        refusal(503),
        refusal(529),
        cut(&[]),
        in_answer(&[], "server_error"),
    ] {
        let sim = finished(retrying(None), vec![answer.clone(), answer, text_answer(&["Hi"])]);
        assert_eq!(sim.sent.len(), 3);
        assert_eq!(done(&sim).metadata.retries, 2);
        let seen = retries(&sim);
        assert_eq!(
            seen.iter().map(|(discard, attempt, ..)| (*discard, *attempt)).collect::<Vec<_>>(),
            [(false, 2), (false, 3)]
        );
        assert_eq!(sim.finished.as_ref().unwrap().messages.len(), 2, "failed tries leave no trace");
        assert_eq!(sim.types()[1..], ["step_start", "retry", "retry", "text_delta", "step_end", "done"]);
        assert_eq!(sim.sent[0].body, sim.sent[2].body);
    }
}

#[test]
fn the_limit_ends_the_run_with_the_last_error_and_the_number_of_tries() {
    let sim = finished(retrying(None), vec![refusal(500), refusal(429), refusal(503)]);
    let error = failed(&sim);
    assert_eq!((error.kind, error.http_status), (Kind::Overloaded, Some(503)));
    assert!(error.message.ends_with("(3 tries)"), "{}", error.message);
    let sim = finished(retrying(Some(0)), vec![refusal(503)]);
    assert!(!failed(&sim).message.contains("tries"), "{}", failed(&sim).message);
    assert!(retries(&sim).is_empty());
}

#[test]
fn nothing_is_tried_again_once_a_piece_came() {
    for answer in [cut(&["Hal"]), in_answer(&["Hal"], "server_error")] {
        for size in [1, usize::MAX] {
            let spec = RunSpec { fallbacks: vec![route("other")], ..retrying(None) };
            let mut sim = begin(spec, vec![answer.clone()]);
            sim.answer(&[size]);
            assert_eq!(sim.sent.len(), 1);
            let EventBody::Error { partial, .. } = sim.last() else { panic!("{:?}", sim.last()) };
            assert_eq!(partial.text, "Hal");
        }
    }
}

#[test]
fn what_cannot_pass_is_not_tried_again() {
    for (answer, kind) in [
        (refusal(401), Kind::Auth),
        (refusal(404), Kind::NotFound),
        (refusal(400), Kind::Provider),
        (Answer { status: 200, body: b"<html>".to_vec() }, Kind::Protocol),
    ] {
        let sim = finished(retrying(None), vec![answer]);
        assert_eq!((failed(&sim).kind, sim.sent.len()), (kind, 1));
    }
}

fn head(sim: &mut Sim, status: u16, headers: &[(&str, &str)]) {
    let exchange = sim.open_exchange.take().unwrap();
    let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    sim.feed(Input::Head { exchange, status, headers });
    sim.feed(Input::End { exchange });
}

fn armed(sim: &Sim) -> Option<u64> {
    sim.timers.iter().find(|(timer, _)| timer.id == TimerId::Retry).map(|(_, after_ms)| *after_ms)
}

#[test]
fn the_wait_is_what_the_provider_asks_for() {
    let now = ("date", "Wed, 21 Oct 2015 07:28:00 GMT");
    for (header, wait) in [
        (("retry-after-ms", "250"), 250),
        (("retry-after", "3"), 3000),
        (("retry-after", "Wed, 21 Oct 2015 07:28:10 GMT"), 10_000),
    ] {
        let mut sim = begin(retrying(None), vec![]);
        head(&mut sim, 429, &[header, now]);
        assert_eq!(armed(&sim), Some(wait));
        assert!(
            sim.timers.iter().all(|(timer, _)| !matches!(timer.id, TimerId::FirstEvent | TimerId::Idle)),
            "{:?}",
            sim.timers
        );
    }
}

#[test]
fn a_wait_beyond_the_cap_or_the_time_that_is_left_is_not_begun() {
    let mut sim = begin(retrying(None), vec![]);
    head(&mut sim, 429, &[("retry-after", "61")]);
    let error = failed(&sim);
    assert_eq!((error.kind, error.retry_after_ms), (Kind::RateLimit, Some(61_000)));
    assert!(error.message.contains("not tried again: the provider asks to wait 61000 ms"), "{}", error.message);

    let mut settings = retrying(None);
    settings.settings.timeout_ms = Some(5_000);
    let mut sim = begin(settings, vec![]);
    sim.now_ms += 2_500;
    head(&mut sim, 429, &[("retry-after", "4")]);
    assert!(failed(&sim).message.contains("are left of timeout_ms"), "{}", failed(&sim).message);
}

#[test]
fn timeouts_and_broken_connections_are_tried_again() {
    let mut sim = begin(retrying(None), vec![text_answer(&["Hi"])]);
    sim.feed(Input::Timer(TimerId::FirstEvent.into()));
    assert_eq!(sim.aborted, [1]);
    sim.feed(Input::Timer(TimerId::Retry.into()));
    sim.feed(Input::Failed { exchange: 2, error: Error::new(Kind::Network, "refused") });
    sim.finish();
    assert_eq!(done(&sim).metadata.retries, 2);
    let kinds: Vec<Kind> = retries(&sim).into_iter().map(|(_, _, kind, _)| kind).collect();
    assert_eq!(kinds, [Kind::Timeout, Kind::Network]);
}

#[test]
fn a_refusal_is_one_although_its_body_breaks_off() {
    let endings: [fn(&mut Sim); 4] = [
        |sim| sim.feed(Input::Failed { exchange: 1, error: Error::new(Kind::Network, "reset") }),
        |sim| sim.feed(Input::Timer(TimerId::FirstEvent.into())),
        |sim| sim.feed(Input::Timer(TimerId::Idle.into())),
        |sim| sim.feed(Input::Bytes { exchange: 1, bytes: vec![b' '; llmspell_core::defaults::FAILURE_BYTES] }),
    ];
    for end in endings {
        let mut sim = begin(retrying(None), vec![]);
        sim.feed(Input::Head { exchange: 1, status: 401, headers: vec![] });
        end(&mut sim);
        assert_eq!((failed(&sim).kind, sim.sent.len()), (Kind::Auth, 1));

        let mut sim = begin(retrying(None), vec![]);
        sim.feed(Input::Head { exchange: 1, status: 429, headers: vec![("retry-after".into(), "7".into())] });
        end(&mut sim);
        assert_eq!(retries(&sim)[0].2, Kind::RateLimit);
        assert!(sim.timers.contains(&(TimerId::Retry.into(), 7_000)), "{:?}", sim.timers);
    }
}

#[test]
fn late_pieces_of_a_failed_try_are_not_heard() {
    let mut sim = begin(retrying(None), vec![refusal(500), text_answer(&["Hi"])]);
    sim.answer(&[usize::MAX]);
    sim.feed(Input::Bytes { exchange: 1, bytes: b"data: {}\n\n".to_vec() });
    sim.feed(Input::End { exchange: 1 });
    sim.feed(Input::Timer(TimerId::Idle.into()));
    sim.finish();
    assert_eq!(sim.sent.len(), 2);
    // A timer that was on its way when the try was made starts no other.
    let mut sim = begin(retrying(None), vec![]);
    sim.feed(Input::Timer(TimerId::Retry.into()));
    assert_eq!(sim.sent.len(), 1);
}

#[test]
fn each_step_has_its_own_tries() {
    let sim = finished(
        retrying(Some(1)),
        vec![refusal(500), tool_answer(&[("c", "add", r#"{"a":1,"b":2}"#)]), refusal(500), text_answer(&["3"])],
    );
    assert_eq!(done(&sim).metadata.retries, 2);
    assert_eq!(done(&sim).tool_calls.len(), 1, "no tool is called twice");
}

#[test]
fn a_run_can_be_cancelled_and_kept_while_it_waits() {
    let mut sim = begin(retrying(None), vec![refusal(500), refusal(500), refusal(500)]);
    sim.answer(&[usize::MAX]);
    assert!(armed(&sim).is_some());
    sim.restore();
    sim.begin(Conversation::default());
    assert_eq!(sim.sent.len(), 2, "restored, it tries at once");
    sim.finish();
    assert!(failed(&sim).message.contains("3 tries"), "those before the checkpoint count: {}", failed(&sim).message);

    let mut sim = begin(retrying(None), vec![refusal(500)]);
    sim.answer(&[usize::MAX]);
    sim.feed(Input::Cancel);
    assert!(matches!(sim.last(), EventBody::Cancelled { .. }));
}

#[test]
fn fallbacks_come_in_order_each_with_its_reason_and_stay() {
    let spec = RunSpec { fallbacks: vec![route("second"), route("third")], ..retrying(Some(1)) };
    let sim = finished(
        spec,
        vec![
            refusal(500),
            refusal(500),
            refusal(401),
            tool_answer(&[("c", "add", r#"{"a":1,"b":2}"#)]),
            text_answer(&["3"]),
        ],
    );
    assert_eq!(
        retries(&sim),
        [
            (false, 2, Kind::Provider, None),
            (false, 3, Kind::Provider, Some("second".into())),
            (false, 4, Kind::Auth, Some("third".into()))
        ]
    );
    let urls: Vec<&str> = sim.sent.iter().map(|request| request.url.as_str()).collect();
    let third = "http://127.0.0.1:2/third/chat/completions";
    assert_eq!(urls[2..], ["http://127.0.0.1:2/second/chat/completions", third, third], "later steps stay there");
    assert_eq!(sim.body(4)["model"], "model-of-third");
    let result = done(&sim);
    assert_eq!((result.metadata.provider.as_str(), result.metadata.retries), ("third", 3));
}

#[test]
fn when_all_fail_the_error_names_them_and_none_of_their_keys() {
    let mut missing = route("keyless");
    missing.unusable = Some(Error::new(Kind::Auth, "no key for keyless: set KEYLESS_API_KEY"));
    let spec = RunSpec { fallbacks: vec![missing, route("other")], ..retrying(Some(0)) };
    let leak =
        Answer { status: 500, body: format!(r#"{{"error":{{"message":"{KEY} and {OTHER_KEY}"}}}}"#).into_bytes() };
    let sim = finished(spec, vec![leak.clone(), leak]);
    let error = failed(&sim);
    assert_eq!(error.provider.as_deref(), Some("other"));
    let cause = error.cause.as_deref().unwrap();
    assert!(
        cause.contains("openai/gpt-test: provider: ") && cause.contains("keyless/model-of-keyless: auth: no key"),
        "{cause}"
    );
    assert!(error.message.ends_with("(2 tries)"), "{}", error.message);
    let all: String = sim.events.iter().map(llmspell_core::Event::to_json).collect();
    assert!(!all.contains(KEY) && !all.contains(OTHER_KEY), "{all}");
    assert!(sim.types().contains(&"warning"), "a fallback that is left out is told");
}

#[test]
fn only_failures_of_the_provider_lead_to_another() {
    let spec = || RunSpec { fallbacks: vec![route("other")], ..retrying(Some(0)) };
    for answer in
        [refusal(401), refusal(404), refusal(429), refusal(400), Answer { status: 200, body: b"<html>".to_vec() }]
    {
        assert_eq!(done(&finished(spec(), vec![answer, text_answer(&["Hi"])])).metadata.provider, "other");
    }
    let mut sim = begin(spec(), vec![]);
    sim.feed(Input::Failed { exchange: 1, error: Error::new(Kind::Config, "base_url is not a URL") });
    assert_eq!((failed(&sim).kind, sim.sent.len()), (Kind::Config, 1));
}

#[test]
fn a_checkpoint_keeps_the_route_and_no_key() {
    let spec = RunSpec { fallbacks: vec![route("other")], ..retrying(Some(0)) };
    let mut sim =
        begin(spec, vec![refusal(401), tool_answer(&[("c", "add", r#"{"a":1,"b":2}"#)]), text_answer(&["3"])]);
    sim.answer(&[usize::MAX]);
    sim.answer(&[usize::MAX]);
    assert!(!String::from_utf8_lossy(&sim.run.checkpoint().unwrap()).contains(OTHER_KEY));
    sim.restore();
    sim.begin(Conversation::default());
    sim.finish();
    assert!(sim.sent[2].url.contains("/other/"));
    assert_eq!(done(&sim).metadata.provider, "other");
}

#[test]
fn a_clock_that_goes_back_ends_no_run_and_begins_no_wait_without_end() {
    for (first, second) in [(500_000, 0), (500_000, 499_999)] {
        let mut sim = begin(retrying(None), vec![refusal(500), text_answer(&["Hi"])]);
        sim.now_ms = first;
        sim.answer(&[3]);
        sim.now_ms = second;
        let (_, wait_ms) = sim.timers.iter().find(|(timer, _)| timer.id == TimerId::Retry).unwrap();
        assert!(*wait_ms <= llmspell_core::defaults::RETRY_CAP_MS, "{wait_ms}");
        sim.finish();
        assert_eq!(done(&sim).metadata.retries, 1);
    }
    // Far ahead the run's own time is over: it says so, and waits for nothing.
    let mut sim = begin(retrying(None), vec![refusal(500)]);
    sim.now_ms = u64::MAX - 10_000;
    sim.answer(&[3]);
    assert!(failed(&sim).message.contains("are left of timeout_ms"), "{}", failed(&sim).message);
}

#[test]
fn a_clock_that_jumps_breaks_nothing() {
    for (first, second) in [(0, u64::MAX - 10_000), (u64::MAX - 10_000, 0), (5, 4)] {
        let mut sim = begin(retrying(None), vec![refusal(500), text_answer(&["Hi"])]);
        sim.now_ms = first;
        sim.answer(&[3]);
        sim.now_ms = second;
        if sim.finished.is_none() {
            sim.finish();
        }
        assert!(sim.finished.is_some());
    }
}

#[test]
fn a_request_under_a_limit_waits_for_its_turn_and_says_what_it_took() {
    use llmspell_core::rate::RateLimit;
    use llmspell_core::run::Effect;
    let limit = RateLimit { requests_per_minute: Some(5), tokens_per_minute: None };
    let spec = RunSpec { rate_limit: Some(limit), ..retrying(Some(0)) };
    let mut sim = begin(spec, vec![text_answer(&["Hi"])]);
    let pace = sim.sent[0].pace.unwrap();
    assert_eq!(pace.tokens, sim.sent[0].body.len() as u64 / 4);
    assert!(sim.timers.iter().all(|(timer, _)| timer.id != TimerId::FirstEvent), "the wait is not the provider's");
    sim.feed(Input::Sent { exchange: 1, counted: true });
    assert!(sim.timers.iter().any(|(timer, _)| timer.id == TimerId::FirstEvent));
    let stamp = llmspell_core::run::Stamp { now_ms: 2_000, random: 1 };
    sim.run.step(Input::Head { exchange: 1, status: 429, headers: vec![("retry-after".into(), "7".into())] }, stamp);
    let effects = sim.run.step(Input::End { exchange: 1 }, stamp);
    assert!(effects.contains(&Effect::Close { pace, for_ms: 7_000 }), "{effects:?}");

    let spec = RunSpec { rate_limit: Some(limit), ..retrying(Some(0)) };
    let mut sim = begin(spec, vec![]);
    let pace = sim.sent[0].pace.unwrap();
    sim.run.step(Input::Sent { exchange: 1, counted: true }, stamp);
    sim.run.step(Input::Bytes { exchange: 1, bytes: text_answer(&["Hi"]).body }, stamp);
    let effects = sim.run.step(Input::End { exchange: 1 }, stamp);
    assert!(effects.contains(&Effect::Used { pace, tokens: 6 }), "{effects:?}");
    assert!(!format!("{effects:?}").contains(KEY));
}

/// What a run says that its first try took from a limit, when it was sent in this way and these inputs follow.
fn took(counted: Option<bool>, inputs: Vec<Input>) -> Option<u64> {
    use llmspell_core::rate::RateLimit;
    use llmspell_core::run::{Effect, Stamp};
    let limit = RateLimit { requests_per_minute: None, tokens_per_minute: Some(10_000) };
    let settings = Settings { max_tokens: Some(500), max_retries: Some(1), ..Settings::default() };
    let mut sim = begin(RunSpec { rate_limit: Some(limit), settings, ..spec() }, vec![]);
    assert_eq!(sim.sent[0].pace.unwrap().tokens, sim.sent[0].body.len() as u64 / 4 + 500);
    let stamp = Stamp { now_ms: 2_000, random: 1 };
    let sent = counted.map(|counted| Input::Sent { exchange: 1, counted });
    let effects = sent.into_iter().chain(inputs).flat_map(|input| sim.run.step(input, stamp)).collect::<Vec<_>>();
    let used = effects.iter().filter_map(|effect| match effect {
        Effect::Used { tokens, .. } => Some(*tokens),
        _ => None,
    });
    let used: Vec<u64> = used.collect();
    assert!(used.len() <= 1, "{used:?}");
    used.first().copied()
}

#[test]
fn a_try_that_failed_gives_back_what_it_did_not_take() {
    let request = finished(
        RunSpec { settings: Settings { max_tokens: Some(500), ..Settings::default() }, ..spec() },
        vec![text_answer(&["Hi"])],
    );
    let request = request.sent[0].body.len() as u64 / 4;
    let broken = || Input::Failed { exchange: 1, error: Error::new(Kind::Network, "gone") };
    let head = || Input::Head { exchange: 1, status: 200, headers: Vec::new() };
    let words = || Input::Bytes { exchange: 1, bytes: cut(&["eight by", "tes more"]).body };
    let whole =
        |answer: Answer| vec![head(), Input::Bytes { exchange: 1, bytes: answer.body }, Input::End { exchange: 1 }];
    assert_eq!(took(Some(true), vec![broken()]), Some(0), "nobody answered");
    assert_eq!(
        took(Some(true), vec![Input::Timer(TimerId::FirstEvent.into())]),
        Some(request),
        "it is with the provider"
    );
    assert_eq!(took(Some(true), vec![Input::Cancel]), Some(request));
    assert_eq!(took(Some(true), vec![head(), broken()]), Some(request), "the request was read");
    assert_eq!(took(Some(true), vec![head(), words(), broken()]), Some(request + 4), "and this was written");
    assert_eq!(took(Some(true), vec![head(), words(), Input::Cancel]), Some(request + 4));
    assert_eq!(took(Some(true), whole(text_answer(&["Hi"]))), Some(6), "the provider's own figure");
    let silent = sse(&[chunk(json!({"content": "four"})), finish("stop")]);
    assert_eq!(took(Some(true), whole(silent)), Some(request + 1), "a provider that reports none");
    // Who never got to the front of the line has taken nothing that could be given back.
    assert_eq!(took(None, vec![Input::Cancel]), None);
    assert_eq!(took(Some(false), whole(text_answer(&["Hi"]))), None, "no provider saw it");
    let refused = vec![
        Input::Head { exchange: 1, status: 429, headers: vec![("retry-after".into(), "7".into())] },
        Input::End { exchange: 1 },
    ];
    assert_eq!(took(Some(false), refused.clone()), None);
    assert_eq!(took(Some(true), refused), Some(0));
}

#[test]
fn a_key_in_a_header_is_struck_out_without_its_scheme_too() {
    let mut spec = crate::sim::spec();
    spec.endpoint.headers = vec![("Authorization".into(), llmspell_core::http::Secret::new("Bearer sk-0123456789"))];
    let cleaned = spec.redactor().clean("Incorrect API key provided: sk-0123456789.");
    assert_eq!(cleaned, "Incorrect API key provided: [redacted].");
}
