//! Cases that need a process of their own: for its environment, its limits, its memory.

use std::process::Command;

/// Set in a process that was started by [`again`], to the case's parameter.
const PARAMETER: &str = "LLMSPELL_TEST_PARAMETER";

/// In the child, its parameter; `None` in the process that `cargo test` started.
pub fn parameter() -> Option<String> {
    std::env::var(PARAMETER).ok()
}

/// Runs one test again, in a child without any variable for proxies but these, and gives what it printed. The child
/// must end well.
pub fn again(test: &str, parameter: &str, environment: &[(&str, &str)]) -> String {
    let mut child = Command::new(std::env::current_exe().unwrap());
    child.args(["--exact", test, "--nocapture"]);
    for variable in ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"] {
        child.env_remove(variable).env_remove(variable.to_lowercase());
    }
    child.env_remove("REQUEST_METHOD").env(PARAMETER, parameter).envs(environment.iter().copied());
    let output = child.output().unwrap();
    let printed = String::from_utf8_lossy(&output.stdout).into_owned();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{test} {parameter} {environment:?}:\n{printed}\n{errors}");
    printed
}
