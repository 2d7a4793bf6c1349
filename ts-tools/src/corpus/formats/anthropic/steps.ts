import type { Json } from "../../../mock/types.js";
import type { JsonObject } from "../../ask.js";
import { isObject, list, text } from "../../json.js";
import type { Step } from "../format.js";

/** Changes of bodies by the names in `spec/requests/anthropic.yaml`. */
export const steps: Readonly<Record<string, Step>> = {
  /** A text stands for a list of one text block. */
  blocks: (body) => ({
    ...body,
    ...(typeof body["system"] === "string" ? { system: asBlocks(body["system"]) } : {}),
    messages: list(body, "messages").map((message) =>
      isObject(message) ? { ...message, content: asBlocks(message["content"]).map(resultBlocks) } : message,
    ),
  }),
  /** Messages of one role in a row are one. */
  merged: (body) => {
    const messages: JsonObject[] = [];
    for (const message of list(body, "messages").filter(isObject)) {
      const last = messages.at(-1);
      const blocks = asBlocks(message["content"]);
      if (last && last["role"] === message["role"]) last["content"] = [...asBlocks(last["content"]), ...blocks];
      else messages.push({ ...message, content: [...blocks] });
    }
    return { ...body, messages: messages.filter((message) => list(message, "content").length > 0) };
  },
};

function asBlocks(content: Json | undefined): Json[] {
  if (typeof content === "string") return content === "" ? [] : [{ type: "text", text: content }];
  return Array.isArray(content) ? content : [];
}

function resultBlocks(block: Json): Json {
  if (!isObject(block) || text(block, "type") !== "tool_result") return block;
  const content = asBlocks(block["content"]).filter((one) => text(one, "type") !== "text" || text(one, "text") !== "");
  return { ...block, content };
}
