import { AIMessage, AIMessageChunk, type UsageMetadata } from "@langchain/core/messages";
import type { AgentEvent, Result, ToolCallRecord, Usage } from "@rs/llmspell";
import { lastTurn, partsOf } from "../peer/conversation.js";
import { carriedTurn } from "../peer/turn.js";
import { contentOf } from "./blocks.js";
import { CARRIED } from "./messages.js";

/** Stands between what an agent says on its way and what it says next. */
const BETWEEN_STEPS = "\n\n";

/** Makes LangChain's chunks of a run's events, which together are the answer's message. */
export class Chunks {
  readonly #isJson: boolean;
  /** The model's text in this step, and what of it was written. */
  #said = "";
  #written = "";
  #wroteBefore = false;
  #wroteThinking = false;
  /** Calls whose arguments have begun, with their numbers. */
  readonly #calls = new Map<string, number>();

  /** @param isJson whether the answer is JSON; what else a model says, before it calls a tool perhaps, is left out then */
  constructor(isJson: boolean) {
    this.#isJson = isJson;
  }

  /** The chunk of an event, if it has one. The chunk of `done` is made by `last`. */
  of(event: AgentEvent): AIMessageChunk | undefined {
    if (event.nested === true) return undefined;
    switch (event.type) {
      case "step_start":
        this.#wroteBefore ||= this.#written !== "";
        this.#said = this.#written = "";
        return undefined;
      case "text_delta":
        this.#said += event.text;
        if (this.#isJson && !/^\s*(?:[[{]|$)/.test(this.#said)) return undefined;
        return new AIMessageChunk({ id: event.run_id, content: this.#write(event.text) });
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

  #write(text: string): string {
    const between = this.#wroteBefore && this.#written === "" && text !== "" ? BETWEEN_STEPS : "";
    this.#written += text;
    return between + text;
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
    const calls = open.filter(({ id }) => !this.#calls.has(id));
    return new AIMessageChunk({
      content: contentOf(lastTurn(result), this.#rest(result)),
      tool_call_chunks: calls.map(({ id, name, arguments: given }, index) => ({
        type: "tool_call_chunk",
        id,
        name,
        args: typeof given === "string" ? given : JSON.stringify(given),
        index: this.#calls.size + index,
      })),
      ...about(result, this.#wroteThinking),
    });
  }

  #rest(result: Result): string {
    const text = textOf(result);
    if (this.#written.trim() === "") return this.#write(text);
    // What the model said before it gave the object by a call of a tool.
    return result.object != null && !/[[{]/.test(this.#written) ? BETWEEN_STEPS + text : "";
  }
}

/** The whole answer at once. */
export function messageOf(result: Result, open: readonly ToolCallRecord[], id: string | undefined): AIMessage {
  const [valid, invalid] = [open.filter(isValid), open.filter((call) => !isValid(call))];
  return new AIMessage({
    ...(id !== undefined && { id }),
    content: contentOf(lastTurn(result), textOf(result)),
    tool_calls: valid.map(({ id, name, arguments: args }) => ({
      type: "tool_call",
      id,
      name,
      args: args as Record<string, unknown>,
    })),
    invalid_tool_calls: invalid.map(({ id, name, arguments: args }) => ({
      type: "invalid_tool_call",
      id,
      name,
      args: typeof args === "string" ? args : JSON.stringify(args),
      error: "Malformed args.",
    })),
    ...about(result, false),
  });
}

/** Arguments that are no JSON stand as the model wrote them. */
function isValid({ arguments: args }: ToolCallRecord): boolean {
  return typeof args === "object" && args !== null && !Array.isArray(args);
}

/** What a message says besides its content. */
function about(result: Result, wroteThinking: boolean) {
  const last = lastTurn(result);
  const turn = carriedTurn(last);
  const thinking = partsOf(last).map((part) => (part.type === "reasoning" ? part.text : ""));
  const reasoning = wroteThinking ? "" : thinking.join("");
  return {
    additional_kwargs: {
      ...(turn !== undefined && { [CARRIED]: turn }),
      ...(reasoning !== "" && { reasoning_content: reasoning }),
    },
    response_metadata: {
      // By this name LangChain chooses who reads the content: not the reader of the provider's own messages.
      model_provider: "llmspell",
      provider: result.metadata.provider,
      model_name: result.metadata.model,
      finish_reason: result.finish_reason,
    },
    // Its type depends on the content's, and says undefined for a text.
    usage_metadata: usageOf(result.usage) as never,
  };
}

/** The answer's text; a structured one that came by a call of a tool as JSON. */
function textOf(result: Result): string {
  return result.text === "" && result.object != null ? JSON.stringify(result.object) : result.text;
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
