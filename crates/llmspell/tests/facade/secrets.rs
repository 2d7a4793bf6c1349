//! Keys and headers stay out of everything that can be shown or kept.

use crate::common::{last, start};
use llmspell::{Agent, Queue};
use std::io::{Read, Write};
use std::net::TcpListener;

const SECRETS: [&str; 2] = ["sk-0123456789-secret", "header-9876543210-secret"];

fn clean(what: &str, text: &str) {
    for secret in SECRETS {
        assert!(!text.contains(secret), "{what}: {text}");
    }
}

/// A server that repeats the request's head in a failure, as some do. It answers one request.
fn echo() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/v1", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut head = Vec::new();
        let mut byte = [0];
        while !head.ends_with(b"\r\n\r\n") && stream.read(&mut byte).unwrap() == 1 {
            head.push(byte[0]);
        }
        let message = String::from_utf8(head).unwrap().replace("\r\n", " | ");
        let body = serde_json::json!({"error": {"message": message}}).to_string();
        let answer =
            format!("HTTP/1.1 400 Bad Request\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}", body.len());
        stream.write_all(answer.as_bytes()).unwrap();
        // The client closes first, so nothing that it still sends meets a reset.
        let _ = stream.read_to_end(&mut Vec::new());
    });
    url
}

#[test]
fn no_secret_is_shown_or_kept() {
    let options = serde_json::json!({
        "base_url": echo(), "api_key": SECRETS[0], "headers": {"X-Token": SECRETS[1]}, "model": "m", "proxy": "",
    });
    let agent = Agent::new(&options.to_string()).unwrap();
    let queue = Queue::new();
    let run = start(&agent, &queue, "hello");
    clean("checkpoint", &String::from_utf8_lossy(&run.checkpoint().unwrap_or_default()));
    let event = last(&queue);
    assert_eq!(event.body.event_type(), llmspell::EventType::Error);
    let json = event.to_json();
    assert!(json.contains("/v1/chat/completions"), "the server's words are shown: {json}");
    clean("event", &json);
    clean("event", &format!("{event:?}"));
    clean("agent", &format!("{agent:?} {} {}", agent.info(), agent.state()));
}

#[test]
fn a_refused_option_is_not_quoted() {
    for (name, value) in
        [("api_key", serde_json::json!({"key": SECRETS[0]})), ("headers", serde_json::json!({"X": [SECRETS[1]]}))]
    {
        let error = Agent::new(&serde_json::json!({ name: value }).to_string()).unwrap_err();
        clean(name, &error.to_json());
    }
    let url = format!("http://user:{}@127.0.0.1/", SECRETS[0]);
    clean("base_url", &Agent::new(&serde_json::json!({ "base_url": url }).to_string()).unwrap_err().to_json());
    let key = format!("{}\n", SECRETS[0]);
    let agent = Agent::new(&serde_json::json!({ "api_key": key }).to_string()).unwrap();
    let error = llmspell::Target::Agent(agent).start(&Queue::new(), r#"{"input":"x"}"#).err().unwrap();
    clean("api_key", &error.to_json());
}
