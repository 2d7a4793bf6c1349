//! Random numbers for the inputs of runs.

use std::sync::atomic::{AtomicU64, Ordering};

/// Seeds for the runs of a process: one stream of numbers that the kernel seeded.
pub(crate) struct Seeds(AtomicU64);

impl Seeds {
    pub fn new() -> Self {
        Seeds(AtomicU64::new(from_kernel()))
    }

    /// The numbers of one more run.
    pub fn next(&self) -> Random {
        let place = self.0.fetch_add(STEP, Ordering::Relaxed);
        // Mixed twice, so that streams don't overlap as their places do.
        Random(mix(mix(place.wrapping_add(STEP)) ^ place))
    }
}

/// A stream of numbers for one run.
///
/// They make ids unique and spread waiting times; they protect nothing.
pub(crate) struct Random(u64);

impl Random {
    /// The next number, by the published SplitMix64 steps.
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(STEP);
        mix(self.0)
    }
}

const STEP: u64 = 0x9e37_79b9_7f4a_7c15;

fn mix(mut mixed: u64) -> u64 {
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

fn from_kernel() -> u64 {
    let mut seed = [0u8; 8];
    // SAFETY: the buffer is writable and as long as said.
    let got = unsafe { libc::getrandom(seed.as_mut_ptr().cast(), seed.len(), 0) };
    if got != 8 {
        // Without the kernel's help (very old kernels) the clock and an address must do.
        let clock =
            std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |time| time.as_nanos() as u64);
        return clock ^ (&raw const seed).addr() as u64 ^ u64::from(std::process::id()) << 32;
    }
    u64::from_ne_bytes(seed)
}

#[cfg(test)]
mod tests {
    use super::Seeds;

    #[test]
    fn streams_differ() {
        let (one, two) = (Seeds::new(), Seeds::new());
        let mut seen = std::collections::HashSet::new();
        for seeds in [&one, &two] {
            for _ in 0..100 {
                let mut stream = seeds.next();
                assert!((0..100).all(|_| seen.insert(stream.next())));
            }
        }
    }
}
