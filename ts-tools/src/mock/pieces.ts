import type { ChatToolCall, Json } from "./types.js";

/** Words with the space before them, so that joining them gives the text back. */
export function words(text: string): string[] {
  return text.match(/\s*\S+(?:\s+$)?|\s+/gu) ?? [];
}

/** Pieces of JSON text, as models write arguments. */
export function pieces(text: string): string[] {
  return text.match(/[\s\S]{1,12}/gu) ?? [];
}

/** The arguments of a call as the model would write them. */
export function argumentsText(call: ChatToolCall): string {
  return typeof call.arguments === "string" ? call.arguments : JSON.stringify(call.arguments);
}

/** A member of an object; nothing of anything else. */
export function field(value: Json | undefined, key: string): Json | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? value[key] : undefined;
}
