import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Nginx, until } from "../../src/nginx/nginx.js";
import { content, DEMO } from "./support/conf.js";

const tool = (name: string, lua: string): string =>
  `{ name = "${name}", description = "${name} of a city", schema = { type = "object", properties = { city = { type = "string" } } },
     execute = function() ${lua} end }`;

describe("tools and tasks in light threads", () => {
  let nginx: Nginx;
  beforeAll(async () => {
    nginx = await Nginx.start({
      http: DEMO,
      server: [
        content(
          "canceller",
          `for _ = 1, 400 do
             local task = llmspell.go(function() ngx.sleep(10) end)
             ngx.sleep(0.001)
             task:cancel()
           end
           ngx.say("over")`,
        ),
        content(
          "last",
          `local last
           for event in demo:fork():stream("slowly say a b c d e f g h") do last = event.type end
           ngx.say(last)`,
        ),
        content(
          "together",
          `local met = require("ngx.semaphore").new(0)
           local agent = llmspell.agent{ provider = "demo", tools = {
             ${tool("weather", `return met:wait(20) and "rain" or "alone"`)},
             ${tool("population", `met:post(1) return "many"`)} } }
           ngx.say((agent:chat("weather and population of Paris")))`,
        ),
        content(
          "left",
          `local agent = llmspell.agent{ provider = "demo", tools = {
             ${tool("weather", `rawset(_G, "seen", "began") ngx.sleep(30) rawset(_G, "seen", "ended") return "late"`)} } }
           local stream = agent:stream("weather in Paris")
           rawset(_G, "seen", nil)
           ngx.timer.at(0, function() while not seen do ngx.sleep(0.01) end ngx.sleep(0.05) stream:cancel() end)
           for event in stream do if event.type == "cancelled" then ngx.say(seen) end end`,
        ),
        content(
          "deep",
          `local dives
           local agent = llmspell.agent{ provider = "demo", tools = {
             ${tool(
               "weather",
               `coroutine.wrap(function() dives = true while dives do ngx.sleep(0.01) end end)() return "late"`,
             )} } }
           local stream = agent:stream("weather in Paris")
           ngx.timer.at(0, function()
             while not dives do ngx.sleep(0.01) end
             stream:cancel()
             ngx.sleep(0.5)
             dives = false
           end)
           for event in stream do if event.type == "cancelled" then ngx.say("cancelled") end end`,
        ),
        content(
          "within",
          `local agent = llmspell.agent{ provider = "demo", tools = {
             ${tool("weather", `return (demo:fork():chat("say rain"))`)} } }
           for i = 1, 20 do assert(agent:chat("weather in Paris"):find("rain")) end
           ngx.say("rain")`,
        ),
        content(
          "raises",
          `local agent = llmspell.agent{ provider = "demo", tools = { ${tool("weather", `ngx.sleep(0.01) error("no instruments")`)} } }
           ngx.say((agent:chat("weather in Paris")))`,
        ),
        content(
          "go",
          `local tasks = {}
           for i = 1, 5 do tasks[i] = llmspell.go(function(word) return (demo:fork():chat("say " .. word)) end, "w" .. i) end
           for i = 1, 5 do ngx.print(tasks[i]:wait(), " ") end`,
        ),
        content(
          "callback",
          `local done = require("ngx.semaphore").new(0)
           local said
           demo:fork():chat("say hello", function(text) said = text done:post(1) end)
           done:wait(20)
           ngx.say(said)`,
        ),
        content(
          "cancelled",
          `local task = llmspell.go(function() return demo:fork():chat("slowly " .. ("word "):rep(3000)) end)
           ngx.sleep(0.05)
           task:cancel()
           ngx.say(task:status())`,
        ),
        content(
          "elsewhere",
          `local went_on
           local task = llmspell.go(function()
             local _, _, details = demo:fork():chat("slowly " .. ("word "):rep(3000))
             local _, _, later = demo:fork():chat("slowly " .. ("word "):rep(3000))
             went_on = (details and details.kind or "done") .. " " .. (later and later.kind or "done")
           end)
           ngx.sleep(0.05)
           ngx.thread.wait(ngx.thread.spawn(function() task:cancel() end))
           local till = ngx.now() + 20
           while not went_on and ngx.now() < till do ngx.sleep(0.01) end
           ngx.say(task:status(), " ", went_on)`,
        ),
        content(
          "turns",
          `local ticks, most, row, seen = 0, 0, 0, 0
           local clock = ngx.thread.spawn(function() while true do ngx.sleep(0.001) ticks = ticks + 1 end end)
           for event in demo:fork():stream("say " .. ("word "):rep(6000)) do
             -- so that events lie ready
             local x = 0
             for i = 1, 20000 do x = x + i % 7 end
             row, seen = ticks == seen and row + 1 or 1, ticks
             if row > most then most = row end
           end
           ngx.thread.kill(clock)
           ngx.say(most)`,
        ),
        content(
          "abandoned",
          `local kept = package.loaded.kept or setmetatable({}, { __mode = "k" })
           package.loaded.kept = kept
           local agent = llmspell.agent{ provider = "demo", tools = { ${tool("weather", `ngx.sleep(30) return "late"`)} } }
           kept[agent] = true
           local stream = agent:stream("weather in Paris")
           for _ in stream do end`,
          "lua_check_client_abort on;",
        ),
        content(
          "kept",
          `for i = 1, 4 do collectgarbage() end
           local count = 0
           for _ in pairs(package.loaded.kept) do count = count + 1 end
           ngx.say(count)`,
        ),
      ].join("\n"),
    });
  });
  afterAll(() => nginx.stop());

  it.each([
    ["together", expect.stringMatching(/weather gave rain.*many|many.*weather gave rain/)],
    ["left", "began"],
    ["deep", "cancelled"],
    ["within", "rain"],
    ["raises", expect.stringContaining("no instruments")],
    ["go", "w1 w2 w3 w4 w5"],
    ["callback", "hello"],
    ["cancelled", "cancelled"],
    ["elsewhere", "cancelled cancelled cancelled"],
  ])(
    "%s",
    async (path, answer) => {
      expect(await nginx.get(`/${path}`)).toEqual(answer);
    },
    20_000,
  );

  it("have their turn beside a stream of which much lies ready", async () => {
    expect(Number(await nginx.get("/turns"))).toBeLessThan(150);
  });

  it("end without touching the runs of others", async () => {
    const canceller = nginx.get("/canceller");
    const ends: string[] = [];
    const reader = async () => {
      while (ends.length < 600) ends.push(await nginx.get("/last"));
    };
    await Promise.all(Array.from({ length: 60 }, reader));
    expect(await canceller).toBe("over");
    expect(new Set(ends)).toEqual(new Set(["done"]));
  }, 60_000);

  it("are collected with the requests that left them", async () => {
    for (let round = 0; round < 3; round += 1) {
      const leave = new AbortController();
      const asked = Array.from({ length: 30 }, () =>
        fetch(`${nginx.url}/abandoned`, { signal: leave.signal }).catch(() => "left"),
      );
      await nginx.served(30);
      await new Promise((wake) => setTimeout(wake, 300));
      leave.abort();
      await Promise.all(asked);
      await nginx.served(0);
    }
    await until("nothing of them is kept", async () => Number(await nginx.get("/kept")) <= 3);
  });

  it("leave nothing wrong in the log", () => {
    expect(nginx.problems()).toEqual([]);
  });
});
