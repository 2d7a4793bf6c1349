import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { foldersOfOthers } from "../../src/cli/corpus.js";
import type { Item } from "../../src/corpus/folder.js";
import { readShelves } from "../../src/corpus/folder.js";
import type { SeenByCore } from "../../src/corpus/replay-core.js";
import type { SeenByLua } from "../../src/corpus/replay-lua.js";
import { failureLines, tableLines, tapLines, totals } from "../../src/corpus/report.js";
import { judge } from "../../src/corpus/verdict.js";
import { repositoryRoot } from "../../src/generate/paths.js";
import type { Json } from "../../src/mock/types.js";
import { tempFolder } from "../support/temp.js";

const ask = '{"model":"m","messages":[{"role":"user","content":"Hello"}]}';

function recording(path: string, answer: string, status = 200): string {
  const literal = (text: string) => `'${text.replaceAll("'", "''")}'`;
  return `when:\n  path: ${path}\n  method: POST\n  body: ${literal(ask)}\nthen:\n  status: ${status}\n  body: ${literal(answer)}\n`;
}

function answer(text: string): string {
  return JSON.stringify({
    model: "m",
    choices: [{ index: 0, message: { role: "assistant", content: text }, finish_reason: "stop" }],
    usage: { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 },
  });
}

function corpusOf(files: Readonly<Record<string, string>>): string {
  const folder = tempFolder();
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(join(folder, name, ".."), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
  return folder;
}

const usage = { input_tokens: 1, output_tokens: 2, total_tokens: 3, cached_tokens: 0, reasoning_tokens: 0 };

/** What a program sees of the answer above. */
function seen(text: string, more: object = {}): SeenByLua & SeenByCore {
  const one = {
    text,
    reasoning: "",
    calls: [],
    end: { usage, finish_reason: "stop" },
    model: "m",
    error: null,
    ...more,
  };
  return { streamed: one, executed: one, announced: [], split: null, ...one } as SeenByLua & SeenByCore;
}

/** What an agent would send that was made from the request above. */
const sent = { model: "m", messages: [{ role: "user", content: "Hello" }] };

function judged(folder: string, give: (item: Item) => SeenByLua & SeenByCore, body: Json = sent) {
  return readShelves(folder).map((shelf) => {
    const core = new Map(shelf.items.map((item) => [item.id, give(item)]));
    const asked = { ask: { options: {}, input: "Hello", isOurs: false }, sent: body };
    return judge(shelf, new Map([...core].map(([id, seen]) => [id, { seen, ...asked }])), core);
  });
}

describe("verdicts", () => {
  const chat = () => corpusOf({ "a/one.yaml": recording("/v1/chat/completions", answer("Good day")) });

  it("pass what agrees", () => {
    expect(totals(judged(chat(), () => seen("Good day")))).toEqual({ passed: 3, failed: 0 });
  });

  it("leave aside a cost that the answer does not tell, and no other", () => {
    const costing = { end: { usage: { ...usage, cost: 0.5 }, finish_reason: "stop" } };
    expect(totals(judged(chat(), () => seen("Good day", costing)))).toEqual({ passed: 3, failed: 0 });
    const told = answer("Good day").replace('"usage":{', '"usage":{"cost":0.25,');
    const folder = corpusOf({ "a/one.yaml": recording("/v1/chat/completions", told) });
    expect(failureLines(judged(folder, () => seen("Good day", costing))).join("\n")).toContain("usage: recorded is");
  });

  it.each([
    ["another text", seen("Good dax"), 'text: recorded is "Good day", got "Good dax"'],
    [
      "another reason",
      seen("Good day", { end: { usage, finish_reason: "length" } }),
      'finish_reason: recorded is "stop"',
    ],
    [
      "missing usage",
      seen("Good day", { end: { usage: { ...usage, input_tokens: 0 }, finish_reason: "stop" } }),
      "usage: recorded is",
    ],
    [
      "a call too many",
      seen("Good day", { calls: [{ id: "1", name: "x", arguments: {} }] }),
      "tool calls: recorded are 0 (none), got 1 (x)",
    ],
    ["an error", seen("", { error: { kind: "network", message: "gone" } }), "it came out as network: gone"],
    [
      "a split that matters",
      { ...seen("Good day"), split: "cut at byte 3" },
      "the events differ when the answer is split: cut at byte 3",
    ],
  ])("fail %s, naming file, line and difference", (_, other, words) => {
    const lines = failureLines(judged(chat(), () => other)).join("\n");
    expect(lines).toContain("a/one.yaml#0");
    expect(lines).toContain("a/one.yaml:1)");
    expect(lines).toContain(words);
  });

  it("fail an exchange that no replay reported", () => {
    const [shelf] = readShelves(chat());
    if (!shelf) throw new Error("no shelf");
    expect(totals([judge(shelf, new Map(), new Map())])).toEqual({ passed: 0, failed: 3 });
  });

  it("fail a request that differs in a way that is not documented, naming the place", () => {
    const other = { ...sent, messages: [{ role: "user", content: "Bye" }], stream: true };
    const shelves = judged(chat(), () => seen("Good day"), other);
    expect(totals(shelves)).toEqual({ passed: 2, failed: 1 });
    expect(failureLines(shelves).join("\n")).toContain('request /messages/0/content: recorded is "Hello", sent "Bye"');
  });

  it("fail an error of another kind", () => {
    const folder = corpusOf({ "one.yaml": recording("/v1/chat/completions", '{"error":{"message":"No"}}', 429) });
    const kind = (name: string) => seen("", { error: { kind: name, http_status: 429, message: "HTTP 429: No" } });
    expect(totals(judged(folder, () => kind("rate_limit"))).failed).toBe(0);
    expect(failureLines(judged(folder, () => kind("provider"))).join("\n")).toContain(
      'error kind: recorded is "rate_limit"',
    );
    expect(totals(judged(folder, () => seen("fine"))).failed).toBe(2);
  });
});

describe("the report", () => {
  it("counts what is out of scope by its endpoint", () => {
    const folder = corpusOf({
      "a/one.yaml": [
        recording("/v1/embeddings", "{}"),
        recording("/v1beta/models/g-2.5:batchEmbedContents", "{}"),
        recording("/v1/files/file-12", "{}"),
      ].join("---\n"),
    });
    const shelves = judged(folder, () => seen(""));
    const table = tableLines(shelves).join("\n");
    for (const reason of ["a: POST embeddings", "a: POST models/*:batchEmbedContents", "a: POST files/*"]) {
      expect(table).toContain(`1  ${reason}`);
    }
    expect(totals(shelves)).toEqual({ passed: 0, failed: 0 });
    expect(tapLines(shelves, "not there")).toEqual(
      expect.arrayContaining([
        "ok 1 - a: other endpoints # SKIP 3 exchanges are out of scope",
        "ok 2 - recordings of others # SKIP not there",
        "1..2",
      ]),
    );
  });

  it.each([
    ["broken YAML", "when:\n  path: [\n", 3],
    ["no answer", "when:\n  path: /v1/chat/completions\n", 1],
    ["no status", "when:\n  path: /v1/chat/completions\nthen:\n  status: fine\n", 4],
    ["nothing", "", 1],
    ["an alias of nothing", `${recording("/v1/embeddings", "{}")}---\nwhen: *request\n`, 9],
    ["a status that is none", "when:\n  path: /v1/chat/completions\nthen:\n  status: 99\n", 4],
    ["a body in a form of its own", "when:\n  path: /\nthen:\n  status: 200\n  body_base64: e30=\n", 1],
    ["a body in another encoding", "when:\n  path: /\nthen:\n  body: e30=\n  body_encoding: hex\n", 4],
    ["a header that is no list", "when:\n  path: /\nthen:\n  status: 200\n  header: { date: now }\n", 5],
  ])("fails a file with %s, with its line", (_, text, line) => {
    const shelves = judged(corpusOf({ "a/bad.yaml": text }), () => seen(""));
    expect(totals(shelves)).toEqual({ passed: 0, failed: 1 });
    expect(failureLines(shelves)[0]).toContain(`a/bad.yaml:${line}: `);
  });

  it("takes what lies behind links, and fails for a link to nothing", () => {
    const folder = corpusOf({ "a/one.yaml": recording("/v1/chat/completions", answer("Good day")) });
    symlinkSync("one.yaml", join(folder, "a/two.yaml"));
    symlinkSync("a", join(folder, "again"));
    symlinkSync("missing.yaml", join(folder, "gone.yaml"));
    const shelves = judged(folder, () => seen("Good day"));
    expect(totals(shelves)).toEqual({ passed: 6, failed: 1 });
    expect(failureLines(shelves)[0]).toContain("gone.yaml:1: file: cannot be read (ENOENT)");
  });

  it("does not count what is empty behind a last line of dashes", () => {
    const folder = corpusOf({ "one.yaml": `${recording("/v1/chat/completions", answer("Good day"))}---\n` });
    expect(totals(judged(folder, () => seen("Good day")))).toEqual({ passed: 3, failed: 0 });
  });

  it("tells of a folder that is empty or not there", () => {
    expect(() => readShelves(tempFolder())).toThrow("holds no .yaml file");
    expect(() => readShelves("/nowhere/at/all")).toThrow("cannot be read (ENOENT)");
  });
});

describe("ts-tools corpus", () => {
  it("takes the folders it is given, else the one that is named, else the one beside the repository", () => {
    const beside = tempFolder();
    expect(foldersOfOthers(["a", "b"], "named", beside)).toEqual(["a", "b"]);
    expect(foldersOfOthers([], "named", beside)).toEqual(["named"]);
    expect(foldersOfOthers([], "", beside)).toEqual([beside]);
    expect(foldersOfOthers([], undefined, join(beside, "missing"))).toEqual([]);
  });

  const tool = join(repositoryRoot, "ts-tools/bin/ts-tools.js");

  it("fails when Lua and the core see something else than was recorded", () => {
    const folder = corpusOf({
      "a/one.yaml": `${recording("//v1//chat/completions/?version=1", answer("Good day"))}---\n${recording("/v1/models", "{}")}`,
    });
    const liar = join(folder, "liar.sh");
    const lie = JSON.stringify({ id: "a/one.yaml#0", ...seen("Good night") });
    writeFileSync(liar, `#!/bin/sh\nprintf '%s\\n' '${lie}' > "\${LLMSPELL_CORPUS_SEEN:-$3}"\n`, { mode: 0o755 });
    const run = spawnSync(
      process.execPath,
      [tool, "corpus", ".", "--no-own", "--build", join(folder, "build"), "--lua", liar, "--core-test", liar],
      { encoding: "utf8", cwd: folder },
    );
    expect(run.stdout).toContain('agent:stream: text: recorded is "Good day", got "Good night"');
    expect(run.stdout).toContain("in the core");
    expect(run.stdout.trimEnd().split("\n").at(-1)).toBe("0 passed, 3 failed, 1 out of scope");
    expect(run.status).toBe(1);
    const plan = JSON.parse(readFileSync(join(folder, "build/corpus/lua.plan.jsonl"), "utf8"));
    expect(plan).toMatchObject({ path: "/recording-0/v1", options: { model: "m" }, input: { role: "user" } });
  });
});
