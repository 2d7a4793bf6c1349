import type { BuildContext } from "./built.js";
import { argumentsText, words } from "./pieces.js";
import type { EventItem, GeminiAnswer, Json } from "./types.js";

interface Part {
  readonly [key: string]: Json;
}

/** Whether a request asks for a stream: its method says so. */
export function asksGeminiStream({ path }: BuildContext): boolean {
  return /:streamGenerateContent(\?|$)/.test(path);
}

/** The plain answer: one `GenerateContentResponse`. */
export function plainGemini(answer: GeminiAnswer, context: BuildContext): Json {
  return response(parts(answer), answer, context, true);
}

/** The streamed answer: an event per word of text and per other part; the last one has the finish reason. */
export function streamedGemini(answer: GeminiAnswer, context: BuildContext): EventItem[] {
  const pieces = parts(answer).flatMap(split);
  if (pieces.length === 0) return [response([], answer, context, true)];
  return pieces.map((piece, at): EventItem => response([piece], answer, context, at === pieces.length - 1));
}

/** The parts that were given, or those of thought, text and calls. */
function parts(answer: GeminiAnswer): Part[] {
  if (answer.parts) return answer.parts.map((part) => ({ ...part }));
  const made: Part[] = [];
  if (answer.thought !== undefined) made.push({ text: answer.thought, thought: true });
  if (answer.text !== undefined) made.push({ text: answer.text });
  for (const { id, name, signature, ...call } of answer.tool_calls ?? []) {
    const text = argumentsText({ id: "", name, ...call });
    const made_call = { ...(id === undefined ? {} : { id }), name, args: JSON.parse(text) as Json };
    made.push({ functionCall: made_call, ...(signature === undefined ? {} : { thoughtSignature: signature }) });
  }
  return made;
}

/** The pieces in which a part comes: only a text without a signature comes in several. */
function split(part: Part): Part[] {
  const { text, ...rest } = part;
  if (typeof text !== "string" || text === "" || "thoughtSignature" in rest) return [part];
  return words(text).map((word) => ({ text: word, ...rest }));
}

function response(
  parts: Part[],
  answer: GeminiAnswer,
  context: BuildContext,
  isLast: boolean,
): { [key: string]: Json } {
  const model = /models\/([^:]+):/.exec(context.path)?.[1] ?? "mock";
  const ended = isLast && answer.finish_reason !== null;
  const candidate: { [key: string]: Json } = {
    content: { parts, role: "model" },
    ...(ended ? { finishReason: answer.finish_reason ?? "STOP" } : {}),
    ...(ended && answer.finish_message !== undefined ? { finishMessage: answer.finish_message } : {}),
    index: 0,
    ...(isLast ? answer.candidate : {}),
  };
  return {
    candidates: [candidate],
    usageMetadata: { promptTokenCount: 10, candidatesTokenCount: 5, totalTokenCount: 15, ...answer.usage },
    modelVersion: decodeURIComponent(model),
    responseId: `mock-${context.ordinal}`,
  };
}
