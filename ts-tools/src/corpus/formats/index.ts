import type { Exchange } from "../../mock/recording.js";
import { anthropic } from "./anthropic/index.js";
import { chat } from "./chat/index.js";
import type { Format, Target } from "./format.js";
import { gemini } from "./gemini/index.js";
import { ollama } from "./ollama/index.js";
import { responses } from "./responses/index.js";

/** Every format that is replayed. */
export const formats: readonly Format[] = [anthropic, chat, responses, gemini, ollama];

/** The format of an exchange and where it was sent, or undefined when it is none of ours. */
export function formatOf(exchange: Exchange): { format: Format; target: Target } | undefined {
  for (const format of formats) {
    const target = format.target(exchange);
    if (target) return { format, target };
  }
  return undefined;
}
