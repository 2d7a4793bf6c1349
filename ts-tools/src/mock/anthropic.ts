import type { BuildContext } from "./built.js";
import { argumentsText, field, pieces, words } from "./pieces.js";
import type { AnthropicAnswer, EventItem, Json } from "./types.js";

interface Block {
  readonly [key: string]: Json;
}

/** The plain answer: one `message` object. */
export function plainAnthropic(answer: AnthropicAnswer, context: BuildContext): Json {
  return { ...envelope(context), content: blocks(answer), ...ending(answer), usage: usage(answer) };
}

/** The streamed answer: each block with its begin, a delta per word or piece of JSON, and its end. */
export function streamedAnthropic(answer: AnthropicAnswer, context: BuildContext): EventItem[] {
  const counted = usage(answer);
  const message = {
    ...envelope(context),
    content: [],
    stop_reason: null,
    stop_sequence: null,
    usage: { ...counted, output_tokens: 1 },
  };
  return [
    event({ type: "message_start", message }),
    ...blocks(answer).flatMap((block, index) => blockEvents(block, index)),
    event({ type: "message_delta", delta: ending(answer), usage: { output_tokens: counted["output_tokens"] ?? 0 } }),
    event({ type: "message_stop" }),
  ];
}

function event(data: { type: string; [key: string]: Json }): EventItem {
  return { event: data.type, data };
}

function envelope(context: BuildContext): { [key: string]: Json } {
  const model = field(context.body, "model");
  return {
    id: `msg_mock_${context.ordinal}`,
    type: "message",
    role: "assistant",
    model: typeof model === "string" ? model : "mock",
  };
}

/** The blocks that were given, or those of thinking, text and calls. */
function blocks(answer: AnthropicAnswer): Block[] {
  if (answer.content) return answer.content.map((block) => ({ ...block }));
  const made: Block[] = [];
  if (answer.thinking !== undefined || answer.signature !== undefined)
    made.push({ type: "thinking", thinking: answer.thinking ?? "", signature: answer.signature ?? "" });
  if (answer.text !== undefined) made.push({ type: "text", text: answer.text });
  for (const call of answer.tool_calls ?? [])
    made.push({ type: "tool_use", id: call.id, name: call.name, input: inputOf(argumentsText(call)) });
  return made;
}

/** The input as a plain answer has it: a value, also where the text is none. */
function inputOf(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return text;
  }
}

function blockEvents(block: Block, index: number): EventItem[] {
  const { begin, deltas } = split(block);
  return [
    event({ type: "content_block_start", index, content_block: begin }),
    ...deltas.map((delta) => event({ type: "content_block_delta", index, delta })),
    event({ type: "content_block_stop", index }),
  ];
}

/** What of a block comes at its begin, and what in pieces. A type that is not known comes whole. */
function split(block: Block): { begin: Block; deltas: Json[] } {
  const text = (name: string): string => String(block[name] ?? "");
  switch (block["type"]) {
    case "text": {
      const citations = Array.isArray(block["citations"]) ? block["citations"] : [];
      return {
        begin: { ...block, text: "", ...(block["citations"] === undefined ? {} : { citations: [] }) },
        deltas: [
          ...citations.map((citation) => ({ type: "citations_delta", citation })),
          ...words(text("text")).map((word) => ({ type: "text_delta", text: word })),
        ],
      };
    }
    case "thinking":
      return {
        begin: { ...block, thinking: "", signature: "" },
        deltas: [
          ...words(text("thinking")).map((word) => ({ type: "thinking_delta", thinking: word })),
          { type: "signature_delta", signature: text("signature") },
        ],
      };
    case "tool_use":
    case "server_tool_use": {
      const input = block["input"];
      const json = typeof input === "string" ? input : JSON.stringify(input ?? {});
      return {
        begin: { ...block, input: {} },
        deltas: ["", ...(json === "{}" ? [] : pieces(json))].map((piece) => ({
          type: "input_json_delta",
          partial_json: piece,
        })),
      };
    }
    default:
      return { begin: block, deltas: [] };
  }
}

function ending(answer: AnthropicAnswer): { [key: string]: Json } {
  const calls = blocks(answer).some((block) => block["type"] === "tool_use");
  return {
    stop_reason: answer.stop_reason ?? (calls ? "tool_use" : "end_turn"),
    stop_sequence: answer.stop_sequence ?? null,
    ...(answer.stop_details === undefined ? {} : { stop_details: answer.stop_details }),
  };
}

function usage(answer: AnthropicAnswer): { [key: string]: Json } {
  const made = blocks(answer).map((block) => words(JSON.stringify(block["text"] ?? block["input"] ?? "")).length);
  const output = made.reduce((sum, count) => sum + count, 0);
  return {
    input_tokens: 10,
    cache_creation_input_tokens: 0,
    cache_read_input_tokens: 0,
    output_tokens: output,
    ...answer.usage,
  };
}
