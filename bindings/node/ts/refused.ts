import { eventError, type LlmspellError } from "./error.js";
import type { LastEvent } from "./run.js";
import type { Result } from "./types/result.gen.js";

/** The only event of a run that could not begin. It has no `run_id`. */
export function refusal(failure: LlmspellError, of: { readonly provider: string; readonly model: string }): LastEvent {
  const place = { seq: 1, step: 0 };
  // As if the signal had been aborted a moment later.
  if (failure.kind === "cancelled") return { type: "cancelled", ...place, partial: nothing(of) } as LastEvent;
  return { type: "error", ...place, error: eventError(failure) } as LastEvent;
}

/** The result of a run that did nothing. */
function nothing({ provider, model }: { readonly provider: string; readonly model: string }): Result {
  return {
    content: "",
    text: "",
    object: null,
    messages: [],
    tool_calls: [],
    usage: { input_tokens: 0, output_tokens: 0, total_tokens: 0, cached_tokens: 0, reasoning_tokens: 0 },
    finish_reason: "other",
    steps: 0,
    metadata: { tokens_used: 0, execution_time_ms: 0, tools_used: [], model, provider, retries: 0 },
  };
}
