import type { BaseLanguageModelInput, StructuredOutputMethodOptions } from "@langchain/core/language_models/base";
import {
  assembleStructuredOutputPipeline,
  createContentParser,
  createFunctionCallingParser,
} from "@langchain/core/language_models/structured_output";
import type { BaseMessage } from "@langchain/core/messages";
import type { Runnable } from "@langchain/core/runnables";
import { toJsonSchema } from "@langchain/core/utils/json_schema";
import { isSerializableSchema, type SerializableSchema } from "@langchain/core/utils/standard_schema";
import { getSchemaDescription, type InteropZodType, isInteropZodSchema } from "@langchain/core/utils/types";
import { type JsonSchema, LlmspellTypeError } from "@rs/llmspell";
import { plainName } from "../peer/name.js";
import type { ChatLlmspell } from "./chat-model.js";

// biome-ignore lint/suspicious/noExplicitAny: as LangChain has it
export type AnyRecord = Record<string, any>;

/** A schema of LangChain's: Zod, a Standard Schema that tells its JSON Schema, a JSON Schema. */
export type OutputSchema<T extends AnyRecord> = SerializableSchema<T> | InteropZodType<T> | AnyRecord;

/** What gives values that fit a schema. */
export type Structured<T extends AnyRecord> = Runnable<BaseLanguageModelInput, T>;

/** The same with the model's message, and null where it does not fit. */
export type StructuredRaw<T extends AnyRecord> = Runnable<BaseLanguageModelInput, { raw: BaseMessage; parsed: T }>;

/** What {@link ChatLlmspell.withStructuredOutput} gives. */
export function structuredOutput<T extends AnyRecord>(
  model: ChatLlmspell,
  schema: OutputSchema<T>,
  config: StructuredOutputMethodOptions<boolean> = {},
): Structured<T> | StructuredRaw<T> {
  const where = "ChatLlmspell.withStructuredOutput";
  const { method = "jsonSchema", includeRaw = false, strict } = config;
  if (strict === true && method !== "jsonSchema")
    throw new LlmspellTypeError(`${where}: strict goes with the method jsonSchema, not with ${method}`);
  const form = formOf(schema, config.name);
  const told = { ls_structured_output_format: { kwargs: { method }, schema: form.schema as never } };
  switch (method) {
    case "jsonSchema": {
      const outputSchema = described(form);
      const asked = model.withConfig({ outputSchema, outputName: form.name, ...told });
      return assembleStructuredOutputPipeline<T>(asked, createContentParser<T>(schema), includeRaw, "StructuredOutput");
    }
    case "jsonMode": {
      const asked = model.withConfig({ outputSchema: { type: "object" }, ...told });
      return assembleStructuredOutputPipeline<T>(asked, createContentParser<T>(schema), includeRaw, "StructuredOutput");
    }
    case "functionCalling": {
      const { name, description, schema: parameters } = form;
      const called = { name, description: description ?? "A function available to call.", parameters };
      const asked = model.bindTools([{ type: "function", function: called }], {
        tool_choice: { type: "function", function: { name } },
        ...told,
      });
      const parser = createFunctionCallingParser<T>(schema, name);
      return assembleStructuredOutputPipeline<T>(asked, parser, includeRaw, "StructuredOutput");
    }
    default:
      throw new LlmspellTypeError(
        `${where}: unknown method '${method}'; there are jsonSchema, functionCalling and jsonMode`,
      );
  }
}

/** What the answer looks like, and its name. */
interface Form {
  readonly name: string;
  readonly description: string | undefined;
  readonly schema: Record<string, unknown>;
}

/** Reads a schema of a library, a JSON Schema, or a function in OpenAI's form. */
function formOf(schema: OutputSchema<AnyRecord>, name: string | undefined): Form {
  if (isInteropZodSchema(schema) || isSerializableSchema(schema))
    return {
      name: nameOf(name),
      description: getSchemaDescription(schema as never),
      schema: toJsonSchema(schema as never) as Record<string, unknown>,
    };
  const given = schema as Record<string, unknown>;
  const description = typeof given["description"] === "string" ? given["description"] : undefined;
  const { parameters } = given;
  if (typeof given["name"] === "string" && typeof parameters === "object" && parameters !== null)
    return { name: nameOf(name ?? given["name"]), description, schema: parameters as Record<string, unknown> };
  return { name: nameOf(name ?? given["title"]), description, schema: given };
}

function nameOf(given: unknown): string {
  return typeof given === "string" && given !== "" ? plainName(given) : "extract";
}

function described({ description, schema }: Form): JsonSchema {
  return description === undefined ? schema : { description, ...schema };
}
