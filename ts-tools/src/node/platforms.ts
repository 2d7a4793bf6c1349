import { parse } from "yaml";
import { failOnProblems, type Problem } from "../problem.js";

/** A platform that the npm package has a binary for: one row of bindings/node/platforms.yaml. */
export interface Platform {
  /** End of the platform package's name, e.g. `linux-x64-gnu`. */
  readonly target: string;
  /** Rust's triple. */
  readonly rust: string;
  /** `process.platform` there. */
  readonly os: string;
  /** `process.arch` there. */
  readonly cpu: string;
  /** On Linux: `glibc` or `musl`. */
  readonly libc?: "glibc" | "musl";
}

/**
 * Reads the list of platforms.
 *
 * @param text the YAML
 * @param file its name, for messages
 * @throws ProblemError with every malformed or doubled row
 */
export function parsePlatforms(text: string, file: string): Platform[] {
  const problems: Problem[] = [];
  const report = (item: string, message: string): void => {
    problems.push({ file, line: 1, item, message });
  };
  const rows = (parse(text) as { platforms?: unknown } | null)?.platforms;
  if (!Array.isArray(rows) || rows.length === 0) {
    report("platforms", "write `platforms:` with a list of `{ target, rust, os, cpu, libc }`");
    failOnProblems(problems);
    return [];
  }
  const seen = new Set<string>();
  for (const row of rows as Record<string, unknown>[]) {
    const { target, os, cpu, libc } = row;
    const item = typeof target === "string" ? target : "platforms";
    for (const field of ["target", "rust", "os", "cpu"]) {
      if (typeof row[field] !== "string" || row[field] === "")
        report(item, `\`${field}\` must be a text; write e.g. \`linux-x64-gnu\``);
    }
    const wanted = libc === undefined ? `${os}-${cpu}` : `${os}-${cpu}-${libc === "glibc" ? "gnu" : libc}`;
    if (target !== wanted) report(item, `the target is its os, cpu and libc; write \`${wanted}\``);
    if ((os === "linux") !== (libc === "glibc" || libc === "musl"))
      report(item, "`libc` belongs to Linux; write `glibc` or `musl` there, and nothing elsewhere");
    if (seen.has(item)) report(item, "is there twice; write it once");
    seen.add(item);
  }
  failOnProblems(problems);
  return rows as Platform[];
}
