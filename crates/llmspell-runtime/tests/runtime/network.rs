//! Servers that cannot be reached, and settings that cannot be used.

use std::net::TcpListener;

use llmspell_core::http::Secret;
use llmspell_core::{Error, Kind};
use llmspell_runtime::{Job, Network, Queue, submit};

use super::support::{KEY, Server, answer, direct, job, spec, start};

#[test]
fn a_dead_server() {
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let error = start(spec(&format!("http://{address}/v1?token={KEY}")), "hi").error();
    assert_eq!(error.kind, Kind::Network);
    assert!(error.retryable);
    assert!(error.message.contains(&address.to_string()) && error.message.contains("base_url"), "{error}");
    assert!(error.cause.unwrap().contains("refused"));
}

#[test]
fn a_name_that_does_not_resolve() {
    // A label of 64 characters is no name: the resolver refuses it without asking anyone.
    let host = "a".repeat(64);
    let error = start(spec(&format!("http://{host}:9/v1")), "hi").error();
    assert_eq!(error.kind, Kind::Network, "{error:?}");
    assert!(error.message.contains("resolved") && error.message.contains(&host), "{error}");
}

#[test]
fn addresses_and_headers_that_cannot_be_sent() {
    for (url, part) in [("nonsense", "base_url"), ("ftp://127.0.0.1/v1", "http://")] {
        let error = start(spec(url), "hi").error();
        assert_eq!(error.kind, Kind::Config, "{url}");
        assert!(error.message.contains(part), "{url}: {error}");
    }
    let server = Server::answering(answer::plain("x"));
    for (name, value) in [("bad name", "x"), ("x-fine", "line\nbreak sk-hidden")] {
        let mut spec = spec(&server.url());
        spec.endpoint.headers = vec![(name.into(), Secret::new(value))];
        let error = start(spec, "hi").error();
        assert_eq!(error.kind, Kind::Config);
        assert!(error.message.contains(name) && !format!("{error:?}").contains("hidden"), "{error:?}");
    }
}

/// Why these options are refused.
pub fn refused(network: Network) -> Error {
    let (job, _finished) = job(spec("http://127.0.0.1:9"), "hi");
    submit(&Queue::new(), Job { network, ..job }).err().unwrap()
}

#[test]
fn network_options_are_checked_when_a_run_is_submitted() {
    let error = refused(Network { ca_file: Some("/nowhere/ca.pem".into()), ..direct() });
    assert_eq!(error.kind, Kind::Config);
    assert!(error.message.contains("ca_file") && error.message.contains("/nowhere/ca.pem"), "{error}");
    let error = refused(Network { proxy: Some("ftp://user:hidden@host".into()), ..direct() });
    assert!(error.message.contains("proxy") && !format!("{error:?}").contains("hidden"), "{error:?}");
}
