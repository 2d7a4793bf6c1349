import { describe, expect, it } from "vitest";
import { type Scenario, startMock } from "../../src/mock/index.js";
import { Nginx } from "../../src/nginx/nginx.js";
import { agentOf, content, DEMO } from "./support/conf.js";

const STALLED: Scenario = {
  exchanges: [{ repeat: "forever", respond: { chat: { text: "Hi there" }, actions: [{ stall: { event: 2 } }] } }],
};

const CLIENTS = 20;
/** In this time all clients must have come. */
const WAIT_MS = 6000;
const WAIT = `ngx.sleep(${WAIT_MS / 1000})`;

const demo = (more: string, asked = "say hello"): string =>
  `local agent = llmspell.agent{ provider = "demo", ${more} } agent:chat("${asked}")`;
const weather = (more: string): string =>
  `tools = { { name = "weather", description = "weather of a city", ${more},
     schema = { type = "object", properties = { city = { type = "string" } } } } }`;

describe("clients that leave do not bring the worker down while", () => {
  const HOOK = demo(`hooks = { before_model = function() ${WAIT} end }`);
  it.concurrent.each([
    ["a hook waits", HOOK],
    [
      "an approval waits",
      demo(
        `on_approval = function() ${WAIT} return true end, ${weather(
          `needs_approval = true, execute = function() return "rain" end`,
        )}`,
        "weather in Paris",
      ),
    ],
    ["a guardrail waits", demo(`input_guardrails = { function() ${WAIT} return true end }`)],
    ["a tool waits", demo(weather(`execute = function() ${WAIT} return "rain" end`), "weather in Paris")],
    [
      "the function of `transport` waits",
      `local agent = llmspell.agent{ model = "openai/gpt-4o", api_key = "sk-test",
         transport = function() ${WAIT} return nil, "late" end }
       agent:chat("Hi")`,
    ],
    ["a coroutine of the program waits for a chat", `$AGENT coroutine.wrap(function() agent:chat("Hi") end)()`],
    [
      "a coroutine of the program waits for a stream",
      `$AGENT coroutine.wrap(function() for event in agent:stream("Hi") do end end)()`,
    ],
    ["a coroutine of the program waits for a hook", `coroutine.wrap(function() ${HOOK} end)()`],
    ["a coroutine of the program sleeps", `coroutine.wrap(function() llmspell.sleep(${WAIT_MS}) end)()`],
  ])("%s", async (_, lua) => {
    const mock = await startMock(STALLED);
    const nginx = await Nginx.start({
      http: DEMO,
      server: [
        content("left", lua.replace("$AGENT", agentOf(mock.url)), "lua_check_client_abort on;"),
        content("chat", `ngx.say((demo:fork():chat("say hello")))`),
      ].join("\n"),
    });
    try {
      expect(await nginx.get("/chat")).toBe("hello");
      const before = nginx.workers();
      const leave = new AbortController();
      const asked = Array.from({ length: CLIENTS }, () =>
        fetch(`${nginx.url}/left`, { signal: leave.signal }).catch(() => "left"),
      );
      await nginx.served(CLIENTS);
      leave.abort();
      expect(await Promise.all(asked)).toEqual(Array(CLIENTS).fill("left"));
      await nginx.served(0);
      // what was waited for is due meanwhile, in memory that others use
      const till = Date.now() + WAIT_MS + 500;
      while (Date.now() < till) expect(await nginx.get("/chat")).toBe("hello");
      expect(nginx.workers(), nginx.log()).toEqual(before);
      expect(nginx.problems()).toEqual([]);
    } finally {
      await nginx.stop();
      await mock.close();
    }
  });
});
