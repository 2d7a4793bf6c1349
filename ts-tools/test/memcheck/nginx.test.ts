import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { repositoryRoot } from "../../src/generate/paths.js";
import { type Mock, type Scenario, startMock } from "../../src/mock/index.js";
import { Nginx, until } from "../../src/nginx/nginx.js";
import { agentOf, content, DEMO } from "../openresty/support/conf.js";
import { tempFolder } from "../support/temp.js";

const SAYS: Scenario = { exchanges: [{ repeat: "forever", respond: { chat: { text: "one two three" } } }] };
const STALLS: Scenario = {
  exchanges: [{ repeat: "forever", respond: { chat: { text: "Hi there" }, actions: [{ stall: { event: 2 } }] } }],
};
const HOLDS: Scenario = {
  exchanges: ["first", "last"].map((name) => ({
    respond: { chat: { text: `the ${name} answer` }, actions: [{ hold: name, at: { event: 2 } }] },
  })),
};
const REFUSES: Scenario = {
  exchanges: [{ repeat: "forever", respond: { status: 401, body: { error: { message: "no such key" } } } }],
};

const weather = (lua: string): string =>
  `local agent = llmspell.agent{ provider = "demo", tools = { { name = "weather", description = "weather of a city",
     schema = { type = "object", properties = { city = { type = "string" } } }, execute = function() ${lua} end } } }`;

/** Requests by what is shown; each location asserts by itself and answers `fine`. */
const PROGRAMS: Readonly<Record<string, (says: string, refuses: string) => string>> = {
  chat: (
    says,
  ) => `assert(demo:fork():chat("say hello") == "hello") ${agentOf(says)} assert(agent:chat("Hi") == "one two three")
    assert(agent:chat("And now?") == "one two three") agent:close()`,
  stream: (says) => `${agentOf(says)} local kinds = {}
    for event in agent:stream("Hi") do kinds[event.type] = true end
    assert(kinds.text_delta and kinds.done)`,
  "a stream that is given up": (says) => `${agentOf(says)}
    local stream = agent:stream("Hi") stream:next() stream:close()
    demo:fork():stream("say slowly " .. ("word "):rep(1000)):next()
    collectgarbage() collectgarbage()`,
  "a tool with a socket of nginx's": () => `${weather(`ngx.sleep(0.01)
      local socket = ngx.socket.tcp()
      assert(socket:connect("127.0.0.1", ngx.var.server_port))
      assert(socket:send("GET /__up HTTP/1.0\\r\\n\\r\\n"))
      return "rain, says " .. assert(socket:receive("*a")):match("up$")`)}
    assert(agent:chat("weather in Paris"):find("rain, says up", 1, true))
    assert(agent:execute{ input = "weather in Lima" }.text)`,
  "a tool that raises": () => `${weather(`ngx.sleep(0.01) error("no instruments")`)}
    assert(agent:chat("weather in Paris"):find("no instruments", 1, true))`,
  "an error of the provider": (_, refuses) => `${agentOf(refuses)}
    local text, _, details = agent:chat("Hi") assert(text == nil and details.kind == "auth", details.kind)
    for event in agent:stream("Hi") do if event.type == "error" then assert(event.error.kind == "auth") end end`,
  "an error of the caller": () => `assert(not pcall(demo.chat, demo, {}))
    assert(not pcall(llmspell.agent, { provider = "no such" }))
    local _, _, details
    table.sort({ 2, 1 }, function(a, b) _, _, details = demo:fork():chat("say no") return a < b end)
    assert(details.kind == "unsupported_context")`,
  "light threads, tasks and callbacks": () => `local threads, tasks = {}, {}
    for i = 1, 5 do
      threads[i] = ngx.thread.spawn(function() return (demo:fork():chat("say " .. i)) end)
      tasks[i] = llmspell.go(function() return (demo:fork():chat("say " .. i)) end)
    end
    for i = 1, 5 do
      local _, text = ngx.thread.wait(threads[i])
      assert(text == tostring(i) and tasks[i]:wait() == tostring(i))
    end
    local task = llmspell.go(function() demo:fork():chat("say slowly " .. ("word "):rep(1000)) end)
    local thread = ngx.thread.spawn(function() demo:fork():chat("say slowly " .. ("word "):rep(1000)) end)
    ngx.sleep(0.05) task:cancel() ngx.thread.kill(thread)
    local said, done = nil, require("ngx.semaphore").new(0)
    demo:fork():chat("say hello", function(text) said = text done:post(1) end)
    assert(done:wait(60) and said == "hello")
    local answers = coroutine.wrap(function() for i = 1, 2 do coroutine.yield((demo:fork():chat("say " .. i))) end end)
    assert(answers() .. answers() == "12")`,
  "a timer that outlives its request": () => `ngx.timer.at(0, function() demo:fork():chat("say late") end)`,
  "JSON and a state": () => `local agent = demo:fork() agent:chat("say hello")
    local text = llmspell.json.encode(agent:get_state())
    assert(llmspell.json.decode(text) and not llmspell.json.decode("{"))
    local stream = demo:fork():stream("say slowly one two three") stream:next()
    local bytes = assert(stream:checkpoint()) stream:close()
    for event in demo:restore(bytes) do if event.type == "done" then assert(event.result.text == "slowly one two three") end end`,
};

describe("memcheck", () => {
  it("reports a block that is lost and a read behind a block, in a worker", async () => {
    const library = join(tempFolder(), "wait_at_exit.so");
    const source = join(repositoryRoot, "bindings/lua/test/wait_at_exit.c");
    execFileSync("cc", ["-shared", "-fPIC", "-Wl,-z,nodelete", "-I/usr/include/luajit-2.1", "-o", library, source]);
    const nginx = await Nginx.start({
      server: content(
        "mistaken",
        `package.loadlib("${library}", "luaopen_wait_at_exit")(ngx.var.arg_mistake) ngx.say("done")`,
      ),
    });
    await nginx.get("/mistaken?mistake=leak");
    await nginx.get("/mistaken?mistake=overrun");
    await nginx.quit();
    const stopped = nginx.stop();
    await expect(stopped).rejects.toThrow(/definitely lost/);
    await expect(stopped).rejects.toThrow(/Invalid read/);
  });

  describe("has nothing to say of", () => {
    let nginx: Nginx;
    const mocks: Mock[] = [];
    beforeAll(async () => {
      mocks.push(...(await Promise.all([SAYS, REFUSES, STALLS, HOLDS].map((scenario) => startMock(scenario)))));
      const [says = "", refuses = "", stalls = "", holds = ""] = mocks.map((mock) => mock.url);
      const servers = Object.values(PROGRAMS).map((lua, index) =>
        content(`${index}`, `${lua(says, refuses)} ngx.say("fine")`),
      );
      nginx = await Nginx.start({
        http: DEMO,
        server: [
          ...servers,
          content("left", `${agentOf(stalls)} agent:chat("Hi")`, "lua_check_client_abort on;"),
          content("slow", `${agentOf(holds)} ngx.say((agent:chat("Hi")))`),
        ].join("\n"),
      });
    });
    // what is reported of any process fails here
    afterAll(async () => {
      await nginx.stop();
      for (const mock of mocks) await mock.close();
    });

    const ask = async (index: number): Promise<void> => expect(await nginx.get(`/${index}`)).toBe("fine");

    it.each(Object.keys(PROGRAMS).map((name, index) => [name, index] as const))("%s", (_, index) => ask(index));

    it("clients that leave", async () => {
      const leave = new AbortController();
      const asked = Array.from({ length: 3 }, () =>
        fetch(`${nginx.url}/left`, { signal: leave.signal }).catch(() => "left"),
      );
      await nginx.served(3);
      leave.abort();
      expect(await Promise.all(asked)).toEqual(["left", "left", "left"]);
      await nginx.served(0);
    });

    it("a reload in the middle of an answer, and an end in the middle of another", async () => {
      const old = nginx.workers();
      const provider = mocks.at(-1) as Mock;
      const shutDown = (count: number): Promise<void> =>
        until(`${count} workers are told to end`, () =>
          Promise.resolve(nginx.log().split("gracefully shutting down").length > count),
        );
      const slow = nginx.get("/slow");
      await nginx.served(1);
      nginx.reload();
      await shutDown(1);
      provider.release("first");
      expect(await slow).toBe("the first answer");
      await nginx.ended(old);
      await ask(0);
      const last = nginx.get("/slow");
      await nginx.served(1);
      const quit = nginx.quit();
      await shutDown(2);
      provider.release("last");
      await quit;
      expect(await last).toBe("the last answer");
      expect(nginx.problems()).toEqual([]);
    });
  });
});
