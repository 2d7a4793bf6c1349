import type { Difference, Json } from "../mock/index.js";
import { compareValue } from "../mock/match.js";
import type { Log } from "./canonical.js";
import { canonical, withoutNulls } from "./canonical.js";
import type { Host } from "./hosts.js";
import { expectations } from "./settle.js";
import type { Expect, JsonObject, NamedCase } from "./types.js";

/** What came of one case in one host. */
export type Verdict = "passed" | "failed" | "expected" | "not applicable";

/** A cell of the table: one case in one host, gone on from another host's bytes where the case does that. */
export interface Cell {
  readonly id: string;
  readonly host: string;
  readonly from?: string;
  readonly verdict: Verdict;
  /** Why, for every verdict but `passed`. */
  readonly why?: string;
}

/** What a host's test program said about one test. */
export type Said = "passed" | "failed" | undefined;

/** What is known of one case in one host before hosts are compared. */
export interface Finding {
  readonly host: Host;
  readonly from?: string;
  readonly said: Said;
  readonly log: Log | undefined;
}

/** The features that a case requires and a host lacks, as a reason; nothing when it applies. */
export function obstacle({ case: one }: NamedCase, host: Host): string | undefined {
  const missing = (one.requires ?? []).filter((feature) => host.lacks?.[feature] !== undefined);
  return missing.length === 0 ? undefined : missing.map((name) => `${name}: ${host.lacks?.[name]}`).join("; ");
}

/** Judges one case in all its hosts: each by itself, and then against the others. */
export function judge(named: NamedCase, findings: readonly Finding[]): Cell[] {
  const wanted = expectations(named);
  const alone = findings.map((finding) => ({ finding, ...examine(wanted, finding) }));
  // Hosts that fit the same variant must have the same bytes; the first is as good as any to compare with.
  const models = new Map<number, { name: string; bytes: string }>();
  return alone.map(({ finding, variant, complaint }) => {
    const { host, from, log } = finding;
    let why = complaint;
    if (variant !== undefined && log) {
      const name = from === undefined ? host.name : `${host.name} from ${from}`;
      const bytes = canonical(log.record);
      const model = models.get(variant) ?? { name, bytes };
      models.set(variant, model);
      if (why === undefined && bytes !== model.bytes)
        why = `its canonical log differs from that of ${model.name}:\n${firstDifference(model.bytes, bytes)}`;
    }
    return cell(named, finding, why);
  });
}

function cell({ id, case: one }: NamedCase, { host, from }: Finding, why: string | undefined): Cell {
  const place = from === undefined ? { id, host: host.name } : { id, host: host.name, from };
  const known = one.expected_failure;
  if (known?.hosts.includes(host.name)) {
    if (why !== undefined) return { ...place, verdict: "expected", why: known.reason };
    const stale = `passes, though a failure is expected (${known.reason}); take the host out of expected_failure`;
    return { ...place, verdict: "failed", why: stale };
  }
  return why === undefined ? { ...place, verdict: "passed" } : { ...place, verdict: "failed", why };
}

/** Which expectation a host's record fits, and what is wrong in what it says. */
function examine(wanted: readonly Expect[], { said, log }: Finding): { variant?: number; complaint?: string } {
  if (!log) return { complaint: said === "failed" ? "failed, and left no log" : "left no log: it did not run" };
  const all = wanted.map((expect) => misfitsOf(expect, log.record));
  const variant = all.findIndex((found) => found.length === 0);
  const fits = variant === -1 ? {} : { variant };
  if (log.problems.length > 0) {
    const odd = variant === -1 ? "" : "its adapter complains about a record that fits: ";
    return { ...fits, complaint: odd + log.problems.join("\n") };
  }
  if (variant === -1) {
    const found = (all[0] ?? []).map((difference) => JSON.stringify(difference)).join("\n");
    return { complaint: `its adapter accepts a record that does not fit:\n${found}` };
  }
  if (said === undefined) return { ...fits, complaint: "its test program does not tell of this test" };
  return said === "failed" ? { ...fits, complaint: "its test failed, though its log has no problem" } : fits;
}

/** What keeps a record from fitting what is wanted: nothing when it fits one of these, else what is wrong by the first. */
export function misfits(wanted: readonly Expect[], record: JsonObject): string[] {
  const all = wanted.map((expect) => misfitsOf(expect, record));
  if (all.some((found) => found.length === 0)) return [];
  return (all[0] ?? []).map((difference) => JSON.stringify(difference));
}

function misfitsOf(expect: Expect, record: JsonObject): Difference[] {
  const found: Difference[] = [];
  compareValue("record", nullIsAbsent(expect as unknown as Json), withoutNulls(record), found);
  return found;
}

/** Members that are null are gone from records: `null` asks for nothing. */
function nullIsAbsent(value: Json): Json {
  if (Array.isArray(value)) return value.map((element) => (element === null ? null : nullIsAbsent(element)));
  if (typeof value !== "object" || value === null) return value;
  const members = Object.entries(value).map(([key, inner]): [string, Json] => {
    return [key, inner === null && !key.startsWith("$") ? { $absent: true } : nullIsAbsent(inner)];
  });
  return Object.fromEntries(members);
}

/** The first line in which two texts differ, with the lines around it. */
function firstDifference(model: string, other: string): string {
  const [a, b] = [model.split("\n"), other.split("\n")];
  const at = a.findIndex((line, index) => line !== b[index]);
  const around = (lines: string[], sign: string) =>
    lines
      .slice(Math.max(0, at - 2), at + 4)
      .map((line) => `${sign} ${line.length > 300 ? `${line.slice(0, 300)}…` : line}`);
  return [...around(a, "-"), ...around(b, "+")].join("\n");
}
