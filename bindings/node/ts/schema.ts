import { LlmspellTypeError } from "./error.js";
import { withoutFlagged } from "./patterns.js";
import type { JsonSchema } from "./types/json-schema.js";
import type { Schema, StandardIssue, StandardOutcome, StandardSchema } from "./types/schema.js";
import { kindOf } from "./words.js";

/** What a schema makes of a value: it as the schema reads it, or what is wrong with it in one sentence. */
export type Validated = { readonly value: unknown } | { readonly problem: string };

/** Whether a schema follows Standard Schema. Those of arktype are functions. */
export function isStandardSchema(schema: unknown): schema is StandardSchema {
  if ((typeof schema !== "object" || schema === null) && typeof schema !== "function") return false;
  const standard = (schema as Partial<StandardSchema>)["~standard"];
  return typeof standard === "object" && standard !== null && typeof standard.validate === "function";
}

/**
 * The JSON Schema of what a schema takes: a JSON Schema is its own; Standard JSON Schema tells its own; of zod 4, arktype and
 * valibot older versions are asked in their own ways.
 *
 * @param what what it describes, for the message: "schema of the tool `weather`"
 * @throws LlmspellTypeError when it is no schema, or one that cannot be told in JSON Schema
 */
export function toJsonSchema(schema: Schema | boolean, what: string): JsonSchema | boolean {
  if (typeof schema === "boolean") return schema;
  if (!isStandardSchema(schema)) {
    if (typeof schema === "object" && schema !== null && !Array.isArray(schema)) return plain(schema, what);
    throw new LlmspellTypeError(
      `${what}: expected a JSON Schema or a Standard Schema (zod, valibot, arktype), got ${kindOf(schema)}`,
    );
  }
  const { vendor, jsonSchema } = schema["~standard"];
  let converted: unknown;
  try {
    if (typeof jsonSchema?.input === "function") converted = jsonSchema.input({ target: "draft-2020-12" });
    else converted = byVendor(schema, vendor);
  } catch (error) {
    const message = `${what}: ${vendor} cannot tell it in JSON Schema: ${(error as Error | undefined)?.message ?? error}`;
    throw new LlmspellTypeError(message, { cause: error });
  }
  if (typeof converted === "object" && converted !== null) return withoutFlagged(schema, converted);
  throw new LlmspellTypeError(`${what}: this version of ${vendor} gives no JSON Schema. ${advice(vendor)}`);
}

/** A JSON Schema, unless its members are schemas of a library: then only the object around them was forgotten. */
function plain(schema: JsonSchema, what: string): JsonSchema {
  for (const [name, member] of Object.entries(schema)) {
    if (!isStandardSchema(member)) continue;
    const { vendor } = member["~standard"];
    const object =
      { zod: "z.object({…})", valibot: "v.object({…})", arktype: "type({…})" }[vendor] ?? "its object type";
    throw new LlmspellTypeError(`${what}: its member '${name}' is a schema of ${vendor}; wrap the whole in ${object}`);
  }
  return schema;
}

/**
 * Holds a value to a schema. A JSON Schema lets everything through: the core has looked at it already.
 *
 * @returns a promise where the schema validates asynchronously
 */
export function validate(schema: Schema | boolean, value: unknown): Validated | Promise<Validated> {
  if (!isStandardSchema(schema)) return { value };
  const outcome = schema["~standard"].validate(value);
  return outcome instanceof Promise ? outcome.then(validated) : validated(outcome);
}

function validated(outcome: StandardOutcome<unknown>): Validated {
  if (outcome.issues === undefined) return { value: outcome.value };
  return { problem: outcome.issues.map(sentence).join("; ") };
}

/** `list[2].name: expected a text`. */
function sentence({ path = [], message }: StandardIssue): string {
  const place = path
    .map((step) => (typeof step === "object" ? step.key : step))
    .map((key) => (typeof key === "number" ? `[${key}]` : `.${String(key)}`))
    .join("")
    .replace(/^\./, "");
  return place === "" ? message : `${place}: ${message}`;
}

/** What libraries offered before there was Standard JSON Schema. */
function byVendor(schema: object, vendor: string): unknown {
  const { toJSONSchema, toJsonSchema } = schema as {
    toJSONSchema?: (options: object) => unknown;
    toJsonSchema?: () => unknown;
  };
  if (typeof toJSONSchema === "function") return toJSONSchema.call(schema, { io: "input" });
  if (typeof toJsonSchema === "function") return toJsonSchema.call(schema);
  return vendor === "valibot" ? byValibot(schema) : undefined;
}

/** Valibot keeps this in a package of its own, which the program may have or not. */
function byValibot(schema: object): unknown {
  let converter: { toJsonSchema(schema: object, options: object): unknown };
  try {
    converter = require("@valibot/to-json-schema");
  } catch {
    return undefined;
  }
  return converter.toJsonSchema(schema, {
    typeMode: "input",
    target: "draft-2020-12",
    // What JSON Schema has no word for (`check`, `transform`) is checked by the library itself.
    errorMode: "ignore",
  });
}

function advice(vendor: string): string {
  if (vendor === "valibot")
    return "Install @valibot/to-json-schema, or wrap the schema with its `toStandardJsonSchema`.";
  if (vendor === "zod") return "Update zod to version 4.";
  return "Update it, or pass a JSON Schema.";
}
