import { AIMessage } from "@langchain/core/messages";
import { ChatLlmspell } from "@rs/llmspell/langchain";
import { scripted } from "@rs/llmspell/testing";
import * as v from "valibot";
import { describe, expect, it } from "vitest";
import { z } from "zod";

const person = z.object({ name: z.string(), age: z.number() }).describe("Somebody");
// As plain data: what Zod gives is a Standard Schema as well.
const plain = JSON.parse(JSON.stringify(z.toJSONSchema(person))) as Record<string, unknown>;
const ann = { name: "Ann", age: 42 };
const call = { toolCalls: [{ name: "person", arguments: ann }] };

/** A model that answers so, and what it was asked. */
function asked(answer: Parameters<typeof scripted>[0][number]) {
  const script = scripted([answer]);
  return { model: new ChatLlmspell({ model: script }), request: () => script.requests()[0] as Record<string, unknown> };
}

describe("structured output", () => {
  it("is asked for by the schema, and read", async () => {
    const { model, request } = asked(JSON.stringify(ann));
    expect(await model.withStructuredOutput(person, { name: "person" }).invoke("Who?")).toEqual(ann);
    expect(request()).toMatchObject({
      response_format: {
        type: "json_schema",
        json_schema: { name: "person", schema: { description: "Somebody", required: ["name", "age"] } },
      },
    });
    expect(request()).not.toHaveProperty("tools");
  });

  it("takes JSON Schemas, functions in OpenAI's form and Standard Schemas", async () => {
    const forms: [unknown, string][] = [
      [{ ...plain, title: "A person" }, "A_person"],
      [{ name: "someone", parameters: plain }, "someone"],
      [plain, "extract"],
    ];
    for (const [form, name] of forms) {
      const { model, request } = asked(JSON.stringify(ann));
      expect(await model.withStructuredOutput(form as typeof plain).invoke("Who?")).toEqual(ann);
      const properties = { name: { type: "string" }, age: { type: "number" } };
      expect(request()["response_format"]).toMatchObject({ json_schema: { name, schema: { properties } } });
    }
    const { toStandardJsonSchema } = await import("@valibot/to-json-schema");
    const { model } = asked('{"name":"Ann","age":"old"}');
    const form = toStandardJsonSchema(v.object({ name: v.string(), age: v.number() }));
    await expect(model.withStructuredOutput(form).invoke("Who?")).rejects.toThrow(/parse/i);
  });

  it("by functionCalling makes the model call that function", async () => {
    const { model, request } = asked(call);
    const structured = model.withStructuredOutput(person, { name: "person", method: "functionCalling" });
    expect(await structured.invoke("Who?")).toEqual(ann);
    expect(request()).toMatchObject({
      tools: [{ function: { name: "person", parameters: { required: ["name", "age"] } } }],
      tool_choice: { type: "function", function: { name: "person" } },
    });
  });

  it("by jsonMode asks for JSON alone", async () => {
    const { model, request } = asked(JSON.stringify(ann));
    expect(await model.withStructuredOutput(person, { method: "jsonMode" }).invoke("Who?")).toEqual(ann);
    expect(request()).toHaveProperty("response_format");
    expect(JSON.stringify(request()["response_format"])).not.toContain("age");
  });

  it("that does not fit is LangChain's error, or null beside what the model said", async () => {
    for (const answer of ["I'd say Ann", '{"name":"Ann"}']) {
      await expect(asked(answer).model.withStructuredOutput(person).invoke("Who?")).rejects.toThrow(/parse/i);
      const raw = asked(answer).model.withStructuredOutput(person, { includeRaw: true });
      const given = await raw.invoke("Who?");
      expect(given.parsed).toBeNull();
      expect([AIMessage.isInstance(given.raw), given.raw.text]).toEqual([true, answer]);
    }
  });

  it("streams, also where the model talks before it gives its answer by a tool", async () => {
    const streamed = async (model: ChatLlmspell): Promise<unknown[]> => {
      const pieces = [];
      for await (const piece of await model.withStructuredOutput(plain, { name: "person" }).stream("Who?"))
        pieces.push(piece);
      return pieces;
    };
    const pieces = await streamed(asked('{ "name": "Ann", "age": 42 }').model);
    expect(pieces.length).toBeGreaterThan(1);
    expect(pieces.at(-1)).toEqual(ann);
    const model = new ChatLlmspell({ model: scripted([{ text: "Here it is: [", ...call }]), outputMode: "tool" });
    expect((await streamed(model)).at(-1)).toEqual(ann);
  });

  it("says what there is not", () => {
    const { model } = asked("x");
    expect(() => model.withStructuredOutput(person, { method: "guess" })).toThrow(/unknown method 'guess'/);
    expect(() => model.withStructuredOutput(person, { method: "jsonMode", strict: true })).toThrow(/strict/);
  });
});
