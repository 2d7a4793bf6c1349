import { join } from "node:path";
import { readShelves, replayedOf } from "./folder.js";
import type { CoreReplay } from "./replay-core.js";
import { replayInCore } from "./replay-core.js";
import type { LuaReplay } from "./replay-lua.js";
import { replayInLua } from "./replay-lua.js";
import type { ShelfVerdict } from "./verdict.js";
import { judge } from "./verdict.js";

/** A folder of recordings and what its shelves are called in a report. */
export interface Source {
  readonly folder: string;
  /** In front of the name of each shelf; empty for none. */
  readonly label: string;
}

/** Replays every exchange of our wire formats below these folders, from Lua and in the core. */
export async function replay(sources: readonly Source[], lua: LuaReplay, core: CoreReplay): Promise<ShelfVerdict[]> {
  const shelves = sources.flatMap(({ folder, label }) =>
    readShelves(folder).map((shelf) => (label === "" ? shelf : { ...shelf, name: join(label, shelf.name) })),
  );
  const items = replayedOf(shelves.flatMap((shelf) => shelf.items));
  const byLua = await replayInLua(items, lua);
  const byCore = await replayInCore(items, core);
  return shelves.map((shelf) => judge(shelf, byLua, byCore));
}
