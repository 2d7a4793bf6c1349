import { parse } from "smol-toml";
import { ProblemError } from "../problem.js";

/** What the workspace's Cargo.toml says about all its crates. */
export interface Workspace {
  readonly version: string;
  readonly licence: string;
  readonly repository: string;
  /** The oldest Rust that compiles it. */
  readonly rust: string;
}

/**
 * Reads `[workspace.package]` of a Cargo.toml.
 *
 * @throws ProblemError when the text is no TOML, or a field is missing
 */
export function readWorkspace(file: string, text: string): Workspace {
  const fail = (item: string, message: string): never => {
    throw new ProblemError([{ file, line: 1, item, message }]);
  };
  let toml: unknown;
  try {
    toml = parse(text);
  } catch (error) {
    fail("toml", `${(error as Error).message.split("\n")[0]}; write TOML`);
  }
  const fields = (toml as { workspace?: { package?: Record<string, unknown> } }).workspace?.package ?? {};
  const field = (name: string): string => {
    const value = fields[name];
    if (typeof value === "string" && value !== "") return value;
    return fail(`workspace.package.${name}`, `no text; write \`${name} = "…"\` below [workspace.package]`);
  };
  return {
    version: field("version"),
    licence: field("license"),
    repository: field("repository"),
    rust: field("rust-version"),
  };
}
