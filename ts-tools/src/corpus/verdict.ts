import { join } from "node:path";
import { repositoryRoot } from "../generate/paths.js";
import type { Json } from "../mock/types.js";
import { differences, unlike } from "./compare.js";
import type { Expectation } from "./expectation.js";
import { parsed } from "./expectation.js";
import type { ReplayedItem, Shelf } from "./folder.js";
import { replayedOf } from "./folder.js";
import type { Format } from "./formats/format.js";
import { isObject } from "./json.js";
import type { SeenByCore } from "./replay-core.js";
import { plainId } from "./replay-core.js";
import type { Asked, SeenByLua } from "./replay-lua.js";
import type { Rule } from "./requests.js";
import { compareRequests, readRules, shownDifference } from "./requests.js";

/** One exchange replayed in one way; it passed when nothing differs. */
export interface Verdict {
  readonly name: string;
  /** File and line to look at. */
  readonly place: string;
  readonly differences: readonly string[];
}

/** A request that was built from a recorded one. */
export interface SentVerdict extends Verdict {
  readonly format: string;
  /** In which documented ways it differs. */
  readonly rules: readonly string[];
}

/** What became of every exchange of a shelf. */
export interface ShelfVerdict {
  readonly shelf: Shelf;
  /** Served over HTTP and asked for from Lua. */
  readonly lua: readonly Verdict[];
  /** Decoded by the core, whole and cut at every byte. */
  readonly core: readonly Verdict[];
  /** Requests as they were sent, beside the recorded ones. */
  readonly sent: readonly SentVerdict[];
  /** Recorded requests that are no JSON object, so that none can be built from them. */
  readonly notCompared: number;
}

/** Judges what both replays saw. */
export function judge(
  shelf: Shelf,
  lua: ReadonlyMap<string, Asked>,
  core: ReadonlyMap<string, SeenByCore>,
): ShelfVerdict {
  const replayed = replayedOf(shelf.items);
  const verdict = (item: ReplayedItem, how: string, differences: readonly string[]): Verdict => ({
    name: `${item.id} ${how}`,
    place: item.place,
    differences,
  });
  const comparable = replayed.filter((item) => isObject(recordedBody(item)));
  return {
    shelf,
    lua: replayed.map((item) => verdict(item, "from Lua", ofLua(item.replayed.expected, lua.get(item.id)?.seen))),
    core: replayed.map((item) => verdict(item, "in the core", ofCore(item, core))),
    sent: comparable.map((item) => {
      const { rules, found } = ofRequest(item, lua.get(item.id));
      return { ...verdict(item, "as a request", found), format: item.replayed.format.name, rules };
    }),
    notCompared: replayed.length - comparable.length,
  };
}

function recordedBody({ exchange }: ReplayedItem): Json | undefined {
  return parsed(exchange.request.body.toString("utf8"));
}

const rulesByFormat = new Map<string, readonly Rule[]>();

/** The documented differences of a format. */
function rulesOf({ name }: Format): readonly Rule[] {
  const known = rulesByFormat.get(name) ?? readRules(join(repositoryRoot, "spec/requests", `${name}.yaml`));
  rulesByFormat.set(name, known);
  return known;
}

/** The one that every format has. */
const ASKED_ON = "the recording ends with no user's message: a run begins with one, here `Go on.`, which is left out";

function ofRequest(item: ReplayedItem, asked: Asked | undefined): { rules: string[]; found: string[] } {
  const { format } = item.replayed;
  const recorded = recordedBody(item);
  if (!asked || !isObject(asked.sent) || !isObject(recorded)) return { rules: [], found: ["no request was sent"] };
  const sent = asked.ask.isOurs ? format.withoutQuestion(asked.sent) : asked.sent;
  const all = rulesOf(format);
  const { rules, differences } = compareRequests(recorded, sent, all, format.steps);
  return {
    rules: [...(asked.ask.isOurs ? [ASKED_ON] : []), ...rules.map((at) => all[at]?.differs ?? "")],
    found: differences.map(shownDifference),
  };
}

function ofLua(expected: Expectation, seen: SeenByLua | undefined): string[] {
  if (!seen) return ["it was not asked for: the Lua program ended before"];
  const named = (how: string, found: readonly string[]) => found.map((difference) => `${how}: ${difference}`);
  return [
    ...named("agent:stream", differences(expected, seen.streamed, "deltas")),
    ...named("agent:execute", differences(expected, seen.executed, "result")),
  ];
}

function ofCore({ id, replayed: { expected } }: ReplayedItem, core: ReadonlyMap<string, SeenByCore>): string[] {
  const seen = core.get(id);
  if (!seen) return ["it was not decoded: the core's test ended before"];
  const plain = core.get(plainId(id));
  const announced = seen.calls?.map((call) => call.id) ?? [];
  return [
    ...(seen.split === null ? [] : [`the events differ when the answer is split: ${seen.split}`]),
    ...differences(expected, seen, "deltas"),
    ...(expected.outcome === "turn" && announced.join() !== seen.announced.join()
      ? [`calls ${announced.join()} were streamed, and ${seen.announced.join()} announced`]
      : []),
    ...(plain ? unlike(seen, plain).map((difference) => `as a plain answer: ${difference}`) : []),
  ];
}
