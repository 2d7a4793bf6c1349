import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Nginx } from "../../src/nginx/nginx.js";
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
          `local agent = llmspell.agent{ provider = "demo", tools = {
             ${tool("weather", `coroutine.wrap(function() ngx.sleep(0.5) end)() return "late"`)} } }
           local stream = agent:stream("weather in Paris")
           ngx.timer.at(0.1, function() stream:cancel() end)
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
  ])(
    "%s",
    async (path, answer) => {
      expect(await nginx.get(`/${path}`)).toEqual(answer);
    },
    20_000,
  );

  it("leave nothing wrong in the log", () => {
    expect(nginx.problems()).toEqual([]);
  });
});
