import type { AgentEvent, Message, ToolResultPart } from "@rs/llmspell";

/** A call of a tool, and what it gave when that is known. */
export interface Call {
  readonly kind: "call";
  readonly id: string;
  readonly name: string;
  readonly given: unknown;
  readonly result?: string;
  readonly failed?: boolean;
}

export type Piece = { readonly kind: "words"; readonly text: string } | Call;

/** What one side said. */
export type Turn =
  | { readonly by: "user"; readonly text: string }
  | { readonly by: "model"; readonly pieces: readonly Piece[]; readonly isComing: boolean; readonly note?: string };

type ModelTurn = Extract<Turn, { by: "model" }>;

const EMPTY: ModelTurn = { by: "model", pieces: [], isComing: false };

function withWords(pieces: readonly Piece[], text: string): readonly Piece[] {
  const last = pieces.at(-1);
  if (last?.kind === "words") return [...pieces.slice(0, -1), { kind: "words", text: last.text + text }];
  return text === "" ? pieces : [...pieces, { kind: "words", text }];
}

type Outcome = Pick<ToolResultPart, "tool_call_id" | "content" | "is_error">;

function withResult(pieces: readonly Piece[], { tool_call_id, content, is_error = false }: Outcome): readonly Piece[] {
  return pieces.map((piece) =>
    piece.kind === "call" && piece.id === tool_call_id ? { ...piece, result: content, failed: is_error } : piece,
  );
}

/** The answer's pieces after one more event. */
function after(pieces: readonly Piece[], event: AgentEvent): readonly Piece[] {
  switch (event.type) {
    case "text_delta":
      return withWords(pieces, event.text);
    case "tool_call":
      return [...pieces, { kind: "call", id: event.tool_call_id, name: event.name, given: event.arguments }];
    case "tool_result":
      return withResult(pieces, event);
    case "retry":
      // What came of this step is void.
      return event.discard && pieces.at(-1)?.kind === "words" ? pieces.slice(0, -1) : pieces;
    default:
      return pieces;
  }
}

function changed(turns: readonly Turn[], change: (turn: ModelTurn) => ModelTurn): readonly Turn[] {
  const last = turns.at(-1);
  return last?.by === "model" ? [...turns.slice(0, -1), change(last)] : turns;
}

/** A question, and the beginning of its answer. */
export function asked(turns: readonly Turn[], text: string): readonly Turn[] {
  return [...turns, { by: "user", text }, { ...EMPTY, isComing: true }];
}

/** The answer goes on. */
export function told(turns: readonly Turn[], events: readonly AgentEvent[]): readonly Turn[] {
  return changed(turns, (turn) => ({ ...turn, pieces: events.reduce(after, turn.pieces) }));
}

/** The answer has ended; the note tells of an end that is none. */
export function ended(turns: readonly Turn[], note?: string): readonly Turn[] {
  return changed(turns, (turn) => ({ ...turn, isComing: false, ...(note !== undefined && { note }) }));
}

function textOf({ content }: Message): string {
  if (typeof content === "string") return content;
  return content.map((part) => (part.type === "text" ? part.text : "")).join("");
}

function resultsOf({ content }: Message): ToolResultPart[] {
  return typeof content === "string" ? [] : content.filter((part) => part.type === "tool_result");
}

/** A conversation that the server remembers. */
export function remembered(messages: readonly Message[]): readonly Turn[] {
  let turns: readonly Turn[] = [];
  for (const message of messages) {
    if (message.role === "user") turns = [...turns, { by: "user", text: textOf(message) }];
    if (message.role !== "assistant" && message.role !== "tool") continue;
    if (turns.at(-1)?.by !== "model") turns = [...turns, EMPTY];
    const calls = (message.tool_calls ?? []).map(
      ({ id, name, arguments: given }): Call => ({ kind: "call", id, name, given }),
    );
    turns = changed(turns, ({ pieces, ...turn }) => ({
      ...turn,
      pieces: [...resultsOf(message).reduce(withResult, withWords(pieces, textOf(message))), ...calls],
    }));
  }
  return turns;
}
