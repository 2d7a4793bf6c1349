import type { BuildContext } from "./built.js";
import { argumentsText, field, pieces, words } from "./pieces.js";
import type { ChatAnswer, EventItem, Json } from "./types.js";

/** A fixed instant: an answer must not depend on the clock. */
const CREATED = 1_760_000_000;

/** The plain answer: one `chat.completion` object. */
export function plainChat(answer: ChatAnswer, context: BuildContext): Json {
  const calls = toolCalls(answer);
  const message: { [key: string]: Json } = { role: "assistant", content: answer.text ?? null };
  if (answer.reasoning !== undefined) message["reasoning_content"] = answer.reasoning;
  if (calls.length > 0)
    message["tool_calls"] = calls.map(({ id, name, text }) => ({
      id,
      type: "function",
      function: { name, arguments: text },
    }));
  return {
    ...envelope("chat.completion", context),
    choices: [{ index: 0, message, finish_reason: finishReason(answer) }],
    usage: usage(answer),
  };
}

/** The streamed answer: one delta per word of text and per piece of arguments. */
export function streamedChat(answer: ChatAnswer, context: BuildContext): EventItem[] {
  const head = envelope("chat.completion.chunk", context);
  const chunk = (delta: Json, finish: string | null = null): EventItem => ({
    ...head,
    choices: [{ index: 0, delta, finish_reason: finish }],
  });
  const events: EventItem[] = [chunk({ role: "assistant", content: "" })];
  for (const word of words(answer.reasoning ?? "")) events.push(chunk({ reasoning_content: word }));
  for (const word of words(answer.text ?? "")) events.push(chunk({ content: word }));
  toolCalls(answer).forEach(({ id, name, text }, index) => {
    events.push(chunk({ tool_calls: [{ index, id, type: "function", function: { name, arguments: "" } }] }));
    for (const piece of pieces(text)) {
      events.push(chunk({ tool_calls: [{ index, function: { arguments: piece } }] }));
    }
  });
  events.push(chunk({}, finishReason(answer)));
  if (field(field(context.body, "stream_options"), "include_usage") === true) {
    events.push({ ...head, choices: [], usage: usage(answer) });
  }
  return events;
}

function envelope(object: string, context: BuildContext): { [key: string]: Json } {
  const model = field(context.body, "model");
  return {
    id: `chatcmpl-mock-${context.ordinal}`,
    object,
    created: CREATED,
    model: typeof model === "string" ? model : "mock",
  };
}

function toolCalls(answer: ChatAnswer): { id: string; name: string; text: string }[] {
  return (answer.tool_calls ?? []).map((call) => ({
    id: call.id,
    name: call.name,
    text: argumentsText(call),
  }));
}

function finishReason(answer: ChatAnswer): string {
  return answer.finish_reason ?? (answer.tool_calls?.length ? "tool_calls" : "stop");
}

function usage(answer: ChatAnswer): Json {
  if (answer.usage) return { ...answer.usage };
  const out = words(
    `${answer.text ?? ""} ${toolCalls(answer)
      .map((call) => call.text)
      .join(" ")}`,
  ).length;
  return { prompt_tokens: 10, completion_tokens: out, total_tokens: 10 + out };
}
