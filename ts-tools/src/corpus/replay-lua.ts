import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { served } from "../mock/cassette.js";
import type { Exchange, Json, Scenario, Seen } from "../mock/index.js";
import { startMock } from "../mock/index.js";
import type { Ask } from "./ask.js";
import type { ReplayedItem } from "./folder.js";
import type { Observation } from "./observation.js";
import { readSeen } from "./seen.js";

/** How the replay from Lua is run. */
export interface LuaReplay {
  /** Interpreter, e.g. `lua5.4`. */
  readonly interpreter: string;
  /** Folder with `lua/llmspell.so`. */
  readonly build: string;
  /** Lua script that asks for the answers. */
  readonly driver: string;
  /** Folder for the plan and what was seen. */
  readonly scratch: string;
}

/** What a Lua program saw of one exchange. */
export interface SeenByLua {
  readonly streamed: Observation;
  readonly executed: Observation;
}

/** What came of asking for one exchange. */
export interface Asked {
  /** Undefined when the Lua program ended before. */
  readonly seen: SeenByLua | undefined;
  readonly ask: Ask;
  /** The body that was sent first, or undefined when nothing was. */
  readonly sent: Json | undefined;
}

/** Serves every item over HTTP and asks for it from Lua. Gives what came of it by id. */
export async function replayInLua(items: readonly ReplayedItem[], run: LuaReplay): Promise<Map<string, Asked>> {
  mkdirSync(run.scratch, { recursive: true });
  const [plan, seen] = [join(run.scratch, "lua.plan.jsonl"), join(run.scratch, "lua.seen.jsonl")];
  const asks = items.map(({ exchange, replayed }) => replayed.format.ask(exchange, replayed.provider));
  writeFileSync(seen, "");
  writeFileSync(plan, items.map((item, at) => `${JSON.stringify(planned(item, asks[at] as Ask, at))}\n`).join(""));
  const mock = await startMock(scenarioOf(items));
  let bodies: Map<string, Json>;
  try {
    const child = spawn(run.interpreter, [run.driver, plan, seen, mock.url], {
      stdio: ["ignore", "inherit", "inherit"],
      env: {
        ...process.env,
        LUA_PATH: ";;",
        LUA_CPATH: `${join(run.build, "lua", "?.so")};;`,
        NO_PROXY: "127.0.0.1",
        no_proxy: "127.0.0.1",
      },
    });
    await once(child, "exit");
    bodies = firstBodies(mock.seen());
  } finally {
    await mock.close();
  }
  const observed = readSeen<SeenByLua>(seen);
  return new Map(
    items.map(({ id }, at) => [id, { seen: observed.get(id), ask: asks[at] as Ask, sent: bodies.get(prefix(at)) }]),
  );
}

/** Exchanges are told apart by the first segment of their path, so one server has them all. */
function prefix(at: number): string {
  return `/recording-${at}`;
}

/** The first body that came below each prefix. */
function firstBodies({ requests }: Seen): Map<string, Json> {
  const first = new Map<string, Json>();
  for (const { path, body } of requests) {
    const below = `/${path.split("/")[1]}`;
    if (!first.has(below) && body !== undefined) first.set(below, body);
  }
  return first;
}

function planned({ id, replayed: { provider, target } }: ReplayedItem, { options, input }: Ask, at: number): object {
  return { id, provider, path: `${prefix(at)}${target.base}`, options, input };
}

function scenarioOf(items: readonly ReplayedItem[]): Scenario {
  const exchanges = items.map(({ exchange, replayed: { target } }, at): Exchange => {
    const { status, headers, body } = served(exchange);
    return {
      expect: { method: "POST", path: `${prefix(at)}${target.base}${target.path}` },
      respond: { status, headers, body: { base64: body.toString("base64") } },
      repeat: "forever",
    };
  });
  return { match: "any", exchanges };
}
