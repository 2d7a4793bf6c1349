//! Writes `llmspell.h` from the sources of `llmspell-c-api`.
//!
//! `llmspell-header [OUTPUT]`: without OUTPUT the committed header is written. The work is cbindgen's, at a version that
//! is pinned in Cargo.toml, so that the same sources give the same header everywhere.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// The library's version as a constant: cbindgen cannot write one that is text. The workspace has one version for all.
const VERSION: &str = concat!(
    "\n/**\n",
    " * Version of the library that this header belongs to, as text. llmspell_version() tells that of the library that is\n",
    " * loaded.\n *\n * @since 0.1\n */\n",
    "#define LLMSPELL_VERSION \"",
    env!("CARGO_PKG_VERSION"),
    "\""
);

fn main() -> ExitCode {
    // As cargo says it now: a program that was built in another checkout knows that one's folder.
    let folder = std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into());
    let api = Path::new(&folder).join("..");
    let output = match std::env::args_os().nth(1) {
        Some(path) => PathBuf::from(path),
        None => api.join("include/llmspell.h"),
    };
    match write(&api, &output) {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("llmspell-header: {message}");
            ExitCode::FAILURE
        }
    }
}

/// Reads `src/lib.rs` and its modules under `api` with the settings of `cbindgen.toml` and writes the header to `output`.
fn write(api: &Path, output: &Path) -> Result<(), String> {
    let mut config = cbindgen::Config::from_file(api.join("cbindgen.toml"))?;
    config.after_includes = Some(VERSION.to_owned());
    let bindings = cbindgen::Builder::new()
        .with_config(config)
        .with_src(api.join("src/lib.rs"))
        .generate()
        .map_err(|error| error.to_string())?;
    if let Some(folder) = output.parent() {
        std::fs::create_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    }
    bindings.write_to_file(output);
    Ok(())
}
