import { ToolMessage } from "@langchain/core/messages";
import { DynamicStructuredTool, tool } from "@langchain/core/tools";
import { Agent, createTool } from "@rs/llmspell";
import { fromLangChainTools, toLangChainTools } from "@rs/llmspell/langchain";
import * as v from "valibot";
import { describe, expect, it } from "vitest";
import { z } from "zod";

describe("tools of LangChain in our agents", () => {
  it("run with their schema, by zod or JSON Schema", async () => {
    const seen: unknown[] = [];
    const convert = tool(
      (input) => {
        seen.push(input);
        return `${input.amount * 2} ${input.currency}`;
      },
      {
        name: "convert",
        description: "Converts money",
        schema: z.object({ amount: z.number(), currency: z.string().default("EUR") }),
      },
    );
    const weather = tool(({ city }: { city: string }) => `${city}: sun`, {
      name: "weather",
      description: "Weather",
      schema: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
    });
    const agent = new Agent({ provider: "demo", tools: fromLangChainTools([convert, weather]) });
    expect(await agent.chat("convert 5")).toBe("I asked the tools: convert gave 10 EUR.");
    expect(seen).toEqual([{ amount: 5, currency: "EUR" }]);
    expect(await agent.chat("weather in Oslo")).toBe("I asked the tools: weather gave Oslo: sun.");
  });

  it("fail as results that the model reads", async () => {
    const fragile = tool(() => Promise.reject(new Error("out of order")), {
      name: "fragile",
      description: "Fragile",
      schema: z.object({}),
    });
    const { tool_calls } = await new Agent({ provider: "demo", tools: fromLangChainTools([fragile]) }).execute(
      "fragile",
    );
    expect(tool_calls[0]).toMatchObject({ is_error: true, result: expect.stringContaining("out of order") });
  });
});

describe("our tools in LangChain", () => {
  it("are structured tools: validated, invoked with arguments or with a call", async () => {
    const ours = createTool({
      name: "double",
      description: "Doubles",
      schema: z.object({ n: z.number().max(10) }),
      execute: ({ n }, { signal, toolCallId }) => `${n * 2} ${signal.aborted} ${toolCallId}`,
    });
    const [double] = toLangChainTools([ours]) as [DynamicStructuredTool];
    expect(double).toBeInstanceOf(DynamicStructuredTool);
    expect(await double.invoke({ n: 4 })).toBe("8 false ");
    const message = await double.invoke({ type: "tool_call", id: "c1", name: "double", args: { n: 4 } });
    expect(message).toBeInstanceOf(ToolMessage);
    expect((message as ToolMessage).content).toBe("8 false c1");
    await expect(double.invoke({ n: 11 })).rejects.toThrow(/schema/);
  });

  it("of any schema library", async () => {
    const half = createTool({
      name: "half",
      schema: v.object({
        n: v.pipe(
          v.number(),
          v.transform((n) => n * 10),
        ),
      }),
      execute: ({ n }) => n / 2,
    });
    const [tool_] = toLangChainTools([half]) as [DynamicStructuredTool];
    expect(await tool_.invoke({ n: 4 })).toBe(20);
    expect(() => toLangChainTools([{ name: "x", external: true }])).toThrow(/'x' has no execute/);
  });
});
