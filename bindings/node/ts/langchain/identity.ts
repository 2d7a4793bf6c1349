import { randomUUID } from "node:crypto";
import type { AgentConfig, Fallback } from "@rs/llmspell";

/** Options that the answer hangs on, besides the model. Keys, headers, proxies and files are none. */
const ANSWERING = [
  "baseUrl",
  "temperature",
  "topP",
  "maxTokens",
  "stop",
  "seed",
  "toolChoice",
  "outputSchema",
  "outputName",
  "outputMode",
  "providerOptions",
  "history",
  "compaction",
  "cassette",
] as const;

/**
 * What of an agent's options tells its answers from those of others, as JSON that holds no secrets. An agent with parts of the
 * program's own, such as a transport or a scripted model, is like no other.
 */
export function identityOf(config: AgentConfig): Record<string, unknown> {
  const own = [config.model, config.provider, config.transport, config.outputSchema].some(isOfProgram);
  const settings = ANSWERING.map((name) => [name, config[name]] as const).filter(([, value]) => !isOfProgram(value));
  return {
    ...Object.fromEntries(settings),
    fallbacks: config.fallbacks?.map(fallbackOf),
    ...(own && { instance: randomUUID() }),
  };
}

function fallbackOf(given: string | Fallback): unknown {
  if (typeof given === "string") return given;
  const { provider, model, baseUrl, providerOptions } = given;
  return { provider, model, baseUrl, providerOptions };
}

/** Functions, and objects that are no plain data. */
function isOfProgram(value: unknown): boolean {
  if (typeof value === "function") return true;
  if (typeof value !== "object" || value === null) return false;
  return "~standard" in value || ![Object.prototype, Array.prototype, null].includes(Object.getPrototypeOf(value));
}
