import type {
  JSONObject,
  LanguageModelV4Content,
  LanguageModelV4FinishReason,
  LanguageModelV4Source,
  LanguageModelV4ToolCall,
  LanguageModelV4Usage,
  SharedV4ProviderMetadata,
} from "@ai-sdk/provider";
import type { Message, Result, Usage } from "@rs/llmspell";
import { lastTurn, partsOf } from "../peer/conversation.js";
import { carriedTurn } from "../peer/turn.js";
import { NAMESPACE } from "./namespace.js";

/** A turn's own form, for one of its parts to carry; nothing for one that has none. */
export function turnMetadata(message: Message | undefined): SharedV4ProviderMetadata | undefined {
  const turn = carriedTurn(message);
  return turn === undefined ? undefined : { [NAMESPACE]: { turn: turn as unknown as JSONObject } };
}

/** What the model wrote, in order. */
export function contentOf(result: Result): LanguageModelV4Content[] {
  const message = lastTurn(result);
  const content: LanguageModelV4Content[] = partsOf(message).flatMap((part): LanguageModelV4Content[] => {
    if (part.type === "text" || part.type === "refusal")
      return part.text === "" ? [] : [{ type: "text", text: part.text }];
    return part.type === "reasoning" ? [{ type: "reasoning", text: part.text }] : [];
  });
  const answer = objectText(result);
  if (answer !== undefined) content.push({ type: "text", text: answer });
  content.push(...extras(message), ...callsOf(result));
  const metadata = turnMetadata(message);
  const bearer = content.findLast(({ type }) => type === "tool-call" || type === "text" || type === "reasoning");
  if (metadata !== undefined && bearer !== undefined) bearer.providerMetadata = metadata;
  return content;
}

/** A structured answer that came otherwise than as text, by a call of a tool; as text, which the AI SDK reads. */
export function objectText(result: Result): string | undefined {
  return result.object == null || result.text.trim() !== "" ? undefined : JSON.stringify(result.object);
}

/** What an answer has besides words. */
type Extra = LanguageModelV4Content & { type: "file" | "source" };

/** Pictures, files and sources. */
export function extras(message: Message | undefined): Extra[] {
  let sources = 0;
  return partsOf(message).flatMap((part): Extra[] => {
    if ((part.type === "image" || part.type === "file") && part.data !== undefined)
      return [
        {
          type: "file" as const,
          mediaType: part.media_type ?? (part.type === "image" ? "image/png" : "application/octet-stream"),
          data: { type: "data" as const, data: part.data },
        },
      ];
    return part.type === "citation" && part.url !== undefined ? [source(part.url, part.title, sources++)] : [];
  });
}

function source(url: string, title: string | undefined, number: number): LanguageModelV4Source {
  return { type: "source", sourceType: "url", id: `source-${number}`, url, ...(title !== undefined && { title }) };
}

/** The calls that the AI SDK shall make, with arguments as far as they could be read. */
export function callsOf(result: Result): LanguageModelV4ToolCall[] {
  return result.tool_calls.map(({ id, name, arguments: given }) => ({
    type: "tool-call",
    toolCallId: id,
    toolName: name,
    input: typeof given === "string" ? given : JSON.stringify(given),
  }));
}

/** Usage, where the provider said anything of it. */
export function usageOf(usage: Usage | undefined): LanguageModelV4Usage {
  if (usage === undefined || usage.total_tokens === 0)
    return {
      inputTokens: { total: undefined, noCache: undefined, cacheRead: undefined, cacheWrite: undefined },
      outputTokens: { total: undefined, text: undefined, reasoning: undefined },
    };
  const { input_tokens, cached_tokens, cache_write_tokens, output_tokens, reasoning_tokens } = usage;
  return {
    inputTokens: {
      total: input_tokens,
      noCache: Math.max(0, input_tokens - cached_tokens - (cache_write_tokens ?? 0)),
      cacheRead: cached_tokens,
      cacheWrite: cache_write_tokens,
    },
    outputTokens: {
      total: output_tokens,
      text: Math.max(0, output_tokens - reasoning_tokens),
      reasoning: reasoning_tokens,
    },
    raw: { ...usage } as JSONObject,
  };
}

const REASONS = {
  stop: "stop",
  length: "length",
  tool_calls: "tool-calls",
  content_filter: "content-filter",
  other: "other",
} as const;

/** Why the model ended. */
export function finishReason(result: Result): LanguageModelV4FinishReason {
  const unified = result.tool_calls.length > 0 ? "tool-calls" : REASONS[result.finish_reason];
  return { unified, raw: result.finish_reason };
}

/** What is told of the call besides: its cost, and what the provider said by its own names. */
export function callMetadata(result: Result): SharedV4ProviderMetadata {
  const { provider, model, cost } = result.metadata;
  const { metadata } = lastTurn(result) ?? {};
  return {
    [NAMESPACE]: {
      provider,
      model,
      ...(cost !== undefined && { cost }),
      ...(metadata !== undefined && { metadata: metadata as JSONObject }),
    },
  };
}
