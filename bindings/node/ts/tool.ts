import { AgentToolOf } from "./agent-tool.js";
import { attempt, LlmspellTypeError } from "./error.js";
import { jsonText } from "./json.js";
import { scratchAgent } from "./native.js";
import { translate } from "./options.js";
import { isStandardSchema, toJsonSchema, type Validated, validate } from "./schema.js";
import { TOOL_OPTIONS } from "./types/option-tables.gen.js";
import type { InferParams, Schema } from "./types/schema.js";
import type { Tool, ToolConfig, ToolContext } from "./types/tool.js";
import { foreignKind, isRecord, kindOf, unknown } from "./words.js";

/** Makes a tool that others answer: whoever starts the next run (`external`), or `stream.reply` (`execute: null`). */
export function createTool<const S extends Schema = any>(
  config: ToolConfig<S> & ({ readonly external: true } | { readonly execute: null }),
): ToolConfig<S>;
/**
 * Makes a tool: checks its fields, and lets its function know the types of its arguments from the schema.
 *
 * @throws TypeError for a field that is missing or no such thing, and for a schema that cannot be told in JSON Schema
 * @example
 * ```ts
 * const weather = createTool({
 *   name: "weather",
 *   description: "How the weather is in a city",
 *   schema: z.object({ city: z.string(), days: z.number().default(1) }),
 *   execute: async ({ city, days }, { signal }) => forecast(city, days, signal),
 * });
 * ```
 */
export function createTool<const S extends Schema = any, Value = any>(
  config: ToolConfig<S, Value> & { readonly execute: object },
): Tool<InferParams<S>, Value>;
export function createTool(config: ToolConfig): ToolConfig {
  const { declaration } = readTool(config, "createTool");
  checkTool(declaration, "createTool");
  const { schema, parameters, description, execute, ...others } = config;
  return {
    ...others,
    description: description ?? "",
    schema: schema ?? parameters ?? { type: "object" },
    execute: execute && ((params, context = outside(config.name)) => execute.call(config, params, context)),
  };
}

/** Holds a tool to what an agent will hold it to. */
function checkTool(declaration: object, where: string): void {
  const agent = scratchAgent().fork();
  attempt(() => agent.addTool(jsonText(declaration, where)), where);
}

/** What a tool's function learns when no agent calls it but the program itself. */
function outside(name: string): ToolContext {
  const { signal } = new AbortController();
  return { signal, cancelled: false, runId: "", step: 0, agent: undefined, toolCallId: "", name };
}

/** A tool as an agent takes it: what the core is told, and what serves its calls. */
export interface ReadTool {
  /** By the contract's names, as JSON. */
  readonly declaration: Record<string, unknown>;
  readonly config: ToolConfig;
}

/**
 * Reads a tool that a program wrote or that `createTool` made.
 *
 * A Standard Schema looks at the arguments after the core has: its own checks, defaults and transforms are not in its JSON
 * Schema. What it refuses is an error with the kind `validation`.
 *
 * @param where what it is called in errors, like `tools[1]`
 * @throws LlmspellTypeError for a field that is missing or no such thing
 */
export function readTool(given: unknown, where: string): ReadTool {
  const other = isRecord(given) ? otherTool(given) : undefined;
  if (other !== undefined) throw new LlmspellTypeError(`${where}: ${other}`);
  if (!isRecord(given))
    throw new LlmspellTypeError(
      `${where}: expected a tool like { name, description, schema, execute }, got ${kindOf(given)}`,
    );
  for (const key of Object.keys(given))
    if (!NAMES.includes(key)) throw new LlmspellTypeError(`${where}: ${unknown(key, NAMES, TOOL_OPTIONS)}`);
  const { execute, schema, parameters, needsApproval, ...settings } = given;
  const { name, description } = settings;
  const expect = (held: boolean, field: string, expected: string, value: unknown): void => {
    if (!held) throw new LlmspellTypeError(`${where}: ${field} must be ${expected}, got ${kindOf(value)}`);
  };
  expect(typeof name === "string" && name !== "", "name", "a string that is not empty", name);
  expect(description === undefined || typeof description === "string", "description", "a string", description);
  const isServed =
    typeof execute === "function" || execute === null || (execute === undefined && settings["external"] === true);
  expect(isServed, "execute", "a function (params, context) => result, or null where stream.reply answers", execute);
  const approves =
    needsApproval === undefined || typeof needsApproval === "boolean" || typeof needsApproval === "function";
  expect(approves, "needsApproval", "true, false or a function (params) => boolean", needsApproval);
  if (schema !== undefined && parameters !== undefined)
    throw new LlmspellTypeError(`${where}: schema and parameters are the same; give one of them`);

  const own = (schema ?? parameters ?? undefined) as Schema | undefined;
  const declared = {
    ...settings,
    schema: own === undefined ? undefined : toJsonSchema(own, `${where}: schema of the tool '${String(name)}'`),
    needsApproval: needsApproval === undefined ? undefined : needsApproval !== false,
  };
  const config = given as unknown as ToolConfig;
  return {
    declaration: translate(declared, TOOL_OPTIONS, where),
    config: own !== undefined && isStandardSchema(own) ? validating(config, own) : config,
  };
}

/** Options of a tool. */
const NAMES = [...Object.keys(TOOL_OPTIONS), "parameters", "execute"];

export const AI_TOOL = "tools of the AI SDK come by fromAiTools({ … }) of @rs/llmspell/ai";

/** Whether it is a tool of the AI SDK, whose name stands beside it. */
export function isAiTool(given: unknown): boolean {
  return isRecord(given) && given["name"] === undefined && "inputSchema" in given;
}

/** What is to be done with something that is a tool in another form. */
function otherTool(given: Record<string, unknown>): string | undefined {
  if (typeof given["invoke"] === "function" && "lc_namespace" in given)
    return "tools of LangChain come by fromLangChainTools([…]) of @rs/llmspell/langchain";
  if (isAiTool(given)) return AI_TOOL;
  if (typeof given["asTool"] === "function") return 'it is an agent; give agent.asTool({ description: "…" })';
  if (given instanceof AgentToolOf) return "it is an agent's tool already, which `tools` and addTool take as it is";
  const kind = foreignKind(given);
  return kind === kindOf(given)
    ? undefined
    : `expected a tool like { name, description, schema, execute }, got ${kind}`;
}

/** The tool with its schema in front of its functions. */
function validating(config: ToolConfig, schema: Schema): ToolConfig {
  const { execute, needsApproval } = config;
  return {
    ...config,
    ...(execute && {
      execute: (params: unknown, context: ToolContext) =>
        withValid(schema, params, (valid) => execute.call(config, valid, context)),
    }),
    ...(typeof needsApproval === "function" && {
      needsApproval: (params: unknown, context: ToolContext) =>
        withValid(schema, params, (valid) => needsApproval.call(config, valid, context)),
    }),
  };
}

/** Calls on with what the schema made of a value: at once where it answers at once. */
function withValid<T>(schema: Schema, value: unknown, call: (valid: unknown) => T | Promise<T>): T | Promise<T> {
  const go = (outcome: Validated): T | Promise<T> => {
    if ("problem" in outcome) throw new InvalidArguments(outcome.problem);
    return call(outcome.value);
  };
  const outcome = validate(schema, value);
  return outcome instanceof Promise ? outcome.then(go) : go(outcome);
}

/** Arguments that the tool's schema refused. */
class InvalidArguments extends Error {
  readonly kind = "validation";

  constructor(problem: string) {
    super(`the arguments do not fit: ${problem}`);
  }
}
