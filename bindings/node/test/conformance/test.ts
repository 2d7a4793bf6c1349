/** What a generated test does: runs a case by its id (spec/README.md), and fails with what is wrong with what it came to. */
import { readFileSync, writeFileSync } from "node:fs";
import { test } from "vitest";
import { misfits } from "../../../../ts-tools/src/conformance/judge.js";
import { play } from "./play.js";
import type { Case, CaseRecord, Json } from "./types.js";

/** Longer than any limit that a case sets. */
const PATIENCE_MS = 150_000;

const setting = (name: string): string | undefined => process.env[`LLMSPELL_CONFORMANCE_${name}`] || undefined;
const listed = (name: string): string[] => setting(name)?.split(",") ?? [];

const skipped = new Set(listed("SKIP"));
const host = setting("HOST") ?? "node";
const folder = new URL("../../../../spec/conformance/generated/cases/", import.meta.url);

const fileName = (id: string): string => id.replaceAll("/", "-");

export function conformanceTest(id: string): void {
  test(id, { timeout: PATIENCE_MS }, async () => {
    if (!skipped.has(id)) await runCase(id);
  });
}

async function runCase(id: string): Promise<void> {
  const read = (): Case => JSON.parse(readFileSync(new URL(`${id}.json`, folder), "utf8")) as Case;
  const { given } = read();
  const froms: (string | undefined)[] = given.carried === undefined ? [undefined] : listed("FROM");
  if (froms.length === 0) throw new Error("no host has left bytes for this case; run `make conformance`");
  const complaints: string[] = [];
  for (const from of froms) {
    const { problems, record } = await runOnce(read(), from);
    const where = from === undefined ? "" : `from ${from}: `;
    if (problems.length > 0) complaints.push(`${where}${problems.join("\n")}\n${JSON.stringify(record)}`);
  }
  if (complaints.length > 0) throw new Error(complaints.join("\n"));
}

/** Plays the case once. `from` is the host whose bytes it goes on from, if it does. */
async function runOnce(one: Case, from: string | undefined): Promise<{ problems: string[]; record: CaseRecord }> {
  const carry = setting("CARRY");
  const carried =
    from === undefined ? undefined : readFileSync(`${carry}/${fileName(one.given.carried ?? "")}@${from}`);
  const carryTo = carry === undefined ? undefined : `${carry}/${fileName(one.id)}@${host}`;
  const { record, trouble } = await play(one, { carried, carryTo, scratch: setting("LOGS") ?? "/tmp" });
  const expects = [one.expect, ...one.also_allowed.map(({ expect }) => expect)];
  const problems = trouble === undefined ? misfits(expects, record as unknown as { [key: string]: Json }) : [trouble];
  const logs = setting("LOGS");
  if (logs !== undefined) {
    const log = { id: one.id, host, from, problems, record };
    writeFileSync(`${logs}/${fileName(one.id)}${from === undefined ? "" : `@${from}`}.json`, JSON.stringify(log));
  }
  return { problems, record };
}
