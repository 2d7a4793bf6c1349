import { AsyncLocalStorage } from "node:async_hooks";
import { Agent, createTool, LlmspellError, type Result, type ToolContext } from "@rs/llmspell";
import { scripted } from "@rs/llmspell/testing";
import { expect, test, vi } from "vitest";
import { gate } from "./support/gate.js";

const call = { toolCalls: [{ name: "act", arguments: { n: 1 } }] };

/** What the model reads as the result of a tool with this function, and whether it is an error. */
async function resultOf(
  execute: (params: unknown, context: ToolContext) => unknown,
  settings: object = {},
  way: "execute" | "executeSync" = "execute",
): Promise<{ text: string; isError: boolean; result: Result }> {
  const tool = { name: "act", schema: { type: "object" }, execute, ...settings };
  const agent = new Agent({ model: scripted([call, "done"]), tools: [tool] });
  const result = way === "execute" ? await agent.execute("go") : agent.executeSync("go");
  const [record] = result.tool_calls;
  return { text: record?.result ?? "", isError: record?.is_error ?? false, result };
}

const both = ["execute", "executeSync"] as const;

test.each(both)("%s: what a handler returns is what the model reads", async (way) => {
  const values: [unknown, string][] = [
    [undefined, "null"],
    [null, "null"],
    ["text", "text"],
    ["", ""],
    [5, "5"],
    [{ a: [1, { b: null }] }, '{"a":[1,{"b":null}]}'],
    [new Date(0), "1970-01-01T00:00:00.000Z"],
    ["half \ud800 pair", "half \ufffd pair"],
    [{ toJSON: () => ({ mine: 1 }) }, '{"mine":1}'],
  ];
  for (const [value, text] of values) expect((await resultOf(() => value, {}, way)).text).toBe(text);
});

test("promises and thenables are waited for", async () => {
  expect((await resultOf(async () => 5)).text).toBe("5");
  // biome-ignore lint/suspicious/noThenProperty: a thenable is what this is about
  expect((await resultOf(() => ({ then: (resolve: (value: unknown) => void) => resolve("then") }))).text).toBe("then");
});

test.each(both)("%s: what cannot be JSON is a tool error that says why", async (way) => {
  const cycle: { self?: object } = {};
  cycle.self = cycle;
  const values: [unknown, RegExp][] = [
    [5n, /tool 'act' failed: its result cannot be JSON: it has a BigInt/],
    [{ a: [5n] }, /it has a BigInt/],
    [new Map([["a", 1]]), /tool 'act' failed: its result is a Map, which JSON cannot hold/],
    [new Error("x"), /its result is an Error \(throw it instead\)/],
    [(async function* () {})(), /its result is an iterator/],
    [Number.NaN, /its result is NaN/],
    [cycle, /refers to itself/],
    [() => 1, /its result is a function, which JSON cannot hold/],
    [Symbol("x"), /its result is a symbol/],
    [
      {
        toJSON() {
          throw new Error("no JSON today");
        },
      },
      /no JSON today/,
    ],
    [
      {
        get broken() {
          throw new Error("broken getter");
        },
      },
      /broken getter/,
    ],
  ];
  for (const [value, message] of values) {
    const { text, isError } = await resultOf(() => value, {}, way);
    expect(text).toMatch(message);
    expect(isError).toBe(true);
  }
});

test.each(both)("%s: whatever a handler throws is a result for the model", async (way) => {
  const thrown: [unknown, RegExp][] = [
    [new Error("boom"), /boom/],
    ["a text", /a text/],
    [undefined, /tool 'act' threw undefined/],
    [null, /threw null/],
    [5, /threw a number/],
    [{ message: "like an error" }, /like an error/],
    [Symbol("x"), /threw a symbol/],
    [Object.create(null), /tool 'act' threw/],
    [
      new Proxy(
        {},
        {
          get() {
            throw new Error("trap");
          },
        },
      ),
      /tool 'act' threw/,
    ],
    [new Error("half \ud800 pair"), /half \ufffd pair/],
  ];
  for (const [value, message] of thrown) {
    const sync = await resultOf(
      () => {
        throw value;
      },
      {},
      way,
    );
    expect(sync.text).toMatch(message);
    expect(sync.isError).toBe(true);
    if (way === "execute") expect((await resultOf(() => Promise.reject(value))).text).toMatch(message);
  }
});

test("an error's kind is kept", async () => {
  const { result } = await resultOf(() => {
    throw new LlmspellError({ kind: "policy", message: "not allowed" });
  });
  expect(result.tool_calls[0]).toMatchObject({ is_error: true, error_kind: "policy" });
});

test("a result of 100 MB is cut, and nobody chokes on it", async () => {
  const { text, isError } = await resultOf(async () => "x".repeat(100 * 1024 * 1024));
  expect(isError).toBe(false);
  expect(text).toMatch(/^x{1000,}\n?.*\[result cut: the first 65536 of 104857600 bytes\]$/s);
}, 120_000);

test("a handler that never settles ends with its time, and its signal aborts", async () => {
  let signal: AbortSignal | undefined;
  const { text, isError } = await resultOf(
    (_, context) => {
      signal = context.signal;
      expect(context.cancelled).toBe(false);
      return new Promise(() => {});
    },
    { timeoutMs: 1000 },
  );
  expect(isError).toBe(true);
  expect(text).toContain("within 1000 ms");
  await expect.poll(() => signal?.aborted, { timeout: 20_000 }).toBe(true);
});

test("an answer after the time is over changes nothing", async () => {
  let settle: ((value: unknown) => void) | undefined;
  const model = scripted([
    call,
    () => {
      settle?.("late");
      return "done";
    },
  ]);
  const tool = { name: "act", execute: () => new Promise((resolve) => (settle = resolve)), timeoutMs: 1000 };
  const result = await new Agent({ model, tools: [tool] }).execute("go");
  expect(settle).toBeDefined();
  expect(result.text).toBe("done");
  expect(result.tool_calls[0]?.is_error).toBe(true);
});

test("a handler that throws after its run was aborted harms nobody", async () => {
  const controller = new AbortController();
  const tool = {
    name: "act",
    execute: (_: unknown, { signal }: ToolContext) =>
      new Promise((_, reject) => {
        signal.addEventListener("abort", () => reject(new Error("aborted")));
        setTimeout(() => controller.abort(), 5);
      }),
  };
  const agent = new Agent({ model: scripted([call, "done"]), tools: [tool] });
  await expect(agent.chat("go", { signal: controller.signal })).rejects.toMatchObject({ kind: "cancelled" });
  await new Promise((resolve) => setTimeout(resolve, 20));
});

test("handlers keep the async context of the call, and do not mix", async () => {
  const user = new AsyncLocalStorage<string>();
  const seen: string[] = [];
  const tool = createTool({
    name: "act",
    execute: async () => {
      await new Promise((resolve) => setTimeout(resolve, 2));
      seen.push(user.getStore() ?? "none");
    },
  });
  const ask = (name: string): Promise<unknown> =>
    user.run(name, () => new Agent({ model: scripted([call, "done"]), tools: [tool] }).chat("go"));
  await Promise.all(["ann", "bob"].map(ask));
  expect(seen.sort()).toEqual(["ann", "bob"]);
});

test("a handler may ask other agents, and forks of its own", async () => {
  const agent: Agent = new Agent({
    provider: "demo",
    tools: [
      {
        name: "calculator",
        description: "Perform mathematical calculations",
        schema: { type: "object", properties: { expression: { type: "string" } } },
        execute: async () => (await agent.fork().chat("inner")) + (await new Agent({ provider: "demo" }).chat("other")),
      },
    ],
  });
  expect(await agent.chat("What is 15 + 10?")).toContain("You said: innerYou said: other");
});

test("tools of one turn run side by side", async () => {
  let together = 0;
  const all = gate();
  const tool = {
    name: "act",
    execute: () => {
      if (++together === 3) all.open();
      return all.passed;
    },
  };
  const turn = { toolCalls: [1, 2, 3].map((n) => ({ name: "act", arguments: { n } })) };
  expect(await new Agent({ model: scripted([turn, "done"]), tools: [tool] }).chat("go")).toBe("done");
});

test("approvals: a function decides, in the agent or in the call", async () => {
  const tool = { name: "act", execute: () => "did it", needsApproval: true };
  const agent = (options: object = {}) => new Agent({ model: scripted([call, "done"]), tools: [tool], ...options });
  const record = async (made: Agent, options = {}) => (await made.execute("go", options)).tool_calls[0];
  expect(await record(agent())).toMatchObject({ is_error: true, error_kind: "approval" });
  expect(await record(agent({ onApproval: () => true }))).toMatchObject({ result: "did it" });
  expect(await record(agent({ onApproval: async () => ({ decision: "deny", reason: "not today" }) }))).toMatchObject({
    is_error: true,
    result: expect.stringContaining("not today"),
  });
  expect(await record(agent({ onApproval: () => false }), { onApproval: () => true })).toMatchObject({
    result: "did it",
  });
  expect(await record(agent({ onApproval: () => undefined }))).toMatchObject({ error_kind: "approval" });
  const asked: unknown[] = [];
  const needs = { ...tool, needsApproval: async (params: unknown) => asked.push(params) === 0 };
  expect(await record(new Agent({ model: scripted([call, "done"]), tools: [needs] }))).toMatchObject({
    result: "did it",
  });
  expect(asked).toEqual([{ n: 1 }]);
});

test("approvals: the reader of a stream decides, or is passed over", async () => {
  const tool = { name: "act", execute: () => "did it", needsApproval: true };
  for (const [decide, result] of [
    ["approve", /did it/],
    ["deny", /not today/],
    ["nothing", /nobody decided/],
  ] as const) {
    const stream = new Agent({ model: scripted([call, "done"]), tools: [tool] }).stream("go");
    for await (const event of stream) {
      if (event.type !== "request") continue;
      expect(event).toMatchObject({ kind: "approval", payload: { name: "act", arguments: { n: 1 } } });
      if (decide === "approve") stream.approve(event);
      if (decide === "deny") stream.deny(event, "not today");
    }
    expect((await stream.result).tool_calls[0]?.result).toMatch(result);
    expect(() => stream.approve("req_1")).toThrow(LlmspellError);
  }
});

test("hooks and guardrails look in, change and stop", async () => {
  const seen: string[] = [];
  const agent = new Agent({
    model: scripted([call, "the answer"]),
    tools: [{ name: "act", execute: () => "secret 1234" }],
    hooks: {
      beforeModel: ({ step }) => {
        seen.push(`before ${step}`);
        return { systemPrompt: "Be brief.", settings: { maxTokens: 5 } };
      },
      afterModel: async ({ text }) => void seen.push(`after ${text}`),
      beforeTool: () => ({ arguments: { n: 2 } }),
      afterTool: ({ content, arguments: given }) => ({
        result: `${content.replace("1234", "****")} ${JSON.stringify(given)}`,
      }),
      onEvent: ({ type }) => {
        if (type === "tool_result") seen.push(type);
      },
    },
    inputGuardrails: [({ text }) => (text.includes("password") ? { stop: "no passwords" } : true)],
    outputGuardrails: [{ name: "polite", check: ({ text }) => ({ text: `${text}, please` }) }],
  });
  const result = await agent.execute("go");
  expect(result.text).toBe("the answer, please");
  expect(result.tool_calls[0]?.result).toBe('secret **** {"n":2}');
  expect(seen).toEqual(["before 1", "after ", "tool_result", "before 2", "after the answer"]);
  await expect(agent.chat("my password")).rejects.toMatchObject({ kind: "policy" });
});

test("a hook that throws ends the run, and says why", async () => {
  const hooks = {
    beforeModel: () => {
      throw new Error("not checked");
    },
  };
  const failure = new Agent({ provider: "demo", hooks }).chat("go");
  await expect(failure).rejects.toMatchObject({ kind: "policy", cause: expect.stringContaining("not checked") });
});

test("onEvent sees every event; what it throws ends the run", async () => {
  const types: string[] = [];
  const agent = new Agent({ provider: "demo" });
  expect(await agent.chat("Hello", { onEvent: ({ type }) => void types.push(type) })).toBe("You said: Hello");
  expect(types.at(0)).toBe("run_start");
  expect(types.at(-1)).toBe("done");
  const onEvent = () => {
    throw new RangeError("mine");
  };
  for (const ask of [() => agent.chat("Hello", { onEvent }), async () => agent.chatSync("Hello", { onEvent })])
    await expect(ask()).rejects.toThrow("mine");
  expect(await agent.chat("again")).toBe("You said: again");
  const late = async (): Promise<never> => Promise.reject(new RangeError("mine, later"));
  await expect(agent.chat("slowly say a b c d e f g h", { onEvent: late as never })).rejects.toThrow("mine, later");
  const unheard = vi.fn();
  process.on("unhandledRejection", unheard);
  await agent.chat("Hello", { onEvent: late as never }).catch(() => undefined);
  await new Promise((resolve) => setTimeout(resolve, 20));
  process.off("unhandledRejection", unheard);
  expect(unheard).not.toHaveBeenCalled();
});

test("a transport whose answer comes after the end lets go of its body", async () => {
  const asked = gate();
  const answer = gate<Response>();
  let left = false;
  const cancel = (): void => {
    left = true;
  };
  const body = new ReadableStream({ cancel });
  const agent = new Agent({
    model: "openai/gpt-4o",
    apiKey: "key",
    transport: () => {
      asked.open();
      return answer.passed;
    },
  });
  const gone = new AbortController();
  const chat = agent.chat("Hello", { signal: gone.signal });
  await asked.passed;
  gone.abort();
  await expect(chat).rejects.toMatchObject({ kind: "cancelled" });
  answer.open(new Response(body));
  await vi.waitFor(() => expect(left).toBe(true), 20_000);
});

test("a transport carries HTTP, as fetch does", async () => {
  const seen: string[] = [];
  const answer = `data: {"choices":[{"index":0,"delta":{"content":"carried"},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n`;
  const bodies = [
    answer,
    Buffer.from(answer),
    new Response(answer).body,
    (async function* () {
      yield answer;
    })(),
  ];
  for (const body of bodies) {
    const agent = new Agent({
      model: "openai/gpt-4o",
      apiKey: "secret",
      transport: async (url, { method, headers, signal }) => {
        seen.push(`${method} ${url} ${headers["authorization"]} ${signal.aborted}`);
        return { status: 200, headers: { "content-type": "text/event-stream" }, body };
      },
    });
    expect(await agent.chat("Hello")).toBe("carried");
  }
  expect(new Set(seen)).toEqual(new Set(["POST https://api.openai.com/v1/chat/completions Bearer secret false"]));
  const failing = new Agent({
    model: "openai/gpt-4o",
    apiKey: "k",
    maxRetries: 0,
    transport: () => Promise.reject(new Error("no way out")),
  });
  await expect(failing.chat("Hello")).rejects.toMatchObject({
    kind: "network",
    message: expect.stringContaining("no way out"),
  });
});

test("agents behind tools, and hand-offs, with handlers of their own", async () => {
  const calls: string[] = [];
  const inner = new Agent({
    name: "expert",
    model: scripted([call, "expert's answer", call, "again"]),
    tools: [{ name: "act", execute: (_, { agent }) => calls.push(agent === inner ? "inner" : "other") }],
  });
  const outer = new Agent({
    model: scripted([{ toolCalls: [{ name: "expert", arguments: { input: "help" } }] }, "told"]),
    tools: [inner.asTool({ description: "Knows." })],
  });
  const result = await outer.execute("go");
  expect(result.tool_calls[0]?.result).toBe("expert's answer");
  const front = new Agent({ model: scripted([{ toolCalls: [{ name: "transfer_to_expert" }] }]), handoffs: [inner] });
  expect((await front.execute("go")).metadata.agent).toBe("expert");
  expect(calls).toEqual(["inner", "inner"]);
});
