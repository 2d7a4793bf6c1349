import { Agent } from "@rs/llmspell";
import { fromAiTools } from "@rs/llmspell/ai";
import { dynamicTool, jsonSchema, tool } from "ai";
import { describe, expect, it } from "vitest";
import { z } from "zod";

const agentWith = (tools: Parameters<typeof fromAiTools>[0]): Agent =>
  new Agent({ provider: "demo", tools: fromAiTools(tools) });

describe("tools of the AI SDK in our agents", () => {
  it("run with their schema's defaults and transforms, and learn of the call", async () => {
    const seen: unknown[] = [];
    const convert = tool({
      description: "Converts money",
      inputSchema: z.object({ amount: z.number(), currency: z.string().default("EUR") }),
      execute: (input, options) => {
        seen.push(input, options.toolCallId, options.abortSignal);
        return { euros: input.amount * 2 };
      },
    });
    const answer = await agentWith({ convert }).chat("convert 5");
    expect(answer).toContain('{"euros":10}');
    expect(seen).toEqual([{ amount: 5, currency: "EUR" }, expect.any(String), expect.any(AbortSignal)]);
  });

  it("of jsonSchema() and dynamicTool()", async () => {
    const schema = jsonSchema<{ city: string }>({
      type: "object",
      properties: { city: { type: "string" } },
      required: ["city"],
    });
    const weather = tool({ description: "Weather", inputSchema: schema, execute: ({ city }) => `${city}: sun` });
    const clock = dynamicTool({ description: "Clock", inputSchema: z.object({}), execute: async () => "noon" });
    expect(await agentWith({ weather, clock }).chat("weather in Oslo")).toBe(
      "I asked the tools: weather gave Oslo: sun.",
    );
    expect(await agentWith({ weather, clock }).chat("clock")).toBe("I asked the tools: clock gave noon.");
  });

  it("give what they yield last, and what toModelOutput makes of it", async () => {
    const search = tool({
      description: "Search",
      inputSchema: z.object({ query: z.string() }),
      async *execute() {
        yield "so far";
        yield "found";
      },
      toModelOutput: ({ output }) => ({ type: "text", value: `<${String(output)}>` }),
    });
    expect(await agentWith({ search }).chat('search "x"')).toBe("I asked the tools: search gave <found>.");
  });

  it("ask for approval as they say, and are left to the caller without execute", async () => {
    const asked: string[] = [];
    const tools = fromAiTools({
      pay: tool({
        description: "Pay",
        inputSchema: z.object({ amount: z.number() }),
        needsApproval: ({ amount }: { amount: number }) => amount > 10,
        execute: () => "paid",
      }),
      ask: tool({ description: "Question", inputSchema: z.object({ question: z.string() }) }),
    });
    const onApproval = ({ name }: { name: string }): boolean => {
      asked.push(name);
      return true;
    };
    const agent = new Agent({ provider: "demo", tools, onApproval });
    await agent.chat("pay 5");
    expect(asked).toEqual([]);
    await agent.chat("pay 50");
    expect(asked).toEqual(["pay"]);
    const { finish_reason, tool_calls } = await agent.execute('question "why"');
    expect([finish_reason, tool_calls[0]?.open]).toEqual(["tool_calls", true]);
  });

  it("that cannot be run are refused by name", () => {
    expect(() => fromAiTools({ search: { type: "provider" } })).toThrow(/'search' is run by a provider/);
    expect(() => fromAiTools({ odd: { inputSchema: 5, execute: () => 1 } })).toThrow(/'odd' has an inputSchema/);
    const late = { jsonSchema: Promise.resolve({ type: "object" }) };
    expect(() => fromAiTools({ late: { inputSchema: late, execute: () => 1 } })).toThrow(/'late' is a promise/);
  });
});
