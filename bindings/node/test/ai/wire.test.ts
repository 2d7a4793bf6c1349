import { llmspell } from "@rs/llmspell/ai";
import { generateText, isStepCount, tool } from "ai";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { type MockServer, startMockServer } from "../../../../ts-tools/src/mock/index.js";

let mock: MockServer;
beforeAll(async () => {
  mock = await startMockServer();
});
afterAll(() => mock.close());

const weather = tool({
  description: "The weather of a city",
  inputSchema: z.object({ city: z.string() }),
  execute: ({ city }) => `${city}: sun`,
});

describe("over the wire", () => {
  it("signed thinking goes back to its provider as it came, through the AI SDK's messages", async () => {
    const thinking = { type: "thinking", thinking: "I need the weather.", signature: "c2lnbmVk" };
    const call = { type: "tool_use", id: "toolu_1", name: "weather", input: { city: "Oslo" } };
    const answer = (content: unknown[], stop_reason: string): object => ({
      body: {
        id: "msg_1",
        type: "message",
        role: "assistant",
        model: "claude-sonnet-4-5",
        content,
        stop_reason,
        usage: { input_tokens: 10, output_tokens: 5 },
      },
    });
    const playing = await mock.add({
      exchanges: [
        { respond: answer([thinking, call], "tool_use") },
        {
          expect: {
            body: {
              messages: [
                { role: "user" },
                { role: "assistant", content: [thinking, { type: "tool_use", id: "toolu_1" }] },
                { role: "user", content: [{ type: "tool_result", tool_use_id: "toolu_1" }] },
              ],
            },
          },
          respond: answer([{ type: "text", text: "Sunny." }], "end_turn"),
        },
      ],
    } as never);
    const model = llmspell("anthropic/claude-sonnet-4-5", { baseUrl: playing.url, apiKey: "sk-test" });
    const { text, steps } = await generateText({
      model,
      prompt: "Weather in Oslo?",
      tools: { weather },
      stopWhen: isStepCount(3),
    });
    expect(text).toBe("Sunny.");
    expect(steps[0]?.reasoningText).toBe("I need the weather.");
    expect(steps[0]?.toolResults[0]).toMatchObject({ output: "Oslo: sun" });
  });
});
