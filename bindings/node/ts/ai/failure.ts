import { APICallError, LoadAPIKeyError } from "@ai-sdk/provider";
import { LlmspellError } from "@rs/llmspell";

/** A failure as the AI SDK knows it, which decides by it whether to try again. */
export function asSdkError(error: unknown, model: string, signal: AbortSignal | undefined): unknown {
  if (!(error instanceof LlmspellError)) return error;
  if (error.kind === "cancelled")
    return signal?.aborted === true ? signal.reason : new DOMException(error.message, "AbortError");
  if (error.kind === "auth" && error.httpStatus === undefined) return new LoadAPIKeyError({ message: error.message });
  const { partial: _, ...data } = error.toJSON();
  return new APICallError({
    message: error.message,
    url: `llmspell:${model}`,
    requestBodyValues: {},
    ...(error.httpStatus !== undefined && { statusCode: error.httpStatus }),
    ...(error.retryAfterMs !== undefined && { responseHeaders: { "retry-after-ms": String(error.retryAfterMs) } }),
    isRetryable: error.retryable,
    data,
    cause: error,
  });
}
