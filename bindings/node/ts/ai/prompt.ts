import {
  InvalidPromptError,
  type JSONValue,
  type LanguageModelV4FilePart,
  type LanguageModelV4Message,
  type LanguageModelV4Prompt,
  type LanguageModelV4ToolResultPart,
  type SharedV4ProviderOptions,
  type SharedV4Warning,
  UnsupportedFunctionalityError,
} from "@ai-sdk/provider";
import type { AskedToolCall, FilePart, ImagePart, Message, Part, ToolResultPart } from "@rs/llmspell";
import { base64, type Continued, continued } from "../peer/conversation.js";
import { broughtTurn } from "../peer/turn.js";
import { NAMESPACE } from "./namespace.js";

/**
 * Reads a prompt of the AI SDK.
 *
 * @param provider whose ids of files count
 * @throws InvalidPromptError where the model has nothing to answer
 */
export function readPrompt(prompt: LanguageModelV4Prompt, provider: string, warnings: SharedV4Warning[]): Continued {
  const first = prompt.findIndex(({ role }) => role !== "system");
  const head = first < 0 ? prompt : prompt.slice(0, first);
  const messages = (first < 0 ? [] : prompt.slice(first)).map((message) => readMessage(message, provider, warnings));
  const instructions = head.map(({ content }) => String(content));
  const conversation = continued(messages, instructions);
  if (typeof conversation === "string") throw new InvalidPromptError({ prompt, message: conversation });
  return conversation;
}

function readMessage(message: LanguageModelV4Message, provider: string, warnings: SharedV4Warning[]): Message {
  switch (message.role) {
    case "system":
      return { role: "system", content: message.content };
    case "user":
      return {
        role: "user",
        content: message.content.map((part) => (part.type === "text" ? text(part.text) : file(part, provider))),
      };
    case "assistant":
      return readTurn(message, provider, warnings);
    case "tool":
      return {
        role: "tool",
        content: message.content.flatMap((part) => (part.type === "tool-result" ? [readResult(part, provider)] : [])),
      };
  }
}

function readTurn(
  message: LanguageModelV4Message & { role: "assistant" },
  provider: string,
  warnings: SharedV4Warning[],
): Message {
  const content: Part[] = [];
  const calls: AskedToolCall[] = [];
  const options: (SharedV4ProviderOptions | undefined)[] = [message.providerOptions];
  for (const part of message.content) {
    options.push(part.providerOptions);
    if (part.type === "text") content.push(text(part.text));
    else if (part.type === "reasoning") content.push({ type: "reasoning", text: part.text });
    else if (part.type === "file") content.push(file(part, provider));
    else if (part.type === "tool-call" && part.providerExecuted !== true)
      calls.push({ id: part.toolCallId, name: part.toolName, arguments: json(part.input ?? {}) });
    else warnings.push({ type: "other", message: `a part ${part.type} of an earlier answer is left out` });
  }
  const said = content.filter((part) => part.type !== "text" || part.text !== "");
  const raw = broughtTurn(
    options.map((one) => one?.[NAMESPACE]?.["turn"]),
    said,
    calls,
  );
  return { role: "assistant", content: said, tool_calls: calls, ...(raw !== undefined && { raw }) };
}

function text(words: string): Part {
  return { type: "text", text: words };
}

function file(part: Omit<LanguageModelV4FilePart, "type">, provider: string): ImagePart | FilePart {
  const { data, mediaType, filename } = part;
  const type = mediaType.split("/", 1)[0] === "image" ? "image" : "file";
  const known = mediaType.includes("/") && !mediaType.endsWith("/*");
  const named = {
    ...(known && { media_type: mediaType }),
    ...(filename !== undefined && type === "file" && { filename }),
  };
  switch (data.type) {
    case "data":
      return { type, data: typeof data.data === "string" ? data.data : base64(data.data), ...named };
    case "url":
      return { type, url: String(data.url), ...named };
    case "text":
      return {
        type: "file",
        data: base64(new TextEncoder().encode(data.text)),
        media_type: known ? mediaType : "text/plain",
        ...named,
      };
    case "reference": {
      const id = data.reference[provider] ?? data.reference[NAMESPACE];
      if (id === undefined)
        throw new UnsupportedFunctionalityError({
          functionality: "file reference",
          message: `the reference of a file has no id for ${provider}`,
        });
      return { type, file_id: id, ...named };
    }
  }
}

/** A result of a tool, as the AI SDK has it for models. */
export function readResult(part: Omit<LanguageModelV4ToolResultPart, "type">, provider: string): ToolResultPart {
  return {
    type: "tool_result",
    tool_call_id: part.toolCallId,
    name: part.toolName,
    ...readOutput(part.output, provider),
  };
}

/** What a tool gave. */
export function readOutput(
  output: LanguageModelV4ToolResultPart["output"],
  provider: string,
): Pick<ToolResultPart, "content" | "parts" | "is_error"> {
  switch (output.type) {
    case "text":
      return { content: output.value };
    case "json":
      return { content: json(output.value) };
    case "error-text":
      return { content: output.value, is_error: true };
    case "error-json":
      return { content: json(output.value), is_error: true };
    case "execution-denied":
      return { content: output.reason ?? "The call was denied.", is_error: true };
    case "content": {
      const files: Part[] = [];
      const texts: string[] = [];
      for (const item of output.value) {
        if (item.type === "text") texts.push(item.text);
        else if (item.type === "file") files.push(file(item, provider));
      }
      return { content: texts.join("\n"), ...(files.length > 0 && { parts: files }) };
    }
  }
}

function json(value: unknown): string {
  return JSON.stringify((value ?? null) as JSONValue);
}
