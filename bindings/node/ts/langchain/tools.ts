import { ToolMessage } from "@langchain/core/messages";
import { DynamicStructuredTool, type ToolSchemaBase } from "@langchain/core/tools";
import { toJsonSchema } from "@langchain/core/utils/json_schema";
import { isInteropZodSchema } from "@langchain/core/utils/types";
import {
  createTool,
  type JsonSchema,
  LlmspellTypeError,
  type Schema,
  type Tool,
  type ToolConfig,
  type ToolContext,
} from "@rs/llmspell";
import { checkList } from "../peer/check.js";

/** What is needed of a tool of LangChain: what `tool()` gives, and its classes. */
export interface LangChainTool {
  readonly name: string;
  readonly description: string;
  readonly schema: unknown;
  // biome-ignore lint/suspicious/noExplicitAny: of any input
  invoke(input: any, config?: any): Promise<unknown>;
}

/**
 * Tools of LangChain as an agent takes them: `new Agent({ tools: fromLangChainTools([search, calculator]) })`. Their schema,
 * callbacks and errors work as in LangChain.
 */
export function fromLangChainTools(tools: readonly LangChainTool[]): Tool[] {
  const isTool = ({ name, invoke }: Record<string, unknown>): boolean =>
    typeof name === "string" && typeof invoke === "function";
  checkList(tools, isTool, "a tool of LangChain", "fromLangChainTools: tools");
  return tools.map((tool) =>
    createTool({
      name: tool.name,
      description: tool.description,
      schema: toJsonSchema(tool.schema as Parameters<typeof toJsonSchema>[0]) as JsonSchema,
      execute: async (args: Record<string, unknown>, { signal, toolCallId }: ToolContext) => {
        const given: unknown = await tool.invoke(
          { type: "tool_call", id: toolCallId, name: tool.name, args },
          { signal },
        );
        if (!ToolMessage.isInstance(given)) return given;
        if (given.status === "error") throw new Error(given.text);
        return typeof given.content === "string" ? given.content : { content: given.content };
      },
    }),
  );
}

/**
 * Our tools as LangChain takes them, for its agents and for `bindTools`. `needsApproval` is our agents' alone: LangChain asks
 * nobody.
 *
 * @throws LlmspellTypeError for what is no tool, and for one without `execute`
 */
export function toLangChainTools(tools: readonly ToolConfig[]): DynamicStructuredTool[] {
  const isTool = ({ name }: Record<string, unknown>): boolean => typeof name === "string";
  checkList(tools, isTool, "a tool, as createTool makes it", "toLangChainTools: tools");
  return tools.map((tool) => {
    const { name, description = "", execute } = tool;
    if (typeof execute !== "function") throw new LlmspellTypeError(`toLangChainTools: '${name}' has no execute`);
    const schema: Schema = tool.schema ?? tool.parameters ?? { type: "object", properties: {} };
    return new DynamicStructuredTool({
      name,
      description,
      schema: (isInteropZodSchema(schema) || !("~standard" in schema)
        ? schema
        : toJsonSchema(schema as Parameters<typeof toJsonSchema>[0])) as ToolSchemaBase,
      func: async (given: unknown, _manager: unknown, config: unknown) => {
        const { signal = new AbortController().signal, toolCall } = (config ?? {}) as {
          signal?: AbortSignal;
          toolCall?: { id?: string };
        };
        const args = isInteropZodSchema(schema) ? given : await validated(schema, given);
        return execute(
          args as never,
          {
            signal,
            name,
            toolCallId: toolCall?.id ?? "",
            step: 0,
            runId: "",
            cancelled: signal.aborted,
          } as ToolContext,
        );
      },
    });
  });
}

/** What a schema of another library than zod makes of arguments. */
async function validated(schema: Schema, given: unknown): Promise<unknown> {
  if (!("~standard" in schema)) return given;
  const outcome = await (schema as { "~standard": { validate: (value: unknown) => unknown } })["~standard"].validate(
    given,
  );
  const { issues, value } = outcome as { issues?: readonly { message: string }[]; value?: unknown };
  if (issues !== undefined) throw new TypeError(issues.map(({ message }) => message).join("; "));
  return value;
}
