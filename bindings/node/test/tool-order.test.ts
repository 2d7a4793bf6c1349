/** The order of things where tools of one turn are at work side by side. */
import { Agent, type AgentConfig, type AgentEvent } from "@rs/llmspell";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type MockServer, startMockServer } from "../../../ts-tools/src/mock/index.js";
import { connection } from "./support/scenes.js";

let server: MockServer;
beforeAll(async () => {
  server = await startMockServer();
});
afterAll(() => server.close());

const ids = ["c1", "c2", "c3"];

/** A run with three calls, whose handlers end when they are told to. */
class Round {
  readonly begun: string[] = [];
  readonly #ends = new Map<string, () => void>();
  readonly scenario;
  readonly agent: Agent;
  readonly events: AgentEvent[] = [];

  constructor(options: AgentConfig = {}, tool: object = {}) {
    const calls = ids.map((id) => ({ id, name: "work", arguments: { id } }));
    this.scenario = server.add({
      exchanges: [{ respond: { chat: { tool_calls: calls } } }, { respond: { chat: { text: "Done" } } }],
    });
    const execute = (params: { id: string }) => {
      this.begun.push(params.id);
      return new Promise((resolve) => this.#ends.set(params.id, () => resolve(`${params.id} is done`)));
    };
    this.agent = new Agent({
      ...connection(this.scenario.url),
      ...options,
      tools: [{ name: "work", execute, ...tool }],
    });
  }

  /** Lets a handler end that has begun. */
  end(id: string | undefined): void {
    this.#ends.get(String(id))?.();
  }

  of(type: AgentEvent["type"]): string[] {
    return this.events
      .filter((event) => event.type === type)
      .map((event) => (event as { tool_call_id: string }).tool_call_id);
  }

  /** Ids of the results, as the next request had them. */
  sent(): string[] {
    const body = this.scenario.seen().requests.at(1)?.body as { messages: { role: string; tool_call_id: string }[] };
    const { messages } = body;
    return messages.filter(({ role }) => role === "tool").map(({ tool_call_id: id }) => id);
  }

  close(): void {
    this.agent.close();
    this.scenario.remove();
  }
}

const orders = [
  ["c1", "c2", "c3"],
  ["c1", "c3", "c2"],
  ["c2", "c1", "c3"],
  ["c2", "c3", "c1"],
  ["c3", "c1", "c2"],
  ["c3", "c2", "c1"],
];

test.each(orders)(
  "results are told as they come: %s, %s, %s; the model reads them in the order of its calls",
  async (...order) => {
    const round = new Round();
    const left = [...order];
    for await (const event of round.agent.stream("Work")) {
      round.events.push(event);
      // All are at work before the first one ends.
      if (event.type === "tool_call" && round.of("tool_call").length === 3) {
        void waitFor(() => round.begun.length === 3).then(() => round.end(left.shift()));
      }
      if (event.type === "tool_result") round.end(left.shift());
    }
    expect(round.of("tool_call")).toEqual(ids);
    expect(round.begun).toEqual(ids);
    expect(round.of("tool_result")).toEqual(order);
    expect(round.sent()).toEqual(ids);
    round.close();
  },
);

test.each([
  ["maxParallelTools: 1", { maxParallelTools: 1 }, {}],
  ["parallel: false", {}, { parallel: false }],
] as const)("with %s one begins when the other has ended", async (_, options, tool) => {
  const round = new Round(options, tool);
  const most: number[] = [];
  let ended = 0;
  const reading = (async () => {
    for await (const event of round.agent.stream("Work")) {
      round.events.push(event);
      if (event.type === "tool_result") ended++;
    }
  })();
  for (const id of ids) {
    await waitFor(() => round.begun.includes(id));
    most.push(round.begun.length - ended);
    round.end(id);
  }
  await reading;
  expect(most.every((count) => count <= 1)).toBe(true);
  expect(round.of("tool_result")).toEqual(ids);
  round.close();
});

test("handlers that end at once keep the order of the calls, in promises or not", async () => {
  for (const execute of [({ id }: { id: string }) => id, async ({ id }: { id: string }) => id]) {
    const round = new Round({}, { execute });
    for await (const event of round.agent.stream("Work")) round.events.push(event);
    expect(round.of("tool_result")).toEqual(ids);
    expect(round.sent()).toEqual(ids);
    round.close();
  }
});

test("a stream of a thousand handlers' calls comes to its end, read or not", async () => {
  const calls = Array.from({ length: 250 }, (_, at) => ({ id: `c${at}`, name: "work", arguments: {} }));
  for (const reads of [true, false]) {
    const turn = { respond: { chat: { tool_calls: calls } } };
    const scenario = server.add({ exchanges: [turn, turn, { respond: { chat: { text: "Done" } } }] });
    let asked = 0;
    const count = () => void asked++;
    const agent = new Agent({
      ...connection(scenario.url),
      tools: [{ name: "work", execute: count }],
      hooks: { beforeTool: count },
    });
    const stream = agent.stream("Work");
    if (reads) for await (const event of stream) expect(event.type).not.toBe("error");
    expect((await stream.result).tool_calls).toHaveLength(500);
    expect(asked).toBe(1000);
    agent.close();
    scenario.remove();
  }
});

test("a tool whose call the reader has not gone past is not asked", async () => {
  const round = new Round();
  for await (const event of round.agent.stream("Work")) {
    await new Promise((resolve) => setTimeout(resolve, 5));
    if (event.type === "tool_call") break;
  }
  expect(round.begun).toEqual([]);
  round.close();
});

async function waitFor(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 1));
}
