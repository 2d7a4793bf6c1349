//! OpenAI's Chat Completions format: requests that are read, and answers that are written.

use llmspell::openai::{Answer, ChatRequest, Refusal};
use llmspell::{Agent, Queue, Target};
use serde_json::{Value, json};

fn body(more: Value) -> Value {
    let mut body = json!({"model": "m", "messages": [{"role": "user", "content": "Hello"}]});
    for (name, value) in more.as_object().unwrap() {
        body[name] = value.clone();
    }
    body
}

fn read(more: Value) -> ChatRequest {
    ChatRequest::read(&body(more).to_string()).unwrap()
}

fn refused(body: &Value) -> Refusal {
    ChatRequest::read(&body.to_string()).unwrap_err()
}

fn weather() -> Value {
    json!({"type": "function", "function": {"name": "weather", "description": "Weather",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}}}})
}

fn call(id: &str) -> Value {
    json!({"id": id, "type": "function", "function": {"name": "weather", "arguments": "{}"}})
}

#[test]
fn a_plain_request_is_one_message() {
    let request = read(
        json!({"temperature": 0.5, "max_completion_tokens": 7, "stop": "x", "seed": 3, "user": "u", "n": 1, "unheard_of": {}}),
    );
    assert_eq!((request.model.as_str(), request.stream, request.include_usage), ("m", false, false));
    assert_eq!(Value::from(request.agent), json!({}));
    assert_eq!(
        Value::from(request.input),
        json!({"input": [{"role": "user", "content": [{"type": "text", "text": "Hello"}]}],
            "temperature": 0.5, "max_tokens": 7, "stop": "x", "seed": 3})
    );
}

#[test]
fn what_clients_send_by_themselves_is_taken() {
    let request = read(json!({"parallel_tool_calls": false, "reasoning_effort": "minimal", "verbosity": "low",
        "service_tier": "default", "store": true, "frequency_penalty": 0.5, "presence_penalty": -1, "metadata": {"a": "b"},
        "prediction": {"type": "content", "content": "x"}, "prompt_cache_key": "k", "safety_identifier": "u"}));
    assert_eq!((request.input.len(), request.agent.len()), (1, 0));
    assert_eq!(
        Value::from(request.provider_options),
        json!({"parallel_tool_calls": false, "reasoning_effort": "minimal", "verbosity": "low",
            "frequency_penalty": 0.5, "presence_penalty": -1})
    );
    assert!(serde_json::to_value(read(json!({}))).unwrap().get("provider_options").is_none());
}

#[test]
fn a_conversation_is_a_state_up_to_the_model_s_last_turn() {
    let request = read(json!({"messages": [
        {"role": "developer", "content": "Be brief."}, {"role": "system", "content": [{"type": "text", "text": "Be kind."}]},
        {"role": "user", "content": "One"},
        {"role": "assistant", "content": "Two", "refusal": null, "reasoning_content": "Hm"},
        {"role": "user", "content": [
            {"type": "text", "text": "Three"}, {"type": "image_url", "image_url": {"url": "https://x.example/a.png", "detail": "low"}},
            {"type": "file", "file": {"file_data": "data:application/pdf;base64,QUJD", "filename": "a.pdf"}}]},
        {"role": "assistant", "content": null, "tool_calls": [call("c1"), call("c2")]},
        {"role": "tool", "tool_call_id": "c2", "content": "rain"},
        {"role": "tool", "tool_call_id": "c1", "content": [{"type": "text", "text": "sun"}]},
        {"role": "system", "content": "Hurry."},
        {"role": "user", "content": "And?"},
    ], "tools": [weather()], "tool_choice": {"type": "function", "function": {"name": "weather"}}}));
    assert_eq!(request.agent["system_prompt"], "Be brief.\n\nBe kind.");
    assert_eq!(request.agent["tools"][0]["external"], true);
    let state = request.agent["state"]["messages"].as_array().unwrap();
    assert_eq!(state.len(), 4);
    assert_eq!(state[1]["content"], json!([{"type": "reasoning", "text": "Hm"}, {"type": "text", "text": "Two"}]));
    assert_eq!(
        state[2]["content"],
        json!([{"type": "text", "text": "Three"}, {"type": "image", "url": "https://x.example/a.png", "detail": "low"},
            {"filename": "a.pdf", "url": "data:application/pdf;base64,QUJD", "type": "file"}])
    );
    assert_eq!(state[3]["tool_calls"][1], json!({"id": "c2", "name": "weather", "arguments": "{}"}));
    let input = request.input["input"].as_array().unwrap();
    let roles: Vec<&str> = input.iter().map(|message| message["role"].as_str().unwrap()).collect();
    assert_eq!(roles, ["tool", "tool", "system", "user"]);
    assert_eq!(input[1]["content"][0]["name"], "weather");
    assert_eq!(request.input["tool_choice"], json!({"name": "weather"}));
    // What was read is what an agent and a run take.
    let mut options = request.agent.clone();
    options.insert("provider".into(), "demo".into());
    let agent = Agent::new(&Value::from(options).to_string()).unwrap();
    let queue = Queue::new();
    let run = Target::Agent(agent).start(&queue, &Value::from(request.input).to_string()).unwrap();
    drop(run);
}

#[test]
fn instructions_alone_are_answered_and_the_model_s_own_words_gone_on_with() {
    let system = |text: &str| json!({"role": "system", "content": text});
    let (user, turn) = (json!({"role": "user", "content": "Sing"}), json!({"role": "assistant", "content": "La"}));
    let said = |role: &str, text: &str| json!({"role": role, "content": [{"type": "text", "text": text}]});
    let request = read(json!({"messages": [system("You write titles."), system("A title for: cats")]}));
    assert_eq!(request.agent["system_prompt"], "You write titles.");
    assert_eq!(request.input["input"], json!([said("user", "A title for: cats")]));
    let request = read(json!({"messages": [system("Be brief.")]}));
    assert_eq!((request.agent.len(), &request.input["input"][0]["role"]), (0, &json!("user")));
    let request = read(json!({"messages": [user, turn]}));
    assert_eq!(request.agent["state"]["messages"], json!([said("user", "Sing")]));
    assert_eq!(request.input["input"], json!([said("assistant", "La")]));
    let request = read(json!({"messages": [user, {"role": "assistant", "content": ""}]}));
    assert_eq!((request.agent.len(), &request.input["input"]), (0, &json!([said("user", "Sing")])));
}

#[test]
fn an_answer_may_have_a_form() {
    let schema = json!({"type": "object", "properties": {"n": {"type": "integer"}}});
    let form = |form: Value| read(json!({"response_format": form})).input;
    assert_eq!(form(json!({"type": "text"})).len(), 1);
    assert_eq!(form(json!({"type": "json_object"}))["output_schema"], json!({"type": "object"}));
    let input =
        form(json!({"type": "json_schema", "json_schema": {"name": "swans", "schema": schema, "strict": true}}));
    assert_eq!((&input["output_schema"], &input["output_name"]), (&schema, &json!("swans")));
}

#[test]
fn what_is_wrong_is_told_by_its_parameter() {
    let user = json!({"role": "user", "content": "x"});
    let turn = json!({"role": "assistant", "tool_calls": [call("c1"), call("c2")]});
    let result = |id: &str| json!({"role": "tool", "tool_call_id": id, "content": "y"});
    let picture =
        json!({"role": "user", "content": [{"type": "image_url", "image_url": {"url": "data:image/png;base64,?"}}]});
    let audio = json!([{"type": "input_audio", "input_audio": {}}]);
    for (more, param, words) in [
        (json!({"model": null}), "model", "Missing required parameter: 'model'"),
        (json!({"model": 5}), "model", "name of a model"),
        (json!({"messages": null}), "messages", "Missing required parameter: 'messages'"),
        (json!({"messages": []}), "messages", "at least one"),
        (json!({"messages": "x"}), "messages", "list of messages"),
        (json!({"messages": [5]}), "messages[0].role", "Expected one of"),
        (json!({"messages": [{"role": "function", "content": "x"}]}), "messages[0].role", "Expected one of"),
        (json!({"messages": [{"role": "user"}]}), "messages[0].content", "a text or a list"),
        (json!({"messages": [{"role": "user", "content": ""}]}), "messages[0].content", "empty message"),
        (json!({"messages": [user, {"role": "user", "content": audio}]}), "messages[1].content[0]", "\"input_audio\""),
        (json!({"messages": [picture]}), "messages[0].content", "base64"),
        (json!({"messages": [{"role": "system", "content": " "}]}), "messages", "no message to answer"),
        (json!({"messages": [{"role": "assistant", "content": ""}]}), "messages", "no message to answer"),
        (json!({"messages": [user, result("c1")]}), "messages[1].tool_call_id", "no call there"),
        (json!({"messages": [user, turn, result("c1"), result("c1")]}), "messages[3].tool_call_id", "two results"),
        (json!({"messages": [user, turn, result("c1")]}), "messages[1].tool_calls", "response messages: c2"),
        (json!({"messages": [user, turn, user]}), "messages[1].tool_calls", "response messages: c1, c2"),
        (
            json!({"messages": [user, {"role": "assistant", "function_call": {}}]}),
            "messages[1].function_call",
            "'tool_calls'",
        ),
        (
            json!({"messages": [user, {"role": "assistant", "tool_calls": [{"id": "x"}]}]}),
            "messages[1].tool_calls[0]",
            "function call",
        ),
        (json!({"stream": "yes"}), "stream", "true or false"),
        (json!({"stream_options": {"include_usage": true}}), "stream_options", "only allowed when 'stream'"),
        (json!({"stream": true, "stream_options": 5}), "stream_options", "an object"),
        (
            json!({"stream": true, "stream_options": {"include_usage": 1}}),
            "stream_options.include_usage",
            "true or false",
        ),
        (json!({"n": 2}), "n", "value 1 alone"),
        (json!({"logprobs": true}), "logprobs", "value false alone"),
        (json!({"logit_bias": {"5": 1}}), "logit_bias", "not supported here"),
        (json!({"modalities": ["audio"]}), "modalities", "not supported here"),
        (json!({"web_search_options": {}}), "web_search_options", "not supported here"),
        (json!({"temperature": 3}), "temperature", "from 0 to 2, got 3"),
        (json!({"max_tokens": 0}), "max_tokens", "from 1"),
        (json!({"max_completion_tokens": 1.5}), "max_completion_tokens", "an integer"),
        (json!({"stop": ["a", 5]}), "stop[1]", "a string"),
        (json!({"tools": {}}), "tools", "a list"),
        (json!({"tools": [{"type": "custom"}]}), "tools[0].type", "type 'function'"),
        (json!({"tools": [weather(), weather()]}), "tools", "there twice"),
        (json!({"tools": [{"type": "function", "function": {}}]}), "tools[0].function.name", "missing"),
        (
            json!({"tools": [{"type": "function", "function": {"name": "x", "parameters": {"type": "thing"}}}]}),
            "tools[0].function.parameters",
            "type",
        ),
        (json!({"tool_choice": "required"}), "tool_choice", "'tools'"),
        (json!({"tool_choice": "sometimes"}), "tool_choice", "'auto'"),
        (
            json!({"tools": [weather()], "tool_choice": {"type": "function", "function": {"name": "x"}}}),
            "tool_choice",
            "\"x\"",
        ),
        (json!({"response_format": {"type": "grammar"}}), "response_format", "'json_schema'"),
        (json!({"response_format": {"type": "json_schema"}}), "response_format.json_schema.schema", "an object"),
        (
            json!({"response_format": {"type": "json_schema", "json_schema": {"name": "a b", "schema": {}}}}),
            "response_format.json_schema.name",
            "letters",
        ),
        (
            json!({"response_format": {"type": "json_schema", "json_schema": {"name": "a", "schema": {"type": "thing"}}}}),
            "response_format.json_schema.schema",
            "",
        ),
    ] {
        let told = refused(&body(more.clone()));
        assert_eq!((told.status, told.param.as_deref()), (400, Some(param)), "{more}: {}", told.message);
        assert!(told.message.contains(words), "{more}: {}", told.message);
        assert_eq!(told.body()["error"]["type"], "invalid_request_error");
    }
    for body in [json!([]), json!("x"), json!(5)] {
        let told = refused(&body);
        assert!(
            told.param.as_deref() == Some("model") && told.message.contains("'model' and 'messages', got"),
            "{}",
            told.message
        );
    }
    let told = ChatRequest::read("{").unwrap_err();
    assert!(told.param.is_none() && told.message.contains("could not parse the JSON body"), "{}", told.message);
}

/// What an answer writes for the events, with the pieces that are sent one by one.
fn written(request: &ChatRequest, events: &[Value]) -> (Answer, Vec<String>) {
    let mut answer = Answer::from_json(&serde_json::to_string(request).unwrap()).unwrap();
    let pieces = events.iter().map(|event| answer.next(&event.to_string()).unwrap().to_owned());
    let pieces = pieces.filter(|piece| !piece.is_empty()).collect();
    (answer, pieces)
}

/// The chunks of a stream, of which the head is looked at once.
fn chunks(pieces: &[String]) -> Vec<Value> {
    let text = pieces.concat();
    let chunks = text.split_terminator("\n\n").map(|line| line.strip_prefix("data: ").unwrap());
    let chunks: Vec<Value> = chunks
        .map(|chunk| if chunk == "[DONE]" { json!("[DONE]") } else { serde_json::from_str(chunk).unwrap() })
        .collect();
    for chunk in chunks.iter().filter(|chunk| chunk.get("choices").is_some()) {
        assert_eq!((&chunk["object"], &chunk["model"]), (&json!("chat.completion.chunk"), &json!("m")));
        assert!(
            chunk["id"].as_str().unwrap().starts_with("chatcmpl-")
                && chunk["created"].as_u64().unwrap() > 1_700_000_000
        );
        assert_eq!(chunk["id"], chunks[0]["id"]);
    }
    chunks
}

fn deltas(chunks: &[Value]) -> Vec<Value> {
    chunks.iter().filter_map(|chunk| chunk["choices"].get(0)).map(|choice| choice["delta"].clone()).collect()
}

fn result(more: Value) -> Value {
    let mut result = json!({"text": "one two", "content": "one two", "object": null, "messages": [], "tool_calls": [],
        "usage": {"input_tokens": 5, "output_tokens": 2, "total_tokens": 7, "cached_tokens": 1}, "finish_reason": "stop", "steps": 1,
        "metadata": {"tokens_used": 7, "execution_time_ms": 1, "tools_used": [], "model": "x", "provider": "y"}});
    for (name, value) in more.as_object().unwrap() {
        result[name] = value.clone();
    }
    json!({"type": "done", "run_id": "r", "seq": 9, "step": 1, "result": result})
}

fn delta(text: &str) -> Value {
    json!({"type": "text_delta", "run_id": "r", "seq": 1, "step": 1, "text": text})
}

const USAGE: fn() -> Value = || {
    json!({"prompt_tokens": 5, "completion_tokens": 2, "total_tokens": 7,
        "prompt_tokens_details": {"cached_tokens": 1}, "completion_tokens_details": {"reasoning_tokens": 0}})
};

#[test]
fn a_whole_answer_comes_with_the_last_event() {
    let thoughts = json!([{"role": "assistant", "content": [{"type": "reasoning", "text": "Hm"}]}]);
    let (answer, pieces) =
        written(&read(json!({})), &[delta("one"), delta(" two"), result(json!({"messages": thoughts}))]);
    assert_eq!((answer.status(), answer.content_type(), answer.has_ended()), (200, "application/json", true));
    let [whole] = pieces.as_slice() else { panic!("{pieces:?}") };
    let whole: Value = serde_json::from_str(whole).unwrap();
    assert_eq!((&whole["object"], &whole["model"]), (&json!("chat.completion"), &json!("m")));
    let message = json!({"role": "assistant", "content": "one two", "refusal": null, "reasoning_content": "Hm"});
    assert_eq!(whole["choices"], json!([{"index": 0, "message": message, "logprobs": null, "finish_reason": "stop"}]));
    assert_eq!(whole["usage"], USAGE());
    let open =
        json!({"id": "c1", "name": "weather", "arguments": {"a": null, "b": []}, "is_error": false, "open": true});
    let own = json!({"id": "c2", "name": "own", "arguments": {}, "is_error": false, "result": "x"});
    let calls = json!({"text": "", "tool_calls": [own, open], "finish_reason": "tool_calls"});
    let (_, pieces) = written(&read(json!({})), &[result(calls)]);
    let whole: Value = serde_json::from_str(&pieces[0]).unwrap();
    let function = json!({"name": "weather", "arguments": r#"{"a":null,"b":[]}"#});
    let message = json!({"role": "assistant", "content": null, "refusal": null,
        "tool_calls": [{"id": "c1", "type": "function", "function": function}]});
    assert_eq!(
        (&whole["choices"][0]["message"], &whole["choices"][0]["finish_reason"]),
        (&message, &json!("tool_calls"))
    );
}

#[test]
fn a_stream_is_written_event_by_event() {
    let request = read(json!({"stream": true, "stream_options": {"include_usage": true}}));
    let reasoning = json!({"type": "reasoning_delta", "text": "Hm"});
    let open = json!({"id": "c1", "name": "weather", "arguments": {"city": "Oslo"}, "is_error": false, "open": true});
    let events = [
        json!({"type": "run_start"}),
        json!({"type": "step_start"}),
        reasoning,
        delta("one"),
        delta(" \"two\"\n"),
        json!({"type": "tool_call", "name": "x"}),
        result(json!({"tool_calls": [open], "finish_reason": "tool_calls"})),
    ];
    let (answer, pieces) = written(&request, &events);
    assert_eq!((answer.status(), answer.content_type(), pieces.len()), (200, "text/event-stream", 4));
    let chunks = chunks(&pieces);
    let calls = json!([{"index": 0, "id": "c1", "type": "function", "function": {"name": "weather", "arguments": "{\"city\":\"Oslo\"}"}}]);
    let calls = json!([{"id": "c1", "type": "function", "function": calls[0]["function"], "index": 0}]);
    assert_eq!(
        deltas(&chunks),
        [
            json!({"role": "assistant", "content": ""}),
            json!({"reasoning_content": "Hm"}),
            json!({"content": "one"}),
            json!({"content": " \"two\"\n"}),
            json!({"tool_calls": calls}),
            json!({}),
        ]
    );
    assert_eq!(chunks[5]["choices"][0]["finish_reason"], "tool_calls");
    assert_eq!((&chunks[0]["usage"], &chunks[6]["usage"], &chunks[6]["choices"]), (&Value::Null, &USAGE(), &json!([])));
    assert_eq!(chunks[7], "[DONE]");
    let (_, pieces) = written(&read(json!({"stream": true})), &[result(json!({"finish_reason": "length"}))]);
    let chunks = self::chunks(&pieces);
    assert_eq!(deltas(&chunks)[1], json!({"content": "one two"}), "what no delta said");
    assert!(chunks[0].get("usage").is_none() && chunks.len() == 4);
    assert_eq!(chunks[2]["choices"][0]["finish_reason"], "length");
}

/// The members of a whole answer's message.
fn message(pieces: &[String]) -> Value {
    serde_json::from_str::<Value>(&pieces.concat()).unwrap()["choices"][0]["message"].clone()
}

/// What the chunks of a stream say in a member.
fn streamed(pieces: &[String], member: &str) -> String {
    deltas(&chunks(pieces)).iter().filter_map(|delta| delta[member].as_str()).collect()
}

#[test]
fn a_stream_and_a_whole_answer_say_the_same_and_nothing_of_agents_behind_tools() {
    let step = json!({"type": "step_start"});
    let nested =
        |kind: &str| json!({"type": kind, "text": "secret", "agent": ["clerk"], "nested": true, "discard": true});
    let handed = json!({"type": "text_delta", "text": " five", "agent": ["transfer_to_expert"]});
    let called = json!({"role": "assistant", "content": [{"type": "text", "text": "Let me look."}],
        "tool_calls": [{"id": "c1", "name": "look", "arguments": "{}"}]});
    let sent_back = json!({"role": "assistant", "content": [{"type": "text", "text": "no"}]});
    let last = json!({"role": "assistant", "content": [{"type": "text", "text": "It is five"}]});
    let result = result(json!({"text": "It is five", "messages": [called, sent_back, last]}));
    let events = [
        step.clone(),
        delta("Let me "),
        delta("look."),
        nested("step_start"),
        nested("reasoning_delta"),
        nested("text_delta"),
        nested("retry"),
        step.clone(),
        step,
        delta("It is"),
        handed,
        result,
    ];
    let (answer, pieces) = written(&read(json!({"stream": true})), &events);
    assert_eq!((answer.has_ended(), streamed(&pieces, "reasoning_content").as_str()), (true, ""));
    assert_eq!(streamed(&pieces, "content"), "Let me look.\n\nIt is five");
    let (_, pieces) = written(&read(json!({})), &events);
    assert_eq!(message(&pieces)["content"], "Let me look.\n\nIt is five");
    let request = read(json!({"response_format": {"type": "json_object"}}));
    assert_eq!(message(&written(&request, &events).1)["content"], "It is five");
}

#[test]
fn nothing_is_sent_before_guardrails_have_judged_it() {
    let thought = json!({"type": "reasoning_delta", "text": "It is 42"});
    let called = json!({"role": "assistant", "content": [{"type": "reasoning", "text": "It is 42"}, {"type": "text", "text": "42?"}],
        "tool_calls": [{"id": "c1", "name": "look", "arguments": "{}"}]});
    let last = json!({"role": "assistant", "content": [{"type": "text", "text": "***"}]});
    let events = [delta("42"), thought, result(json!({"text": "***", "messages": [called, last]}))];
    for stream in [true, false] {
        let mut request = serde_json::to_value(read(json!({"stream": stream}))).unwrap();
        request["judged"] = json!(true);
        let mut answer = Answer::from_json(&request.to_string()).unwrap();
        let pieces: Vec<String> =
            events.iter().map(|event| answer.next(&event.to_string()).unwrap().to_owned()).collect();
        assert!(!pieces.concat().contains("It is") && !pieces.concat().contains("42?"), "{pieces:?}");
        let pieces: Vec<String> = pieces.into_iter().filter(|piece| !piece.is_empty()).collect();
        assert_eq!(pieces.len(), 1);
        let text = if stream {
            streamed(&pieces, "content")
        } else {
            message(&pieces)["content"].as_str().unwrap().to_owned()
        };
        assert_eq!(text, "***");
    }
}

#[test]
fn what_the_model_will_not_answer_is_a_refusal() {
    let turn = json!([{"role": "assistant", "content": [{"type": "refusal", "text": "I won't."}]}]);
    let done = result(json!({"text": "I won't.", "messages": turn}));
    let failed = json!({"type": "error", "partial": done["result"],
        "error": {"kind": "content_filter", "message": "The model refused to answer: I won't."}});
    for form in [json!({"type": "json_object"}), json!({"type": "text"})] {
        for event in [&done, &failed] {
            let asked = |stream: bool| read(json!({"stream": stream, "response_format": form}));
            let (answer, pieces) = written(&asked(false), std::slice::from_ref(event));
            let message = message(&pieces);
            assert_eq!(answer.status(), 200);
            assert_eq!((&message["content"], &message["refusal"]), (&Value::Null, &json!("I won't.")));
            let (_, pieces) = written(&asked(true), std::slice::from_ref(event));
            assert_eq!(
                (streamed(&pieces, "refusal").as_str(), streamed(&pieces, "content").as_str()),
                ("I won't.", "")
            );
        }
    }
    let filtered = json!({"type": "error", "error": {"kind": "content_filter", "message": "no"},
        "partial": result(json!({}))["result"]});
    assert_eq!(written(&read(json!({})), &[filtered]).0.status(), 400);
}

#[test]
fn an_answer_that_must_have_a_form_is_streamed_when_it_has_it() {
    let request = read(json!({"stream": true, "response_format": {"type": "json_object"}}));
    let (_, pieces) =
        written(&request, &[delta("{\"wrong"), json!({"type": "step_start"}), result(json!({"text": "{}"}))]);
    assert_eq!(
        deltas(&chunks(&pieces)),
        [json!({"role": "assistant", "content": ""}), json!({"content": "{}"}), json!({})]
    );
}

#[test]
fn failures_have_a_status_before_the_first_word_and_an_event_after_it() {
    let failure = json!({"type": "error", "error": {"kind": "rate_limit", "code": 1, "message": "slow down", "retryable": true,
        "retry_after_ms": 1500, "http_status": 429}, "partial": {}});
    for stream in [true, false] {
        let (answer, pieces) =
            written(&read(json!({"stream": stream})), &[json!({"type": "step_start"}), failure.clone()]);
        assert_eq!(
            (answer.status(), answer.retry_after_ms(), answer.content_type()),
            (429, Some(1500), "application/json")
        );
        let told: Value = serde_json::from_str(&pieces[0]).unwrap();
        assert_eq!(told["error"]["code"], "rate_limit_exceeded");
    }
    let request = read(json!({"stream": true}));
    let (answer, pieces) = written(&request, &[delta("one"), failure.clone(), delta("more")]);
    assert_eq!((answer.status(), answer.has_ended()), (200, true));
    assert_eq!(chunks(&pieces).last().unwrap()["error"]["message"], "The model is asked too often; try again later.");
    assert_eq!(pieces.len(), 2, "nothing comes after the end");
    let retry = json!({"type": "retry", "discard": true});
    let (answer, pieces) = written(&request, &[delta("one"), retry.clone(), delta("two")]);
    assert!(answer.has_ended() && pieces[1].contains("began anew"), "{pieces:?}");
    let (answer, _) = written(&request, &[delta("one"), json!({"type": "step_start"}), retry, delta("two")]);
    assert!(!answer.has_ended(), "nothing of this step was sent");
    let (answer, _) = written(&read(json!({})), &[json!({"type": "cancelled", "partial": {}})]);
    assert_eq!(answer.status(), 503);
    assert_eq!(Answer::from_json("{}").unwrap_err().kind.as_str(), "argument");
    assert!(Answer::new(&request).next("nonsense").is_err());
}
