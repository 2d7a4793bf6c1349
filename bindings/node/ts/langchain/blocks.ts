import type { MessageContent } from "@langchain/core/messages";
import type { CitationPart, FilePart, ImagePart, Message, Part } from "@rs/llmspell";
import { partsOf } from "../peer/conversation.js";

/** Parts that LangChain has blocks for; reasoning and refusals stand beside the content. */
const SHOWN = ["text", "image", "file", "citation"];

/**
 * The content of a turn: its text, or blocks of LangChain's version 1 where the model gave pictures, files or citations as well.
 *
 * @param text the answer's text as it is to stand; empty for what there is besides it
 */
export function contentOf(turn: Message | undefined, text: string): MessageContent {
  const parts = partsOf(turn).filter(({ type }) => SHOWN.includes(type));
  const others = parts.filter(({ type }) => type !== "text");
  if (others.length === 0) return text;
  const words = parts.map((part) => (part.type === "text" ? part.text : "")).join("");
  if (words === text) return blocksOf(parts);
  return blocksOf(text === "" ? others : [{ type: "text", text }, ...others]);
}

function blocksOf(parts: readonly Part[]): MessageContent {
  const blocks: Record<string, unknown>[] = [];
  for (const part of parts) {
    if (part.type === "text") blocks.push({ type: "text", text: part.text });
    else if (part.type === "image" || part.type === "file") blocks.push(fileOf(part));
    else if (part.type === "citation") {
      // It stands at the text before it.
      const before = blocks.at(-1);
      const text = before?.["type"] === "text" ? before : { type: "text", text: "" };
      if (text !== before) blocks.push(text);
      text["annotations"] = [...((text["annotations"] as object[] | undefined) ?? []), citationOf(part)];
    }
  }
  return blocks as unknown as MessageContent;
}

function fileOf(part: ImagePart | FilePart): Record<string, unknown> {
  const { media_type: mimeType, data, url, file_id: fileId } = part;
  const kind = part.type === "file" ? /^(?:audio|video)(?=\/)/.exec(mimeType ?? "")?.[0] : undefined;
  const filename = part.type === "file" ? part.filename : undefined;
  return {
    type: kind ?? part.type,
    ...(mimeType !== undefined && { mimeType }),
    ...(data !== undefined && { data }),
    ...(url !== undefined && { url }),
    ...(fileId !== undefined && { fileId }),
    ...(filename !== undefined && { metadata: { filename } }),
  };
}

function citationOf({ url, title, quote }: CitationPart): Record<string, unknown> {
  return {
    type: "citation",
    ...(url !== undefined && { url }),
    ...(title !== undefined && { title }),
    ...(quote !== undefined && { citedText: quote }),
  };
}
