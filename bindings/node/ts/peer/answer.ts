import { LlmspellError, type Result } from "@rs/llmspell";

/** Kinds of failure of a run that are none for libraries which judge the model's turn themselves. */
const ANSWERED = new Set(["max_steps", "validation", "content_filter"]);

/**
 * The answer that a run of one turn has all the same when it fails: calls of tools that there are not or with arguments that do
 * not fit, an answer that does not fit its schema, or a question that was blocked. Those who asked have their own ways to go on.
 */
export function answerOf(error: unknown): Result | undefined {
  if (!(error instanceof LlmspellError) || !ANSWERED.has(error.kind) || error.partial === undefined) return undefined;
  return error.kind === "content_filter" ? { ...error.partial, finish_reason: "content_filter" } : error.partial;
}
