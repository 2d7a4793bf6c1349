import type { LanguageModelV4ToolResultPart } from "@ai-sdk/provider";
import {
  createTool,
  type JsonSchema,
  LlmspellTypeError,
  type Schema,
  type ToolConfig,
  type ToolContext,
} from "@rs/llmspell";
import { mistaken } from "../peer/check.js";
import { isRecord } from "../words.js";
import { readOutput } from "./prompt.js";

/** What is needed of a tool of the AI SDK: what its `tool()` and `dynamicTool()` give. */
export interface AiTool {
  readonly description?: unknown;
  readonly inputSchema?: unknown;
  // biome-ignore lint/suspicious/noExplicitAny: of any input, with whatever its own context is
  readonly execute?: ((input: any, options: any) => unknown) | undefined;
  // biome-ignore lint/suspicious/noExplicitAny: of any input
  readonly needsApproval?: boolean | ((input: any, options: any) => boolean | PromiseLike<boolean>) | undefined;
  // biome-ignore lint/suspicious/noExplicitAny: of any output
  readonly toModelOutput?: ((options: any) => unknown) | undefined;
  readonly type?: string | undefined;
}

/**
 * Tools of the AI SDK as an agent takes them: `new Agent({ tools: fromAiTools({ weather, search }) })`. One without `execute` is
 * answered by the program, as an external tool.
 *
 * @param tools what the AI SDK takes as `tools`
 * @throws LlmspellTypeError for what is no tool, for a tool that a provider runs, and for a schema that is there only later
 */
export function fromAiTools(tools: Readonly<Record<string, AiTool>>): ToolConfig[] {
  if (!isRecord(tools as unknown))
    throw mistaken("fromAiTools: tools", "an object like { weather: tool({ … }) }", tools);
  return Object.entries(tools).map(([name, tool]) => fromAiTool(name, tool));
}

function fromAiTool(name: string, tool: AiTool): ToolConfig {
  if (!isRecord(tool as unknown) || !["inputSchema", "execute", "type"].some((member) => member in tool))
    throw mistaken(`fromAiTools: '${name}'`, "a tool of the AI SDK", tool);
  if (tool.type === "provider" || tool.type === "provider-defined")
    throw new LlmspellTypeError(
      `fromAiTools: '${name}' is run by a provider of the AI SDK, which an agent cannot ask for it`,
    );
  const { execute, needsApproval, toModelOutput, description } = tool;
  const common = {
    name,
    ...(typeof description === "string" && { description }),
    schema: schemaOf(name, tool.inputSchema),
  };
  if (execute === undefined) return { ...common, external: true };
  return createTool({
    ...common,
    ...(needsApproval !== undefined && {
      needsApproval:
        typeof needsApproval === "function"
          ? async (input: unknown, { toolCallId }: ToolContext) => needsApproval(input, { toolCallId, messages: [] })
          : needsApproval,
    }),
    execute: async (input: unknown, context: ToolContext) => {
      const { toolCallId, signal } = context;
      const output = await last(await execute(input, { toolCallId, messages: [], abortSignal: signal }));
      if (toModelOutput === undefined) return output;
      return forModel(await toModelOutput({ toolCallId, input, output }));
    },
  });
}

/** What a tool gave: of one that yields what it has so far, the last. */
async function last(output: unknown): Promise<unknown> {
  if (typeof output !== "object" || output === null || !(Symbol.asyncIterator in output)) return output;
  let given: unknown;
  for await (const value of output as AsyncIterable<unknown>) given = value;
  return given;
}

function forModel(output: unknown): unknown {
  const { content, parts = [], is_error } = readOutput(output as LanguageModelV4ToolResultPart["output"], "llmspell");
  if (is_error === true) throw new Error(content);
  return parts.length === 0 ? content : { content: [{ type: "text", text: content }, ...parts] };
}

/** The schema of a tool: a Standard Schema stays one, else its JSON Schema. */
function schemaOf(name: string, given: unknown): Schema {
  const schema: unknown = typeof given === "function" && !("~standard" in given) ? given() : given;
  if (schema === undefined) return { type: "object" };
  if ((typeof schema === "object" || typeof schema === "function") && schema !== null) {
    if ("jsonSchema" in schema) {
      const { jsonSchema } = schema as { jsonSchema: JsonSchema };
      if (typeof (jsonSchema as { then?: unknown }).then === "function")
        throw new LlmspellTypeError(
          `fromAiTools: the JSON Schema of '${name}' is a promise; give the schema of its library itself`,
        );
      return jsonSchema;
    }
    if ("~standard" in schema) return schema as Schema;
  }
  throw new LlmspellTypeError(
    `fromAiTools: '${name}' has an inputSchema that is neither of a schema library nor of jsonSchema()`,
  );
}
