//! Bytes cut into pieces, for tests.

use proptest::sample::Index;

/// The bytes in pieces, cut at these places.
pub(crate) fn pieces<'a>(bytes: &'a [u8], cuts: &[Index]) -> Vec<&'a [u8]> {
    let mut places: Vec<usize> = cuts.iter().map(|cut| cut.index(bytes.len() + 1)).collect();
    places.sort_unstable();
    let mut from = 0;
    places.into_iter().chain([bytes.len()]).map(|to| &bytes[std::mem::replace(&mut from, to)..to]).collect()
}
