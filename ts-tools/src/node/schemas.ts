import { readFileSync } from "node:fs";
import { join } from "node:path";

/** A JSON Schema, as far as the schemas of spec/schema use it. */
export interface Schema {
  readonly $ref?: string;
  readonly title?: string;
  readonly description?: string;
  readonly type?: string | readonly string[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly allOf?: readonly { readonly if: Schema; readonly then: Schema }[];
  readonly not?: Schema;
  readonly properties?: Readonly<Record<string, Schema | true>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: Schema | boolean;
  readonly items?: Schema;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly default?: unknown;
}

/** The schemas that the types of `@rs/llmspell` are made from, by the first word of their file's name. */
export const schemaNames = [
  "agent_options",
  "run_input",
  "tool",
  "agent_tool",
  "usage",
  "message",
  "result",
  "state",
  "error",
  "event",
] as const;

export type Schemas = Readonly<Record<(typeof schemaNames)[number], Schema>>;

/** Reads the schemas from their folder. */
export function readSchemas(folder: string): Schemas {
  return Object.fromEntries(
    schemaNames.map((name) => [name, JSON.parse(readFileSync(join(folder, `${name}.schema.json`), "utf8"))]),
  ) as unknown as Schemas;
}

/** `max_tokens` → `maxTokens`. */
export function camelCase(name: string): string {
  return name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

/** The names of all options that a schema has, those inside of others included. */
export function optionNames(schema: Schema): string[] {
  const members = Object.entries(schema.properties ?? {});
  const inner = [
    schema.items,
    schema.additionalProperties,
    ...(schema.anyOf ?? []),
    ...members.map(([, member]) => member),
  ];
  const found = inner.flatMap((one) => (typeof one === "object" ? optionNames(one) : []));
  return [...members.map(([name]) => name), ...found];
}
