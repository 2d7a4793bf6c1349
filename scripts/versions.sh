# shellcheck shell=sh
# Versions, for scripts that source it after setting $root to the repository's folder: `rust_wanted` is the oldest Rust that
# compiles llmspell, `at_least HAVE WANTED` compares dotted versions.
# shellcheck disable=SC2034,SC2154
rust_wanted=$(sed -n 's/^rust-version = "\(.*\)"/\1/p' "$root/Cargo.toml")

at_least() {
  [ "$(printf '%s\n%s\n' "$2" "$1" | sort -V | head -n 1)" = "$2" ]
}
