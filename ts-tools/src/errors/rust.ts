import type { ErrorKind } from "./table.js";

const BANNER = "// Written by `ts-tools errors` from spec/errors.yaml; edit that file and run `make gen`.\n";

/** `rate_limit` → `RateLimit`. */
export function pascalCase(name: string): string {
  return name
    .split("_")
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join("");
}

/** The Rust enum `Kind` with its conversions, in rustfmt's own layout. */
export function rustKinds(kinds: readonly ErrorKind[]): string {
  const all = kinds.map((kind) => pascalCase(kind.kind));
  return `${BANNER}
/// What went wrong, as one of a fixed set of kinds: match on it (or on its [\`code\`](Kind::code)), never on a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
${kinds.map((kind) => `    /// ${kind.doc}\n    ${pascalCase(kind.kind)},\n`).join("")}}

impl Kind {
    /// Every kind, in the order of the table.
    pub const ALL: &[Kind] = &[
${all.map((name) => `        Kind::${name},\n`).join("")}    ];

    /// The kind's stable number; the C API returns it as its status.
    pub const fn code(self) -> i32 {
        match self {
${kinds.map((kind) => `            Kind::${pascalCase(kind.kind)} => ${kind.code},\n`).join("")}        }
    }

    /// The kind's name as it stands in JSON and in Lua, e.g. \`rate_limit\`.
    pub const fn as_str(self) -> &'static str {
        match self {
${kinds.map((kind) => `            Kind::${pascalCase(kind.kind)} => "${kind.kind}",\n`).join("")}        }
    }

    /// Whether trying again can help, unless the error itself says otherwise.
    pub const fn retryable(self) -> bool {
        match self {
${kinds.map((kind) => `            Kind::${pascalCase(kind.kind)} => ${kind.retryable},\n`).join("")}        }
    }

    /// The kind with this number, if there is one.
    pub fn from_code(code: i32) -> Option<Kind> {
        Kind::ALL.iter().copied().find(|kind| kind.code() == code)
    }

    /// The kind with this name, if there is one.
    pub fn from_name(name: &str) -> Option<Kind> {
        Kind::ALL.iter().copied().find(|kind| kind.as_str() == name)
    }
}
`;
}

/** The C constants `LLMSPELL_OK` and `LLMSPELL_E_*` as Rust source for cbindgen. */
export function rustCodes(kinds: readonly ErrorKind[]): string {
  const constants = kinds.map(
    (kind) => `
/// ${kind.doc}
///
/// @since 0.1
pub const LLMSPELL_E_${kind.kind.toUpperCase()}: i32 = ${kind.code};
`,
  );
  return `${BANNER}
/// Status of a call that succeeded; every other status is the code of an error.
///
/// @since 0.1
pub const LLMSPELL_OK: i32 = 0;
${constants.join("")}`;
}
