//! The fuzzer: libFuzzer with the target that LLMSPELL_FUZZ_TARGET names. scripts/fuzz builds and runs it.
#![no_main]

mod harness;

// The symbols of the C API.
extern crate llmspell_c_api as _;

use harness::{Shapes, Target};
use libfuzzer_sys::{fuzz_mutator, fuzz_target, fuzzer_mutate};
use std::sync::OnceLock;

/// The target, and what its mutations are made from.
static CHOSEN: OnceLock<(&'static Target, Shapes)> = OnceLock::new();

#[global_allocator]
static MEMORY: harness::Counting = harness::Counting;

fn chosen() -> &'static (&'static Target, Shapes) {
    CHOSEN.get_or_init(|| {
        let name = std::env::var("LLMSPELL_FUZZ_TARGET").unwrap_or_default();
        if name == "list" {
            harness::TARGETS.iter().for_each(|target| println!("target {} {}", target.name, target.seeds));
            std::process::exit(0);
        }
        let target = harness::find(&name).unwrap_or_else(|| {
            eprintln!("LLMSPELL_FUZZ_TARGET is {name:?}; known are {}", harness::names().join(", "));
            std::process::exit(2);
        });
        (target, Shapes::of(target))
    })
}

fuzz_target!(
    init: {
        chosen();
    },
    |data: &[u8]| {
        chosen().0.run(data);
    }
);

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    let mut random = fastrand::Rng::with_seed(u64::from(seed));
    // libFuzzer's own mutations know what comparisons in the code look for; ours know the form of the input.
    if random.u8(..) < 100 {
        return fuzzer_mutate(data, size, max_size);
    }
    let (target, shapes) = chosen();
    let mutated = shapes.mutate(target.form, &data[..size], &mut random);
    if mutated.is_empty() || mutated.len() > max_size.min(data.len()) {
        return fuzzer_mutate(data, size, max_size);
    }
    data[..mutated.len()].copy_from_slice(&mutated);
    mutated.len()
});
