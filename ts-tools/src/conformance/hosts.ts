import { readInput } from "../generate/generator.js";
import type { Fault } from "../mock/check.js";
import { checkSchema } from "../mock/check.js";
import { parseChecked } from "../mock/load.js";

/** A host: a language, or a version of one, that runs the cases. */
export interface Host {
  readonly name: string;
  /** What it is, in a few words. */
  readonly about: string;
  /** Shell command that runs every generated test, at the repository's root. */
  readonly run: string;
  /** How it tells what came of them. */
  readonly format: "tap" | "libtest";
  /** File without which the host is left out. */
  readonly needs?: string;
  /** What it cannot do, each with the reason. */
  readonly lacks?: Readonly<Record<string, string>>;
}

/**
 * Reads the list of hosts.
 *
 * @throws ProblemError for a list that is wrong
 */
export function loadHosts(file: string): Host[] {
  return (parseChecked(readInput(file), file, "hosts", check) as { hosts: Host[] }).hosts;
}

function check(value: unknown): Fault[] {
  const faults = checkSchema("hosts.schema.json", value);
  if (faults.length > 0) return faults;
  const names = (value as { hosts: Host[] }).hosts.map(({ name }) => name);
  return names.flatMap((name, at) =>
    names.indexOf(name) === at
      ? []
      : [{ path: ["hosts", at, "name"], message: `${name} is listed twice; give each host a name of its own` }],
  );
}
