import { differences } from "./compare.js";
import type { Expectation } from "./expect.js";
import type { Item, Shelf } from "./folder.js";
import type { SeenByCore } from "./replay-core.js";
import type { SeenByLua } from "./replay-lua.js";

/** One exchange replayed in one way; it passed when nothing differs. */
export interface Verdict {
  readonly name: string;
  /** File and line to look at. */
  readonly place: string;
  readonly differences: readonly string[];
}

/** What became of every exchange of a shelf. */
export interface ShelfVerdict {
  readonly shelf: Shelf;
  /** Served over HTTP and asked for from Lua. */
  readonly lua: readonly Verdict[];
  /** Decoded by the core, whole and cut at every byte. */
  readonly core: readonly Verdict[];
}

/** Judges what both replays saw. */
export function judge(
  shelf: Shelf,
  lua: ReadonlyMap<string, SeenByLua>,
  core: ReadonlyMap<string, SeenByCore>,
): ShelfVerdict {
  const replayed = shelf.items.filter((item) => item.expected !== null);
  const verdict = (item: Item, how: string, judged: (expected: Expectation) => readonly string[]): Verdict => ({
    name: `${item.id} ${how}`,
    place: item.place,
    differences: item.expected === null ? [] : judged(item.expected),
  });
  return {
    shelf,
    lua: replayed.map((item) => verdict(item, "from Lua", (expected) => ofLua(expected, lua.get(item.id)))),
    core: replayed.map((item) => verdict(item, "in the core", (expected) => ofCore(expected, core.get(item.id)))),
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

function ofCore(expected: Expectation, seen: SeenByCore | undefined): string[] {
  if (!seen) return ["it was not decoded: the core's test ended before"];
  const { model: _, ...visible } = seen;
  const announced = seen.calls?.map((call) => call.id) ?? [];
  return [
    ...(seen.split === null ? [] : [`the events differ when the answer is split: ${seen.split}`]),
    ...differences(expected, visible, "deltas"),
    ...(expected.outcome === "turn" && announced.join() !== seen.announced.join()
      ? [`calls ${announced.join()} were streamed, and ${seen.announced.join()} announced`]
      : []),
  ];
}
