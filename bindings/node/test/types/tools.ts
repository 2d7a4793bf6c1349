import { createTool, type Tool, type ToolConfig, type ToolContext } from "@rs/llmspell";
import { type } from "arktype";
import * as v from "valibot";
import { expectTypeOf } from "vitest";
import { z } from "zod";

// Standard Schemas: the arguments are what the schema makes of them.
const byZod = createTool({
  name: "forecast",
  schema: z.object({
    city: z.string(),
    days: z.number().default(1),
    at: z.string().transform((text) => new Date(text)),
  }),
  execute: async (params, context) => {
    expectTypeOf(params).toEqualTypeOf<{ city: string; days: number; at: Date }>();
    expectTypeOf(context).toEqualTypeOf<ToolContext>();
    return params.days;
  },
  needsApproval: (params, context) => {
    expectTypeOf(context).toEqualTypeOf<ToolContext>();
    return params.days > 3;
  },
});
expectTypeOf(byZod).toEqualTypeOf<Tool<{ city: string; days: number; at: Date }, number>>();

createTool({
  name: "forecast",
  schema: v.object({ city: v.string(), days: v.optional(v.number(), 1), unit: v.optional(v.picklist(["c", "f"])) }),
  execute: (params) => {
    expectTypeOf(params).toEqualTypeOf<{ city: string; days: number; unit?: "c" | "f" | undefined }>();
  },
});

createTool({
  name: "forecast",
  schema: type({ city: "string", "days?": "number", unit: "'c' | 'f'" }),
  execute: (params) => {
    expectTypeOf(params).toEqualTypeOf<{ city: string; days?: number; unit: "c" | "f" }>();
  },
});

// JSON Schema, written where it is used.
createTool({
  name: "forecast",
  schema: {
    type: "object",
    properties: {
      city: { type: "string", description: "Where" },
      days: { type: "integer", minimum: 1 },
      unit: { enum: ["c", "f"] },
      wind: { type: ["number", "null"] },
      kind: { const: "daily" },
      tags: { type: "array", items: { type: "string" } },
      place: { type: "object", properties: { lat: { type: "number" }, lon: { type: "number" } }, required: ["lat"] },
      when: { anyOf: [{ type: "string" }, { type: "number" }] },
      free: {},
    },
    required: ["city", "unit"],
  },
  execute: (params) => {
    expectTypeOf(params).toEqualTypeOf<{
      city: string;
      unit: "c" | "f";
      days?: number;
      wind?: number | null;
      kind?: "daily";
      tags?: string[];
      place?: { lat: number; lon?: number };
      when?: string | number;
      free?: any;
    }>();
  },
});

// The same under the name that other libraries use.
createTool({
  name: "forecast",
  parameters: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
  execute: ({ city }) => expectTypeOf(city).toBeString(),
});

// No `required`: what is named counts as there.
createTool({
  name: "calculator",
  schema: { type: "object", properties: { expression: { type: "string" }, digits: { type: "integer" } } },
  execute: (params) => expectTypeOf(params).toEqualTypeOf<{ expression: string; digits: number }>(),
});

// A schema that is known at run time only.
declare const schema: Record<string, unknown>;
createTool({ name: "any", schema, execute: (params) => expectTypeOf(params).toBeAny() });
interface Elsewhere {
  type?: string | string[];
  properties?: Record<string, Elsewhere>;
}
declare const elsewhere: Elsewhere;
createTool({ name: "any", schema: elsewhere, execute: (params) => expectTypeOf(params).toBeAny() });
createTool({ name: "none", execute: (params) => expectTypeOf(params).toBeAny() });

// Tools that others answer.
const city = z.object({ city: z.string() });
expectTypeOf(createTool({ name: "asked", schema: city, external: true })).toEqualTypeOf<ToolConfig<typeof city>>();
expectTypeOf(createTool({ name: "asked", execute: null })).toEqualTypeOf<ToolConfig<any>>();

// Typed tools, plain ones and those of `createTool` in one list.
const list: ToolConfig[] = [byZod, { name: "plain", execute: (params) => params.anything }];
expectTypeOf(list).toEqualTypeOf<ToolConfig[]>();

// @ts-expect-error a tool needs a function
createTool({ name: "forecast" });
// @ts-expect-error and a name
createTool({ execute: () => 1 });
// @ts-expect-error a member that is not there
createTool({ name: "a", schema: z.object({ city: z.string() }), execute: ({ town }) => town });
// @ts-expect-error milliseconds are a number
createTool({ name: "a", timeoutMs: "1s", execute: () => 1 });
// @ts-expect-error a text is no schema
createTool({ name: "a", schema: "object", execute: () => 1 });
