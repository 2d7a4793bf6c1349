import { describe, expect, it } from "vitest";
import { askOf } from "../../../src/corpus/formats/chat/ask.js";

const tools = [{ type: "function", function: { name: "weather", parameters: { type: "object" } } }];

function optionsOf(request: object): object {
  return askOf(JSON.stringify({ model: "m", messages: [{ role: "user", content: "Hello" }], ...request }), "openai")
    .options;
}

describe("what an agent is made from", () => {
  it.each([
    ["any", "required"],
    ["none", "none"],
    [{ type: "function", function: { name: "weather" } }, { name: "weather" }],
    [{ type: "function", function: { name: "other" } }, undefined],
  ])("has the tool choice %j as %j", (recorded, choice) => {
    const options = optionsOf({ tools, tool_choice: recorded }) as { tool_choice?: unknown; provider_options?: object };
    expect(options.tool_choice).toEqual(choice);
    expect(options.provider_options).not.toHaveProperty("tool_choice");
  });

  it("has settings of its own only where it would take them", () => {
    expect(optionsOf({ temperature: 0.5, top_p: 3, max_tokens: 0, stop: ["x"], user: "u" })).toMatchObject({
      temperature: 0.5,
      stop: ["x"],
      provider_options: { top_p: 3, max_tokens: 0, user: "u" },
    });
  });

  it.each(["", "no JSON", "[1]"])("is a default when the request is %j", (body) => {
    expect(askOf(body, "openai")).toEqual({
      options: { model: "recorded", provider_options: { stream: false } },
      input: "Go on.",
      isOurs: true,
    });
  });
});
