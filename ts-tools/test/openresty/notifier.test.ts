import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { Nginx, until } from "../../src/nginx/nginx.js";
import { content, DEMO } from "./support/conf.js";

const CHAT = content("chat", `local text, message = demo:fork():chat("say hello") ngx.say(text or message)`);

/** How many sockets nginx's workers have in their folder: one listens, one is the notifier's. */
const heard = (nginx: Nginx): number =>
  readFileSync("/proc/net/unix", "utf8")
    .split("\n")
    .filter((line) => line.includes(join(nginx.folder, "sockets"))).length;

describe("what tells nginx of events", () => {
  let nginx: Nginx | undefined;
  afterEach(() => nginx?.stop());
  const hears = async (running: Nginx): Promise<void> => {
    await until("the notifier listens", async () => {
      expect(await running.get("/chat")).toBe("hello");
      return heard(running) >= 2;
    });
  };

  it("begins although nginx dropped its timer once", async () => {
    nginx = await Nginx.start({
      http: `${DEMO} lua_max_running_timers 1;`,
      server: [
        CHAT,
        content(
          "block",
          `local shared = package.loaded
           ngx.timer.at(0, function() shared.blocks = true while shared.blocks do ngx.sleep(0.01) end end)
           while not shared.blocks do ngx.sleep(0.01) end
           ngx.say("blocked")`,
        ),
        content("unblock", `package.loaded.blocks = nil ngx.say("over")`),
      ].join("\n"),
    });
    await nginx.get("/block");
    expect(await nginx.get("/chat")).toBe("hello");
    expect(await nginx.get("/chat")).toBe("hello");
    const running = nginx;
    await until("nginx drops it", () =>
      Promise.resolve(running.log().includes("lua_max_running_timers are not enough")),
    );
    await running.get("/unblock");
    await hears(running);
  });

  it("begins after connections were used up", async () => {
    nginx = await Nginx.start({ http: DEMO, connections: 16, server: CHAT });
    const running = nginx;
    await Promise.allSettled(
      Array.from({ length: 60 }, async () =>
        (await fetch(`${running.url}/chat`, { signal: AbortSignal.timeout(5000) })).text(),
      ),
    );
    expect(running.log()).toContain("worker_connections are not enough");
    await until("a request is served again", async () => (await running.get("/chat")) === "hello");
    await hears(running);
  });

  it("says once in the log why it does not begin", async () => {
    nginx = await Nginx.start({
      http: `init_by_lua_block {
        local tcp = ngx.socket.tcp
        ngx.socket.tcp = function()
          local sock = tcp()
          return setmetatable({ connect = function() return nil, "no such luck" end }, { __index = sock })
        end
        llmspell = require("llmspell")
        demo = llmspell.agent{ provider = "demo" }
      }`,
      server: CHAT,
    });
    const running = nginx;
    const till = Date.now() + 4000;
    while (Date.now() < till) {
      expect(await running.get("/chat")).toBe("hello");
      await new Promise((wake) => setTimeout(wake, 50));
    }
    expect(running.problems()).toEqual([expect.stringMatching(/llmspell: runs look for .*no such luck/)]);
  });
});
