import { copyFileSync, cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { runProgram } from "./run.js";

const AGENT = `
import { Agent, createTool } from "@rs/llmspell";
import { scripted } from "@rs/llmspell/testing";
const never = () => new Promise(() => {});
const silent = () => new Agent({ model: scripted([never, never, never]) });
const long = Array(20000).fill("word").join(" ");
`;

/** What a program that ends well leaves behind. */
function clean(out: string) {
  return { code: 0, signal: null, out, err: "" };
}

test("an agent that has nothing to do lets the process end", async () => {
  const ended = await runProgram(`${AGENT}
    const agent = new Agent({ provider: "demo" });
    await agent.chat("Hello");
    globalThis.kept = agent;
    console.log("end");`);
  expect(ended).toEqual(clean("end\n"));
});

test("a run in flight keeps the process alive until it has ended", async () => {
  const ended = await runProgram(`${AGENT}
    const tool = { name: "wait", schema: { type: "object" }, execute: () => new Promise((resolve) => setTimeout(resolve, 200, "x").unref()) };
    const agent = new Agent({ model: scripted([{ toolCalls: [{ name: "wait" }] }, "done"]), tools: [tool] });
    agent.chat("Hello").then(console.log);
    process.on("exit", () => console.log("exit"));
    // The timer does not keep the process alive: the run does.
    `);
  expect(ended).toEqual(clean("done\nexit\n"));
});

test("a stream that nobody reads does not keep the process alive for ever", async () => {
  const ended = await runProgram(`${AGENT}
    globalThis.kept = new Agent({ provider: "demo" }).stream(long);
    console.log("end");`);
  expect(ended).toEqual(clean("end\n"));
});

test("process.exit with runs of every kind in flight is clean", async () => {
  for (const at of ["setTimeout(() => process.exit(), 50)", "process.exit()", "queueMicrotask(() => process.exit())"]) {
    const ended = await runProgram(`${AGENT}
      const tool = { name: "hang", schema: { type: "object" }, execute: never };
      new Agent({ model: scripted([{ toolCalls: [{ name: "hang" }] }]), tools: [tool] }).chat("Hello");
      silent().chat("Hello");
      silent().stream("Hello").next();
      globalThis.unread = new Agent({ provider: "demo" }).stream(long);
      (async () => { for await (const event of new Agent({ provider: "demo" }).stream(long)) globalThis.last = event; })();
      ${at};`);
    expect(ended).toEqual(clean(""));
  }
});

test("an exception that nobody catches ends the process as ever, with runs in flight", async () => {
  const ended = await runProgram(`${AGENT}
    silent().chat("Hello");
    setTimeout(() => { throw new Error("mine"); }, 20);`);
  expect(ended).toMatchObject({ code: 1, signal: null });
  expect(ended.err).toContain("mine");
});

test("a failure that nobody waits for in a stream is no unhandled rejection", async () => {
  const ended = await runProgram(`${AGENT}
    const stream = new Agent({ provider: "demo", maxRetries: 0 }).stream("fail with 429");
    stream.result;
    for await (const event of stream) if (event.type === "error") console.log(event.error.kind);`);
  expect(ended).toEqual(clean("rate_limit\n"));
});

test("worker threads have agents of their own", async () => {
  const ended = await runProgram(`${AGENT}
    import { Worker } from "node:worker_threads";
    const code = 'const { parentPort } = require("node:worker_threads"); const { Agent } = require("@rs/llmspell");' +
      'new Agent({ provider: "demo" }).chat("from a worker").then((text) => parentPort.postMessage(text))';
    const workers = Array.from({ length: 4 }, () => new Worker(code, { eval: true, execArgv: [] }));
    const ends = workers.map((worker) => new Promise((resolve) => worker.on("exit", resolve)));
    const texts = workers.map((worker) => new Promise((resolve) => worker.once("message", resolve)));
    console.log(new Set(await Promise.all(texts)), await new Agent({ provider: "demo" }).chat("from main"), await Promise.all(ends));`);
  expect(ended).toEqual(clean("Set(1) { 'You said: from a worker' } You said: from main [ 0, 0, 0, 0 ]\n"));
});

test("a worker that is terminated in the middle of its runs harms nobody", async () => {
  const ended = await runProgram(`${AGENT}
    import { Worker } from "node:worker_threads";
    const code = \`
      const { parentPort } = require("node:worker_threads");
      const { Agent } = require("@rs/llmspell");
      const long = Array(20000).fill("word").join(" ");
      (async () => {
        const agent = new Agent({ provider: "demo" });
        agent.fork().chatSync("Hello");
        parentPort.postMessage("up");
        new Agent({ provider: "demo", tools: [{ name: "hang", schema: { type: "object" }, execute: () => new Promise(() => {}) }] }).chat("hang");
        for (;;) for await (const event of agent.stream(long)) globalThis.last = event;
      })();\`;
    for (let round = 0; round < 5; round++) {
      const workers = Array.from({ length: 3 }, () => new Worker(code, { eval: true, execArgv: [] }));
      await Promise.all(workers.map((worker) => new Promise((resolve) => worker.once("message", resolve))));
      await new Promise((resolve) => setTimeout(resolve, round * 6));
      await Promise.all(workers.map((worker) => worker.terminate()));
    }
    console.log(await new Agent({ provider: "demo" }).chat("still here"));`);
  expect(ended).toEqual(clean("You said: still here\n"));
});

test("a worker that blocks in chatSync is terminated too", async () => {
  const ended = await runProgram(`${AGENT}
    import { Worker } from "node:worker_threads";
    const code = \`
      const { parentPort } = require("node:worker_threads");
      const { Agent } = require("@rs/llmspell");
      const { scripted } = require("@rs/llmspell/testing");
      parentPort.postMessage("up");
      new Agent({ model: scripted([{ text: "late", delayMs: 600000 }]) }).chatSync("Hello");\`;
    const worker = new Worker(code, { eval: true, execArgv: [] });
    await new Promise((resolve) => worker.once("message", resolve));
    await new Promise((resolve) => setTimeout(resolve, 100));
    console.log(await worker.terminate());`);
  expect(ended).toEqual(clean("1\n"));
});

test("several copies of the package and its addon work in one process", async () => {
  const folder = mkdtempSync(join(tmpdir(), "llmspell-copies-"));
  try {
    const from = fileURLToPath(new URL("../..", import.meta.url));
    for (const name of ["one", "two"]) {
      cpSync(join(from, "dist"), join(folder, name, "dist"), { recursive: true });
      copyFileSync(join(from, "llmspell.node"), join(folder, name, "llmspell.node"));
    }
    const ended = await runProgram(
      `
      import { createRequire } from "node:module";
      const require = createRequire(${JSON.stringify(join(folder, "x.js"))});
      const [one, two] = ["one", "two"].map((name) => require("./" + name + "/dist/cjs/index.js"));
      console.log(one.Agent === two.Agent);
      const chats = [one, two, one, two].map(({ Agent }) => new Agent({ provider: "demo" }).chat("Hello"));
      console.log(new Set(await Promise.all(chats)));
      await new one.Agent({ provider: "demo" }).chat("x").then(() => process.exit());`,
      [],
      { LLMSPELL_NODE_ADDON: "" },
    );
    expect(ended).toEqual(clean("false\nSet(1) { 'You said: Hello' }\n"));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test("while the event loop is blocked, limits go on, and nothing is lost", async () => {
  const ended = await runProgram(`${AGENT}
    const block = (ms) => { const end = Date.now() + ms; while (Date.now() < end); };
    const late = new Agent({ model: scripted([{ text: "late", delayMs: 60000 }]), timeoutMs: 200 });
    const failure = late.chat("Hello").catch((error) => error.kind);
    const stream = new Agent({ provider: "demo" }).stream(long);
    await stream.next();
    block(2000);
    let text = "";
    for await (const event of stream) {
      if (event.type === "text_delta") text += event.text;
      if (event.seq === 5000) block(1000);
    }
    console.log(await failure, text === "You said: " + long);`);
  expect(ended).toEqual(clean("timeout true\n"));
});
