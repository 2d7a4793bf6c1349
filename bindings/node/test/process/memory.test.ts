import { expect, test } from "vitest";
import { runProgram } from "./run.js";

const GC = ["--expose-gc"];

/** Chats of a long test in the hundreds of thousands: `make torture` sets it. */
const CHATS = Number(process.env["LLMSPELL_CHATS"] ?? 4000);

test("a stream that was dropped is cancelled when it is collected, and its agent is free", async () => {
  const ended = await runProgram(
    `
    import { Agent } from "@rs/llmspell";
    const long = Array(100000).fill("word").join(" ");
    const agent = new Agent({ provider: "demo" });
    await (async () => { const stream = agent.stream(long); await stream.next(); await stream.next(); })();
    let answer;
    const chat = agent.chat("Hello").then((text) => { answer = text; });
    for (let round = 0; answer === undefined && round < 3000; round++) {
      gc();
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    console.log(answer);`,
    GC,
  );
  expect(ended).toMatchObject({ code: 0, out: "You said: Hello\n", err: "" });
}, 120_000);

test("runs, agents, handlers and streams leave nothing behind", async () => {
  const ended = await runProgram(
    `
    import { Agent, createTool } from "@rs/llmspell";
    import { readdirSync, readFileSync } from "node:fs";
    const tool = createTool({ name: "calculator", description: "Perform mathematical calculations", schema: { type: "object", properties: { expression: { type: "string" } } }, execute: async () => "x".repeat(1000) });
    const settle = async () => { for (let i = 0; i < 5; i++) { gc(); await new Promise((resolve) => setTimeout(resolve, 20)); } };
    const rss = () => Number(/VmRSS:\\s+(\\d+)/.exec(readFileSync("/proc/self/status", "utf8"))[1]) / 1024;
    const files = () => readdirSync("/proc/self/fd").length;
    let finalized = 0;
    const registry = new FinalizationRegistry(() => finalized++);
    async function work(count) {
      for (let done = 0; done < count; done += 8) {
        const agent = new Agent({ provider: "demo", tools: [tool] });
        registry.register(agent);
        await Promise.all([
          agent.chat("Hello"), agent.chat("What is 15 + 10?"), agent.fork().execute("Hello"),
          agent.chat("stop", { signal: AbortSignal.timeout(0) }).catch(() => {}),
          (async () => { for await (const event of agent.fork().stream("one two three four")) if (event.seq === 5) break; })(),
          agent.fork().stream("Hello").text(),
          agent.fork().chat("fail with 400").catch(() => {}),
        ]);
        agent.chatSync("Hello");
      }
    }
    const rounds = ${CHATS};
    await work(rounds / 4); await settle();
    const before = { rss: rss(), files: files() };
    finalized = 0;
    await work(rounds); await settle();
    const after = { rss: rss(), files: files() };
    console.log(JSON.stringify({ before, after, finalized, agents: Math.ceil(rounds / 8) }));`,
    GC,
  );
  expect(ended).toMatchObject({ code: 0, err: "" });
  const { before, after, finalized, agents } = JSON.parse(ended.out) as {
    before: { rss: number; files: number };
    after: { rss: number; files: number };
    finalized: number;
    agents: number;
  };
  expect(after.files).toBe(before.files);
  expect(finalized).toBeGreaterThan(agents * 0.95);
  // What V8 and malloc keep varies by some megabytes; a leak of a kilobyte for each chat would be more.
  expect(after.rss - before.rss).toBeLessThan(Math.max(24, before.rss * 0.2));
}, 1_200_000);
