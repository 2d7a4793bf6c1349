import type { BaseLanguageModelInput } from "@langchain/core/language_models/base";
import {
  AIMessage,
  type BaseMessage,
  type BaseMessageLike,
  ChatMessage,
  coerceMessageLikeToMessage,
  type MessageContent,
  ToolMessage,
} from "@langchain/core/messages";
import {
  type AskedToolCall,
  type FilePart,
  type ImagePart,
  LlmspellTypeError,
  type Message,
  type Part,
  type Role,
} from "@rs/llmspell";
import { mistaken } from "../peer/check.js";
import { base64 } from "../peer/conversation.js";
import { broughtTurn } from "../peer/turn.js";
import { isRecord } from "../words.js";

/** Where a message of LangChain carries the provider's own form of a turn. */
export const CARRIED = "llmspell_turn";

/** The messages that an input is: a text, a prompt's value, or a list of messages. */
export function messagesOf(input: BaseLanguageModelInput): BaseMessage[] {
  if (typeof input === "string") return [coerceMessageLikeToMessage(input)];
  if (Array.isArray(input)) return input.map((message: BaseMessageLike) => coerceMessageLikeToMessage(message));
  if (isRecord(input) && typeof input["toChatMessages"] === "function") return input.toChatMessages();
  throw mistaken("AgentRunnable: the input", "a text, a prompt, or a list of messages", input);
}

/** Messages of LangChain as an agent knows them, those of the system before all others by themselves. */
export function readMessages(given: readonly BaseMessage[]): { instructions: string[]; messages: Message[] } {
  const answered = new Set(given.filter((message) => ToolMessage.isInstance(message)).map((one) => one.tool_call_id));
  const all = given.map((message) => readMessage(message, answered));
  const first = all.findIndex(({ role }) => role !== "system");
  const head = first < 0 ? all : all.slice(0, first);
  return { instructions: head.map(({ content }) => textOf(content)), messages: first < 0 ? [] : all.slice(first) };
}

function textOf(content: string | Part[]): string {
  if (typeof content === "string") return content;
  return content.map((part) => (part.type === "text" ? part.text : "")).join("\n");
}

function readMessage(message: BaseMessage, answered: ReadonlySet<string>): Message {
  if (ToolMessage.isInstance(message)) {
    // What a tool gave in a form of its own is for the model to read.
    const content = readContent(message.content, (block) => [{ type: "text", text: JSON.stringify(block) }]);
    const parts = content.filter(({ type }) => type !== "text");
    return {
      role: "tool",
      content: [
        {
          type: "tool_result",
          tool_call_id: message.tool_call_id,
          name: message.name ?? "",
          content: textOf(content),
          ...(parts.length > 0 && { parts }),
          ...(message.status === "error" && { is_error: true }),
        },
      ],
    };
  }
  if (AIMessage.isInstance(message)) return readTurn(message, answered);
  return { role: roleOf(message), content: readContent(message.content, refuse) };
}

function roleOf(message: BaseMessage): Role {
  const type = message.getType();
  if (type === "human") return "user";
  if (type === "system" || type === "developer") return "system";
  if (ChatMessage.isInstance(message)) {
    const { role } = message;
    if (role === "user" || role === "assistant" || role === "system") return role;
    if (role === "human") return "user";
  }
  throw new LlmspellTypeError(`messages of the type ${type} cannot be sent; there are human, ai, system and tool`);
}

function readTurn(message: AIMessage, answered: ReadonlySet<string>): Message {
  // Other models of LangChain have blocks of their providers' in their turns, which are theirs alone.
  const content = readContent(message.content, thinkingOf).filter((part) => part.type !== "text" || part.text !== "");
  const calls: AskedToolCall[] = (message.tool_calls ?? []).map(({ id, name, args }) => ({
    id: id ?? name,
    name,
    arguments: JSON.stringify(args),
  }));
  // Calls that nobody could make out stay away, unless somebody has told the model so.
  for (const { id, name, args } of message.invalid_tool_calls ?? [])
    if (id !== undefined && answered.has(id)) calls.push({ id, name: name ?? "", arguments: args ?? "" });
  const raw = broughtTurn([message.additional_kwargs[CARRIED]], content, calls);
  return { role: "assistant", content, tool_calls: calls, ...(raw !== undefined && { raw }) };
}

type Block = Readonly<Record<string, unknown>>;

/**
 * Parts of LangChain's own forms: those of version 1, those before, and OpenAI's pictures.
 *
 * @param other what becomes of any other block
 */
function readContent(content: MessageContent, other: (block: Block) => Part[]): Part[] {
  if (typeof content === "string") return content === "" ? [] : [{ type: "text", text: content }];
  return (content as readonly Block[]).flatMap((block) => readBlock(block) ?? other(block));
}

function readBlock(block: Block): Part[] | undefined {
  const { type } = block;
  if (
    typeof block["text"] === "string" &&
    (type === "text" || type === "text-plain" || block["source_type"] === "text")
  )
    return [{ type: "text", text: block["text"] }];
  if (type === "reasoning") return [{ type: "reasoning", text: String(block["reasoning"] ?? "") }];
  // The calls of a turn stand beside its content.
  if (type === "tool_call" || type === "tool_use" || type === "tool_call_chunk" || type === "input_json_delta")
    return [];
  if (type === "image_url") {
    const image = block["image_url"] as string | { url: string; detail?: "low" | "high" | "auto" };
    return [typeof image === "string" ? { type: "image", url: image } : { type: "image", ...image }];
  }
  if (type === "image" || type === "file" || type === "audio" || type === "video") return [fileOf(type, block)];
  return undefined;
}

function refuse({ type }: Block): never {
  throw new LlmspellTypeError(
    `content of the type ${JSON.stringify(type)} cannot be sent; there are text, image, image_url, file, audio and video`,
  );
}

/** Thinking in the words of providers; nothing for any other block. */
function thinkingOf({ type, thinking, reasoningText }: Block): Part[] {
  const text = type === "reasoning_content" ? (reasoningText as Block | undefined)?.["text"] : thinking;
  return typeof text === "string" && text !== "" ? [{ type: "reasoning", text }] : [];
}

function fileOf(type: string, block: Block): ImagePart | FilePart {
  const { data } = block;
  const mediaType = block["mimeType"] ?? block["mime_type"];
  const id = block["fileId"] ?? (block["source_type"] === "id" ? block["id"] : undefined);
  const name = (block["metadata"] as { filename?: unknown; name?: unknown } | undefined)?.filename ?? block["filename"];
  return {
    type: type === "image" ? "image" : "file",
    ...(typeof data === "string" && { data }),
    ...(data instanceof Uint8Array && { data: base64(data) }),
    ...(typeof block["url"] === "string" && { url: block["url"] }),
    ...(typeof id === "string" && { file_id: id }),
    ...(typeof mediaType === "string" && { media_type: mediaType }),
    ...(typeof name === "string" && type !== "image" && { filename: name }),
  };
}
