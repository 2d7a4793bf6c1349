import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { served } from "../mock/cassette.js";
import type { Exchange, Scenario } from "../mock/index.js";
import { startMock } from "../mock/index.js";
import type { Exchange as Recorded } from "../mock/recording.js";
import { askOf } from "./ask.js";
import type { Item } from "./folder.js";
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

/** Where the paths of all exchanges end (scope.ts); what is in front of it belongs to the server's address. */
const ENDPOINT = "/chat/completions";

/** Serves every item over HTTP and asks for it from Lua. Gives what was seen by id, and the driver's own complaint. */
export async function replayInLua(items: readonly Item[], run: LuaReplay): Promise<Map<string, SeenByLua>> {
  mkdirSync(run.scratch, { recursive: true });
  const [plan, seen] = [join(run.scratch, "lua.plan.jsonl"), join(run.scratch, "lua.seen.jsonl")];
  writeFileSync(seen, "");
  writeFileSync(plan, items.map((item, at) => `${JSON.stringify(planned(item, at))}\n`).join(""));
  const mock = await startMock(scenarioOf(items));
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
  } finally {
    await mock.close();
  }
  return readSeen<SeenByLua>(seen);
}

/** Exchanges are told apart by the first segment of their path, so one server has them all. */
function prefix(at: number): string {
  return `/recording-${at}`;
}

/** What stands in front of the endpoint in the recorded path. */
function base(exchange: Recorded): string {
  const [path = ""] = exchange.request.path.split("?");
  const segments = path.split("/").filter((segment) => segment !== "");
  return segments
    .slice(0, -2)
    .map((segment) => `/${segment}`)
    .join("");
}

function planned({ id, exchange }: Item, at: number): object {
  return { id, path: `${prefix(at)}${base(exchange)}`, ...askOf(exchange.request.body.toString("utf8")) };
}

function scenarioOf(items: readonly Item[]): Scenario {
  const exchanges = items.map(({ exchange }, at): Exchange => {
    const { status, headers, body } = served(exchange);
    return {
      expect: { method: "POST", path: `${prefix(at)}${base(exchange)}${ENDPOINT}` },
      respond: { status, headers, body: { base64: body.toString("base64") } },
      repeat: "forever",
    };
  });
  return { match: "any", exchanges };
}
