import type { AgentEvent, ErrorKind, Message, Part, Result, State, ToolRequest, Usage } from "@rs/llmspell";
import { expectTypeOf } from "vitest";

declare const event: AgentEvent<{ city: string }>;
switch (event.type) {
  case "text_delta":
    expectTypeOf(event.text).toBeString();
    break;
  case "tool_result":
    expectTypeOf(event.is_error).toBeBoolean();
    expectTypeOf(event.parts).toEqualTypeOf<Part[] | undefined>();
    break;
  case "request":
    if (event.kind === "approval") expectTypeOf(event.payload).toEqualTypeOf<ToolRequest>();
    if (event.kind === "hook" && event.payload.point === "after_model")
      expectTypeOf(event.payload.usage).toEqualTypeOf<Usage>();
    if (event.kind === "guardrail") expectTypeOf(event.payload.on).toEqualTypeOf<"input" | "output">();
    break;
  case "done":
    expectTypeOf(event.result).toEqualTypeOf<Result<{ city: string }>>();
    expectTypeOf(event.result.object.city).toBeString();
    break;
  case "error":
    expectTypeOf(event.error.kind).toEqualTypeOf<ErrorKind>();
    expectTypeOf(event.run_id).toEqualTypeOf<string | undefined>();
    break;
  case "cancelled":
    expectTypeOf(event.partial).toEqualTypeOf<Result>();
    break;
  case "run_start":
  case "step_start":
  case "reasoning_delta":
  case "object_delta":
  case "tool_call_delta":
  case "tool_call":
  case "retry":
  case "warning":
  case "step_end":
    expectTypeOf(event.run_id).toBeString();
    break;
  default:
    expectTypeOf(event).toBeNever();
}

// @ts-expect-error there is no such event
if (event.type === "text") event;

declare const message: Message;
if (typeof message.content !== "string")
  for (const part of message.content) if (part.type === "text") expectTypeOf(part.text).toBeString();

declare const state: State;
expectTypeOf(state.version).toEqualTypeOf<1>();
