import type { FromJsonSchema, JsonSchema } from "./json-schema.js";

/**
 * A schema of any library that follows Standard Schema (https://standardschema.dev): zod, valibot, arktype and others. Its
 * `jsonSchema` is Standard JSON Schema's, which newer versions of them have.
 */
export interface StandardSchema<Input = unknown, Output = Input> {
  readonly "~standard": {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => StandardOutcome<Output> | Promise<StandardOutcome<Output>>;
    /** Only for types: nothing is there at run time. */
    readonly types?: { readonly input: Input; readonly output: Output } | undefined;
    readonly jsonSchema?: StandardConverter | undefined;
  };
}

/** What a Standard Schema says about a value: the value as it reads it, or what is wrong. */
export type StandardOutcome<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly StandardIssue[] };

export interface StandardIssue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

/** How a Standard JSON Schema gives its JSON Schema: of what it takes, and of what it makes from it. */
export interface StandardConverter {
  readonly input: (options: { readonly target: "draft-2020-12" }) => Record<string, unknown>;
  readonly output: (options: { readonly target: "draft-2020-12" }) => Record<string, unknown>;
}

/** What describes a tool's arguments or an answer: a Standard Schema or a JSON Schema. */
export type Schema = StandardSchema | JsonSchema;

/** What an answer can be held to: a schema, or true or false, which are JSON Schemas too. */
export type OutputSchema = Schema | boolean | undefined;

/** The type of what a schema lets through, after its own changes (defaults, transforms). */
export type InferSchema<S> = 0 extends 1 & S
  ? any
  : S extends StandardSchema<any, infer Output>
    ? Output
    : FromJsonSchema<S>;

/**
 * The type of a tool's arguments. Where a JSON Schema says nothing of `required` all its properties count as there: people who
 * leave it out rarely mean that every argument may be missing.
 */
export type InferParams<S> = 0 extends 1 & S
  ? any
  : S extends StandardSchema<any, infer Output>
    ? Output
    : S extends { readonly required: readonly unknown[] } | { readonly anyOf: unknown } | { readonly oneOf: unknown }
      ? FromJsonSchema<S>
      : S extends { readonly properties: infer Members }
        ? FromJsonSchema<S & { readonly required: readonly (keyof Members)[] }>
        : any;

/** The type of `result.object`: what the schema lets through, where there is one. */
export type InferOutput<S> = 0 extends 1 & S ? any : S extends boolean | undefined ? unknown : InferSchema<S>;
