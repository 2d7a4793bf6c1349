import { tool as langchainTool } from "@langchain/core/tools";
import { Agent, createTool, forbidRequests, type LlmspellTypeError } from "@rs/llmspell";
import { assertDone, played, scripted } from "@rs/llmspell/testing";
import { tool as aiTool } from "ai";
import { expect, test } from "vitest";
import { z } from "zod";

/** What is thrown, or what a promise rejects with. */
async function thrownBy(call: () => unknown): Promise<unknown> {
  try {
    await call();
  } catch (error) {
    return error;
  }
  return undefined;
}

// biome-ignore lint/suspicious/noExplicitAny: what is wrong here is wrong for the types as well
const agent = (options: any = {}): any => new Agent({ provider: "demo", ...options });
const tool = { name: "x", execute: () => 1 };

/** Misuse, and what the message must say. */
const MISUSE: readonly [name: string, call: () => unknown, message: RegExp][] = [
  ["config: a number", () => new Agent(5 as never), /new Agent: expected options like .*, got a number/],
  ["config: null", () => new Agent(null as never), /got null/],
  ["config: a list", () => new Agent([] as never), /got an array/],
  ["an unknown option", () => agent({ sytemPrompt: "x" }), /unknown option 'sytemPrompt'; did you mean 'systemPrompt'/],
  ["the contract's spelling", () => agent({ max_tokens: 5 }), /did you mean 'maxTokens'/],
  [
    "an option of the core alone",
    () => agent({ guardrails: [] }),
    /unknown option 'guardrails'; did you mean '(in|out)putGuardrails'/,
  ],
  ["a string for a number", () => agent({ maxTokens: "5" }), /maxTokens: expected an integer from 1 to \d+, got "5"/],
  ["a fraction for an integer", () => agent({ maxSteps: 1.5 }), /maxSteps: expected an integer/],
  ["NaN", () => agent({ temperature: Number.NaN }), /temperature must be a number, got NaN/],
  ["infinity inside", () => agent({ budget: { tokens: Infinity } }), /budget: tokens must be a number, got Infinity/],
  ["a wrong type inside", () => agent({ budget: { toolCalls: "x" } }), /budget\.toolCalls: expected an integer/],
  [
    "an unknown option inside",
    () => agent({ history: { maxTurn: 5 } }),
    /history: unknown option 'maxTurn'; did you mean 'maxTurns'/,
  ],
  [
    "one in a list",
    () => agent({ fallbacks: [{ modl: "x" }] }),
    /fallbacks\[0\]: unknown option 'modl'; did you mean 'model'/,
  ],
  ["one in a map", () => agent({ models: { m: { context_window: 5 } } }), /models\.m: .*did you mean 'contextWindow'/],
  ["an unknown choice", () => agent({ onBusy: "x" }), /onBusy: expected one of "queue", "error", "fork", got "x"/],
  ["a header that is a number", () => agent({ headers: { a: 5 } }), /headers\.a: expected a string, got a number/],
  ["a function", () => agent({ systemPrompt: () => "x" }), /systemPrompt is a function, which JSON cannot hold/],
  ["a symbol", () => agent({ model: Symbol("x") }), /model is a symbol/],
  ["a BigInt", () => agent({ seed: 5n }), /seed cannot be JSON: it has a BigInt/],
  ["a cycle", () => agent({ providerOptions: cycle() }), /providerOptions cannot be JSON: it refers to itself/],
  ["a state that is none", () => agent({ state: {} }), /state\.version: missing; expected 1, as in what getState gave/],
  ["an unknown provider", () => agent({ provider: "nope" }), /unknown provider "nope"; known are openai/],
  ["tools: no list", () => agent({ tools: tool }), /tools must be a list of tools, got an object/],
  ["a tool that is none", () => agent({ tools: [5] }), /tools\[0\]: expected a tool like .*, got a number/],
  ["a tool without a name", () => agent({ tools: [{ execute() {} }] }), /tools\[0\]: name must be a string/],
  [
    "a tool with an empty name",
    () => agent({ tools: [{ ...tool, name: "" }] }),
    /name must be .*, got an empty string/,
  ],
  ["a tool's function", () => agent({ tools: [{ name: "x", execute: 5 }] }), /tools\[0\]: execute must be a function/],
  ["a tool's description", () => agent({ tools: [{ ...tool, description: 5 }] }), /description must be a string/],
  [
    "a tool's schema",
    () => agent({ tools: [{ ...tool, schema: 5 }] }),
    /schema.*expected a JSON Schema or a Standard Schema/,
  ],
  [
    "a tool's schema that is none",
    () => agent({ tools: [{ ...tool, schema: { type: "x" } }] }),
    /tools\[0\]\.schema: not a JSON Schema/,
  ],
  [
    "a tool's unknown option",
    () => agent({ tools: [{ ...tool, timeout: 5 }] }),
    /tools\[0\].*unknown option 'timeout'; did you mean 'timeoutMs'/,
  ],
  [
    "a tool's limit",
    () => agent({ tools: [{ ...tool, timeoutMs: "1" }] }),
    /tools\[0\]\.timeoutMs: expected an integer/,
  ],
  [
    "a tool's needsApproval",
    () => agent({ tools: [{ ...tool, needsApproval: 5 }] }),
    /needsApproval must be true, false or a function/,
  ],
  ["two tools of a name", () => agent({ tools: [tool, tool] }), /the name "x" is there twice/],
  ...(
    [
      ["timeoutMs", { timeoutMs: "5s" }, /timeoutMs: expected an integer/],
      ["schema", { schema: { type: "objekt" } }, /schema: not a JSON Schema/],
      ["schema", { schema: { type: "string" } }, /schema: a tool's arguments are an object/],
      ["inputSchema", { inputSchema: {} }, /unknown option 'inputSchema'; did you mean 'schema'/],
      ["func", { execute: undefined, func() {} }, /unknown option 'func'; did you mean 'execute'/],
    ] as const
  ).map(([name, wrong, message]): [string, () => unknown, RegExp] => [
    `createTool checks at once: ${name} ${message}`,
    () => createTool({ ...tool, ...wrong } as never),
    new RegExp(`^createTool: .*${message.source}`),
  ]),
  [
    "a tool of LangChain",
    () => agent({ tools: [langchainTool(() => 1, { name: "x", schema: z.object({}) })] }),
    /^new Agent: tools\[0\]: .*fromLangChainTools\(\[…\]\) of @rs\/llmspell\/langchain/,
  ],
  [
    "a tool of the AI SDK",
    () => agent({ tools: [aiTool({ inputSchema: z.object({}), execute: () => 1 })] }),
    /^new Agent: tools\[0\]: .*fromAiTools\(\{ … \}\) of @rs\/llmspell\/ai/,
  ],
  [
    "tools of the AI SDK",
    () => agent({ tools: { x: aiTool({ inputSchema: z.object({}), execute: () => 1 }) } }),
    /^new Agent: tools must be a list.*fromAiTools/,
  ],
  ["an agent as a tool", () => agent({ tools: [agent()] }), /tools\[0\]: it is an agent; give agent\.asTool/],
  [
    "an agent's tool without a name",
    () => agent({ tools: [tool, agent().asTool()] }),
    /new Agent: tools\[1\]: name: missing; the agent has no name/,
  ],
  ["a handoff without a name", () => agent({ handoffs: [agent()] }), /new Agent: handoffs\[0\]: name: missing/],
  ["a model that is an object", () => agent({ model: {} }), /model must be a name like .*, or scripted.*got an object/],
  ["an option of another library", () => agent({ instructions: "x" }), /'instructions'; did you mean 'systemPrompt'/],
  ["its signal", () => agent().chat("x", { abortSignal: 1 }), /'abortSignal'; did you mean 'signal'/],
  ["createTool", () => createTool(5 as never), /createTool: expected a tool like .*, got a number/],
  ["addTool", () => agent().addTool(), /agent\.addTool: the tool: expected a tool like .*, got undefined/],
  ["hooks", () => agent({ hooks: 5 }), /hooks must be an object/],
  [
    "an unknown hook",
    () => agent({ hooks: { beforeTol() {} } }),
    /hooks: unknown option 'beforeTol'; did you mean 'beforeTool'/,
  ],
  ["a hook", () => agent({ hooks: { onEvent: 5 } }), /hooks\.onEvent must be a function, got a number/],
  ["guardrails", () => agent({ inputGuardrails: 5 }), /inputGuardrails must be a list/],
  ["a guardrail", () => agent({ outputGuardrails: [5] }), /outputGuardrails\[0\] must be a function/],
  [
    "a guardrail's check",
    () => agent({ outputGuardrails: [{ check: 5 }] }),
    /outputGuardrails\[0\]\.check must be a function/,
  ],
  [
    "a guardrail's name",
    () => agent({ inputGuardrails: [{ name: 5, check() {} }] }),
    /inputGuardrails\[0\]\.name must be a string/,
  ],
  [
    "two guardrails of a name",
    () =>
      agent({
        inputGuardrails: [
          { name: "a", check() {} },
          { name: "a", check() {} },
        ],
      }),
    /the name 'a' is there twice/,
  ],
  ["onApproval", () => agent({ onApproval: 5 }), /onApproval must be a function/],
  ["transport", () => agent({ transport: "x" }), /transport must be a function like fetch/],
  ["handoffs", () => agent({ handoffs: [5] }), /handoffs\[0\] must be an agent/],
  ["outputSchema", () => agent({ outputSchema: 5 }), /outputSchema: expected a JSON Schema/],
  ["an output schema that is none", () => agent({ outputSchema: { type: "x" } }), /outputSchema: not a JSON Schema/],
  ...[undefined, null, 5, Symbol("x"), () => 1].map((message): [string, () => unknown, RegExp] => [
    `message: ${String(message)}`,
    () => agent().chat(message),
    /agent\.chat: the message must be a string, a message/,
  ]),
  ["an empty message", () => agent().chat(""), /agent\.chat: input: got an empty message/],
  ["a role", () => agent().chat({ role: "x", content: "y" }), /expected one of `system`, `user`, `assistant`, `tool`/],
  ["a part", () => agent().chat([5]), /item 1: got a number where a content part is expected/],
  ["bytes", () => agent().chat({ type: "image", bytes: 5 }), /bytes must be a Uint8Array, got a number/],
  [
    "bytes and data",
    () => agent().chat([{ type: "file", bytes: new Uint8Array(1), url: "x" }]),
    /has both bytes and url/,
  ],
  [
    "a message that has a BigInt",
    () => agent().chat({ role: "user", content: [{ type: "text", text: 5n }] }),
    /the message cannot be JSON: it has a BigInt/,
  ],
  ["options", () => agent().chat("x", 5), /agent\.chat: options must be an object/],
  ["options: null", () => agent().chat("x", null), /options must be an object like .*, got null/],
  [
    "an unknown option of a call",
    () => agent().chat("x", { signl: 1 }),
    /unknown option 'signl'; did you mean 'signal'/,
  ],
  ["events of a call", () => agent().chat("x", { events: [] }), /unknown option 'events'/],
  ["signal", () => agent().chat("x", { signal: {} }), /signal must be an AbortSignal, got an object/],
  ["session", () => agent().chat("x", { session: 5 }), /session: expected a string of 1 to 256 characters/],
  [
    "a session that is null",
    () => agent().chat("x", { session: null }),
    /session must be a string, got null; leave it/,
  ],
  ["onEvent", () => agent().chat("x", { onEvent: 5 }), /onEvent must be a function/],
  ["a limit of a call", () => agent().execute("x", { maxSteps: 0 }), /agent\.execute: maxSteps: expected an integer/],
  ["execute with nothing", () => agent().execute(), /agent\.execute: the message must be a string/],
  ["input by another name", () => agent().execute({ prompt: "x" }), /unknown option 'prompt'; did you mean 'input'/],
  ["a typo in input", () => agent().stream({ imput: "x" }), /unknown option 'imput'; did you mean 'input'/],
  ["options twice", () => agent().execute({ input: "x" }, {}), /put the options beside `input`/],
  ["chatSync", () => agent().chatSync(5), /agent\.chatSync: the message must be/],
  ["executeSync", () => agent().executeSync("x", { sesion: "x" }), /did you mean 'session'/],
  ["stream", () => agent().stream("x", { events: ["x"] }), /agent\.stream: events\[0\]: expected one of "run_start"/],
  ["restore", () => agent().restore("x"), /agent\.restore: expected the bytes .* as a Uint8Array, got a string/],
  ["getState", () => agent().getState(5), /agent\.getState: options must be an object/],
  ["reset", () => agent().reset({ sesion: "x" }), /agent\.reset: unknown option 'sesion'; did you mean 'session'/],
  ["asTool", () => agent().asTool({ name: 5 }), /agent\.asTool: name must be a string, got a number/],
  ["asHandoff", () => agent().asHandoff({ descripton: "" }), /did you mean 'description'/],
  ["scripted", () => scripted("x" as never), /scripted: expected a list of turns, got a string/],
  ["a scripted turn", () => scripted([5 as never]), /scripted: turns\[0\] is a number/],
  ["a member of a turn", () => scripted([{ error: 5 as never }]), /scripted: turns\[0\]\.error: expected an object/],
  ["played", () => played({} as never), /played: expected an agent, got an object/],
  ["assertDone", () => assertDone(5 as never), /assertDone: expected an agent/],
  ["forbidRequests", () => forbidRequests("x" as never), /forbidRequests: expected true or false/],
  ["toReadableStream", () => agent().stream("x").toReadableStream({ as: "x" }), /as must be "events", "text" or "sse"/],
  ["approve", () => agent().stream("x").approve(5), /stream\.approve: expected the event `request` or its id/],
  [
    "what approve remembers",
    () => agent().stream("x").approve("y", { remember: "ever" }),
    /stream\.approve: remember must be "tool" or "arguments", got "ever"/,
  ],
  [
    "what deny remembers",
    () => agent().stream("x").deny("y", "no", { remember: 5 }),
    /stream\.deny: remember must be "tool" or "arguments", got a number/,
  ],
  ["deny", () => agent().stream("x").deny("x", 5), /the reason must be a string/],
  ["reply", () => agent().stream("x").reply("x", {}), /stream\.reply: expected \{ ok: value \}/],
];

function cycle(): object {
  const value: { self?: object } = {};
  value.self = value;
  return value;
}

test.each(MISUSE)("%s is a TypeError that says so", async (_, call, message) => {
  const error = await thrownBy(call);
  expect(error).toBeInstanceOf(TypeError);
  expect((error as Error).message).toMatch(message);
  expect((error as LlmspellTypeError).kind ?? "argument").toBe("argument");
});

test("members named __proto__ and the like change no prototypes", async () => {
  const before = Object.getOwnPropertyNames(Object.prototype);
  const dirty = JSON.parse('{"__proto__": {"polluted": 1}, "constructor": {"prototype": {"polluted": 1}}}') as object;
  expect(await thrownBy(() => agent(dirty))).toBeInstanceOf(TypeError);
  expect(await thrownBy(() => agent().chat("x", dirty))).toBeInstanceOf(TypeError);
  let seen: unknown;
  const model = scripted([
    { toolCalls: [{ name: "x", arguments: JSON.parse('{"__proto__": {"polluted": 1}}') }] },
    "done",
  ]);
  const spy = new Agent({
    model,
    providerOptions: dirty as Record<string, unknown>,
    tools: [
      {
        ...tool,
        execute: (params: unknown) => {
          seen = params;
          return JSON.parse('{"__proto__": {"polluted": 2}, "content": [{"type": "text", "text": "x"}]}');
        },
      },
    ],
    hooks: {
      beforeModel: () => JSON.parse('{"__proto__": {"polluted": 1}, "settings": {"__proto__": {"polluted": 1}}}'),
    },
  });
  await thrownBy(() => spy.execute({ input: "go" }));
  await new Agent({
    model: scripted([{ toolCalls: [{ name: "x", arguments: JSON.parse('{"__proto__": {"polluted": 1}}') }] }, "done"]),
    tools: [
      {
        ...tool,
        execute: (params: unknown) => {
          seen = params;
          return params;
        },
      },
    ],
  }).chat("go");
  expect(Object.hasOwn(seen as object, "__proto__")).toBe(true);
  expect(({} as { polluted?: number }).polluted).toBeUndefined();
  expect((seen as { polluted?: number }).polluted).toBeUndefined();
  expect(Object.getOwnPropertyNames(Object.prototype)).toEqual(before);
});

test("half a surrogate pair becomes a replacement character", async () => {
  expect(await agent().chat("\ud800 \\ud800 \ud83d\ude00")).toBe("You said: \ufffd \\ud800 \ud83d\ude00");
});
