import { createHash } from "node:crypto";
import type { AskedToolCall, Message, Part } from "@rs/llmspell";

/**
 * A turn of the model as its provider wrote it: with signatures of its thinking, which the provider wants to see again. Other
 * libraries carry it along with their messages and hand it back with the next prompt.
 */
export interface Turn {
  readonly provider: string;
  readonly value: unknown;
  /** What the turn said, so that one which was edited is not sent as it was before. */
  readonly digest: string;
}

/** A turn's own form, for another library to carry; nothing for one that has none. */
export function carriedTurn(message: Message | undefined): Turn | undefined {
  if (message?.raw === undefined) return undefined;
  return { ...message.raw, digest: digest(message.content, message.tool_calls ?? []) };
}

/** What was carried, if it is one turn and still says the same. */
export function broughtTurn(
  carried: readonly unknown[],
  content: string | readonly Part[],
  calls: readonly AskedToolCall[],
): Message["raw"] | undefined {
  const [turn, another] = carried.filter(isTurn);
  if (turn === undefined || another !== undefined || turn.digest !== digest(content, calls)) return undefined;
  return { provider: turn.provider, value: turn.value };
}

function isTurn(value: unknown): value is Turn {
  if (typeof value !== "object" || value === null) return false;
  const { provider, value: own, digest } = value as Partial<Turn>;
  return typeof provider === "string" && typeof digest === "string" && typeof own === "object";
}

/** Text and calls, which both forms of a turn have alike. */
function digest(content: string | readonly Part[], calls: readonly AskedToolCall[]): string {
  const texts =
    typeof content === "string" ? [content] : content.map((part) => (part.type === "text" ? part.text : ""));
  const said = [texts.join(""), ...calls.map(({ id, name }) => `${id}\n${name}`)];
  return createHash("sha256").update(JSON.stringify(said)).digest("hex").slice(0, 32);
}
