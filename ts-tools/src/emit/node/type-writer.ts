import { camelCase, type Schema } from "../../node/schemas.js";
import { ProblemError } from "../../problem.js";
import { commentLines } from "../comment.js";
import { docs, names, overrides } from "./names.js";

/** How members are named and what may be done with them. */
export interface Style {
  /** What a program writes, in camelCase, where undefined is as good as absent; or what it gets, by the contract's names. */
  readonly of: "options" | "data";
  /** Options that the texts mention by their name in the contract, so that they can be called by their own. */
  readonly mentioned?: ReadonlySet<string>;
}

/** From here on a limit only says how many bits a number has. */
const HUGE = 2 ** 31 - 1;

/** Writes TypeScript types from schemas: those with a name become declarations of their own. */
export class TypeWriter {
  /** Declarations by name, in the order in which they were met. */
  readonly declarations = new Map<string, string>();

  constructor(private readonly style: Style) {}

  /**
   * Writes an interface.
   *
   * @param heading its name, with its type parameters
   * @param from what stands behind `extends`
   */
  interface(heading: string, schema: Schema, place: string, from?: string): void {
    const base = from === undefined ? "" : ` extends ${from}`;
    this.declare(heading, schema, `export interface ${heading}${base} ${this.members(schema, place, "", false)}\n`);
  }

  /** The type of what a schema describes. */
  type(schema: Schema | true, place: string, indent = ""): string {
    const override = overrides[place];
    if (override !== undefined) return override;
    if (schema === true) return "unknown";
    const name = names[place];
    if (name === undefined) return this.written(schema, place, indent);
    if (schema.properties !== undefined) this.interface(name, schema, place);
    else this.declare(name, schema, `export type ${name} = ${this.written(schema, place, "")};\n`);
    return name;
  }

  private declare(heading: string, schema: Schema, text: string): void {
    const name = heading.replace(/<.*/, "");
    const described = schema.description === undefined ? { ...schema, description: docs[name] ?? "" } : schema;
    this.declarations.set(name, `${this.comment(described, "")}${text}`);
  }

  private written(schema: Schema, place: string, indent: string): string {
    if (schema.$ref !== undefined) return this.referred(schema.$ref);
    if (schema.const !== undefined) return JSON.stringify(schema.const);
    if (schema.enum !== undefined) return schema.enum.map((value) => JSON.stringify(value)).join(" | ");
    const forms = schema.anyOf ?? schema.oneOf;
    if (forms !== undefined) {
      const known = forms.map((form, index) => ({ form, index })).filter(({ form }) => !isOpenForm(form));
      return unique(known.map(({ form, index }) => this.type(form, `${place}|${index}`, indent))).join(" | ");
    }
    if (Array.isArray(schema.type)) {
      return unique(schema.type.map((type: string) => this.written({ ...schema, type }, place, indent))).join(" | ");
    }
    return this.simple(schema, place, indent);
  }

  private simple(schema: Schema, place: string, indent: string): string {
    switch (schema.type) {
      case undefined:
        return "unknown";
      case "integer":
        return "number";
      case "array":
        return this.list(this.type(schema.items ?? true, `${place}[]`, indent));
      case "object":
        if (schema.properties !== undefined) return this.members(schema, place, indent);
        if (typeof schema.additionalProperties === "object") {
          const value = this.type(schema.additionalProperties, `${place}*`, indent);
          return this.style.of === "options" ? `Readonly<Record<string, ${value}>>` : `Record<string, ${value}>`;
        }
        return this.style.of === "options" ? "Readonly<Record<string, unknown>>" : "Record<string, unknown>";
      default:
        return schema.type as string;
    }
  }

  private list(items: string): string {
    const atom = items.includes(" | ") && !items.startsWith("{") ? `(${items})` : items;
    return this.style.of === "options" ? `readonly ${atom}[]` : `${atom}[]`;
  }

  private members(schema: Schema, place: string, indent: string, inline = true): string {
    const inner = `${indent}  `;
    const lines = Object.entries(schema.properties ?? {}).map(([name, member]) => {
      const options = this.style.of === "options";
      const optional = schema.required?.includes(name) === true ? "" : "?";
      const type = this.type(member, `${place}.${name}`, inner);
      const spelled = options ? camelCase(name) : name;
      const undefinable = options && optional !== "" && type !== "unknown" ? " | undefined" : "";
      const comment = member === true ? "" : this.comment(member, inner);
      return `${comment}${inner}${spelled}${optional}: ${type}${undefinable};\n`;
    });
    const [only = ""] = lines;
    if (inline && lines.length === 1 && !only.includes("/**")) return `{ ${only.trim().replace(/;$/, "")} }`;
    return `{\n${lines.join("")}${indent}}`;
  }

  private referred(file: string): string {
    const types: Readonly<Record<string, string>> = {
      "error.schema.json": "ErrorData",
      "message.schema.json": "Message",
      "result.schema.json": "Result",
      "usage.schema.json": "Usage",
    };
    const type = types[file];
    if (type !== undefined) return type;
    const message = `${file} has no name in TypeScript; write one into ts-tools/src/emit/node/type-writer.ts`;
    throw new ProblemError([{ file, line: 1, item: "$ref", message }]);
  }

  /** The doc comment of a schema: what it is, its range and what holds without it. */
  comment(schema: Schema, indent: string): string {
    const { description = "", minimum, maximum } = schema;
    const sentences = description === "" ? [] : [this.worded(description)];
    if (this.style.of === "options" && maximum !== undefined && maximum < HUGE)
      sentences.push(`From ${minimum ?? 0} to ${maximum}.`);
    const lines = sentences.length === 0 ? [] : wrapped(sentences.join(" "), 116 - indent.length);
    if (schema.default !== undefined) lines.push(`@defaultValue ${JSON.stringify(schema.default)}`);
    if (lines.length === 0) return "";
    for (const line of lines) commentLines("c", line, line);
    if (lines.length === 1) return `${indent}/** ${lines[0]} */\n`;
    return `${indent}/**\n${lines.map((line) => `${indent} * ${line}\n`).join("")}${indent} */\n`;
  }

  /** Options by their names in TypeScript, and no files where a type has the name. */
  private worded(text: string): string {
    const plain = text.replace(/ \((\w+)\.schema\.json\)/g, "");
    return plain.replace(/\b[a-z]+(?:_[a-z0-9]+)+\b/g, (word) =>
      this.style.mentioned?.has(word) === true ? camelCase(word) : word,
    );
  }
}

/** A form that stands for all that is not known. */
function isOpenForm(form: Schema): boolean {
  return Object.values(form.properties ?? {}).some((member) => member !== true && member.not !== undefined);
}

function unique(types: readonly string[]): string[] {
  return [...new Set(types)];
}

function wrapped(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(/\s+/)) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= width) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}
