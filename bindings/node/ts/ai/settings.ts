import type { LanguageModelV4CallOptions, SharedV4Warning } from "@ai-sdk/provider";
import type { AgentConfig, JsonSchema, RunOptions, ToolConfig } from "@rs/llmspell";
import { plainName } from "../peer/name.js";
import { NAMESPACE } from "./namespace.js";

/** What a call of the AI SDK sets. */
export interface Settings {
  /** For the agent. */
  readonly config: AgentConfig;
  /** For its run. */
  readonly run: RunOptions;
  /** Names of the tools. */
  readonly tools: string[];
}

/** Settings that every provider writes in its own way, or has not. */
const UNSUPPORTED = ["topK", "presencePenalty", "frequencyPenalty"] as const;

/**
 * Reads what a call sets; what cannot be done is told by a warning. `providerOptions.llmspell` are options of an agent.
 */
export function readSettings(options: LanguageModelV4CallOptions, warnings: SharedV4Warning[]): Settings {
  for (const feature of UNSUPPORTED)
    if (options[feature] !== undefined)
      warnings.push(
        unsupported(feature, "set it by providerOptions.llmspell.providerOptions, as the provider calls it"),
      );
  const { reasoning } = options;
  if (reasoning !== undefined && reasoning !== "provider-default")
    warnings.push(
      unsupported("reasoning", "set it by providerOptions.llmspell.providerOptions, as the provider calls it"),
    );
  if (options.includeRawChunks === true)
    warnings.push(unsupported("includeRawChunks", "chunks of a provider are not kept"));
  const headers = Object.entries(options.headers ?? {}).filter(
    (header): header is [string, string] => header[1] !== undefined,
  );
  const tools = readTools(options, warnings);
  return {
    config: {
      ...(headers.length > 0 && { headers: Object.fromEntries(headers) }),
      ...(tools.length > 0 && { tools }),
      ...(options.providerOptions?.[NAMESPACE] as AgentConfig | undefined),
    },
    run: {
      ...readFormat(options.responseFormat),
      maxTokens: options.maxOutputTokens,
      temperature: options.temperature,
      topP: options.topP,
      stop: options.stopSequences?.length === 0 ? undefined : options.stopSequences,
      seed: options.seed,
      toolChoice: tools.length === 0 ? undefined : readChoice(options.toolChoice),
      signal: options.abortSignal,
    },
    tools: tools.map(({ name }) => name),
  };
}

function unsupported(feature: string, details: string): SharedV4Warning {
  return { type: "unsupported", feature, details };
}

function readTools(options: LanguageModelV4CallOptions, warnings: SharedV4Warning[]): ToolConfig[] {
  const tools: ToolConfig[] = [];
  for (const tool of options.tools ?? []) {
    if (tool.type === "function")
      tools.push({
        name: tool.name,
        description: tool.description,
        schema: tool.inputSchema as JsonSchema,
        external: true,
      });
    else warnings.push(unsupported(`tool ${tool.id}`, "tools that a provider runs itself are not offered"));
  }
  return tools;
}

function readChoice(choice: LanguageModelV4CallOptions["toolChoice"]): RunOptions["toolChoice"] {
  if (choice === undefined) return undefined;
  return choice.type === "tool" ? { name: choice.toolName } : choice.type;
}

function readFormat(format: LanguageModelV4CallOptions["responseFormat"]): RunOptions {
  if (format?.type !== "json") return {};
  const outputName = format.name === undefined ? undefined : plainName(format.name);
  const { schema = { type: "object" }, description } = format;
  const described = description === undefined || typeof schema !== "object" ? schema : { description, ...schema };
  // Whether the answer fits is for the AI SDK to say: it mends and tells in its own way.
  return { outputSchema: described as JsonSchema, outputRetries: 0, ...(outputName !== undefined && { outputName }) };
}
