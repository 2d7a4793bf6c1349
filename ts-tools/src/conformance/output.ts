import type { Host } from "./hosts.js";

/** Which tests passed (true) and failed (false), by the ids of their cases, as a host's test program printed it. */
export function readOutput(format: Host["format"], text: string): Map<string, boolean> {
  return format === "tap" ? readTap(text) : readLibtest(text);
}

/** Vitest puts the file before a test's name, and a time after it. */
function readTap(text: string): Map<string, boolean> {
  const lines = [...text.matchAll(/^(not )?ok \d+ - (?:.* > )?(\S+)(?: # time=\S+)?$/gm)];
  return new Map(lines.map((line) => [String(line[2]), line[1] === undefined]));
}

/** `test cases::tools::two_calls ... ok`; names of failed tests also stand in a list, in case a line is torn apart. */
function readLibtest(text: string): Map<string, boolean> {
  const id = (path: string) =>
    path
      .replace(/^cases::/, "")
      .replaceAll("r#", "")
      .replaceAll("::", "/");
  const found = new Map<string, boolean>();
  for (const line of text.matchAll(/^test (cases::\S+) \.\.\. (ok|FAILED)$/gm))
    found.set(id(String(line[1])), line[2] === "ok");
  for (const line of text.matchAll(/^ {4}(cases::\S+)$/gm)) found.set(id(String(line[1])), false);
  return found;
}
