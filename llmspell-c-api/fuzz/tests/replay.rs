//! Every seed and every input that once found something, through every target that takes it; and mutations of them, as many
//! as a moment allows, so that the targets work without a fuzzer as well.
#![allow(missing_docs)]

#[path = "../src/harness/mod.rs"]
mod harness;

use harness::{Shapes, TARGETS, Target};
use std::panic::{AssertUnwindSafe, catch_unwind};

// The symbols of the C API.
extern crate llmspell_c_api as _;

#[global_allocator]
static MEMORY: harness::Counting = harness::Counting;

/// Mutations of each seed.
const MUTATIONS: u64 = 40;

fn real() -> impl Iterator<Item = &'static Target> {
    TARGETS.iter().filter(|target| target.name != "planted")
}

fn run(target: &Target, what: &str, input: &[u8]) {
    if catch_unwind(AssertUnwindSafe(|| target.run(input))).is_err() {
        panic!("{}: {what}: {}", target.name, String::from_utf8_lossy(input));
    }
}

#[test]
fn every_kept_input_keeps_the_properties() {
    for target in real() {
        let seeds = target.inputs("seeds");
        assert!(!seeds.is_empty(), "{} has no seeds", target.name);
        for (path, input) in seeds.into_iter().chain(target.inputs("regressions")) {
            run(target, &path.display().to_string(), &input);
        }
    }
}

#[test]
fn mutations_of_the_seeds_keep_the_properties() {
    for target in real() {
        let shapes = Shapes::of(target);
        for (path, input) in target.inputs("seeds") {
            let mut mutated = input;
            for seed in 0..MUTATIONS {
                mutated = shapes.mutate(target.form, &mutated, &mut fastrand::Rng::with_seed(seed));
                mutated.truncate(1 << 16);
                run(target, &format!("{}, mutated {seed} times", path.display()), &mutated);
            }
        }
    }
}

#[test]
fn mutations_of_mutations_stay_small() {
    let target = harness::find("run_start").unwrap();
    let shapes = Shapes::of(target);
    let mut text = b"[[\"x\"]]".to_vec();
    for seed in 0..2000 {
        let mutated = shapes.mutate(target.form, &text, &mut fastrand::Rng::with_seed(seed));
        assert!(mutated.len() < 8 << 20, "{} bytes from {}", mutated.len(), text.len());
        text = if mutated.len() < 1 << 16 { mutated } else { b"[[]]".to_vec() };
    }
}

#[test]
fn most_mutations_of_json_are_json() {
    let target = harness::find("run_start").unwrap();
    let shapes = Shapes::of(target);
    let (_, seed) = target.inputs("seeds").remove(0);
    let mutated: Vec<Vec<u8>> =
        (0..500).map(|n| shapes.mutate(target.form, &seed, &mut fastrand::Rng::with_seed(n))).collect();
    let well_formed = mutated.iter().filter(|text| serde_json::from_slice::<serde_json::Value>(text).is_ok()).count();
    assert!((300..500).contains(&well_formed), "{well_formed} of 500");
    assert!(mutated.iter().any(|text| std::str::from_utf8(text).is_err()), "none is broken UTF-8");
}

/// Runs a target that breaks a property and gives what it says.
fn complaint(target: &Target, input: &[u8]) -> String {
    let payload =
        catch_unwind(AssertUnwindSafe(|| target.run(input))).expect_err("the property is broken and nobody says so");
    payload
        .downcast_ref::<String>()
        .cloned()
        .or_else(|| payload.downcast_ref::<&str>().map(|text| (*text).to_owned()))
        .unwrap()
}

#[test]
fn a_defect_a_shown_secret_and_a_broken_error_are_findings() {
    let planted = harness::find("planted").unwrap();
    planted.run(br#"{"id":"req_1","ok":1}"#);
    assert!(complaint(planted, br#"{"id":[],"ok":{"a":1}}"#).contains("planted"));
    for (error, words) in [
        (r#"{"kind":"internal","code":9001,"message":"x","retryable":false}"#, "a defect of llmspell"),
        (
            r#"{"kind":"argument","code":1001,"message":"sk-planted-0123456789-secret","retryable":false}"#,
            "a secret is shown",
        ),
        (r#"{"kind":"argument","code":1001,"message":"","retryable":false}"#, "does not fit its schema"),
        (r#"{"kind":"argument""#, "is not JSON"),
    ] {
        let said = catch_unwind(|| harness::error_json(error)).expect_err(words);
        assert!(said.downcast_ref::<String>().unwrap().contains(words), "{error}");
    }
}

#[test]
fn an_input_that_takes_too_much_memory_is_a_finding() {
    let said = catch_unwind(|| harness::bounded("test", 10, || drop(std::hint::black_box(vec![1_u8; 100 << 20]))))
        .expect_err("100 MiB");
    assert!(said.downcast_ref::<String>().unwrap().contains("took"));
}
