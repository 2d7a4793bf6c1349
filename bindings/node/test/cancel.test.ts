/** Whoever loses interest in a run, at whatever moment: it ends once, leaves nothing open, and its agent is free. */
import { getEventListeners } from "node:events";
import { setImmediate as turn } from "node:timers/promises";
import { Agent, type AgentConfig, type AgentEvent, type AgentStream, LlmspellError } from "@rs/llmspell";
import { scripted } from "@rs/llmspell/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type MockServer, startMockServer } from "../../../ts-tools/src/mock/index.js";
import { connection, openCalls, type Scene, Stage, scenes } from "./support/scenes.js";

let server: MockServer;
beforeAll(async () => {
  server = await startMockServer();
});
afterAll(() => server.close());

const REASON = new Error("the user has left");
const final = new Set(["done", "error", "cancelled"]);

/** Reads so many events. */
async function read(reader: AsyncIterator<AgentEvent>, count: number): Promise<AgentEvent[]> {
  const events: AgentEvent[] = [];
  while (events.length < count) {
    const { done, value } = await reader.next();
    if (done) break;
    events.push(value);
  }
  return events;
}

const toTheEnd = (reader: AsyncIterator<AgentEvent>) => read(reader, Number.POSITIVE_INFINITY);

const isLastAnswer = (event: AgentEvent): boolean => event.type === "text_delta" && event.text.startsWith("one");

/** How many events come before the server waits at the gate. */
async function eventsOf(scene: Scene): Promise<number> {
  const stage = new Stage(server, scene);
  let count = 0;
  for await (const event of stage.agent.stream("Begin")) {
    count++;
    if (isLastAnswer(event)) break;
  }
  stage.close();
  return count;
}

const failureOf = (promise: Promise<unknown>): Promise<LlmspellError> =>
  promise.then(
    () => {
      throw new Error("it did not fail");
    },
    (error: LlmspellError) => error,
  );

/** What holds of every run that was given up, by whatever way. */
async function expectOver(stage: Stage, stream: AgentStream, signal: AbortSignal, where: string): Promise<void> {
  const failure = await failureOf(stream.result);
  expect(failure, where).toBeInstanceOf(LlmspellError);
  expect(failure.kind, where).toBe("cancelled");
  const called = stage.calls.length;
  expect(await stage.agent.chat("Again"), where).toBe("Free");
  const again = stage.scenario.seen().requests.at(-1)?.body as { messages: [] };
  expect(openCalls(again.messages), where).toEqual([]);
  expect(getEventListeners(signal, "abort"), where).toEqual([]);
  const later = stage.calls.slice(called).filter(({ what }) => !["beforeModel", "afterModel", "input"].includes(what));
  expect(later, where).toEqual([]);
  expect(stage.scenario.seen().mismatches, where).toEqual([]);
}

describe.each(scenes)("$name", (scene) => {
  test("aborted after each of its events", async () => {
    const count = await eventsOf(scene);
    expect(count).toBeGreaterThan(2);
    for (let after = 0; after <= count; after++) {
      const where = `after event ${after}`;
      const stage = new Stage(server, scene);
      const controller = new AbortController();
      const stream = stage.agent.stream("Begin", { signal: controller.signal });
      const reader = stream[Symbol.asyncIterator]();
      const before = await read(reader, after);
      controller.abort(REASON);
      const rest = await toTheEnd(reader);
      expect(
        before.filter(({ type }) => final.has(type)),
        where,
      ).toEqual([]);
      expect(
        rest.filter(({ type }) => final.has(type)).map(({ type }) => type),
        where,
      ).toEqual(["cancelled"]);
      expect(rest.at(-1)?.type, where).toBe("cancelled");
      const failure = await failureOf(stream.result);
      expect(failure.cause, where).toBe(REASON);
      await expectOver(stage, stream, controller.signal, where);
      stage.close();
    }
  });

  const ways: { readonly [way: string]: (stream: AgentStream, reader: AsyncIterator<AgentEvent>) => unknown } = {
    "stream.cancel()": (stream) => stream.cancel(),
    "leaving the loop": (_, reader) => reader.return?.(),
    "await using": (stream) => stream[Symbol.asyncDispose](),
  };
  test.each(Object.keys(ways))("given up by %s after each of its events", async (way) => {
    const count = await eventsOf(scene);
    for (let after = 0; after <= count; after++) {
      const where = `after event ${after}`;
      const stage = new Stage(server, scene);
      const { signal } = new AbortController();
      const stream = stage.agent.stream("Begin", { signal });
      const reader = stream[Symbol.asyncIterator]();
      await read(reader, after);
      await ways[way]?.(stream, reader);
      const types = (await toTheEnd(reader)).map(({ type }) => type).filter((type) => final.has(type));
      expect(types, where).toEqual(way === "stream.cancel()" ? ["cancelled"] : []);
      await expectOver(stage, stream, signal, where);
      stage.close();
    }
  });

  test("aborted while chat and execute wait", async () => {
    for (const call of ["chat", "execute"] as const) {
      const stage = new Stage(server, scene);
      const controller = new AbortController();
      const failing = failureOf(
        stage.agent[call]("Begin", {
          signal: controller.signal,
          onEvent: (event) => {
            if (isLastAnswer(event)) controller.abort(REASON);
          },
        }),
      );
      const failure = await failing;
      expect([failure.kind, failure.cause]).toEqual(["cancelled", REASON]);
      expect(failure.partial?.text).toMatch(/^one/);
      expect(getEventListeners(controller.signal, "abort")).toEqual([]);
      expect(await stage.agent.chat("Again")).toBe("Free");
      stage.close();
    }
  });

  test("aborted before it begins sends nothing", async () => {
    const stage = new Stage(server, scene);
    const signal = AbortSignal.abort(REASON);
    for (const call of ["chat", "execute"] as const) {
      const failure = await failureOf(stage.agent[call]("Begin", { signal }));
      expect([failure.kind, failure.cause]).toEqual(["cancelled", REASON]);
    }
    const stream = stage.agent.stream("Begin", { signal });
    const events = await toTheEnd(stream[Symbol.asyncIterator]());
    expect(events).toEqual([
      { type: "cancelled", seq: 1, step: 0, partial: expect.objectContaining({ text: "", usage: expect.anything() }) },
    ]);
    expect((await failureOf(stream.result)).kind).toBe("cancelled");
    for (const call of ["chatSync", "executeSync"] as const) {
      expect(() => stage.agent[call]("Begin", { signal })).toThrow(expect.objectContaining({ kind: "cancelled" }));
    }
    expect(stage.scenario.seen().requests).toEqual([]);
    expect(stage.agent.getState().messages).toEqual([]);
    stage.close();
  });

  test("aborted after its end changes nothing", async () => {
    const stage = new Stage(server, scene);
    const controller = new AbortController();
    const stream = stage.agent.stream("Begin", { signal: controller.signal });
    stage.scenario.release("gate");
    const events = await toTheEnd(stream[Symbol.asyncIterator]());
    controller.abort(REASON);
    stream.cancel();
    expect(events.at(-1)?.type).toBe("done");
    expect((await stream.result).text).toBe("one two three");
    expect(getEventListeners(controller.signal, "abort")).toEqual([]);
    expect(stage.calls.filter(({ signal }) => signal.aborted)).toEqual([]);
    stage.close();
  });
});

/** Options of an agent one of whose functions calls `wait`, by what that function is. */
type Waits = (wait: (...args: never[]) => Promise<never>) => AgentConfig;
const look = { name: "look", execute: () => "seen" };

const waiting: { readonly [what: string]: Waits } = {
  "a tool": (wait) => ({ tools: [{ ...look, execute: (_, context) => wait(context as never) }] }),
  "needsApproval of a tool": (wait) => ({
    tools: [{ ...look, needsApproval: (_, context) => wait(context as never) }],
    onApproval: () => true,
  }),
  onApproval: (wait) => ({
    tools: [{ ...look, needsApproval: true }],
    onApproval: (_, context) => wait(context as never),
  }),
  "the hook beforeModel": (wait) => ({ tools: [look], hooks: { beforeModel: (_, context) => wait(context as never) } }),
  "the hook afterModel": (wait) => ({ tools: [look], hooks: { afterModel: (_, context) => wait(context as never) } }),
  "the hook beforeTool": (wait) => ({ tools: [look], hooks: { beforeTool: (_, context) => wait(context as never) } }),
  "the hook afterTool": (wait) => ({ tools: [look], hooks: { afterTool: (_, context) => wait(context as never) } }),
  "an input guardrail": (wait) => ({ tools: [look], inputGuardrails: [(_, context) => wait(context as never)] }),
  "an output guardrail": (wait) => ({ outputGuardrails: [(_, context) => wait(context as never)] }),
  "the transport": (wait) => ({ tools: [look], transport: (_, init) => wait(init as never) }),
};

/** What a handler does once it was told that nobody waits any more. */
const endings: { readonly [ending: string]: (reason: unknown) => Promise<never> } = {
  returns: () => Promise.resolve("too late" as never),
  throws: (reason) => Promise.reject(reason),
  "never settles": () => new Promise<never>(() => {}),
};

describe.each(Object.keys(waiting))("aborted while %s is at work", (what) => {
  test.each(Object.keys(endings))("that %s", async (ending) => {
    const asked = what === "an output guardrail" ? [] : [{ id: "c1", name: "look", arguments: {} }];
    const scenario = server.add({
      match: "any",
      exchanges: [{ repeat: "forever", respond: { chat: { text: "Let me see.", tool_calls: asked } } }],
    });
    const controller = new AbortController();
    const contexts: { signal: AbortSignal }[] = [];
    const options = waiting[what]?.(((context: { signal: AbortSignal }) => {
      contexts.push(context);
      queueMicrotask(() => controller.abort(REASON));
      return new Promise<never>((resolve, reject) => {
        context.signal.addEventListener("abort", () => endings[ending]?.(context.signal.reason).then(resolve, reject));
      });
    }) as never);
    const agent = new Agent({ ...connection(scenario.url), ...options });
    const failure = await failureOf(agent.chat("Begin", { signal: controller.signal }));
    expect([failure.kind, failure.cause]).toEqual(["cancelled", REASON]);
    expect(contexts.map(({ signal }) => signal.reason)).toEqual([REASON]);
    expect(getEventListeners(controller.signal, "abort")).toEqual([]);
    // What the handler came to in the end disturbs nobody: vitest would tell of a rejection that nobody handles.
    await turn();
    agent.close();
    scenario.remove();
  });
});

test("a run that waits for its turn is aborted in the queue, and the one before it goes on", async () => {
  const stage = new Stage(server, scenes[0] as Scene);
  const first = stage.agent.stream("Begin");
  const reader = first[Symbol.asyncIterator]();
  await read(reader, 3);
  const controller = new AbortController();
  const second = failureOf(stage.agent.chat("Me too", { signal: controller.signal }));
  await turn();
  controller.abort(REASON);
  expect((await second).kind).toBe("cancelled");
  stage.scenario.release("gate");
  expect((await toTheEnd(reader)).at(-1)?.type).toBe("done");
  expect(stage.scenario.seen().requests).toHaveLength(1);
  stage.close();
});

test("one signal ends many runs, is let go by all of them, and nobody is warned of a leak", async () => {
  const warnings: Error[] = [];
  const warn = (warning: Error) => void warnings.push(warning);
  process.on("warning", warn);
  const stages = Array.from({ length: 20 }, () => new Stage(server, scenes[1] as Scene));
  const controller = new AbortController();
  const failures = stages.map(({ agent }) => failureOf(agent.chat("Begin", { signal: controller.signal })));
  await Promise.all(stages.map(({ scenario }) => scenario.until({ requests: 2 }, 30_000)));
  controller.abort(REASON);
  expect(new Set((await Promise.all(failures)).map(({ kind }) => kind))).toEqual(new Set(["cancelled"]));
  expect(getEventListeners(controller.signal, "abort")).toEqual([]);
  await turn();
  process.off("warning", warn);
  expect(warnings).toEqual([]);
  for (const stage of stages) stage.close();
});

test("AbortSignal.timeout ends a run that the server keeps waiting", async () => {
  const stage = new Stage(server, scenes[0] as Scene);
  const failure = await failureOf(stage.agent.chat("Begin", { signal: AbortSignal.timeout(50) }));
  expect(failure.kind).toBe("cancelled");
  expect((failure.cause as DOMException).name).toBe("TimeoutError");
  stage.close();
});

describe("after a cancel nothing is shown any more, however much waits:", () => {
  const words = Array.from({ length: 20_000 }, (_, index) => `w${index}`).join(" ");

  test.each(["stream.cancel()", "the signal"])("by %s", async (way) => {
    const controller = new AbortController();
    const seen: string[] = [];
    const agent = new Agent({ model: scripted([words]), hooks: { onEvent: ({ type }) => void seen.push(type) } });
    const stream = agent.stream("Begin", { signal: controller.signal });
    const before = await read(stream, 3);
    // Lets what fits into the buffers be there.
    await new Promise((resolve) => setTimeout(resolve, 50));
    const told = seen.length;
    if (way === "stream.cancel()") stream.cancel();
    else controller.abort();
    const rest = await toTheEnd(stream);
    expect([before.length, rest.map(({ type }) => type)]).toEqual([3, ["cancelled"]]);
    expect(seen.slice(told)).toEqual(["cancelled"]);
    const last = rest.at(-1) as AgentEvent & { type: "cancelled" };
    expect(words.startsWith(last.partial.text)).toBe(true);
  });
});

test("the wait behind a stream that nobody reads counts to timeoutMs", async () => {
  const words = Array.from({ length: 20_000 }, (_, index) => `w${index}`).join(" ");
  const agent = new Agent({ model: scripted([words, "Free"]) });
  const stream = agent.stream("Begin");
  await stream.next();
  await expect(agent.chat("Me too", { timeoutMs: 100 })).rejects.toMatchObject({ kind: "timeout" });
  await stream.return();
  expect(await agent.chat("And me")).toBe("Free");
});
