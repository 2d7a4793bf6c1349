import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it, vi } from "vitest";
import { loadHosts } from "../../src/conformance/hosts.js";
import { loadCases } from "../../src/conformance/load.js";
import { settle } from "../../src/conformance/settle.js";
import { repositoryRoot } from "../../src/generate/paths.js";
import { tempFolder } from "../support/temp.js";

vi.setConfig({ testTimeout: 60_000 });

const tool = fileURLToPath(new URL("../../bin/ts-tools.js", import.meta.url));

/** A folder with these cases. */
function folderOf(cases: Readonly<Record<string, string>>): string {
  const folder = tempFolder();
  for (const [name, text] of Object.entries(cases)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  return folder;
}

/** What is said of a case, with the folder's path left out. */
function complaints(text: string, name = "a/b.yaml"): string[] {
  const folder = folderOf({ [name]: text });
  try {
    loadCases(folder);
    return [];
  } catch (error) {
    return (error as Error).message.replaceAll(`${folder}/`, "").split("\n");
  }
}

const head = "name: n\nsteps:\n";
const chat = "- { op: chat, args: { message: Hi }, as: x }\n";

describe("a case with a mistake is refused, with file and line:", () => {
  it.each([
    [
      "an unknown member",
      `${head}${chat}expect: {}\nexpct: {}\n`,
      /^a\/b\.yaml:5: expct: unknown key; known are: name,/,
    ],
    [
      "an unknown operation",
      `${head}- { op: chatt }\nexpect: {}\n`,
      /^a\/b\.yaml:3: steps\[0\]\.op: must be one of \["chat"/,
    ],
    [
      "an unknown argument",
      `${head}- op: chat\n  args:\n    message: Hi\n    strem: x\nexpect: {}\n`,
      /^a\/b\.yaml:6: steps\[0\]\.args\.strem: unknown key; known are: message, agent, options/,
    ],
    ["a missing argument", `${head}- { op: chat, args: {} }\nexpect: {}\n`, /^a\/b\.yaml:3: .*`message` is missing/],
    ["no arguments", `${head}- { op: chat }\nexpect: {}\n`, /^a\/b\.yaml:3: .*`args` is missing/],
    [
      "a name that nothing gave",
      `${head}${chat}- { op: read, args: { stream: s } }\nexpect: {}\n`,
      /^a\/b\.yaml:4: steps\[1\]\.args\.stream: no step before gives the name `s`; streams so far: none/,
    ],
    [
      "a name of another kind",
      `${head}${chat}- { op: read, args: { stream: x } }\nexpect: {}\n`,
      /^a\/b\.yaml:4: .*`x` is no stream/,
    ],
    [
      "a name twice",
      `${head}${chat}${chat}expect: {}\n`,
      /^a\/b\.yaml:4: steps\[1\]\.as: `x` is the name of something else/,
    ],
    [
      "an expectation of nothing",
      `${head}${chat}expect:\n  steps:\n    y: { ok: 1 }\n`,
      /^a\/b\.yaml:6: expect\.steps\.y: no step gives an outcome of that name; known are: x/,
    ],
    [
      "events of no stream",
      `${head}${chat}expect:\n  events:\n    x: []\n`,
      /^a\/b\.yaml:6: expect\.events\.x: no step gives a stream/,
    ],
    [
      "an unknown matcher",
      `${head}${chat}expect:\n  steps:\n    x:\n      ok: { $regex: a }\n`,
      /^a\/b\.yaml:7: expect\.steps\.x\.ok\.\$regex: no matcher; known are: \$absent/,
    ],
    [
      "a matcher in company",
      `${head}${chat}expect:\n  steps:\n    x:\n      ok: { $any: true, a: 1 }\n`,
      /^a\/b\.yaml:7: .*a matcher stands alone/,
    ],
    [
      "a bad scenario",
      `name: n\ngiven:\n  scenario:\n    exchanges:\n      - { respond: {}, respons: {} }\nsteps:\n${chat}expect: {}\n`,
      /^a\/b\.yaml:5: given\.scenario\.exchanges\[0\]\.respons: unknown key/,
    ],
    [
      "an unknown kind of error",
      `${head}${chat}expect:\n  steps:\n    x:\n      error: { kind: rate_limt }\n`,
      /^a\/b\.yaml:7: expect\.steps\.x\.error\.kind: there is no kind of error `rate_limt`; known are: argument,/,
    ],
    [
      "an unknown kind of error among others",
      `${head}- { op: stream, args: { message: Hi }, as: x }\nexpect:\n  events:\n    x: { $contains: { type: retry, error: { kind: { $in: [network, nework] } } } }\n`,
      /^a\/b\.yaml:6: expect\.events\.x\.\$contains\.error\.kind\.\$in\[1\]: there is no kind of error `nework`/,
    ],
    [
      "an unknown kind that a tool fails with",
      `name: n\ngiven:\n  tools:\n    - name: t\n      handler: { fails: { message: m, kind: tol } }\nsteps:\n${chat}expect: {}\n`,
      /^a\/b\.yaml:5: given\.tools\[0\]\.handler\.fails\.kind: there is no kind of error `tol`/,
    ],
    [
      "an unknown type of event",
      `${head}- { op: stream, args: { message: Hi }, as: x }\nexpect:\n  events:\n    x: { $last: { type: finished } }\n`,
      /^a\/b\.yaml:6: expect\.events\.x\.\$last\.type: there is no type of event `finished`; known are: run_start,/,
    ],
    [
      "an unknown type of event in a row of them",
      `${head}- { op: stream, args: { message: Hi }, as: x }\nexpect:\n  events:\n    x: { $types: [run_start, text] }\n`,
      /^a\/b\.yaml:6: expect\.events\.x\.\$types\[1\]: there is no type of event `text`/,
    ],
    [
      "an unknown option of the agent",
      `name: n\ngiven:\n  agent: { max_step: 1 }\nsteps:\n${chat}expect: {}\n`,
      /^a\/b\.yaml:3: given\.agent\.max_step: there is no option of an agent `max_step`; known are: name,/,
    ],
    [
      "an unknown option of a call",
      `${head}- op: chat\n  args: { message: Hi, options: { timeout: 1 } }\nexpect: {}\n`,
      /^a\/b\.yaml:4: steps\[0\]\.args\.options\.timeout: there is no option of a call `timeout`/,
    ],
    ["seen without a server", `${head}${chat}expect:\n  seen: {}\n`, /^a\/b\.yaml:5: expect\.seen: without a scenario/],
    [
      "an unknown handler",
      `name: n\ngiven:\n  tools:\n    - name: t\n      handler: { retruns: 1 }\nsteps:\n${chat}expect: {}\n`,
      /^a\/b\.yaml:5: .*retruns: unknown key; known are: returns, echoes/,
    ],
    [
      "a feature that is not required",
      `name: n\ngiven:\n  tools:\n    - name: t\n      handler: { by_hand: true }\nsteps:\n${chat}expect: {}\n`,
      /^a\/b\.yaml:5: .*`by_hand` is not for every host; add `requires: \[replies_by_hand\]`/,
    ],
    [
      "an expected failure without a reason",
      `${head}${chat}expect: {}\nexpected_failure: { hosts: [lua5.1] }\n`,
      /^a\/b\.yaml:5: expected_failure: `reason` is missing/,
    ],
    [
      "a variant without a reason",
      `${head}${chat}expect: {}\nalso_allowed:\n- { expect: {} }\n`,
      /^a\/b\.yaml:6: also_allowed\[0\]: `reason` is missing/,
    ],
    [
      "bytes of no case",
      `name: n\ngiven:\n  carried: a/none\nsteps:\n${chat}expect: {}\n`,
      /^a\/b\.yaml:3: given\.carried: no case a\/none has a step/,
    ],
    ["no YAML", "name: [\n", /^a\/b\.yaml:\d: YAML: /],
    [
      "restore of two things",
      `${head}- { op: restore, args: {} }\nexpect: {}\n`,
      /^a\/b\.yaml:3: .*either `checkpoint` or `bytes`/,
    ],
  ])("%s", (_, text, message) => {
    expect(complaints(text)).toEqual([expect.stringMatching(message)]);
  });

  it("a file that cannot be an id", () => {
    expect(complaints(`${head}${chat}expect: {}\n`, "a/B-c.yaml")).toEqual([
      expect.stringMatching(/^a\/B-c\.yaml:1: file: /),
    ]);
    expect(complaints(`${head}${chat}expect: {}\n`, "top.yaml")).toEqual([
      expect.stringMatching(/^top\.yaml:1: file: /),
    ]);
  });

  it("and the command ends with 1, having written nothing", () => {
    const folder = folderOf({ "a/b.yaml": `${head}- { op: chatt }\nexpect: {}\n` });
    const out = tempFolder();
    const ran = spawnSync(process.execPath, [tool, "conformance", "--cases", folder, "--out-root", out], {
      encoding: "utf8",
    });
    expect(ran.status).toBe(1);
    expect(ran.stderr).toMatch(/a\/b\.yaml:3: steps\[0\]\.op: /);
    expect(existsSync(join(out, "spec"))).toBe(false);
  });

  it("and so do a folder without cases, and a list of hosts that is wrong", () => {
    expect(() => loadCases(tempFolder())).toThrow(/holds no case/);
    const file = join(tempFolder(), "hosts.yaml");
    writeFileSync(file, "hosts:\n- { name: a, about: x, run: b, format: tap, lacks: { flying: no wings } }\n");
    expect(() => loadHosts(file)).toThrow(/hosts\.yaml:2: /);
    writeFileSync(
      file,
      "hosts:\n- { name: a, about: x, run: b, format: tap }\n- { name: a, about: x, run: c, format: tap }\n",
    );
    expect(() => loadHosts(file)).toThrow(/hosts\.yaml:3: hosts\[1\]\.name: a is listed twice/);
  });
});

describe("what a case reads up to", () => {
  it("is every type of event that there is", () => {
    const schema = (name: string) => JSON.parse(readFileSync(join(repositoryRoot, "spec/schema", name), "utf8"));
    const types = schema("event.schema.json").oneOf.map(({ title }: { title: string }) => title);
    expect(schema("case.schema.json").$defs.event_type.enum).toEqual(types);
  });
});

describe("a case for adapters", () => {
  it("has names for all its steps, what follows by itself, and the tools' defaults", () => {
    const text =
      "name: n\ngiven:\n  scenario: { exchanges: [] }\n  tools: [{ name: t, handler: { returns: 1 } }]\n" +
      `steps:\n${chat}- { op: reset }\nexpect:\n  steps: { x: { ok: a } }\n  seen: { unused: 3 }\n`;
    const [one] = loadCases(folderOf({ "a/b.yaml": text }));
    expect(one && settle(one)).toMatchObject({
      id: "a/b",
      given: { tools: [{ name: "t", description: "", schema: { type: "object" }, handler: [{ returns: 1 }] }] },
      steps: [{ as: "x" }, { op: "reset", args: {}, as: "step_2" }],
      expect: {
        steps: { x: { ok: "a" }, step_2: { error: { $absent: true } } },
        seen: { mismatches: [], unused: 3 },
      },
      also_allowed: [],
    });
  });
});

describe("what a host carries", () => {
  const given = (transport: string) => `name: n\ngiven:\n  transport:\n    ${transport}\nsteps:\n${chat}expect: {}\n`;

  it("is bytes for adapters, and the agent asks for it", () => {
    const answers =
      "answers: { respond: { chat: { text: { $repeat: [a, 3] } } }, pieces_of: 2, after: { fails: { message: m } } }";
    const [one] = loadCases(folderOf({ "a/b.yaml": given(answers) }));
    const settled = one && settle(one);
    const body = expect.stringMatching(/^data: \{.*"content":"aaa".*data: \[DONE\]\n\n$/s);
    const headers = { "content-type": "text/event-stream" };
    expect(settled?.["given"]).toMatchObject({
      agent: { transport: "host" },
      asks: [
        {
          key: "http",
          handler: [{ answers: { status: 200, headers, body, pieces_of: 2, after: { fails: { message: "m" } } } }],
        },
      ],
    });
  });

  it.each([
    [
      "a handler that carries nothing",
      "echoes: true",
      /^a\/b\.yaml:\d: given\.transport: a transport has the handlers answers/,
    ],
    [
      "no answer of a scenario",
      "answers: { respond: { chatt: {} } }",
      /^a\/b\.yaml:4: given\.transport\.answers\.respond: unknown key/,
    ],
    ["actions of a server", "answers: { respond: { actions: [] } }", /^a\/b\.yaml:4: .*actions: goes with a scenario/],
    [
      "a stream that nothing gave",
      "answers: { respond: {}, after: { cancels: s } }",
      /^a\/b\.yaml:4: .*no step before gives the name `s`/,
    ],
  ])("is not %s", (_, transport, message) => {
    expect(complaints(given(transport))).toEqual(expect.arrayContaining([expect.stringMatching(message)]));
  });

  it("is not what a tool or a hook answers", () => {
    const tool = `name: n\ngiven:\n  hooks: { before_tool: { answers: { respond: {} } } }\nsteps:\n${chat}expect: {}\n`;
    expect(complaints(tool).join()).toMatch(/^a\/b\.yaml:3: .*`answers` is for `transport`/);
  });
});

describe("the arguments that a scenario's model writes", () => {
  it("are text for adapters, which may have no order of keys", () => {
    const call = (name: string) => `{ id: c, name: t, arguments: ${name} }`;
    const calls = `[${["{ z: 1, a: [] }", "'{\"b\"'", "{ $repeat: [x, 3] }"].map(call).join(", ")}]`;
    const text =
      `name: n\ngiven:\n  scenario: { exchanges: [{ respond: { chat: { tool_calls: ${calls} } } }] }\n` +
      `steps:\n${chat}expect: {}\n`;
    const [one] = loadCases(folderOf({ "a/b.yaml": text }));
    const settled = one && JSON.stringify(settle(one)["given"]);
    expect(settled).toContain(JSON.stringify('{"z":1,"a":[]}'));
    expect(settled).toContain(JSON.stringify('{"b"'));
    expect(settled).toContain('{"$repeat":["x",3]}');
  });
});

describe("the generated tests", () => {
  it("are removed with their case", () => {
    const folder = folderOf({ "a/b.yaml": `${head}${chat}expect: {}\n`, "c/d.yaml": `${head}${chat}expect: {}\n` });
    const out = tempFolder();
    const generate = (cases: string) =>
      expect(spawnSync(process.execPath, [tool, "conformance", "--cases", cases, "--out-root", out]).status).toBe(0);
    generate(folder);
    const list = () => readFileSync(join(out, "spec/conformance/generated/cases.lua"), "utf8");
    expect(list()).toContain('"c/d",');
    generate(folderOf({ "a/b.yaml": `${head}${chat}expect: {}\n` }));
    expect(list()).toContain('"a/b",');
    expect(list()).not.toContain('"c/d",');
    expect(existsSync(join(out, "spec/conformance/generated/cases/c/d.json"))).toBe(false);
  });

  it("name every case once in each language", () => {
    const ids = loadCases(join(repositoryRoot, "spec/cases")).map(({ id }) => id);
    const c = readFileSync(join(repositoryRoot, "llmspell-c-api/tests/conformance/cases.gen.c"), "utf8");
    const rust = readFileSync(join(repositoryRoot, "crates/llmspell/tests/conformance/cases.gen.rs"), "utf8");
    expect([...c.matchAll(/conformance_test\("(.*)"\)/g)].map((line) => line[1])).toEqual(ids);
    const lua = readFileSync(join(repositoryRoot, "spec/conformance/generated/cases.lua"), "utf8");
    expect([...lua.matchAll(/"(.*)",/g)].map((line) => line[1])).toEqual(ids);
    expect([...rust.matchAll(/run\("(.*)"\)/g)].map((line) => line[1]).sort()).toEqual(ids);
  });
});
