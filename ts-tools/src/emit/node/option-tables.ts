import { camelCase, type Schema, type Schemas } from "../../node/schemas.js";

/** The options by the names that programs write, with the contract's: what the runtime maps and refuses by. */
export function optionTables({ agent_options, run_input, tool, agent_tool }: Schemas): string {
  const tables = {
    AGENT_OPTIONS: agent_options,
    RUN_OPTIONS: run_input,
    TOOL_OPTIONS: tool,
    AGENT_TOOL_OPTIONS: agent_tool,
  };
  const parts = Object.entries(tables).map(
    ([name, schema]) => `export const ${name}: OptionTable = ${table(schema, "")};\n`,
  );
  return `// Written by \`ts-tools node-types\` from spec/schema; edit those files and run \`make gen\`.

/** Options by their names in camelCase. */
export interface OptionTable {
  readonly [option: string]: Option;
}

/** An option: its name in the contract, and the options that it has inside, if any. */
export interface Option {
  readonly name: string;
  /** Its own options, where the value is an object. */
  readonly of?: OptionTable;
  /** Those of the list's items that are objects. */
  readonly list?: OptionTable;
  /** Those of the values of a map, whose keys are anything. */
  readonly map?: OptionTable;
}

${parts.join("\n")}`;
}

function table(schema: Schema, indent: string): string {
  const inner = `${indent}  `;
  const rows = Object.entries(schema.properties ?? {}).map(([name, member]) => {
    const found = member === true ? undefined : nested(member);
    const written = found === undefined ? "" : `, ${found.as}: ${table(found.schema, inner)}`;
    return `${inner}${camelCase(name)}: { name: ${JSON.stringify(name)}${written} },\n`;
  });
  return `{\n${rows.join("")}${indent}}`;
}

/** The object with options of its own that a member is, or has as its items or values. */
function nested(schema: Schema, as: "of" | "list" | "map" = "of"): { schema: Schema; as: string } | undefined {
  if (schema.properties !== undefined) return { schema, as };
  if (schema.items !== undefined) return nested(schema.items, "list");
  if (typeof schema.additionalProperties === "object") return nested(schema.additionalProperties, "map");
  for (const form of schema.anyOf ?? []) {
    const found = nested(form, as);
    if (found !== undefined) return found;
  }
  return undefined;
}
