import { Agent, type AgentEvent, LlmspellError } from "@rs/llmspell";
import { scripted } from "@rs/llmspell/testing";
import { expect, test } from "vitest";

const call = { text: "Let me see.", toolCalls: [{ name: "act", arguments: { n: 1 } }] };
const tool = { name: "act", execute: async () => "did it" };
const agent = () => new Agent({ model: scripted([call, "one two three", "again"]), tools: [tool] });

/** How many events a run has that nobody aborts. */
async function countEvents(): Promise<number> {
  let count = 0;
  for await (const _ of agent().stream("go")) count++;
  return count;
}

/** Whose second turn has no end. */
const endless = () =>
  new Agent({ model: scripted([call, () => new Promise<string>(() => {}), "again"]), tools: [tool] });
const isInSecondTurn = ({ type, step }: AgentEvent): boolean => type === "step_start" && step === 2;

test("a run may be aborted between any two events, and its agent goes on", async () => {
  let count = 0;
  for await (const event of endless().stream("go")) {
    count++;
    if (isInSecondTurn(event)) break;
  }
  expect(count).toBeGreaterThan(8);
  for (let at = 0; at <= count; at++) {
    const made = endless();
    const controller = new AbortController();
    const events: AgentEvent[] = [];
    const stream = made.stream("go", { signal: controller.signal });
    if (at === 0) controller.abort("now");
    for await (const event of stream) {
      events.push(event);
      if (events.length === at) controller.abort("now");
    }
    expect(events.filter(({ type }) => type === "cancelled")).toEqual(events.slice(-1));
    expect(events.length).toBeLessThanOrEqual(count + 1);
    const outcome = await stream.result.catch((error: unknown) => error);
    expect(outcome).toBeInstanceOf(LlmspellError);
    expect(outcome).toMatchObject({ kind: "cancelled", cause: "now", partial: { tool_calls: expect.any(Array) } });
    made.reset();
  }
});

test("a run that has ended stays as it was when it is aborted", async () => {
  const controller = new AbortController();
  const stream = agent().stream("go", { signal: controller.signal });
  for await (const { type } of stream) if (type === "done") controller.abort("now");
  expect((await stream.result).text).toBe("one two three");
});

test("leaving, throwing and disposing after any event frees the agent", async () => {
  const count = await countEvents();
  for (let at = 1; at <= count; at++) {
    for (const way of ["break", "throw", "return", "dispose"] as const) {
      const made = agent();
      const stream = made.stream("go");
      let seen = 0;
      const read = async (): Promise<void> => {
        for await (const _ of stream) {
          if (++seen < at) continue;
          if (way === "break") break;
          if (way === "throw") throw new Error("left");
          if (way === "return") return;
          await stream[Symbol.asyncDispose]();
        }
      };
      await read().catch((error: Error) => expect(error.message).toBe("left"));
      made.reset();
      expect(await stream.next()).toEqual({ value: undefined, done: true });
    }
  }
});

test("one signal serves many runs, and keeps none of them", async () => {
  const controller = new AbortController();
  const made = new Agent({ provider: "demo" });
  for (let round = 0; round < 50; round++) await made.chat("Hello", { signal: controller.signal });
  const waiting = Array.from({ length: 20 }, () =>
    new Agent({ model: scripted([() => new Promise<string>(() => {})]) })
      .chat("go", { signal: controller.signal })
      .catch((error: LlmspellError) => error.kind),
  );
  await new Promise((resolve) => setTimeout(resolve, 20));
  controller.abort();
  expect(new Set(await Promise.all(waiting))).toEqual(new Set(["cancelled"]));
  await expect(made.chat("Hello", { signal: controller.signal })).rejects.toMatchObject({ kind: "cancelled" });
  expect(() => made.chatSync("Hello", { signal: controller.signal })).toThrow("the run was cancelled");
});

test("web streams: reading, text, server-sent events, and a client that leaves", async () => {
  const made = new Agent({ provider: "demo" });
  const types: string[] = [];
  for await (const event of made.stream("Hello").toReadableStream()) types.push(event.type);
  expect(types.at(-1)).toBe("done");
  let text = "";
  for await (const piece of made.stream("Hello").toReadableStream({ as: "text" })) text += piece;
  expect(text).toBe("You said: Hello");
  const response = made.stream("Hello").toSSEResponse({ headers: { "x-mine": "1" } });
  expect(response.headers.get("content-type")).toContain("text/event-stream");
  expect(response.headers.get("x-mine")).toBe("1");
  const sent = await response.text();
  expect(sent).toMatch(/^id: 1\nevent: run_start\ndata: \{.*\}\n\n/);
  expect(sent).toMatch(/event: done\ndata: \{.*\}\n\n$/);
  const stream = made.stream(Array(20000).fill("word").join(" "));
  const reader = stream.toReadableStream({ as: "sse" }).getReader();
  await reader.read();
  await reader.cancel();
  await expect(stream.result).rejects.toMatchObject({ kind: "cancelled" });
  expect(await made.chat("Hello")).toBe("You said: Hello");
  await expect(async () => {
    for await (const _ of new Agent({ provider: "demo", maxRetries: 0 })
      .stream("fail with 400")
      .toReadableStream({ as: "text" }));
  }).rejects.toThrow(LlmspellError);
});
