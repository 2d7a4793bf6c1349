import { attempt, LlmspellTypeError } from "../error.js";
import { jsonText } from "../json.js";
import { type NativeAgent, native } from "../native.js";
import type { Serves } from "../serves.js";
import type { ScriptedModel } from "../types/config.js";
import type { Played } from "../types/testing.js";
import { brand, foreignKind, kindOf } from "../words.js";
import { turnOf } from "./turn.js";

type Turn = (request: unknown, number: number) => unknown;

/** A scripted model holds an agent that nobody talks to; the agents that have the model share its script. */
export class Scripted implements ScriptedModel {
  readonly #holder: NativeAgent;
  readonly #turns: ReadonlyMap<number, Turn>;

  constructor(turns: unknown) {
    const where = "scripted";
    if (!Array.isArray(turns)) throw new LlmspellTypeError(`${where}: expected a list of turns, got ${kindOf(turns)}`);
    const asked = new Map<number, Turn>();
    const script = turns.map((turn: unknown, index) => {
      if (typeof turn !== "function") return readTurn(turn, `${where}: turns[${index}]`);
      asked.set(index + 1, turn as Turn);
      return { ask: true };
    });
    this.#turns = asked;
    this.#holder = holderOf(script, where);
  }

  /** The requests that the turns were asked, in OpenAI's Chat format. */
  requests(): unknown[] {
    return playedOf(this.#holder, "scripted.requests").requests ?? [];
  }

  /** @throws Error unless every turn was used and no more was asked */
  assertDone(): void {
    assertPlayed(playedOf(this.#holder, "scripted.assertDone"), "scripted.assertDone");
  }

  /** Has an agent be answered by it. @internal */
  static serve(model: Scripted, serves: Serves): NativeAgent {
    serves.turns = model.#turns;
    return model.#holder;
  }
}

brand(Scripted, "a scripted model");

function holderOf(script: unknown[], where: string): NativeAgent {
  try {
    return attempt(() => new native.Agent(jsonText({ provider: "scripted", script }, where)), where);
  } catch (error) {
    if (!(error instanceof LlmspellTypeError)) throw error;
    // The option is the argument here.
    throw new LlmspellTypeError(error.message.replace(": script[", ": turns["));
  }
}

function readTurn(turn: unknown, where: string): unknown {
  try {
    return turnOf(turn, where);
  } catch (error) {
    throw error instanceof LlmspellTypeError ? error : new LlmspellTypeError((error as Error).message);
  }
}

/** Takes a scripted model out of an agent's options: what it is to go on with, or undefined where none answers. */
export function modelOf(options: Record<string, unknown>, serves: Serves, where: string): NativeAgent | undefined {
  let holder: NativeAgent | undefined;
  for (const name of ["model", "provider"]) {
    const given = options[name];
    if (typeof given !== "object" || given === null) continue;
    if (!(given instanceof Scripted)) {
      const expected = name === "model" ? 'a name like "openai/gpt-4o"' : 'a name like "openai"';
      throw new LlmspellTypeError(`${where}: ${name} must be ${expected}, or scripted([…]), got ${foreignKind(given)}`);
    }
    holder = Scripted.serve(given, serves);
    delete options[name];
  }
  if (holder !== undefined) {
    options["provider"] = "scripted";
    options["script"] = [];
  }
  return holder;
}

export function playedOf(agent: NativeAgent, where: string): Played {
  return JSON.parse(attempt(() => agent.played(), where)) as Played;
}

export function assertPlayed(report: Played, where: string): void {
  if (report.played < report.total) {
    const [next] = report.left ?? [];
    const which = next === undefined ? "" : ` (next is exchange ${next.exchange}, ${next.method} ${next.path})`;
    const what = report.kind === "script" ? "turns" : "exchanges";
    throw new Error(`${where}: ${report.total - report.played} of ${report.total} ${what} were not used${which}`);
  }
  if (report.asked !== undefined && report.asked > report.total)
    throw new Error(`${where}: the model was asked ${report.asked} times, and the script has ${report.total} turns`);
}
