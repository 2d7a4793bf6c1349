import { plainAnthropic, streamedAnthropic } from "./anthropic.js";
import { plainChat, streamedChat } from "./chat.js";
import { asksGeminiStream, plainGemini, streamedGemini } from "./gemini.js";
import { plainOllama, streamedOllama } from "./ollama.js";
import { field } from "./pieces.js";
import { plainResponses, streamedResponses } from "./responses.js";
import type { EventItem, Json, Response } from "./types.js";

/** What a built answer takes over from its request. */
export interface BuildContext {
  /** Ordinal of the request: makes the ids, so that a rerun gives the same bytes. */
  readonly ordinal: number;
  readonly body: Json;
  /** Path with the query. */
  readonly path: string;
}

/** An answer in a provider's wire format: events, or one JSON document. */
export type Built =
  | { readonly events: readonly EventItem[] /** Whether `data: [DONE]` comes last. */; readonly done: boolean }
  | { readonly lines: readonly Json[] }
  | { readonly json: Json };

/** An answer that is built from a few words goes out as a stream when its request asks for one. */
interface Streamable {
  /** `auto` (default) follows the request's `stream` flag. */
  readonly stream?: "auto" | boolean;
}

/** The wire formats, by their key in `respond`. */
const formats = {
  chat: (respond: Response, context: BuildContext) =>
    respond.chat && either(respond.chat, context, true, plainChat, streamedChat),
  anthropic: (respond: Response, context: BuildContext) =>
    respond.anthropic && either(respond.anthropic, context, false, plainAnthropic, streamedAnthropic),
  gemini: ({ gemini }: Response, context: BuildContext): Built | undefined =>
    gemini &&
    (asksGeminiStream(context)
      ? { events: streamedGemini(gemini, context), done: false }
      : { json: plainGemini(gemini, context) }),
  ollama: ({ ollama }: Response, context: BuildContext): Built | undefined =>
    ollama &&
    // Ollama streams unless it is told not to.
    (field(context.body, "stream") !== false
      ? { lines: streamedOllama(ollama, context) }
      : { json: plainOllama(ollama, context) }),
  responses: (respond: Response, context: BuildContext) =>
    respond.responses && either(respond.responses, context, false, plainResponses, streamedResponses),
} as const;

/** The keys of `respond` that answers are built from. */
export const builtKeys = Object.keys(formats) as (keyof typeof formats)[];

/** The answer that a scenario's words stand for, if it gives any. */
export function build(respond: Response, context: BuildContext): Built | undefined {
  for (const key of builtKeys) {
    const built = formats[key](respond, context);
    if (built) return built;
  }
  return undefined;
}

function either<T extends Streamable>(
  answer: T,
  context: BuildContext,
  done: boolean,
  plain: (answer: T, context: BuildContext) => Json,
  streamed: (answer: T, context: BuildContext) => EventItem[],
): Built {
  const asked = typeof answer.stream === "boolean" ? answer.stream : field(context.body, "stream") === true;
  return asked ? { events: streamed(answer, context), done } : { json: plain(answer, context) };
}
