//! Talks to the mock server that the runner started (docs/mock.md).

use serde_json::Value;
use std::io::{Read, Write};
use std::net::TcpStream;

/// A scenario that is being played.
pub struct Scenario {
    address: String,
    prefix: String,
}

impl Scenario {
    /// Has a scenario played.
    pub fn play(scenario: &Value) -> Result<Self, String> {
        let server = std::env::var("LLMSPELL_MOCK")
            .map_err(|_| "LLMSPELL_MOCK must name a mock server; run `make conformance`".to_owned())?;
        let address = server.trim_start_matches("http://").to_owned();
        let made = call(&address, "POST", "/__scenario", &scenario.to_string())?;
        Ok(Self { address, prefix: made["prefix"].as_str().unwrap_or_default().to_owned() })
    }

    /// Its address, without a slash at the end.
    pub fn url(&self) -> String {
        format!("http://{}{}", self.address, self.prefix)
    }

    /// What the server was sent.
    pub fn seen(&self) -> Result<Value, String> {
        self.call("GET", "/__seen")
    }

    /// Waits until the server has seen so much, 30 seconds at most.
    pub fn wait_for(&self, requests: u64, aborted: u64) -> Result<(), String> {
        let seen = self.call("GET", &format!("/__seen?requests={requests}&aborted={aborted}&timeout_ms=30000"))?;
        let all = seen["requests"].as_array().cloned().unwrap_or_default();
        let cut = all.iter().filter(|request| request["aborted"] == true).count();
        if (all.len() as u64) < requests || (cut as u64) < aborted {
            return Err(format!("the server saw {} requests, {cut} of them aborted", all.len()));
        }
        Ok(())
    }

    /// Lets the server go on at a hold.
    pub fn release(&self, hold: &str) -> Result<(), String> {
        self.call("POST", &format!("/__release?name={hold}")).map(|_| ())
    }

    /// Forgets it.
    pub fn remove(&self) -> Result<(), String> {
        self.call("DELETE", "").map(|_| ())
    }

    fn call(&self, method: &str, path: &str) -> Result<Value, String> {
        call(&self.address, method, &format!("{}{path}", self.prefix), "")
    }
}

fn call(address: &str, method: &str, path: &str, body: &str) -> Result<Value, String> {
    let failed = |why: String| format!("the mock server, {method} {path}: {why}");
    let exchange = || {
        let mut socket = TcpStream::connect(address)?;
        let length = body.len();
        let head =
            format!("{method} {path} HTTP/1.1\r\nhost: mock\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n");
        socket.write_all(head.as_bytes())?;
        socket.write_all(body.as_bytes())?;
        let mut answer = String::new();
        socket.read_to_string(&mut answer)?;
        Ok::<String, std::io::Error>(answer)
    };
    let answer = exchange().map_err(|error| failed(error.to_string()))?;
    let (head, text) = answer.split_once("\r\n\r\n").ok_or_else(|| failed(format!("answers {answer:?}")))?;
    if !head.starts_with("HTTP/1.1 2") {
        return Err(failed(format!("answers {answer}")));
    }
    serde_json::from_str(text).map_err(|error| failed(format!("{error} in {text}")))
}
