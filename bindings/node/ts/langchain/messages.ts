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
import type { AskedToolCall, FilePart, ImagePart, Message, Part, Role } from "@rs/llmspell";
import { base64 } from "../peer/conversation.js";
import { broughtTurn } from "../peer/turn.js";

/** Where a message of LangChain carries the provider's own form of a turn. */
export const CARRIED = "llmspell_turn";

/** The messages that an input is: a text, a prompt's value, or a list of messages. */
export function messagesOf(input: BaseLanguageModelInput): BaseMessage[] {
  if (typeof input === "string") return [coerceMessageLikeToMessage(input)];
  if (Array.isArray(input)) return input.map((message: BaseMessageLike) => coerceMessageLikeToMessage(message));
  if ("toChatMessages" in input) return input.toChatMessages();
  throw new TypeError("expected a text, a prompt, or a list of messages");
}

/** Messages of LangChain as an agent knows them, those of the system before all others by themselves. */
export function readMessages(given: readonly BaseMessage[]): { systemPrompt: string | undefined; messages: Message[] } {
  const all = given.map(readMessage);
  const first = all.findIndex(({ role }) => role !== "system");
  const head = first < 0 ? all : all.slice(0, first);
  const systemPrompt = head.length === 0 ? undefined : head.map(({ content }) => textOf(content)).join("\n\n");
  return { systemPrompt, messages: first < 0 ? [] : all.slice(first) };
}

function textOf(content: string | Part[]): string {
  if (typeof content === "string") return content;
  return content.map((part) => (part.type === "text" ? part.text : "")).join("\n");
}

function readMessage(message: BaseMessage): Message {
  if (ToolMessage.isInstance(message)) {
    const content = readContent(message.content);
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
  if (AIMessage.isInstance(message)) return readTurn(message);
  return { role: roleOf(message), content: readContent(message.content) };
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
  throw new TypeError(`messages of the type ${type} cannot be sent; there are human, ai, system and tool`);
}

function readTurn(message: AIMessage): Message {
  const content = readContent(message.content).filter((part) => part.type !== "text" || part.text !== "");
  const calls: AskedToolCall[] = (message.tool_calls ?? []).map(({ id, name, args }) => ({
    id: id ?? name,
    name,
    arguments: JSON.stringify(args),
  }));
  const raw = broughtTurn([message.additional_kwargs[CARRIED]], content, calls);
  return { role: "assistant", content, tool_calls: calls, ...(raw !== undefined && { raw }) };
}

/** Parts of LangChain's own forms: those of version 1, those before, and OpenAI's pictures. */
function readContent(content: MessageContent): Part[] {
  if (typeof content === "string") return content === "" ? [] : [{ type: "text", text: content }];
  return (content as readonly Record<string, unknown>[]).flatMap(readBlock);
}

function readBlock(block: Record<string, unknown>): Part[] {
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
  throw new TypeError(
    `content of the type ${JSON.stringify(type)} cannot be sent; there are text, image, image_url, file, audio and video`,
  );
}

function fileOf(type: string, block: Record<string, unknown>): ImagePart | FilePart {
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
