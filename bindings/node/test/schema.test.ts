import { toStandardJsonSchema } from "@valibot/to-json-schema";
import { type } from "arktype";
import * as v from "valibot";
import { expect, test } from "vitest";
import { z } from "zod";
import { z as z3 } from "zod/v3";
import { isStandardSchema, toJsonSchema, validate } from "../dist/cjs/schema.js";

const standard = (rest: object): never =>
  ({ "~standard": { version: 1, vendor: "acme", validate: (value: unknown) => ({ value }), ...rest } }) as never;

test("zod, valibot and arktype tell their JSON Schema", () => {
  const expected = {
    type: "object",
    properties: { city: { type: "string" }, days: { type: "number" } },
    required: ["city"],
  };
  const schemas = [
    z.object({ city: z.string(), days: z.number().optional() }),
    v.object({ city: v.string(), days: v.optional(v.number()) }),
    toStandardJsonSchema(v.object({ city: v.string(), days: v.optional(v.number()) })),
    type({ city: "string", "days?": "number" }),
  ];
  for (const schema of schemas) {
    expect(isStandardSchema(schema)).toBe(true);
    expect(toJsonSchema(schema, "the schema")).toMatchObject(expected);
  }
});

test("what a schema takes is told, not what it makes of it", () => {
  const schemas = [
    z.object({ days: z.number().default(1), at: z.string().transform((text) => new Date(text)) }),
    v.object({
      days: v.optional(v.number(), 1),
      at: v.pipe(
        v.string(),
        v.transform((text) => new Date(text)),
      ),
    }),
    type({ days: "number = 1", at: type("string").pipe((text) => new Date(text)) }),
  ];
  for (const schema of schemas)
    expect(toJsonSchema(schema, "the schema")).toMatchObject({
      properties: { at: { type: "string" } },
      required: ["at"],
    });
});

test("values are what the schema makes of them", async () => {
  expect(validate(z.object({ days: z.number().default(1) }), {})).toEqual({ value: { days: 1 } });
  expect(validate(v.object({ days: v.optional(v.number(), 1) }), {})).toEqual({ value: { days: 1 } });
  expect(validate(type({ days: "number = 1" }), {})).toEqual({ value: { days: 1 } });
  const later = validate(z.object({ name: z.string().refine(async (name) => name !== "taken") }), { name: "free" });
  expect(later).toBeInstanceOf(Promise);
  expect(await later).toEqual({ value: { name: "free" } });
});

test("what does not fit is told with its place", () => {
  expect(validate(z.object({ list: z.array(z.object({ name: z.string() })) }), { list: [{ name: 1 }] })).toEqual({
    problem: expect.stringMatching(/^list\[0\]\.name: /),
  });
  expect(validate(v.object({ list: v.array(v.string()) }), { list: ["a", 2] })).toEqual({
    problem: expect.stringMatching(/^list\[1\]: /),
  });
  expect(validate(type({ a: "number", b: "string" }), { a: "x", b: 1 })).toEqual({
    problem: expect.stringMatching(/^a: .*; b: /),
  });
});

test("a JSON Schema is its own, and lets values through", () => {
  const schema = { type: "object", properties: { a: { type: "string" } } };
  expect(isStandardSchema(schema)).toBe(false);
  expect(toJsonSchema(schema, "the schema")).toBe(schema);
  expect(toJsonSchema(true, "the schema")).toBe(true);
  expect(validate(schema, { a: 1 })).toEqual({ value: { a: 1 } });
});

test("a schema that gives no JSON Schema is an error that says what to do", () => {
  expect(() => toJsonSchema(standard({}), "the schema of the tool 'a'")).toThrow(
    "the schema of the tool 'a': this version of acme gives no JSON Schema. Update it, or pass a JSON Schema.",
  );
  expect(() => toJsonSchema(standard({ vendor: "zod" }), "the schema")).toThrow("Update zod to version 4.");
  expect(() => toJsonSchema(z3.object({ city: z3.string() }) as never, "the schema")).toThrow(
    "Update zod to version 4.",
  );
  const throwing = {
    input: () => {
      throw new Error("dates are not JSON");
    },
  };
  expect(() => toJsonSchema(standard({ jsonSchema: throwing }), "the schema")).toThrow(
    "the schema: acme cannot tell it in JSON Schema: dates are not JSON",
  );
  expect(() => toJsonSchema(z.object({ at: z.date() }), "the schema")).toThrow(/^the schema: zod cannot tell it/);
});

test("older versions are asked in their own ways", () => {
  const { "~standard": props } = standard({}) as { "~standard": object };
  const asked = {
    "~standard": props,
    toJSONSchema: (options: unknown) => ({ type: "object", title: JSON.stringify(options) }),
  };
  expect(toJsonSchema(asked as never, "the schema")).toEqual({ type: "object", title: '{"io":"input"}' });
  const other = { "~standard": props, toJsonSchema: () => ({ type: "object" }) };
  expect(toJsonSchema(other as never, "the schema")).toEqual({ type: "object" });
});

test("the members of an object without the object around them are refused", () => {
  expect(() => toJsonSchema({ q: z.string() } as object, "the schema")).toThrow(/'q' is a schema of zod; .*z\.object/);
  expect(() => toJsonSchema({ q: v.string() } as object, "the schema")).toThrow(/v\.object/);
});

test("what JSON Schema has no word for is left to the library", async () => {
  const schema = v.object({
    n: v.pipe(
      v.number(),
      v.check((n) => n > 5, "too small"),
    ),
  });
  expect(toJsonSchema(schema, "the schema")).toMatchObject({ properties: { n: { type: "number" } } });
  expect(await validate(schema, { n: 1 })).toEqual({ problem: "n: too small" });
});

test("a pattern whose flags JSON Schema has no word for is told in words, and checked by the library alone", () => {
  const schemas = [
    z.object({ d: z.string().regex(/^abc$/i), e: z.string().regex(/^x$/), f: z.array(z.string().regex(/^y$/m)) }),
    v.object({
      d: v.pipe(v.string(), v.regex(/^abc$/i)),
      e: v.pipe(v.string(), v.regex(/^x$/)),
      f: v.array(v.pipe(v.string(), v.regex(/^y$/m))),
    }),
    type({ d: /^abc$/i, e: /^x$/, f: type(/^y$/m).array() }),
  ];
  for (const schema of schemas) {
    const { properties } = toJsonSchema(schema, "the schema") as { properties: Record<string, object> };
    expect(properties).toEqual({
      d: { type: "string", description: "(matches /^abc$/i)" },
      e: { type: "string", pattern: "^x$" },
      f: { type: "array", items: { type: "string", description: "(matches /^y$/m)" } },
    });
    expect(validate(schema, { d: "ABC", e: "x", f: [] })).toEqual({ value: { d: "ABC", e: "x", f: [] } });
  }
  const described = z.object({ d: z.string().regex(/a/i).regex(/b/).describe("A code.") });
  expect(toJsonSchema(described, "the schema")).toMatchObject({
    properties: { d: { description: "A code.", allOf: [{ description: "(matches /a/i)" }, { pattern: "b" }] } },
  });
});

test.each([undefined, null, 1, "object", [], () => {}])("%s is no schema", (schema) => {
  expect(() => toJsonSchema(schema as never, "the schema")).toThrow(
    /^the schema: expected a JSON Schema or a Standard Schema \(zod, valibot, arktype\), got /,
  );
});
