import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { optionTables } from "../../src/emit/node/option-tables.js";
import { TypeWriter } from "../../src/emit/node/type-writer.js";
import { nodeTypes } from "../../src/emit/node/types.js";
import { defaultPaths, repositoryRoot } from "../../src/generate/paths.js";
import { optionNames, readSchemas, type Schema } from "../../src/node/schemas.js";

const schemas = readSchemas(join(repositoryRoot, defaultPaths.schemas));

const written = (schema: Schema, of: "options" | "data" = "options", mentioned: string[] = []): string => {
  const writer = new TypeWriter({ of, mentioned: new Set(mentioned) });
  writer.interface("Made", schema, "made");
  return [...writer.declarations.values()].join("\n");
};

describe("an interface from a schema", () => {
  const schema: Schema = {
    description: "A thing.",
    properties: {
      max_things: { type: "integer", description: "Things, see other_thing.", minimum: 1, maximum: 9, default: 3 },
      other_thing: { anyOf: [{ enum: ["a", "b"] }, { type: "array", items: { type: ["string", "null"] } }] },
      by_name: { type: "object", additionalProperties: { type: "number" } },
      inner: { type: "object", properties: { only_one: { type: "boolean" } }, required: ["only_one"] },
      anything: true,
    },
    required: ["other_thing"],
  };

  it("has options in camelCase, that may be undefined, with range, default and the names that programs write", () => {
    expect(written(schema, "options", ["other_thing"])).toBe(`/** A thing. */
export interface Made {
  /**
   * Things, see otherThing. From 1 to 9.
   * @defaultValue 3
   */
  maxThings?: number | undefined;
  otherThing: "a" | "b" | readonly (string | null)[];
  byName?: Readonly<Record<string, number>> | undefined;
  inner?: { onlyOne: boolean } | undefined;
  anything?: unknown;
}
`);
  });

  it("has data by the contract's names", () => {
    expect(written(schema, "data")).toContain('  other_thing: "a" | "b" | (string | null)[];\n');
    expect(written(schema, "data")).toContain("  by_name?: Record<string, number>;\n");
  });

  it("does not let a description end its comment", () => {
    expect(() => written({ properties: { a: { type: "string", description: "ends */ here" } } })).toThrow("*/");
  });

  it("tells a reference that has no name", () => {
    expect(() => written({ properties: { a: { $ref: "gone.schema.json" } } })).toThrow("gone.schema.json has no name");
  });
});

describe("the package's types", () => {
  const files = nodeTypes(schemas);

  it("have every option of the schemas, and every event", () => {
    const options = files.find(({ name }) => name === "options")?.text ?? "";
    const byHand = ["tools", "hooks", "guardrails", "script", "transport", "output_schema", "provider", "model"];
    for (const name of Object.keys(schemas.agent_options.properties ?? {}).filter((one) => !byHand.includes(one)))
      expect(options).toContain(`  ${name.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase())}?: `);
    const events = files.find(({ name }) => name === "event")?.text ?? "";
    for (const { title } of schemas.event.oneOf ?? []) expect(events).toContain(`type: "${title}"`);
  });

  it("name what they import, and nothing else", () => {
    for (const { text } of files) {
      const imported = [...text.matchAll(/^import type \{ (.*) \} from/gm)].flatMap(([, names = ""]) =>
        names.split(", "),
      );
      const body = text.replace(/^import.*$/gm, "");
      for (const name of imported) expect(body).toMatch(new RegExp(`\\b${name}\\b`));
    }
  });
});

describe("the table of options", () => {
  it("has every name of the contract once, where it belongs", () => {
    const text = optionTables(schemas);
    for (const name of optionNames(schemas.run_input)) expect(text).toContain(`name: "${name}"`);
    expect(text).toContain('fallbacks: { name: "fallbacks", list: {');
    expect(text).toContain('models: { name: "models", map: {');
    expect(text).toContain('budget: { name: "budget", of: {');
    expect(text).toMatch(/^ {2}providerOptions: \{ name: "provider_options" \},$/m);
  });
});
