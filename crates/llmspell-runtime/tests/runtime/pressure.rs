//! A host that does not drain its queue pauses the connection; nothing is lost.

use std::io::{ErrorKind, Write};
use std::sync::mpsc::channel;
use std::time::Duration;

use llmspell_core::{EventBody, Kind};

use super::support::{LONG, Server, answer, spec, start, texts};

/// Sends `count` deltas of `size` bytes; tells how many bytes were taken when the client stopped reading, and at the
/// end how many in all.
fn flood(count: usize, size: usize) -> (Server, std::sync::mpsc::Receiver<(&'static str, usize)>) {
    let (tell, told) = channel();
    let server = Server::new(move |mut peer| {
        peer.request().unwrap();
        peer.send(&answer::stream_head());
        peer.stream.set_write_timeout(Some(Duration::from_millis(150))).unwrap();
        let mut sent = 0;
        let mut stalled = false;
        for number in 0..count {
            let text = format!("{number} {}", "x".repeat(size));
            let bytes = answer::chunk(answer::text(&text).as_bytes());
            let mut rest = bytes.as_slice();
            while !rest.is_empty() {
                match peer.stream.write(rest) {
                    Ok(written) => {
                        sent += written;
                        rest = &rest[written..];
                    }
                    Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                        if !std::mem::replace(&mut stalled, true) {
                            tell.send(("stalled", sent)).unwrap();
                        }
                    }
                    Err(_) => return,
                }
            }
        }
        peer.stream.set_write_timeout(None).unwrap();
        peer.send(&answer::chunk(answer::end().as_bytes()));
        peer.send(&answer::last_chunk());
        tell.send(("sent", sent)).unwrap();
        peer.wait_closed();
    });
    (server, told)
}

#[test]
fn an_undrained_queue_stops_the_server_and_drains_in_order() {
    // 64 MB of text, in small and in large events.
    for (count, size) in [(200_000, 200), (500, 128 * 1024)] {
        let (server, told) = flood(count, size);
        let chat = start(spec(&server.url()), "hi");
        let (what, taken) = told.recv_timeout(LONG).unwrap();
        assert_eq!(what, "stalled");
        // What the kernel's buffers and the HTTP library take is part of it; the rest stays at the server.
        assert!(taken < 20 << 20, "the client took {taken} bytes that nobody read");
        let mut expected = 0;
        loop {
            match chat.next().body {
                EventBody::TextDelta { text } => {
                    let number: usize = text.split(' ').next().unwrap().parse().unwrap();
                    assert_eq!(number, expected);
                    expected += 1;
                }
                EventBody::Done { result } => {
                    assert_eq!(result.text.len(), (0..count).map(|n| n.to_string().len() + 1 + size).sum::<usize>());
                    break;
                }
                EventBody::Error { error, .. } => panic!("{error:?}"),
                _ => {}
            }
        }
        assert_eq!(expected, count);
    }
}

#[test]
fn one_event_larger_than_the_cap_passes() {
    let large = "y".repeat(3 << 20);
    let server = Server::answering(answer::streamed(&[&large, "after"]));
    let events = start(spec(&server.url()), "hi").rest();
    assert_eq!(texts(&events), [large.as_str(), "after"]);
}

#[test]
fn a_pause_suspends_the_idle_limit_and_no_other() {
    // The host sleeps longer than the idle limit: the server is not to blame.
    let (server, told) = flood(60_000, 200);
    let mut patient = spec(&server.url());
    patient.limits.idle_timeout_ms = 2000;
    let chat = start(patient, "hi");
    assert_eq!(told.recv_timeout(LONG).unwrap().0, "stalled");
    std::thread::sleep(Duration::from_millis(4000));
    assert_eq!(texts(&chat.rest()).len(), 60_000);

    let (server, told) = flood(60_000, 200);
    let mut hurried = spec(&server.url());
    hurried.settings.timeout_ms = Some(4000);
    let chat = start(hurried, "hi");
    assert_eq!(told.recv_timeout(LONG).unwrap().0, "stalled");
    let (_, last) = chat.finished.recv_timeout(LONG).expect("the whole run's limit goes on");
    assert!(matches!(&last.body, EventBody::Error { error, .. } if error.kind == Kind::Timeout), "{last:?}");
    // The end is in the queue, behind what waits there.
    assert_eq!(chat.error().kind, Kind::Timeout);
}

#[test]
fn one_paused_run_does_not_hold_up_another() {
    let (server, told) = flood(60_000, 200);
    let chat = start(spec(&server.url()), "hi");
    assert_eq!(told.recv_timeout(LONG).unwrap().0, "stalled");
    let other = Server::answering(answer::streamed(&["a", "b"]));
    assert_eq!(start(spec(&other.url()), "hi").done().text, "ab");
    chat.cancel();
}
