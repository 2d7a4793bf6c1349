import { AIMessageChunk, type UsageMetadata } from "@langchain/core/messages";
import type { AgentEvent, Result, ToolCallRecord, Usage } from "@rs/llmspell";
import { lastTurn, partsOf } from "../peer/conversation.js";
import { carriedTurn } from "../peer/turn.js";
import { CARRIED } from "./messages.js";

/** Makes LangChain's chunks of a run's events, which together are the answer's message. */
export class Chunks {
  #wroteText = false;
  #wroteThinking = false;
  /** Calls whose arguments have begun, with their numbers. */
  readonly #calls = new Map<string, number>();

  /** The chunk of an event, if it has one. The last one, of `done`, is made by `last`. */
  of(event: AgentEvent): AIMessageChunk | undefined {
    if (event.agent !== undefined) return undefined;
    switch (event.type) {
      case "text_delta":
        this.#wroteText = true;
        return new AIMessageChunk({ id: event.run_id, content: event.text });
      case "reasoning_delta":
        this.#wroteThinking = true;
        return new AIMessageChunk({
          id: event.run_id,
          content: "",
          additional_kwargs: { reasoning_content: event.text },
        });
      default:
        return undefined;
    }
  }

  /** The chunk of a piece of a call's arguments, for models whose calls others serve. */
  call(event: AgentEvent & { type: "tool_call_delta" }): AIMessageChunk {
    const { tool_call_id: id, name, arguments_delta: args, run_id } = event;
    const begun = this.#calls.get(id);
    const index = begun ?? this.#calls.size;
    this.#calls.set(id, index);
    const chunk = begun === undefined ? { id, name, args, index } : { args, index };
    return new AIMessageChunk({ id: run_id, content: "", tool_call_chunks: [{ type: "tool_call_chunk", ...chunk }] });
  }

  /** What is left to tell at the end. `open` are the calls that are the caller's. */
  last(result: Result, open: readonly ToolCallRecord[]): AIMessageChunk {
    const message = lastTurn(result);
    const turn = carriedTurn(message);
    const thinking = this.#wroteThinking ? "" : thinkingOf(result);
    const calls = open.filter(({ id }) => !this.#calls.has(id));
    const chunk = new AIMessageChunk({
      content: this.#wroteText ? "" : textOf(result),
      tool_call_chunks: calls.map(({ id, name, arguments: given }, index) => ({
        type: "tool_call_chunk",
        id,
        name,
        args: typeof given === "string" ? given : JSON.stringify(given),
        index: this.#calls.size + index,
      })),
      additional_kwargs: {
        ...(turn !== undefined && { [CARRIED]: turn }),
        ...(thinking !== "" && { reasoning_content: thinking }),
      },
      response_metadata: {
        model_provider: result.metadata.provider,
        model_name: result.metadata.model,
        finish_reason: result.finish_reason,
      },
    });
    // Its type depends on the content's, and says undefined for a text.
    return Object.assign(chunk, { usage_metadata: usageOf(result.usage) as never });
  }
}

/** The whole answer at once. */
export function messageOf(result: Result, open: readonly ToolCallRecord[], id: string | undefined): AIMessageChunk {
  const message = new Chunks().last(result, open);
  if (id !== undefined) message.id = id;
  return message;
}

/** The answer's text; a structured one that came by a call of a tool as JSON. */
function textOf(result: Result): string {
  return result.text === "" && result.object != null ? JSON.stringify(result.object) : result.text;
}

function thinkingOf(result: Result): string {
  return partsOf(lastTurn(result))
    .map((part) => (part.type === "reasoning" ? part.text : ""))
    .join("");
}

function usageOf(usage: Usage): UsageMetadata {
  return {
    input_tokens: usage.input_tokens,
    output_tokens: usage.output_tokens,
    total_tokens: usage.total_tokens,
    input_token_details: { cache_read: usage.cached_tokens, cache_creation: usage.cache_write_tokens ?? 0 },
    output_token_details: { reasoning: usage.reasoning_tokens },
  };
}
