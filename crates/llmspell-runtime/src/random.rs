//! Random numbers for the inputs of runs.

/// A stream of numbers for one run, seeded by the kernel.
///
/// They make ids unique and spread waiting times; they protect nothing.
pub(crate) struct Random(u64);

impl Random {
    pub fn new() -> Self {
        let mut seed = [0u8; 8];
        // SAFETY: the buffer is writable and as long as said.
        let got = unsafe { libc::getrandom(seed.as_mut_ptr().cast(), seed.len(), 0) };
        if got != 8 {
            // Without the kernel's help (very old kernels) the clock and an address must do.
            let clock = std::time::SystemTime::now()
                .duration_since(std::time::UNIX_EPOCH)
                .map_or(0, |time| time.as_nanos() as u64);
            return Random(clock ^ (&raw const seed).addr() as u64 ^ u64::from(std::process::id()) << 32);
        }
        Random(u64::from_ne_bytes(seed))
    }

    /// The next number, by the published SplitMix64 steps.
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}

#[cfg(test)]
mod tests {
    use super::Random;

    #[test]
    fn streams_differ() {
        let (mut one, mut two) = (Random::new(), Random::new());
        assert_ne!((one.next(), one.next()), (two.next(), two.next()));
    }
}
