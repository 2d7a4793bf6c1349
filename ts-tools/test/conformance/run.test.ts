import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it, vi } from "vitest";
import type { Host } from "../../src/conformance/hosts.js";
import type { Cell } from "../../src/conformance/judge.js";
import type { Results } from "../../src/conformance/run.js";
import { runHosts } from "../../src/conformance/run.js";
import { table } from "../../src/conformance/table.js";
import type { Case, NamedCase } from "../../src/conformance/types.js";
import { tempFolder } from "../support/temp.js";

vi.setConfig({ testTimeout: 120_000 });

const program = fileURLToPath(new URL("fake-host.mjs", import.meta.url));

/** A case that chats and expects that text. */
function saying(id: string, text: string, more: Partial<Case> = {}): NamedCase {
  const steps = [{ op: "chat", args: { message: "Hi" }, as: "answer" }];
  return { id, file: `${id}.yaml`, case: { name: id, steps, expect: { steps: { answer: { ok: text } } }, ...more } };
}

const answer = (ok: string) => ({ record: { steps: { answer: { ok } }, events: {}, calls: [] } });

/** What the hosts' plans come to. */
async function run(
  cases: readonly NamedCase[],
  plans: Readonly<Record<string, unknown>>,
  hosts: Readonly<Record<string, Partial<Host>>> = {},
  atOnce = 4,
): Promise<Results> {
  const root = tempFolder();
  const all = Object.entries(plans).map(([name, plan]): Host => {
    mkdirSync(join(root, "plans"), { recursive: true });
    const file = join(root, "plans", `${name}.json`);
    writeFileSync(file, JSON.stringify(plan));
    return { name, about: name, format: "tap", run: `"${process.execPath}" "${program}" "${file}"`, ...hosts[name] };
  });
  return await runHosts(cases, all, { folder: join(root, "out"), root, atOnce });
}

const brief = ({ cells }: Results) =>
  cells.map(({ id, host, from, verdict }: Cell) => [id, host, from, verdict].join(" "));
const why = ({ cells }: Results, host: string) => cells.find((cell) => cell.host === host)?.why ?? "";

describe("a case passes in a host", () => {
  it("whose test passes and whose log fits", async () => {
    const results = await run([saying("a/b", "x")], { one: { "a/b": answer("x") }, two: { "a/b": answer("x") } });
    expect(brief(results)).toEqual(["a/b one  passed", "a/b two  passed"]);
  });
});

describe("a case fails in a host", () => {
  const one = saying("a/b", "x");

  it.each([
    ["that leaves no log", { ...answer("x"), log: false }, "left no log"],
    ["whose test does not pass", { ...answer("x"), said: "not ok" }, "its test failed, though its log has no problem"],
    ["whose adapter complains", { ...answer("x"), said: "not ok", problems: ["so it is"] }, "so it is"],
    ["whose adapter does not complain about what does not fit", answer("y"), "accepts a record that does not fit"],
  ])("%s", async (_, entry, message) => {
    const results = await run([one], { good: { "a/b": answer("x") }, bad: { "a/b": entry } });
    expect(brief(results)).toEqual(["a/b good  passed", "a/b bad  failed"]);
    expect(why(results, "bad")).toContain(message);
  });

  it("whose program does not know the test", async () => {
    expect(why(await run([one], { bad: {} }), "bad")).toContain("left no log");
  });

  it("whose canonical log differs from the others'", async () => {
    const more = { record: { ...answer("x").record, calls: [{ tool: "t" }] } };
    const results = await run([one], { good: { "a/b": answer("x") }, bad: { "a/b": more } });
    expect(brief(results)).toEqual(["a/b good  passed", "a/b bad  failed"]);
    expect(why(results, "bad")).toMatch(/differs from that of good:\n[\s\S]*\+ .*"tool": "t"/);
  });

  it("that does not end well, though its tests pass", async () => {
    const good = { "a/b": answer("x") };
    const command = `"${process.execPath}" "${program}" plans/bad.json; echo a leak; exit 3`;
    const results = await run([one], { good, bad: good }, { bad: { run: command } });
    expect(brief(results)).toEqual(["a/b good  passed", "a/b bad  passed", "the-end bad  failed"]);
    expect(results.cells.at(-1)?.why).toMatch(/ended with 3;[\s\S]*a leak/);
  });

  it("that is stuck", async () => {
    const stuck: Host = { name: "stuck", about: "stuck", format: "tap", run: "sleep 600" };
    const folder = tempFolder();
    const { cells } = await runHosts([one], [stuck], { folder, root: folder, limitSeconds: 1 });
    expect(cells).toMatchObject([{ verdict: "failed" }]);
  });
});

describe("also_allowed", () => {
  it("accepts a variant, and compares only hosts of the same one", async () => {
    const one = saying("a/b", "x", { also_allowed: [{ expect: { steps: { answer: { ok: "y" } } }, reason: "taste" }] });
    const results = await run([one], {
      one: { "a/b": answer("x") },
      two: { "a/b": answer("y") },
      three: { "a/b": answer("z") },
    });
    expect(brief(results)).toEqual(["a/b one  passed", "a/b two  passed", "a/b three  failed"]);
  });
});

describe("an expected failure", () => {
  const one = saying("a/b", "x", { expected_failure: { hosts: ["odd"], reason: "it cannot count" } });

  it("is counted apart, with its reason", async () => {
    const results = await run([one], {
      good: { "a/b": answer("x") },
      odd: { "a/b": { ...answer("y"), said: "not ok", problems: ["y"] } },
    });
    expect(brief(results)).toEqual(["a/b good  passed", "a/b odd  expected"]);
    expect(table([one], results).join("\n")).toContain("expected: odd: it cannot count (a/b)");
  });

  it("that passes is a failure", async () => {
    const results = await run([one], { good: { "a/b": answer("x") }, odd: { "a/b": answer("x") } });
    expect(brief(results)).toEqual(["a/b good  passed", "a/b odd  failed"]);
    expect(why(results, "odd")).toContain("take the host out of expected_failure");
  });
});

describe("a host that lacks a feature", () => {
  it("does not run the case, and the table says why", async () => {
    const one = saying("a/b", "x", { requires: ["int64"] });
    const entry = { ...answer("y"), said: "not ok" };
    const results = await run([one], { old: { "a/b": entry } }, { old: { lacks: { int64: "numbers are doubles" } } });
    expect(brief(results)).toEqual(["a/b old  not applicable"]);
    expect(table([one], results).join("\n")).toContain("not applicable: old: int64: numbers are doubles (a/b)");
  });
});

describe("a host whose file is not there", () => {
  it("is left out with a word", async () => {
    const results = await run(
      [saying("a/b", "x")],
      { one: { "a/b": answer("x") }, two: {} },
      { two: { needs: "no/such/file" } },
    );
    expect(brief(results)).toEqual(["a/b one  passed"]);
    expect(table([], results)).toContain("left out: two: there is no no/such/file");
  });
});

describe("bytes that are carried", () => {
  const keep: NamedCase = {
    id: "a/keep",
    file: "keep.yaml",
    case: {
      name: "keep",
      steps: [
        { op: "stream", args: { message: "Hi" }, as: "s" },
        { op: "checkpoint", args: { stream: "s", carry: true }, as: "kept" },
      ],
      expect: {},
    },
  };
  const go: NamedCase = {
    id: "a/go",
    file: "go.yaml",
    case: {
      name: "go",
      given: { carried: "a/keep" },
      steps: [{ op: "restore", args: { checkpoint: "carried" }, as: "s" }],
      expect: { steps: { s: { ok: "done" } } },
    },
  };
  const plan = {
    "a/keep": { carries: true, record: { steps: { s: { ok: "open" }, kept: { ok: true } } } },
    "a/go": { carried: "a-keep" },
  };

  it("go from every host to every host", async () => {
    const results = await run([keep, go], { x: plan, y: plan });
    expect(brief(results).filter((line) => line.startsWith("a/go"))).toEqual([
      "a/go x x passed",
      "a/go x y passed",
      "a/go y x passed",
      "a/go y y passed",
    ]);
    expect(table([keep, go], results)).toEqual(
      expect.arrayContaining(["checkpoint from \\ to  x    y", "x                     1/1  1/1"]),
    );
  });

  it("are those of the first phase, whatever a host writes while others read", async () => {
    const spoiler = { ...plan, "a/keep": { ...plan["a/keep"], spoils: true } };
    const results = await run([keep, go], { x: spoiler, y: plan }, {}, 1);
    expect(brief(results)).toEqual(expect.arrayContaining(["a/go y x passed", "a/go y y passed"]));
  });

  it("fail for the host that cannot read them", async () => {
    const other = { ...plan, "a/go": { carried: "a-keep", said: "not ok", problems: ["cannot read"] } };
    const results = await run([keep, go], { x: plan, y: other });
    expect(brief(results).filter((line) => line.startsWith("a/go"))).toEqual([
      "a/go x x passed",
      "a/go x y passed",
      "a/go y x failed",
      "a/go y y failed",
    ]);
  });
});
