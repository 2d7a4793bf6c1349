//! What no server should send, in every wire format: an error that says so or the answer in it, in bounded memory.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use llmspell_core::defaults::MESSAGE_BYTES;
use llmspell_core::{Conversation, Error, EventBody, Kind};
use llmspell_runtime::{Job, Queue, submit};

use super::counting;
use super::support::wire::{WIRES, Wire};
use super::support::{Chat, Peer, Server, answer, child, job, peak_kib, start};

const MIB: usize = 1 << 20;

/// The error of a run that gets these bytes.
fn error_of(wire: &Wire, bytes: Vec<u8>) -> Error {
    let server = Server::answering(bytes);
    start(wire.spec(&server.url()), "hi").error()
}

#[test]
fn something_else_than_an_answer() {
    for wire in &WIRES {
        let html = b"<!DOCTYPE html><html><body>Sign in to the network</body></html>";
        for body in [&html[..], b"Bad gateway", b"{}", b"[5]", b"5", b"\xFF\xFE\x00garbage", b"{\"a\":"] {
            for bytes in [answer::whole("200 OK", &["content-type: text/html"], body), wire.stream(body)] {
                let error = error_of(wire, bytes);
                let said = String::from_utf8_lossy(body);
                assert_eq!((error.kind, error.retryable), (Kind::Protocol, false), "{} {said}: {error:?}", wire.name);
            }
        }
        let error = error_of(wire, answer::whole("200 OK", &["content-type: text/html"], html));
        assert!(error.message.contains("Sign in"), "{}: {error}", wire.name);
    }
}

#[test]
fn nothing_at_all() {
    for wire in &WIRES {
        for bytes in [answer::whole("200 OK", &[], b""), wire.stream(b""), answer::whole("204 No Content", &[], b"")] {
            let error = error_of(wire, bytes);
            assert_eq!((error.kind, error.retryable), (Kind::Network, true), "{}: {error:?}", wire.name);
        }
    }
}

#[test]
fn an_error_with_status_200() {
    for wire in &WIRES {
        let begun = [wire.delta(b"half"), wire.error_event()].concat();
        for bytes in [
            answer::whole("200 OK", &["content-type: application/json"], wire.error.as_bytes()),
            wire.stream(&wire.error_event()),
            wire.stream(&begun),
        ] {
            let error = error_of(wire, bytes);
            assert_eq!(error.kind, Kind::Provider, "{}: {error:?}", wire.name);
            assert!(error.message.contains("it broke"), "{}: {error}", wire.name);
        }
    }
}

#[test]
fn text_that_is_no_utf8() {
    for wire in &WIRES {
        let body = [wire.delta(b"a\xFFb\xE2\x82"), wire.delta(b"c"), wire.end.as_bytes().to_vec()].concat();
        let server = Server::answering(wire.stream(&body));
        assert_eq!(start(wire.spec(&server.url()), "hi").done().text, "a\u{fffd}b\u{fffd}c", "{}", wire.name);

        let mut outside = wire.delta(b"x");
        let brace = outside.iter().position(|byte| *byte == b'{').unwrap();
        outside.insert(brace + 1, 0xFF);
        assert_eq!(error_of(wire, wire.stream(&outside)).kind, Kind::Protocol, "{}", wire.name);
    }
}

#[test]
fn a_million_tiny_chunks() {
    const PIECES: usize = 1_000_000;
    for wire in &WIRES {
        let mut body = Vec::with_capacity(PIECES + 4096);
        let mut count = 0;
        while body.len() < PIECES {
            body.extend(wire.delta(b"ab "));
            count += 1;
        }
        body.extend(wire.end.as_bytes());
        let mut bytes = wire.head(&[]);
        body.iter().for_each(|byte| bytes.extend([b'1', b'\r', b'\n', *byte, b'\r', b'\n']));
        bytes.extend(answer::last_chunk());
        let server = Server::answering(bytes);
        assert_eq!(start(wire.spec(&server.url()), "hi").done().text, "ab ".repeat(count), "{}", wire.name);
    }
}

/// Sends one piece of text of so many MiB, as long as the client reads.
fn huge(wire: &Wire, peer: &mut Peer, mib: usize) {
    let (before, after) = wire.around();
    let block = answer::chunk(&vec![b'x'; MIB]);
    peer.send(&wire.head(&[]));
    peer.send(&answer::chunk(before.as_bytes()));
    for _ in 0..mib {
        if peer.stream.write_all(&block).is_err() {
            return;
        }
    }
    peer.send(&answer::chunk(after.as_bytes()));
    peer.send(&answer::chunk(wire.end.as_bytes()));
    peer.send(&answer::last_chunk());
}

#[test]
fn a_huge_field() {
    // Memory is the whole process's, so each format has its own: this test again, in a child.
    let Some(name) = child::parameter() else {
        for wire in &WIRES {
            println!("{}", child::again("bad_input::a_huge_field", wire.name, &[]));
        }
        return;
    };
    let wire = WIRES.iter().find(|wire| wire.name == name).unwrap();
    let server = Server::new(|mut peer| {
        while let Some(request) = peer.request() {
            let mib = if String::from_utf8_lossy(&request.body).contains("fifty") { 50 } else { 300 };
            huge(wire, &mut peer, mib);
        }
    });
    let before = counting::begin();
    let error = start(wire.spec(&server.url()), "too much").error();
    assert_eq!(error.kind, Kind::Protocol, "{error:?}");
    assert!(error.message.contains("64 MiB"), "{error}");
    let refused = counting::peak() - before;
    println!("{name}: refused after {} MiB", refused / MIB);
    assert!(refused < MESSAGE_BYTES + 16 * MIB, "{name} took {refused} bytes for what it refused");
    let before = counting::begin();
    let (job, finished) = job(wire.spec(&server.url()), "fifty");
    let queue = Queue::new();
    // Nobody keeps a copy of the last event.
    let run = submit(&queue, Job { on_finish: Box::new(|_, _| {}), ..job }).unwrap();
    run.begin(Conversation::default()).unwrap();
    let chat = Chat { run, queue, finished };
    // Each event is gone before the next is read.
    let text = chat.until(|body| match body {
        EventBody::Done { result } => Some(result.text.len()),
        _ => None,
    });
    assert_eq!(text, 50 * MIB);
    let taken = counting::peak() - before;
    println!("{name}: 50 MiB took {} MiB", taken / MIB);
    // While it comes: the line, the turn, the delta. At its end: the message, its turn as it came, the result.
    assert!(taken < 5 * 50 * MIB + 10 * MIB, "{name} took {taken} bytes for 50 MiB");
}

#[test]
fn a_gzip_bomb() {
    const BOMB_MIB: usize = 256;
    let Some(name) = child::parameter() else {
        for wire in &WIRES {
            child::again("bad_input::a_gzip_bomb", wire.name, &[]);
        }
        return;
    };
    let wire = WIRES.iter().find(|wire| wire.name == name).unwrap();
    let before = peak_kib();
    let (begin, _) = wire.around();
    let kinds = ["content-type: application/json", "content-type: text/event-stream"];
    for (status, kind, begin) in [
        ("200 OK", kinds[0], "{\"a\":\""),
        ("200 OK", kinds[1], begin),
        ("500 Internal Server Error", kinds[0], "{\"a\":\""),
    ] {
        let mut packer = GzEncoder::new(Vec::new(), Compression::fast());
        packer.write_all(begin.as_bytes()).unwrap();
        let block = vec![b'x'; MIB];
        (0..BOMB_MIB).for_each(|_| packer.write_all(&block).unwrap());
        let bomb = packer.finish().unwrap();
        assert!(bomb.len() < 2 * MIB);
        let error = error_of(wire, answer::whole(status, &[kind, "content-encoding: gzip"], &bomb));
        let wanted = if status.starts_with("200") { Kind::Protocol } else { Kind::Provider };
        assert_eq!(error.kind, wanted, "{name} {status} {kind}: {error:?}");
    }
    let taken = peak_kib() - before;
    println!("{name}: {} MiB", taken >> 10);
    assert!(taken << 10 < 3 * MESSAGE_BYTES, "{name} took {taken} KiB");
}
