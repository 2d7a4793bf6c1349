//! The core stays pure: what it depends on is a list that is read before it grows, and it builds for a target without an
//! operating system.
use std::collections::BTreeSet;
use std::process::Command;

/// Every crate that the core may pull in. None of them does I/O, starts a thread or reads a clock for us.
const ALLOWED: &str = "
    ahash aho-corasick appendlist base64 block-buffer boon borrow-or-share cfg-if const-oid cpufeatures crypto-common digest
    displaydoc fluent-uri form_urlencoded getrandom httpdate hybrid-array icu_collections icu_locale_core icu_normalizer
    icu_normalizer_data icu_properties icu_properties_data icu_provider idna idna_adapter itoa libc litemap llmspell-core
    memchr once_cell percent-encoding potential_utf proc-macro2 quote ref-cast ref-cast-impl regex regex-automata regex-syntax
    serde serde_core serde_derive serde_json sha2 smallvec stable_deref_trait syn synstructure tinystr typenum unicode-ident
    url utf8_iter writeable yoke yoke-derive zerocopy zerofrom zerofrom-derive zerotrie zerovec zerovec-derive zmij equivalent strsim
    foldhash hashbrown indexmap utf_types ryu zerocopy-derive version_check stacker psm arraydeque saphyr-parser thiserror
    thiserror-impl
";

fn cargo(arguments: &[&str]) -> std::process::Output {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".into());
    Command::new(cargo).args(arguments).current_dir(env!("CARGO_MANIFEST_DIR")).output().expect("cargo runs")
}

#[test]
fn dependencies_are_on_the_list() {
    let output =
        cargo(&["tree", "--locked", "-e", "normal", "--prefix", "none", "--format", "{p}", "-p", "llmspell-core"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let allowed: BTreeSet<&str> = ALLOWED.split_whitespace().collect();
    let tree = String::from_utf8(output.stdout).unwrap();
    let extra: BTreeSet<&str> = tree
        .lines()
        .filter_map(|line| line.split(' ').next())
        .filter(|name| !name.is_empty() && !allowed.contains(name))
        .collect();
    assert!(extra.is_empty(), "new dependencies of the core: {extra:?}; are they pure? then add them to the list");
}

#[test]
fn it_builds_for_wasm_where_that_target_is_installed() {
    let sysroot = Command::new("rustc").args(["--print", "sysroot"]).output().expect("rustc runs");
    let root = String::from_utf8(sysroot.stdout).unwrap();
    let target = "wasm32-unknown-unknown";
    if !std::path::Path::new(root.trim()).join("lib/rustlib").join(target).join("lib").is_dir() {
        eprintln!("{target} is not installed: not built");
        return;
    }
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/wasm-check");
    let folder = folder.to_str().unwrap();
    let output = cargo(&["check", "--locked", "--target", target, "--target-dir", folder]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}
