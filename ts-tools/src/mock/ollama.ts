import type { BuildContext } from "./built.js";
import { argumentsText, field, words } from "./pieces.js";
import type { Json, OllamaAnswer } from "./types.js";

/** A fixed instant: an answer must not depend on the clock. */
const CREATED = "2026-01-02T03:04:05.678Z";

/** The plain answer: one object. */
export function plainOllama(answer: OllamaAnswer, context: BuildContext): Json {
  const message: { [key: string]: Json } = { role: "assistant", content: answer.text ?? "" };
  if (answer.thinking !== undefined) message["thinking"] = answer.thinking;
  const made = calls(answer);
  if (made.length > 0) message["tool_calls"] = made;
  return end(message, answer, context);
}

/** The streamed answer: a line per word and per call; the last one is done. */
export function streamedOllama(answer: OllamaAnswer, context: BuildContext): Json[] {
  const line = (message: { [key: string]: Json }): Json => ({
    ...envelope(context),
    message: { role: "assistant", content: "", ...message },
    done: false,
  });
  return [
    ...words(answer.thinking ?? "").map((thinking) => line({ thinking })),
    ...words(answer.text ?? "").map((content) => line({ content })),
    ...calls(answer).map((call) => line({ tool_calls: [call] })),
    end({ role: "assistant", content: "" }, answer, context),
  ];
}

function envelope(context: BuildContext): { [key: string]: Json } {
  const model = field(context.body, "model");
  return { model: typeof model === "string" ? model : "mock", created_at: CREATED };
}

function end(message: Json, answer: OllamaAnswer, context: BuildContext): Json {
  return {
    ...envelope(context),
    message,
    done: true,
    done_reason: answer.done_reason ?? "stop",
    total_duration: 5_000_000,
    prompt_eval_count: 10,
    eval_count: 5,
    ...answer.usage,
  };
}

/** Calls with their arguments as objects, every one of index 0, as several servers send them. */
function calls(answer: OllamaAnswer): Json[] {
  return (answer.tool_calls ?? []).map(({ id, name, ...call }) => ({
    ...(id === undefined ? {} : { id }),
    function: { index: 0, name, arguments: JSON.parse(argumentsText({ id: "", name, ...call })) as Json },
  }));
}
