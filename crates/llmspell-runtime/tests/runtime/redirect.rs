//! Redirects: followed at the same origin with the request whole, refused elsewhere.

use std::sync::mpsc::channel;

use llmspell_core::Kind;

use super::support::{Server, answer, spec, start};

#[test]
fn a_redirect_at_the_same_origin_keeps_the_request() {
    let (tell, seen) = channel();
    let server = Server::new(move |mut peer| {
        while let Some(request) = peer.request() {
            if request.head.starts_with("post /v1/") {
                peer.send(&answer::whole("307 Temporary Redirect", &["location: /v2/chat"], b""));
            } else {
                tell.send(request).unwrap();
                peer.send(&answer::plain("here"));
            }
        }
    });
    assert_eq!(start(spec(&server.url()), "carried").done().text, "here");
    let request = seen.recv().unwrap();
    assert!(request.head.starts_with("post /v2/chat"), "{}", request.head);
    assert!(request.header("authorization").is_some());
    assert!(String::from_utf8(request.body).unwrap().contains("carried"));
}

#[test]
fn a_key_goes_to_no_other_origin() {
    let other = Server::answering(answer::plain("stolen"));
    let location = format!("location: http://{}/v1/chat/completions", other.address);
    let server = Server::answering(answer::whole("307 Temporary Redirect", &[&location], b""));
    let error = start(spec(&server.url()), "hi").error();
    assert_eq!(error.kind, Kind::Network, "{error:?}");
    assert!(!error.retryable);
    assert!(error.message.contains(&other.address.to_string()) && error.message.contains("base_url"), "{error}");
    assert_eq!(other.connections(), 0);
}

#[test]
fn redirects_that_lose_the_request_or_never_end_are_refused() {
    for (status, part) in [("302 Found", "lose the request"), ("308 Permanent Redirect", "more than")] {
        let server = Server::answering(answer::whole(status, &["location: /v1/chat/completions"], b""));
        let error = start(spec(&server.url()), "hi").error();
        assert_eq!(error.kind, Kind::Network);
        assert!(error.message.contains(part), "{error}");
    }
}
