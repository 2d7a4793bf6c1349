import type { Content, InputMessage, Message, Part, Result, State } from "@rs/llmspell";

/** A whole conversation, as libraries without a state send it each time, in the form that an agent goes on with. */
export interface Continued {
  /** What the system said before all others. */
  readonly systemPrompt: string | undefined;
  /** What was said up to the model's last turn. */
  readonly state: State;
  /** What comes after it: results of its calls, words of the user. */
  readonly input: Content;
}

/**
 * Divides a conversation into the instructions before it, the state and the input. Of instructions alone the last are what there
 * is to answer.
 *
 * @returns a text that says what is wrong where the model has nothing to answer
 */
export function continued(messages: readonly Message[], instructions: readonly string[] = []): Continued | string {
  const asked = messages.length === 0 ? instructions.at(-1) : undefined;
  const prompts = asked === undefined ? instructions : instructions.slice(0, -1);
  const systemPrompt = prompts.length === 0 ? undefined : prompts.join("\n\n");
  const all = joined(asked === undefined ? messages : [{ role: "user", content: asked }]);
  const last = all.at(-1);
  if (last === undefined) return "there is no message but the system's";
  let cut = all.findLastIndex(({ role }) => role === "assistant") + 1;
  if (cut === all.length) {
    // The model goes on with its own words.
    if ((last.tool_calls ?? []).length > 0) return "the last message calls tools, and their results are missing";
    cut -= 1;
  }
  return { systemPrompt, state: stateOf(all.slice(0, cut)), input: all.slice(cut) as InputMessage[] };
}

/** A conversation as the option `state` takes it. */
export function stateOf(messages: Message[]): State {
  const usage = { input_tokens: 0, output_tokens: 0, total_tokens: 0, cached_tokens: 0, reasoning_tokens: 0 };
  return { version: 1, messages, usage };
}

/** Results that follow each other belong to one turn. */
function joined(messages: readonly Message[]): Message[] {
  const all: Message[] = [];
  for (const message of messages) {
    const before = all.at(-1);
    if (message.role !== "tool") all.push(message);
    else if (before?.role === "tool") before.content = [...partsOf(before), ...partsOf(message)];
    else if (message.content.length > 0) all.push({ ...message });
  }
  return all;
}

/** The parts of a message, of which there may be none. */
export function partsOf(message: Message | undefined): Part[] {
  if (message === undefined) return [];
  return typeof message.content === "string" ? [{ type: "text", text: message.content }] : message.content;
}

/** The model's last turn of a run. */
export function lastTurn(result: Result): Message | undefined {
  return result.messages.findLast(({ role }) => role === "assistant");
}

/** Bytes as base64. */
export function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64");
}
