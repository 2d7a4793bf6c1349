import { isObject, text } from "../../json.js";
import type { Step } from "../format.js";

/** Changes of bodies by the names in `spec/requests/responses.yaml`. */
export const steps: Readonly<Record<string, Step>> = {
  textAsInput: (body) => {
    const { input } = body;
    if (typeof input !== "string") return body;
    return { ...body, input: [{ type: "message", role: "user", content: [{ type: "input_text", text: input }] }] };
  },
  messagesAsItems: (body) => {
    const { input } = body;
    if (!Array.isArray(input)) return body;
    const written = input.map((item) => {
      if (!isObject(item) || !["", "message"].includes(text(item, "type"))) return item;
      const { content, ...rest } = item;
      const isText = typeof content === "string" && item["role"] !== "assistant";
      const parts = isText ? [{ type: "input_text", text: content }] : content;
      return { ...rest, type: "message", ...(parts === undefined ? {} : { content: parts }) };
    });
    return { ...body, input: written };
  },
};
