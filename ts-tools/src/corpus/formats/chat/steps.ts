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

/** Changes of bodies by the names in `spec/requests/chat.yaml`. */
export const steps: Readonly<Record<string, Step>> = {
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
