//! Runs of agents on the offline model.

use crate::common::{agent, answer, asked, done, last, say, start, until};
use llmspell::{Agent, EventBody, EventType, Kind, Queue, Status, Target};
use serde_json::Value;

fn state(agent: &Agent) -> Value {
    serde_json::from_str(&agent.state()).unwrap()
}

fn messages(agent: &Agent) -> usize {
    state(agent)["messages"].as_array().unwrap().len()
}

#[test]
fn a_run_answers_and_the_agent_remembers() {
    let (agent, queue) = (agent(""), Queue::new());
    let run = start(&agent, &queue, "say \"good day\"");
    assert_eq!(done(&queue), "good day");
    assert_eq!(run.status(), Status::Ended);
    assert_eq!(messages(&agent), 2);
    assert!(say(&agent, &queue, "What did I say?").contains("good day"));
    assert!(state(&agent)["usage"]["total_tokens"].as_u64().unwrap() > 0);
}

#[test]
fn a_tool_call_asks_the_host() {
    let (agent, queue) = (agent(""), Queue::new());
    let run = start(&agent, &queue, "Tell me the weather of the city Oslo");
    let id = asked(&queue);
    assert!(run.awaits(&id).unwrap());
    assert!(!run.awaits("req_999").unwrap());
    assert_eq!(run.reply(r#"{"id":"req_999","ok":1}"#).unwrap_err().kind, Kind::Argument);
    answer(&run, &id, "sunny");
    assert!(done(&queue).contains("sunny"));
    answer(&run, &id, "too late, and dropped");
    assert!(!run.awaits(&id).unwrap());
}

#[test]
fn runs_of_one_agent_wait_for_each_other() {
    let (agent, queue, second_queue) = (agent(""), Queue::new(), Queue::new());
    let first = start(&agent, &queue, "weather please");
    let id = asked(&queue);
    let second = start(&agent, &second_queue, "What did I say?");
    assert_eq!((first.status(), second.status()), (Status::Running, Status::Queued));
    assert_eq!(agent.reset().unwrap_err().kind, Kind::Busy);
    answer(&first, &id, "rain");
    assert!(done(&queue).contains("rain"));
    assert!(done(&second_queue).contains("weather please"));
    agent.reset().unwrap();
    assert_eq!(messages(&agent), 0);
}

#[test]
fn a_run_whose_turn_does_not_come_ends_with_its_time_limit_and_leaves_the_line() {
    let (agent, queue, second_queue, third_queue) = (agent(""), Queue::new(), Queue::new(), Queue::new());
    let first = start(&agent, &queue, "weather please");
    let id = asked(&queue);
    let second =
        Target::Agent(agent.clone()).start(&second_queue, r#"{"input":"say never","timeout_ms":100}"#).unwrap();
    let _third = start(&agent, &third_queue, "say third");
    let EventBody::Error { error, .. } = last(&second_queue).body else { panic!() };
    assert_eq!((error.kind, second.status()), (Kind::Timeout, Status::Ended));
    answer(&first, &id, "rain");
    done(&queue);
    assert_eq!(done(&third_queue), "third");
    assert!(!agent.state().contains("never"));
}

#[test]
fn options_of_runs_can_be_checked_before_there_is_one() {
    let agent = agent(r#","tools":[{"name":"look"}]"#);
    let check = |options: &str| agent.check_run(options).map_err(|error| error.message);
    assert_eq!(check(r#"{"temperature":1,"events":["done"],"session":"s","tool_choice":{"name":"look"}}"#), Ok(()));
    for (wrong, words) in [
        (r#"{"temperature":"hot"}"#, "temperature: "),
        (r#"{"temprature":1}"#, "temprature: unknown option"),
        (r#"{"events":["text"]}"#, "events[0]: "),
        (r#"{"session":""}"#, "session: "),
        (r#"{"tool_choice":{"name":"find"}}"#, "tool_choice: the agent has no tool"),
        (r#"{"output_schema":{"type":"x"}}"#, "output_schema: not a JSON Schema"),
        ("5", "run input: expected an object"),
    ] {
        let message = check(wrong).unwrap_err();
        assert!(message.starts_with(words), "{wrong}: {message}");
    }
    assert_eq!(Agent::new(r#"{"model":"openai/x"}"#).unwrap().check_run(r#"{"seed":1}"#), Ok(()));
}

#[test]
fn a_cancelled_run_in_the_line_leaves_it_and_changes_nothing() {
    let (agent, queue, second_queue, third_queue) = (agent(""), Queue::new(), Queue::new(), Queue::new());
    let first = start(&agent, &queue, "weather please");
    let id = asked(&queue);
    let second = start(&agent, &second_queue, "say never");
    let _third = start(&agent, &third_queue, "say third");
    second.cancel().unwrap();
    assert!(matches!(last(&second_queue).body, EventBody::Cancelled { .. }));
    answer(&first, &id, "rain");
    done(&queue);
    assert_eq!(done(&third_queue), "third");
    assert!(!agent.state().contains("never"));
}

#[test]
fn dropping_queue_or_run_ends_the_run_and_frees_the_agent() {
    let (agent, queue) = (agent(""), Queue::new());
    let lost = Queue::new();
    let run = start(&agent, &lost, "weather please");
    asked(&lost);
    drop(lost);
    assert_eq!(say(&agent, &queue, "say \"after the queue\""), "after the queue");
    drop(run);
    let dropped = start(&agent, &queue, "weather please");
    asked(&queue);
    drop(dropped);
    assert!(matches!(last(&queue).body, EventBody::Cancelled { .. }));
    assert_eq!(say(&agent, &queue, "say \"after the run\""), "after the run");
}

#[test]
fn on_busy_error_does_not_wait() {
    let (agent, queue) = (agent(r#","on_busy":"error""#), Queue::new());
    let run = start(&agent, &queue, "weather please");
    let id = asked(&queue);
    let error = Target::Agent(agent.clone()).start(&queue, r#"{"input":"hi"}"#).err().unwrap();
    assert_eq!(error.kind, Kind::Busy);
    answer(&run, &id, "rain");
    done(&queue);
    assert_eq!(say(&agent, &queue, "say again"), "again");
}

#[test]
fn only_wanted_events_come() {
    let (agent, queue) = (agent(""), Queue::new());
    let target = Target::Agent(agent);
    let _run = target.start(&queue, r#"{"input":"say yes","events":["step_end"]}"#).unwrap();
    let mut types = Vec::new();
    while types.last() != Some(&EventType::Done) {
        types.push(crate::common::next(&queue).body.event_type());
    }
    assert_eq!(types, [EventType::StepEnd, EventType::Done]);
}

#[test]
fn a_fork_goes_its_own_way() {
    let (agent, queue) = (agent(""), Queue::new());
    say(&agent, &queue, "say one");
    let fork = agent.fork();
    say(&fork, &queue, "say two");
    fork.add_tool(r#"{"name":"other"}"#).unwrap();
    assert_eq!((messages(&agent), messages(&fork)), (2, 4));
    assert!(!agent.info().contains("other") && fork.info().contains("other"));
}

#[test]
fn a_state_makes_another_agent_remember() {
    let (first, queue) = (agent(""), Queue::new());
    say(&first, &queue, "say \"keep this\"");
    let second = agent(&format!(r#","state":{}"#, first.state()));
    assert_eq!(second.state(), first.state());
    assert!(say(&second, &queue, "What did I say?").contains("keep this"));
}

#[test]
fn tools_can_be_added_later_and_by_many_threads() {
    let (agent, queue) = (Agent::new(r#"{"provider":"demo"}"#).unwrap(), Queue::new());
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let agent = &agent;
            scope.spawn(move || {
                for tool in 0..8 {
                    agent.add_tool(&format!(r#"{{"name":"tool_{thread}_{tool}"}}"#)).unwrap();
                }
            });
        }
    });
    let info: Value = serde_json::from_str(&agent.info()).unwrap();
    assert_eq!(info["tools"].as_array().unwrap().len(), 32);
    assert!(agent.add_tool(r#"{"name":"tool_0_0"}"#).unwrap_err().message.contains("is there twice"));
    assert!(agent.add_tool(r#"{"nam":"x"}"#).unwrap_err().message.contains("did you mean name?"));
    agent.add_tool(r#"{"name":"weather","description":"Tells the weather"}"#).unwrap();
    let run = start(&agent, &queue, "weather please");
    let id = asked(&queue);
    answer(&run, &id, "fog");
    assert!(done(&queue).contains("fog"));
}

#[test]
fn a_tool_that_must_be_called_has_to_be_there_when_a_run_starts() {
    let (first, queue) = (agent(r#","tool_choice":{"name":"clock"}"#), Queue::new());
    let target = Target::Agent(first.clone());
    let refused = |target: &Target, input: &str| {
        let error = target.start(&queue, input).err().unwrap();
        assert_eq!(error.kind, Kind::Argument);
        error.message
    };
    let message = refused(&target, r#"{"input":"x"}"#);
    assert_eq!(message, "tool_choice: the agent has no tool \"clock\"; its tools are weather");
    let message = refused(&target, r#"{"input":"x","tool_choice":{"name":"wether"}}"#);
    assert_eq!(
        message,
        "tool_choice: the agent has no tool \"wether\"; did you mean \"weather\"? Its tools are weather"
    );
    let bare = Target::Agent(Agent::new(r#"{"provider":"demo"}"#).unwrap());
    let message = refused(&bare, r#"{"input":"x","tool_choice":{"name":"clock"}}"#);
    assert_eq!(
        message,
        "tool_choice: the agent has no tool \"clock\"; it has none; add the tool, or leave tool_choice out"
    );

    let _run = target.start(&queue, r#"{"input":"say yes","tool_choice":"auto"}"#).unwrap();
    assert_eq!(done(&queue), "yes");
    first.add_tool(r#"{"name":"clock"}"#).unwrap();
    let run = target.start(&queue, r#"{"input":"What time is it?"}"#).unwrap();
    run.cancel().unwrap();
    last(&queue);
}

#[test]
fn a_checkpoint_goes_on_in_another_agent() {
    let (first, queue) = (agent(""), Queue::new());
    let run = start(&first, &queue, "weather please");
    asked(&queue);
    let checkpoint = run.checkpoint().unwrap();
    run.cancel().unwrap();
    last(&queue);
    assert_eq!(run.checkpoint().unwrap_err().kind, Kind::Closed);

    let second = agent("");
    let restored = Target::Agent(second.clone()).restore(&queue, &checkpoint).unwrap();
    assert_eq!(restored.id(), run.id());
    let id = asked(&queue);
    answer(&restored, &id, "snow");
    assert!(done(&queue).contains("snow"));
    assert_eq!(messages(&second), 4);

    let bare = Target::Agent(Agent::new(r#"{"provider":"demo"}"#).unwrap());
    assert_eq!(bare.restore(&queue, &checkpoint).err().unwrap().kind, Kind::Config);
    assert_eq!(bare.restore(&queue, b"nonsense").err().unwrap().kind, Kind::Argument);
}

#[test]
fn an_error_ends_a_run_and_not_the_agent() {
    let (agent, queue) = (agent(""), Queue::new());
    let _run = start(&agent, &queue, "fail with 401");
    match last(&queue).body {
        EventBody::Error { error, .. } => assert_eq!((error.kind, error.http_status), (Kind::Auth, Some(401))),
        other => panic!("{other:?}"),
    }
    assert_eq!(messages(&agent), 0);
    assert_eq!(say(&agent, &queue, "say fine"), "fine");
}

#[test]
fn ids_are_unique() {
    let (agent, queue) = (agent(""), Queue::new());
    let runs: Vec<_> = (0..20).map(|_| start(&agent, &queue, "say x")).collect();
    for _ in &runs {
        until(&queue, |event| event.body.event_type().is_final());
    }
    let mut ids: Vec<&str> = runs.iter().map(llmspell::Run::id).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), 20);
}

#[test]
fn a_session_that_is_reset_beside_a_beginning_run_keeps_the_run() {
    let agent = agent("");
    for round in 0..300 {
        let queue = Queue::new();
        let together = std::sync::Barrier::new(2);
        let run = std::thread::scope(|threads| {
            let reset = threads.spawn(|| {
                together.wait();
                // Before the run is in its line; else it is refused.
                if let Err(error) = agent.reset_session("s") {
                    assert_eq!(error.kind, Kind::Busy);
                }
            });
            together.wait();
            let input = r#"{"input":"weather please","session":"s"}"#;
            let run = Target::Agent(agent.clone()).start(&queue, input).unwrap();
            reset.join().unwrap();
            run
        });
        answer(&run, &asked(&queue), "hail");
        done(&queue);
        assert!(agent.session_state("s").contains("hail"), "round {round}: {}", agent.session_state("s"));
        agent.reset_session("s").unwrap();
    }
}
