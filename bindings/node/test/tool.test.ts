import { Agent, createTool, LlmspellError } from "@rs/llmspell";
import { scripted } from "@rs/llmspell/testing";
import { type } from "arktype";
import * as v from "valibot";
import { describe, expect, test } from "vitest";
import { z } from "zod";

/** What a tool was called with, and what the model read, when a model calls it with these arguments. */
async function called(make: (seen: unknown[]) => object, given: unknown): Promise<{ seen: unknown[]; read: string }> {
  const seen: unknown[] = [];
  const model = scripted([{ toolCalls: [{ name: "t", arguments: given }] }, "done"]);
  const agent = new Agent({ model, tools: [make(seen) as never] });
  const { tool_calls } = await agent.execute("go");
  return { seen, read: tool_calls[0]?.result ?? "" };
}

const schemas = {
  zod: z.object({
    city: z.string().min(2),
    days: z.number().default(1),
    at: z.string().transform((text) => text.length),
  }),
  valibot: v.object({
    city: v.pipe(v.string(), v.minLength(2)),
    days: v.optional(v.number(), 1),
    at: v.pipe(
      v.string(),
      v.transform((text) => text.length),
    ),
  }),
  arktype: type({ city: "string >= 2", days: "number = 1", at: type("string").pipe((text) => text.length) }),
};

describe.each(Object.entries(schemas))("a tool with a schema of %s", (_, schema) => {
  const tool = (seen: unknown[]) =>
    createTool({ name: "t", schema, execute: (params) => void seen.push(params) as unknown as string });

  test("gets what the schema makes of the arguments", async () => {
    const { seen } = await called(tool, { city: "Rome", at: "noon" });
    expect(seen).toEqual([{ city: "Rome", days: 1, at: 4 }]);
  });

  test("is not called with what does not fit; the model reads why", async () => {
    const { seen, read } = await called(tool, { city: "Rome", at: 12 });
    expect(seen).toEqual([]);
    expect(read).toMatch(/at/);
  });

  test("holds an answer to it, in every way to get one", async () => {
    const agent = new Agent({ model: scripted(Array(3).fill('{"city":"Rome","at":"noon"}')), outputSchema: schema });
    const value = { city: "Rome", days: 1, at: 4 };
    expect((await agent.execute("Where?")).object).toEqual(value);
    expect(agent.executeSync("Where?").object).toEqual(value);
    expect((await agent.stream("Where?").result).object).toEqual(value);
  });
});

test("what only the library can check is an error of kind validation that the model reads", async () => {
  const schema = z.object({ even: z.number().refine((n) => n % 2 === 0, "must be even") });
  const { seen, read } = await called((list) => ({ name: "t", schema, execute: (p: unknown) => list.push(p) }), {
    even: 3,
  });
  expect(seen).toEqual([]);
  expect(read).toContain("the arguments do not fit: even: must be even");
});

test("an asynchronous schema is waited for, and refused where nothing can be waited for", async () => {
  const schema = z.object({ name: z.string().refine(async (name) => name !== "taken", "is taken") });
  const make = (list: unknown[]) => ({ name: "t", schema, execute: (p: unknown) => void list.push(p) });
  expect((await called(make, { name: "free" })).seen).toEqual([{ name: "free" }]);
  expect((await called(make, { name: "taken" })).read).toContain("name: is taken");
  const model = scripted([{ toolCalls: [{ name: "t", arguments: { name: "free" } }] }, "done"]);
  const result = new Agent({ model, tools: [make([])] }).executeSync("go");
  expect(result.tool_calls[0]?.result).toMatch(/Promise/);
});

test("an answer that the library refuses is an error with the result as far as it got", async () => {
  const outputSchema = z.object({ even: z.number().refine((n) => n % 2 === 0, "must be even") });
  const agent = new Agent({ model: scripted(['{"even":3}', '{"even":3}']), outputSchema });
  const error = await agent.execute("go").catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(LlmspellError);
  expect(error).toMatchObject({ kind: "validation", partial: { object: { even: 3 } } });
  expect((error as Error).message).toContain("even: must be even");
  await expect(agent.stream("go").result).rejects.toMatchObject({ kind: "validation" });
});

test("needsApproval decides by what the schema made of the arguments", async () => {
  const seen: unknown[] = [];
  const tool = createTool({
    name: "t",
    schema: z.object({ days: z.number().default(7) }),
    needsApproval: ({ days }) => days > 3,
    execute: () => "went",
  });
  const model = scripted([{ toolCalls: [{ name: "t", arguments: {} }] }, "done"]);
  const onApproval = (call: unknown) => {
    seen.push(call);
    return true;
  };
  const { tool_calls } = await new Agent({ model, tools: [tool], onApproval }).execute("go");
  expect(tool_calls[0]?.result).toBe("went");
  expect(seen).toHaveLength(1);
});

test("patterns that only JavaScript can read are no obstacle", async () => {
  const schema = z.object({ code: z.string().regex(/^(?=a).*z$/), wait: z.iso.duration().optional() });
  const tool = createTool({ name: "t", description: "", schema, execute: ({ code }) => code });
  expect(new Agent({ provider: "demo", tools: [tool] })).toBeInstanceOf(Agent);
});

test("an agent is no tool until it is made one", () => {
  const agent = new Agent({ provider: "demo" });
  expect(() => new Agent({ tools: [agent as never] })).toThrow(/tools\[0\]: .*agent\.asTool/);
  expect(() => new Agent(new Map() as object)).toThrow(/new Agent: expected options/);
});

test("a tool keeps its settings, and `this`", async () => {
  const tool = createTool({ name: "t", parameters: { type: "object" }, timeoutMs: 1000, execute: () => 1 });
  expect(tool).toMatchObject({ name: "t", description: "", schema: { type: "object" }, timeoutMs: 1000 });
  expect(Object.keys(tool)).not.toContain("parameters");
  class Counter {
    readonly name = "t";
    readonly #calls = ["one"];
    execute(): string | undefined {
      return this.#calls[0];
    }
  }
  expect((await called(() => new Counter(), {})).read).toBe("one");
});

test("a program may call a tool by itself", () => {
  const tool = createTool({ name: "t", execute: (params, { signal, name }) => [params, signal.aborted, name] });
  expect(tool.execute(1)).toEqual([1, false, "t"]);
});

test.each<[unknown, string]>([
  [undefined, "createTool: expected a tool like { name, description, schema, execute }, got undefined"],
  [{ execute: () => 1 }, "createTool: name must be a string that is not empty, got undefined"],
  [{ name: 1, execute: () => 1 }, "createTool: name must be a string that is not empty, got a number"],
  [{ name: "t", description: 1, execute: () => 1 }, "createTool: description must be a string, got a number"],
  [{ name: "t", execute: "x" }, "createTool: execute must be a function (params, context) => result"],
  [
    { name: "t", needsApproval: "yes", execute: () => 1 },
    "createTool: needsApproval must be true, false or a function",
  ],
  [{ name: "t", schema: {}, parameters: {}, execute: () => 1 }, "createTool: schema and parameters are the same"],
  [
    { name: "t", schema: 1, execute: () => 1 },
    "createTool: schema of the tool 't': expected a JSON Schema or a Standard Schema",
  ],
  [{ name: "t", timeout_ms: 1, execute: () => 1 }, "did you mean 'timeoutMs'?"],
  [{ name: "t", exekute: 1, execute: () => 1 }, "unknown option 'exekute'"],
])("misuse %# is a TypeError that names what is wrong", (config, message) => {
  expect(() => createTool(config as never)).toThrow(TypeError);
  expect(() => createTool(config as never)).toThrow(message);
});
