//! What can be shown without a server.

use super::*;
use llmspell_core::EventBody;
use llmspell_core::defaults::QUEUE_EVENTS;

fn event(seq: u64) -> Event {
    Event {
        run_id: "run".into(),
        seq,
        step: 1,
        agent: None,
        nested: false,
        body: EventBody::TextDelta { text: "x".into() },
    }
}

#[test]
fn events_come_in_order_and_pauses_end_when_half_is_taken() {
    let queue = Queue::new();
    let account = Arc::new(Account::default());
    let held: Vec<bool> = (1..=QUEUE_EVENTS as u64).map(|seq| queue.shared.push(&account, event(seq))).collect();
    assert_eq!(held.iter().position(|held| *held), Some(QUEUE_EVENTS - 1), "held back at the cap");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let resumed = || runtime.block_on(async { tokio::time::timeout(Duration::ZERO, account.resumed()).await.is_ok() });
    assert!(!resumed());
    for seq in 1..=QUEUE_EVENTS as u64 {
        assert_eq!(queue.next(Some(Duration::ZERO)).unwrap().map(|event| event.seq), Some(seq));
        assert_eq!(resumed(), seq == QUEUE_EVENTS as u64 / 2, "at event {seq}");
    }
    assert_eq!(queue.next(Some(Duration::ZERO)).unwrap(), None);
}

/// A writer that tells when its queue is closed.
struct Told(std::sync::mpsc::Sender<()>);

impl Writer for Told {
    fn give_up(self: Arc<Self>) {
        self.0.send(()).unwrap();
    }
}

#[test]
fn the_last_handle_closes_the_queue() {
    let queue = Queue::new();
    let shared = Arc::clone(queue.shared());
    let (tell, told) = std::sync::mpsc::channel();
    let writer: Arc<dyn Writer> = Arc::new(Told(tell));
    shared.attach(Arc::downgrade(&writer)).unwrap();
    let gone = shared.attach(Arc::downgrade(&writer)).unwrap();
    shared.detach(gone);
    let second = queue.clone();
    drop(queue);
    assert!(told.try_recv().is_err());
    drop(second);
    assert_eq!(told.try_iter().count(), 1, "the writer that was detached is not told");
    assert!(!shared.push(&Arc::default(), event(1)), "what comes later is dropped");
    assert!(shared.attach(Arc::downgrade(&writer)).is_none());
}

#[test]
fn no_wake_up_is_lost_between_threads() {
    // Writers and takers at random speeds; a lost wake-up would leave a taker waiting without end.
    const EACH: u64 = 20_000;
    let queue = Queue::new();
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                let account = Arc::new(Account::default());
                for seq in 0..EACH {
                    queue.shared.push(&account, event(seq));
                    if seq % 64 == 0 {
                        std::thread::yield_now();
                    }
                }
            });
        }
        for _ in 0..3 {
            scope.spawn(|| {
                for _ in 0..EACH {
                    assert!(queue.next(Some(Duration::from_secs(60))).unwrap().is_some());
                }
            });
        }
    });
    assert_eq!(queue.next(Some(Duration::ZERO)).unwrap(), None);
}
