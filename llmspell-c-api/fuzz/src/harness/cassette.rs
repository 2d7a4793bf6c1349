//! Cassettes: files that come from outside.

use llmspell_core::Kind;
use llmspell_core::cassette::{self, Scrubber};

/// A text is a cassette or a `config` error that names its place; what is read, struck through and written is read again as
/// the same, and shows no secret.
pub fn read(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else { return };
    let exchanges = match cassette::read("tape", text) {
        Ok(exchanges) => exchanges,
        Err(error) => {
            assert_eq!(error.kind, Kind::Config);
            assert!(error.message.starts_with("tape"), "{}", error.message);
            return;
        }
    };
    for mut exchange in exchanges {
        let written = cassette::write(&exchange);
        let again = cassette::read("again", &written).expect("what was written is read");
        assert!(again.len() == 1 && again[0].response == exchange.response, "{written}");
        let Ok(mut scrubber) = Scrubber::new(&[]) else { return };
        scrubber.add([super::SECRET]);
        scrubber.exchange(&mut exchange);
        assert!(!cassette::write(&exchange).contains(super::SECRET), "{written}");
    }
}
