//! Proxies: from the option, and from the environment of a process.

use std::net::TcpStream;
use std::sync::mpsc::channel;

use llmspell_core::{Conversation, EventBody, Kind};
use llmspell_runtime::{Job, Network, Queue, submit};

use super::support::{LONG, Server, answer, child, direct, job, spec, start_in};

/// A proxy that answers plain requests itself and opens tunnels for the others.
fn proxy() -> (Server, std::sync::mpsc::Receiver<String>) {
    let (tell, heard) = channel();
    let server = Server::new(move |mut peer| {
        while let Some(request) = peer.request() {
            let line = request.head.lines().next().unwrap().to_owned();
            let user = request.header("proxy-authorization").unwrap_or("nobody").to_owned();
            tell.send(format!("{line} by {user}")).unwrap();
            if let Some(rest) = line.strip_prefix("connect ") {
                let target = rest.split(' ').next().unwrap();
                let Ok(upstream) = TcpStream::connect(target) else {
                    return peer.send(&answer::whole("502 Bad Gateway", &[], b""));
                };
                peer.send(&answer::head("200 OK", &[]));
                let (mut from, mut to) = (peer.stream.try_clone().unwrap(), upstream.try_clone().unwrap());
                let up = std::thread::spawn(move || std::io::copy(&mut from, &mut to));
                let _ = std::io::copy(&mut { upstream }, &mut peer.stream);
                peer.shut();
                let _ = up.join();
                return;
            }
            peer.send(&answer::plain("by proxy"));
        }
    });
    (server, heard)
}

#[test]
fn the_option_sends_plain_requests_to_the_proxy() {
    let (server, heard) = proxy();
    let network = Network { proxy: Some(format!("http://user:pass@{}", server.address)), ..direct() };
    // The name of the target is the proxy's to resolve: it need not exist here.
    let chat = start_in(&Queue::new(), spec("http://model.invalid/v1"), network, "hi");
    assert_eq!(chat.done().text, "by proxy");
    let request = heard.recv().unwrap();
    assert!(request.starts_with("post http://model.invalid/v1/chat/completions http/1.1 by basic "), "{request}");
}

#[test]
fn tls_goes_through_a_tunnel() {
    let (server, heard) = proxy();
    let target = super::tls::Authority::new().server("127.0.0.1", "through");
    let network =
        Network { proxy: Some(format!("http://{}", server.address)), ca_file: Some(target.ca.path()), ..direct() };
    let chat = start_in(&Queue::new(), spec(&target.url()), network, "hi");
    assert_eq!(chat.done().text, "through");
    assert!(heard.recv().unwrap().starts_with(&format!("connect {}", target.server.address)));
}

#[test]
fn a_proxy_that_is_down_or_refuses_is_named() {
    let gone = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let network = Network { proxy: Some(format!("http://user:hidden@{gone}")), ..direct() };
    let error = start_in(&Queue::new(), spec("http://model.invalid/v1"), network, "hi").error();
    assert_eq!(error.kind, Kind::Network);
    assert!(error.message.contains(&gone.to_string()) && !format!("{error:?}").contains("hidden"), "{error:?}");

    let (server, _heard) = proxy();
    let network = Network { proxy: Some(format!("http://{}", server.address)), ..direct() };
    let error = start_in(&Queue::new(), spec(&format!("https://{gone}/v1")), network, "hi").error();
    assert_eq!(error.kind, Kind::Network);
    assert!(error.message.contains("proxy"), "{error:?}");
}

#[test]
fn a_proxy_that_fails_in_its_own_way() {
    type Fail = fn(&mut super::support::Peer);
    let cases: [(&str, Kind, &str, Fail); 4] = [
        ("closes", Kind::Network, "proxy", |_| {}),
        ("speaks no HTTP", Kind::Protocol, "not HTTP", |peer| peer.send(b"SSH-2.0-OpenSSH_9.9\r\n")),
        ("wants a password", Kind::Network, "a user and a password", |peer| {
            peer.send(&answer::whole("407 Proxy Authentication Required", &["proxy-authenticate: Basic"], b"<html>"));
        }),
        ("finds nobody", Kind::Provider, "502", |peer| {
            peer.send(&answer::whole("502 Bad Gateway", &[], b"<html>No such host</html>"));
        }),
    ];
    for (name, kind, part, fail) in cases {
        let server = Server::new(move |mut peer| {
            if peer.request().is_some() {
                fail(&mut peer);
                peer.shut();
                peer.wait_closed();
            }
        });
        let proxy = format!("http://user:hidden@{}", server.address);
        let network = Network { proxy: Some(proxy), ..direct() };
        let error = start_in(&Queue::new(), spec("http://model.invalid/v1"), network.clone(), "hi").error();
        assert_eq!(error.kind, kind, "{name}: {error:?}");
        assert!(error.message.contains(part), "{name}: {error:?}");
        assert!(!format!("{error:?}").contains("hidden"), "{name}: {error:?}");
        // No tunnel: nothing was said to the server behind it.
        let error = start_in(&Queue::new(), spec("https://model.invalid/v1"), network, "hi").error();
        assert_eq!(error.kind, Kind::Network, "{name}: {error:?}");
        assert!(error.message.contains("proxy") && !format!("{error:?}").contains("hidden"), "{name}: {error:?}");
    }
}

#[test]
fn the_environment_sets_a_proxy_and_exceptions() {
    // The environment belongs to the whole process, so each case has its own: this test again, in a child.
    if let Some(url) = child::parameter() {
        return chat_by_environment(&url);
    }
    let (proxy, _heard) = proxy();
    let target = Server::answering(answer::plain("direct"));
    // Without a scheme, as many write it.
    let at_proxy = proxy.address.to_string();
    for (name, exceptions, url, expected) in [
        ("HTTP_PROXY", "", "http://model.invalid/v1".to_owned(), "by proxy"),
        ("http_proxy", "", target.url(), "by proxy"),
        ("ALL_PROXY", "", target.url(), "by proxy"),
        ("http_proxy", "127.0.0.1", target.url(), "direct"),
        ("HTTPS_PROXY", "", target.url(), "direct"),
        // What does not concern the request does not matter.
        ("HTTPS_PROXY=http://[s3cret", "", target.url(), "direct"),
        ("HTTP_PROXY=http://[s3cret", "127.0.0.0/8", target.url(), "direct"),
    ] {
        let (name, value) = name.split_once('=').unwrap_or((name, &at_proxy));
        let environment = [(name, value), ("NO_PROXY", exceptions)];
        let printed = child::again("proxy::the_environment_sets_a_proxy_and_exceptions", &url, &environment);
        assert!(printed.contains(&format!("answer: {expected}\n")), "{name}: {printed}");
    }
}

/// What a child does: a chat with the proxies of its environment. It prints the answer or the error, whole.
fn chat_by_environment(url: &str) {
    let (job, _finished) = job(spec(url), "hi");
    let queue = Queue::new();
    let submitted = submit(&queue, Job { network: Network::default(), ..job });
    let error = match submitted.and_then(|run| run.begin(Conversation::default())) {
        Err(error) => error,
        Ok(()) => loop {
            match queue.next(Some(LONG)).unwrap().unwrap().body {
                EventBody::Done { result } => return println!("answer: {}", result.text),
                EventBody::Error { error, .. } => break *error,
                _ => {}
            }
        },
    };
    println!("{}: {}", error.kind.as_str(), error.message);
    println!("whole: {error:?}");
}

#[test]
fn the_variable_behind_a_proxy_that_cannot_serve_is_named() {
    if let Some(url) = child::parameter() {
        return chat_by_environment(&url);
    }
    let gone = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let dead = format!("http://user:s3cret@{gone}");
    let refused = format!("nothing listens at the proxy {gone} (set by");
    for (name, value, url, expected) in [
        (
            "HTTP_PROXY",
            dead.as_str(),
            "http://model.invalid/v1",
            format!("network: {refused} HTTP_PROXY); check HTTP_PROXY"),
        ),
        ("https_proxy", dead.as_str(), "https://model.invalid/v1", format!("network: {refused} https_proxy)")),
        ("ALL_PROXY", dead.as_str(), "http://model.invalid/v1", format!("network: {refused} ALL_PROXY)")),
        ("HTTP_PROXY", "http://[s3cret", "http://model.invalid/v1", "config: HTTP_PROXY: it is not a URL".into()),
        ("ALL_PROXY", "ftp://s3cret", "https://model.invalid/v1", "config: ALL_PROXY: only http".into()),
        ("ALL_PROXY", "socks5h://u:s3cret@h:1", "http://model.invalid/v1", "config: ALL_PROXY: SOCKS".into()),
    ] {
        let test = "proxy::the_variable_behind_a_proxy_that_cannot_serve_is_named";
        let printed = child::again(test, url, &[(name, value)]);
        assert!(printed.contains(&expected), "{name}={value} {url}: {printed}");
        assert!(!printed.contains("s3cret"), "{printed}");
    }
}
