import type { Json } from "../../../mock/types.js";
import { isObject, text } from "../../json.js";
import type { Step } from "../format.js";

/** The body with each message changed. */
function eachMessage(change: (message: { [key: string]: Json }) => { [key: string]: Json }): Step {
  return (body) => {
    const messages = body["messages"];
    if (!Array.isArray(messages)) return body;
    return { ...body, messages: messages.map((message) => (isObject(message) ? change(message) : message)) };
  };
}

/** Each id of a tool call by its place among them, so that spellings do not count but pairs do. */
const idsByPlace: Step = (body) => {
  const places = new Map<string, string>();
  const place = (id: Json | undefined): Json => {
    if (typeof id !== "string") return id ?? null;
    if (!places.has(id)) places.set(id, `id_${places.size}`);
    return places.get(id) ?? id;
  };
  return eachMessage((message) => {
    const calls = message["tool_calls"];
    const changed = { ...message };
    if (Array.isArray(calls)) {
      changed["tool_calls"] = calls.map((call) => (isObject(call) ? { ...call, id: place(call["id"]) } : call));
    }
    if (message["tool_call_id"] !== undefined) changed["tool_call_id"] = place(message["tool_call_id"]);
    return changed;
  })(body, "sent");
};

/** A list of parts as the text that its parts have. */
const textsAlone = eachMessage((message) => {
  const content = message["content"];
  if (!Array.isArray(content)) return message;
  return { ...message, content: content.flatMap((part) => text(part, "text") || []).join("\n") };
});

/** Changes of bodies by the names in `spec/requests/chat.yaml`. */
export const steps: Readonly<Record<string, Step>> = {
  idsByPlace,
  filesLeftOut: eachMessage((message) => {
    const content = message["content"];
    if (!Array.isArray(content)) return message;
    return { ...message, content: content.filter((part) => !(isObject(part) && part["type"] === "file")) };
  }),
  textsOfDeepSeek: (body, side) => (text(body, "model").startsWith("deepseek") ? textsAlone(body, side) : body),
  textAlone: eachMessage((message) => {
    const content = message["content"];
    if (!Array.isArray(content) || content.length !== 1) return message;
    const [part] = content;
    const isText = isObject(part) && part["type"] === "text" && Object.keys(part).length === 2;
    return isText ? { ...message, content: text(part, "text") } : message;
  }),
  callsAlone: eachMessage((message) => {
    const { content, ...rest } = message;
    const calls = message["tool_calls"];
    const isAlone = Array.isArray(calls) && calls.length > 0 && (content === null || content === "");
    return isAlone ? rest : message;
  }),
};
