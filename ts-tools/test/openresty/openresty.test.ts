import { createConnection } from "node:net";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type Scenario, startMock } from "../../src/mock/index.js";
import { Nginx, until } from "../../src/nginx/nginx.js";
import { agentOf, content, DEMO } from "./support/conf.js";

const STALLED: Scenario = {
  exchanges: [{ repeat: "forever", respond: { chat: { text: "Hi there" }, actions: [{ stall: { event: 2 } }] } }],
};

describe("waiting in nginx", () => {
  let nginx: Nginx;
  beforeAll(async () => {
    nginx = await Nginx.start({
      http: DEMO,
      server: [
        content("chat", `ngx.say((demo:fork():chat("say hello")))`),
        content("shared", `ngx.say((demo:chat("say " .. ngx.var.arg_word)))`),
        content("execute", `ngx.say(llmspell.Agent{ provider = "demo" }:execute{ input = "say hello" }.text)`),
        content(
          "stream",
          `for event in demo:fork():stream("say hello") do ngx.print(event.type, " ") ngx.flush(true) end`,
        ),
        content(
          "tool",
          `local agent = llmspell.agent{ provider = "demo", tools = { { name = "weather", description = "weather of a city",
             schema = { type = "object", properties = { city = { type = "string" } } }, execute = function()
               ngx.sleep(0.02)
               local socket = ngx.socket.tcp()
               assert(socket:connect("127.0.0.1", ngx.var.server_port))
               assert(socket:send("GET /__up HTTP/1.0\\r\\n\\r\\n"))
               return "rain, says " .. assert(socket:receive("*a")):match("up$")
             end } } }
           ngx.say((agent:chat("weather in Paris")))`,
        ),
        content(
          "itself",
          `local agent
           agent = llmspell.agent{ provider = "demo", tools = { { name = "weather", description = "weather of a city",
             schema = { type = "object", properties = { city = { type = "string" } } }, execute = function()
               local _, _, details = agent:chat("say no")
               return details.kind
             end } } }
           ngx.say((agent:chat("weather in Paris")))`,
        ),
        content(
          "coroutine",
          `local answers = coroutine.wrap(function() for i = 1, 2 do coroutine.yield((demo:fork():chat("say " .. i))) end end)
           ngx.say(answers(), " ", answers())`,
        ),
        content(
          "handed",
          `local stream = demo:fork():stream("say one two")
           local read = coroutine.wrap(function()
             local last
             for event in stream do last = event.type end
             return last
           end)
           ngx.say(read())`,
        ),
        content(
          "threads",
          `local threads = {}
           for i = 1, 5 do threads[i] = ngx.thread.spawn(function() return (demo:fork():chat("say " .. i)) end) end
           for i = 1, 5 do local _, text = ngx.thread.wait(threads[i]) ngx.print(text, " ") end`,
        ),
        content(
          "timer",
          `local done = require("ngx.semaphore").new(0)
           local text
           ngx.timer.at(0, function() text = demo:fork():chat("say late") done:post(1) end)
           done:wait(10)
           ngx.say(text)`,
        ),
        content(
          "sort",
          `local said
           table.sort({ 2, 1 }, function(a, b)
             local _, message, details = demo:fork():chat("say no")
             said = details.kind .. ": " .. message
             return a < b
           end)
           ngx.say(said)`,
        ),
        `location = /rewrite { rewrite_by_lua_block { ngx.ctx.text = demo:fork():chat("say early") }
           content_by_lua_block { ngx.say(ngx.ctx.text) } }`,
        `location = /access { access_by_lua_block { ngx.ctx.text = demo:fork():chat("say access") }
           content_by_lua_block { ngx.say(ngx.ctx.text, " ", (demo:fork():chat("say content"))) } }`,
        `location = /header { content_by_lua_block { ngx.say("x") } header_filter_by_lua_block {
           local _, message, details = demo:fork():chat("say no")
           ngx.header["X-Kind"] = details.kind
           ngx.header["X-Message"] = message } }`,
      ].join("\n"),
    });
  });
  afterAll(() => nginx.stop());

  it.each([
    ["chat", "hello"],
    ["execute", "hello"],
    ["coroutine", "1 2"],
    ["handed", "done"],
    ["threads", "1 2 3 4 5"],
    ["timer", "late"],
    ["rewrite", "early"],
    ["access", "access content"],
    ["stream", expect.stringMatching(/^run_start step_start (text_delta )+step_end done$/)],
    ["tool", expect.stringContaining("rain, says up")],
    ["itself", expect.stringContaining("busy")],
  ])("%s", async (path, answer) => {
    expect(await nginx.get(`/${path}`)).toEqual(answer);
  });

  it("says in a phase that cannot wait what to do instead", async () => {
    const { headers } = await fetch(`${nginx.url}/header`);
    expect(headers.get("x-kind")).toBe("unsupported_context");
    expect(headers.get("x-message")).toMatch(/header_filter .* make the call in access or content/);
  });

  it("says behind a C function what to do instead", async () => {
    expect(await nginx.get("/sort")).toMatch(/^unsupported_context: .*table\.sort.* make the call outside/);
  });

  it("keeps the turns of many requests on one agent apart", async () => {
    const words = Array.from({ length: 50 }, (_, index) => `word${index}`);
    expect(await Promise.all(words.map((word) => nginx.get(`/shared?word=${word}`)))).toEqual(words);
  });

  it("leaves nothing wrong in the log", () => {
    expect(nginx.problems()).toEqual([]);
  });
});

describe("the end of a handler", () => {
  let nginx: Nginx | undefined;
  afterEach(() => nginx?.stop());

  it.each([
    [
      "whose client leaves",
      "lua_check_client_abort on;",
      `for event in agent:stream("Hi") do ngx.say(event.type) ngx.flush(true) end`,
      true,
    ],
    [
      "that has read a part of a stream",
      "",
      `local stream = agent:stream("Hi") while stream:next().type ~= "text_delta" do end ngx.say("read")`,
      false,
    ],
    [
      "that exits over a thread",
      "",
      `ngx.thread.spawn(function() agent:chat("Hi") end) while not package.loaded.asked do ngx.sleep(0.01) end ngx.exit(200)`,
      false,
    ],
  ])("%s closes the connection to the provider", async (_, directive, lua, leaves) => {
    const mock = await startMock(STALLED);
    try {
      nginx = await Nginx.start({
        http: DEMO,
        server: [
          content("stall", `${agentOf(mock.url)} ${lua}`, directive),
          content("asked", `package.loaded.asked = true ngx.say("heard")`),
        ].join("\n"),
      });
      const { hostname, port } = new URL(nginx.url);
      const client = createConnection(Number(port), hostname);
      client.write("GET /stall HTTP/1.1\r\nHost: test\r\n\r\n");
      // one that leaves earlier may end the run before the provider was asked
      let told = "";
      client.on("data", (bytes) => {
        told += bytes;
        if (leaves && told.includes("text_delta")) client.destroy();
      });
      await until("the provider is asked", () => mock.until({ requests: 1 }));
      await nginx.get("/asked");
      await until("the provider sees the end", async () => {
        const [seen] = (await mock.seen()).requests;
        return seen !== undefined && seen.aborted === true;
      });
      client.destroy();
      expect(nginx.problems()).toEqual([]);
    } finally {
      await mock.close();
    }
  });
});

describe("workers", () => {
  let nginx: Nginx | undefined;
  afterEach(() => nginx?.stop());

  it("say what to set where no socket can be made", async () => {
    nginx = await Nginx.start({
      http: DEMO,
      env: { LLMSPELL_SOCKET_DIR: "/proc/nowhere" },
      server: content("chat", `local _, message = demo:fork():chat("say hello") ngx.say(message)`),
    });
    expect(await nginx.get("/chat")).toMatch(/LLMSPELL_SOCKET_DIR/);
  });

  it("serve code that is not cached", async () => {
    nginx = await Nginx.start({
      http: "lua_code_cache off;",
      server: content(
        "chat",
        `local llmspell = require("llmspell") ngx.say((llmspell.agent{ provider = "demo" }:chat("say hello")))`,
      ),
    });
    for (let round = 0; round < 50; round += 1) expect(await nginx.get("/chat")).toBe("hello");
    // each request has a Lua state with a socket of its own, which ends with the request
    expect(nginx.sockets().length).toBeLessThan(10);
    expect(nginx.problems().filter((line) => !line.includes("lua_code_cache is off"))).toEqual([]);
  });
});
