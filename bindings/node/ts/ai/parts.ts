import type { LanguageModelV4StreamPart, SharedV4Warning } from "@ai-sdk/provider";
import { type AgentEvent, LlmspellError, type Result } from "@rs/llmspell";
import { answerOf } from "../peer/answer.js";
import { lastTurn } from "../peer/conversation.js";
import { callMetadata, callsOf, extras, finishReason, objectText, turnMetadata, usageOf } from "./answer.js";
import { asSdkError } from "./failure.js";

/** Makes the AI SDK's stream parts of a run's events. */
export class Parts {
  readonly #tools: ReadonlySet<string>;
  readonly #model: string;
  readonly #signal: AbortSignal | undefined;
  /** The piece of text or thinking that is open. */
  #open: { readonly type: "text" | "reasoning"; readonly id: string } | undefined;
  #blocks = 0;
  #wroteText = false;
  /** Calls whose arguments have begun. */
  readonly #calls = new Set<string>();

  /** @param tools names of the tools that may be called: other calls are not the program's */
  constructor(tools: readonly string[], model: string, signal: AbortSignal | undefined) {
    this.#tools = new Set(tools);
    this.#model = model;
    this.#signal = signal;
  }

  start(warnings: SharedV4Warning[]): LanguageModelV4StreamPart[] {
    return [{ type: "stream-start", warnings }];
  }

  /** The parts of an event. @throws what the AI SDK shall read in place of more parts */
  of(event: AgentEvent): LanguageModelV4StreamPart[] {
    switch (event.type) {
      case "run_start":
        return [{ type: "response-metadata", modelId: event.model, timestamp: new Date() }];
      case "text_delta":
      case "reasoning_delta":
        return event.text === "" ? [] : this.#words(event.type === "text_delta" ? "text" : "reasoning", event.text);
      case "tool_call_delta":
        return this.#tools.has(event.name)
          ? this.#arguments(event.tool_call_id, event.name, event.arguments_delta)
          : [];
      case "done":
        return this.#end(event.result);
      case "error":
      case "cancelled":
        return this.#failed(event);
      default:
        return [];
    }
  }

  #words(type: "text" | "reasoning", delta: string): LanguageModelV4StreamPart[] {
    if (type === "text") this.#wroteText = true;
    const before = this.#open;
    if (before?.type === type) return [{ type: `${type}-delta`, id: before.id, delta }];
    const closed = this.#close();
    const id = String(this.#blocks++);
    this.#open = { type, id };
    return [...closed, { type: `${type}-start`, id }, { type: `${type}-delta`, id, delta }];
  }

  #close(providerMetadata?: ReturnType<typeof turnMetadata>): LanguageModelV4StreamPart[] {
    const open = this.#open;
    this.#open = undefined;
    return open === undefined
      ? []
      : [{ type: `${open.type}-end`, id: open.id, ...(providerMetadata && { providerMetadata }) }];
  }

  #arguments(id: string, toolName: string, delta: string): LanguageModelV4StreamPart[] {
    const parts: LanguageModelV4StreamPart[] = [];
    if (!this.#calls.has(id)) {
      this.#calls.add(id);
      parts.push({ type: "tool-input-start", id, toolName });
    }
    if (delta !== "") parts.push({ type: "tool-input-delta", id, delta });
    return parts;
  }

  #end(result: Result): LanguageModelV4StreamPart[] {
    const message = lastTurn(result);
    const calls = callsOf(result);
    const parts: LanguageModelV4StreamPart[] = [];
    const answer = this.#wroteText ? undefined : (objectText(result) ?? (result.text === "" ? undefined : result.text));
    if (answer !== undefined) parts.push(...this.#words("text", answer));
    const metadata = turnMetadata(message);
    parts.push(...this.#close(calls.length === 0 ? metadata : undefined), ...extras(message));
    for (const call of calls) {
      if (!this.#calls.has(call.toolCallId)) parts.push(...this.#arguments(call.toolCallId, call.toolName, call.input));
      parts.push({ type: "tool-input-end", id: call.toolCallId }, call);
    }
    const last = calls.at(-1);
    if (last !== undefined && metadata !== undefined) last.providerMetadata = metadata;
    parts.push({
      type: "finish",
      usage: usageOf(result.usage),
      finishReason: finishReason(result),
      providerMetadata: callMetadata(result),
    });
    return parts;
  }

  #failed(event: AgentEvent & { type: "error" | "cancelled" }): LanguageModelV4StreamPart[] {
    const { partial } = event;
    const error = new LlmspellError(
      event.type === "error"
        ? { ...event.error, partial }
        : { kind: "cancelled", message: "the run was cancelled", partial },
    );
    const answer = answerOf(error);
    if (answer !== undefined) return this.#end(answer);
    throw asSdkError(error, this.#model, this.#signal);
  }
}
