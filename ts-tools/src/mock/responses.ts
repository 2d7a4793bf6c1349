import type { BuildContext } from "./built.js";
import { argumentsText, field, pieces, words } from "./pieces.js";
import type { EventItem, Json, ResponsesAnswer } from "./types.js";

interface Item {
  readonly [key: string]: Json;
}

/** The plain answer: one `response` object. */
export function plainResponses(answer: ResponsesAnswer, context: BuildContext): Json {
  return response(answer, context);
}

/** The streamed answer: each item with its begin, a delta per word or piece of JSON, and its end. */
export function streamedResponses(answer: ResponsesAnswer, context: BuildContext): EventItem[] {
  const begun = { ...response(answer, context), status: "in_progress", output: [], error: null, usage: null };
  const last = response(answer, context);
  const events = [
    { type: "response.created", response: begun },
    { type: "response.in_progress", response: begun },
    ...items(answer, context).flatMap((item, index) => itemEvents(item, index)),
    { type: `response.${String(last["status"])}`, response: last },
  ];
  return events.map((event, number) => ({ event: event.type, data: { ...event, sequence_number: number } }));
}

function response(answer: ResponsesAnswer, context: BuildContext): { [key: string]: Json } {
  const model = field(context.body, "model");
  const output = items(answer, context);
  return {
    id: `resp_mock_${context.ordinal}`,
    object: "response",
    created_at: 0,
    model: typeof model === "string" ? model : "mock",
    status: answer.error ? "failed" : answer.incomplete === undefined ? "completed" : "incomplete",
    error: answer.error ?? null,
    incomplete_details: answer.incomplete === undefined ? null : { reason: answer.incomplete },
    output: answer.error ? [] : output,
    usage: usage(answer, output),
  };
}

/** The items that were given, or those of reasoning, text and calls. */
function items(answer: ResponsesAnswer, context: BuildContext): Item[] {
  if (answer.output) return answer.output.map((item) => ({ ...item }));
  const made: Item[] = [];
  if (answer.reasoning !== undefined || answer.encrypted !== undefined) {
    const summary = answer.reasoning === undefined ? [] : [{ type: "summary_text", text: answer.reasoning }];
    const secret = answer.encrypted === undefined ? {} : { encrypted_content: answer.encrypted };
    made.push({ type: "reasoning", id: `rs_mock_${context.ordinal}`, summary, ...secret });
  }
  const parts: Json[] = [
    ...(answer.text === undefined ? [] : [{ type: "output_text", text: answer.text, annotations: [], logprobs: [] }]),
    ...(answer.refusal === undefined ? [] : [{ type: "refusal", refusal: answer.refusal }]),
  ];
  const status = answer.incomplete === undefined ? "completed" : "incomplete";
  if (parts.length > 0) {
    made.push({ type: "message", id: `msg_mock_${context.ordinal}`, role: "assistant", status, content: parts });
  }
  for (const call of answer.tool_calls ?? []) {
    const given = { call_id: call.id, name: call.name, arguments: argumentsText(call) };
    made.push({ type: "function_call", id: `fc_${call.id}`, ...given, status });
  }
  return made;
}

type Event = { type: string; [key: string]: Json };

function itemEvents(item: Item, index: number): Event[] {
  const place = { output_index: index, item_id: item["id"] ?? null };
  const { begin, deltas } = split(item);
  return [
    { type: "response.output_item.added", output_index: index, item: begin },
    ...deltas.map(({ type, ...delta }) => ({ type, ...place, ...delta })),
    { type: "response.output_item.done", output_index: index, item: { ...item } },
  ];
}

/** What of an item comes at its begin, and what in pieces. A type that is not known comes whole. */
function split(item: Item): { begin: { [key: string]: Json }; deltas: Event[] } {
  const list = (name: string): Json[] => (Array.isArray(item[name]) ? item[name] : []);
  const text = (part: Json, name: string): string => String(field(part, name) ?? "");
  switch (item["type"]) {
    case "message":
      return {
        begin: { ...item, status: "in_progress", content: [] },
        deltas: list("content").flatMap((part, at) => {
          const isRefusal = field(part, "type") === "refusal";
          const type = isRefusal ? "response.refusal.delta" : "response.output_text.delta";
          const said = words(text(part, isRefusal ? "refusal" : "text"));
          return said.map((delta) => ({ type, content_index: at, delta }));
        }),
      };
    case "reasoning":
      return {
        begin: { ...item, summary: [] },
        deltas: list("summary").flatMap((part, at) =>
          words(text(part, "text")).map((delta) => {
            return { type: "response.reasoning_summary_text.delta", summary_index: at, delta };
          }),
        ),
      };
    case "function_call":
      return {
        begin: { ...item, status: "in_progress", arguments: "" },
        deltas: pieces(String(item["arguments"] ?? "")).map((delta) => {
          return { type: "response.function_call_arguments.delta", delta };
        }),
      };
    default:
      return { begin: { ...item }, deltas: [] };
  }
}

function usage(answer: ResponsesAnswer, output: readonly Item[]): { [key: string]: Json } {
  const used = output.reduce((sum, item) => sum + words(JSON.stringify(item)).length, 0);
  return {
    input_tokens: 10,
    input_tokens_details: { cached_tokens: 0 },
    output_tokens: used,
    output_tokens_details: { reasoning_tokens: 0 },
    total_tokens: 10 + used,
    ...answer.usage,
  };
}
