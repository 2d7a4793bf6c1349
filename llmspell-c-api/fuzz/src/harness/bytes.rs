//! Bytes that a server sends, in pieces: however they are split, what comes out is the same.

use llmspell_core::sse::{Event, SseDecoder};

/// Cuts: the whole, single bytes (of inputs that are not too long), and some that follow from the input itself.
fn cuts(input: &[u8]) -> Vec<Vec<&[u8]>> {
    let seed = input
        .iter()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3));
    let mut random = fastrand::Rng::with_seed(seed);
    let mut all = vec![vec![input]];
    if input.len() < 4096 {
        all.push(input.chunks(1).collect());
    }
    for longest in [4, 64, 1024] {
        let mut pieces = Vec::new();
        let mut rest = input;
        while !rest.is_empty() {
            let (head, tail) = rest.split_at(random.usize(1..=longest).min(rest.len()));
            pieces.push(head);
            rest = tail;
        }
        all.push(pieces);
    }
    all
}

/// What the bytes come out as, however they are split.
pub fn same<T: PartialEq + std::fmt::Debug>(input: &[u8], decode: impl Fn(&[&[u8]]) -> T) -> T {
    let mut outcomes = cuts(input).into_iter().map(|pieces| decode(&pieces));
    let whole = outcomes.next().expect("there is the whole");
    for split in outcomes {
        assert_eq!(whole, split, "bytes that were split decode to something else");
    }
    whole
}

/// Events from the bytes of a stream.
pub fn sse(input: &[u8]) {
    same(input, |pieces| {
        let mut decoder = SseDecoder::default();
        let mut events = Vec::new();
        let mut take = |event: Event<'_>| {
            events.push((event.name.to_owned(), event.data.to_owned()));
            Ok(())
        };
        let outcome =
            pieces.iter().try_for_each(|piece| decoder.push(piece, &mut take)).and_then(|()| decoder.finish(&mut take));
        (outcome.err().map(|error| error.to_json()), events)
    });
}

/// Text that is nearly JSON. What is JSON keeps its value, whatever is read is JSON, and nothing is repaired twice.
pub fn lenient(input: &[u8]) {
    use llmspell_core::repair::lenient_json;
    let Ok(text) = std::str::from_utf8(input) else { return };
    let read = lenient_json(text);
    if let (Ok(strict), Some(value)) = (serde_json::from_str::<serde_json::Value>(text), &read) {
        assert_eq!(value.to_string(), strict.to_string(), "JSON was changed");
    }
    if let Some(value) = read {
        assert_eq!(lenient_json(&value.to_string()), Some(value));
    }
}

/// JSON that comes in pieces: the value so far does not depend on the cuts, is told to have changed when it has, and is in
/// the end what a parser reads.
pub fn partial(input: &[u8]) {
    use llmspell_core::partial::PartialJson;
    let Ok(text) = std::str::from_utf8(input) else { return };
    let whole = after(text, text.len().max(1));
    for longest in [1, 7] {
        assert_eq!(after(text, longest), whole, "JSON that was split is something else");
    }
    let Ok(strict) = serde_json::from_str::<serde_json::Value>(text) else { return };
    // Both are bounded: the nesting of values, and the length of a number.
    let deepest = text.bytes().filter(|byte| matches!(byte, b'[' | b'{')).count();
    if deepest < llmspell_core::defaults::JSON_DEPTH_MESSAGE && text.len() < 1024 {
        assert_eq!(whole, Some(strict), "JSON was not read");
    }

    /// The value after all pieces of so many characters.
    fn after(text: &str, longest: usize) -> Option<serde_json::Value> {
        let mut partial = PartialJson::default();
        let mut rest = text;
        // To look at the value after each piece takes time that grows with the square of the text.
        let looks = longest > 1 && text.len() < 4096;
        let mut before = None;
        while !rest.is_empty() {
            let end = rest.char_indices().nth(longest).map_or(rest.len(), |(at, _)| at);
            let (head, tail) = rest.split_at(end);
            rest = tail;
            let changed = partial.push(head);
            if looks {
                let now = partial.value();
                assert!(changed || now == before, "the value changed and nobody said so");
                before = now;
            }
        }
        // What follows ends a number at the top.
        partial.push(" ");
        partial.value()
    }
}
