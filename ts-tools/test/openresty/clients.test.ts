import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { createServer } from "node:http";
import { type AddressInfo, createConnection, type Socket } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { type Mock, type Scenario, startMock } from "../../src/mock/index.js";
import { Nginx, until } from "../../src/nginx/nginx.js";
import { agentOf, content, DEMO } from "./support/conf.js";

const STALLED: Scenario = {
  exchanges: [{ repeat: "forever", respond: { chat: { text: "Hi there" }, actions: [{ stall: { event: 2 } }] } }],
};
/** A provider whose answer has 200 MB, and how much of it was taken. */
async function longAnswer(): Promise<{ url: string; taken(): number; left(): boolean; close(): void }> {
  const piece = { choices: [{ index: 0, delta: { content: "word ".repeat(4000) } }] };
  const event = `data: ${JSON.stringify(piece)}\n\n`;
  let taken = 0;
  let left = false;
  const server = createServer((_, response) => {
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.once("close", () => {
      left = true;
    });
    const send = () => {
      while (taken < 200_000_000 && !left) {
        taken += event.length;
        if (!response.write(event)) return response.once("drain", send);
      }
      return response.end();
    };
    send();
  }).listen(0, "127.0.0.1");
  await new Promise((done) => server.once("listening", done));
  const address = server.address() as AddressInfo;
  const close = () => {
    server.closeAllConnections();
    server.close();
  };
  return { url: `http://127.0.0.1:${address.port}`, taken: () => taken, left: () => left, close };
}

/** Sends a request and leaves the answer unread. */
function ask(nginx: Nginx, path: string): Socket {
  const { hostname, port } = new URL(nginx.url);
  const client = createConnection(Number(port), hostname);
  client.on("error", () => {});
  client.write(`GET ${path} HTTP/1.1\r\nHost: test\r\n\r\n`);
  return client;
}

const worker = (nginx: Nginx): number => nginx.workers()[0] ?? 0;
const residentMiB = (pid: number): number =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) / 1024;
const descriptors = (pid: number): number => readdirSync(`/proc/${pid}/fd`).length;
/** Ticks (of 10 ms, mostly) that a process has had of a processor. */
const ticks = (pid: number): number => {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
  return Number(fields[11]) + Number(fields[12]);
};
const sockets = (pid: number): number =>
  readdirSync(`/proc/${pid}/fd`).filter((fd) => {
    try {
      return readlinkSync(`/proc/${pid}/fd/${fd}`).startsWith("socket:");
    } catch {
      return false;
    }
  }).length;

describe("clients", () => {
  let nginx: Nginx | undefined;
  let mock: Mock | undefined;
  afterEach(async () => {
    await nginx?.stop();
    await mock?.close();
  });
  const start = async (scenario: Scenario, locations: (agent: string) => string[], connections = 1024) => {
    mock = await startMock(scenario);
    nginx = await Nginx.start({ http: DEMO, connections, server: locations(agentOf(mock.url)).join("\n") });
    return { mock, nginx };
  };
  const aborted = async (count: number): Promise<void> => {
    await until(`the provider sees ${count} ends`, async () => {
      const { requests } = (await mock?.seen()) ?? { requests: [] };
      return requests.filter((request) => request.aborted === true).length >= count;
    });
  };

  describe("that leave", () => {
    it("end the run, and its tools, with the program's own ngx.on_abort set", async () => {
      const running = await start(STALLED, (agent) => [
        content(
          "stream",
          `${agent}
           ngx.on_abort(function() ngx.log(ngx.NOTICE, "the program's own") ngx.exit(499) end)
           for event in agent:stream("Hi") do ngx.say(event.type) ngx.flush(true) end`,
          "lua_check_client_abort on;",
        ),
        content(
          "tool",
          `local agent = llmspell.agent{ provider = "demo", tools = { { name = "weather", description = "weather of a city",
             schema = { type = "object", properties = { city = { type = "string" } } },
             execute = function() ${agent} ngx.log(ngx.NOTICE, "in the tool") return (agent:chat("Hi")) end } } }
           agent:chat("weather in Paris")`,
          "lua_check_client_abort on;",
        ),
      ]);
      const reader = ask(running.nginx, "/stream");
      const read = new Promise((done) => reader.once("data", done));
      await until("the stream's request is sent", async () => ((await mock?.seen())?.requests.length ?? 0) === 1);
      await read;
      reader.destroy();
      await aborted(1);
      expect(running.nginx.log()).toContain("the program's own");
      const user = ask(running.nginx, "/tool");
      await until("the tool's chat has begun", async () => ((await mock?.seen())?.requests.length ?? 0) === 2);
      user.destroy();
      await aborted(2);
      expect(running.nginx.problems()).toEqual([]);
    });

    it("are noticed a thousand times, and nothing is left of them", async () => {
      const running = await start(
        STALLED,
        (agent) => [
          content("stream", `${agent} for event in agent:stream("Hi") do end`, "lua_check_client_abort on;"),
          content("chat", `ngx.say((demo:fork():chat("say hello")))`),
        ],
        4096,
      );
      const pid = worker(running.nginx);
      expect(await running.nginx.get("/chat")).toBe("hello");
      const before = descriptors(pid);
      const clients = Array.from({ length: 1000 }, () => ask(running.nginx, "/stream"));
      await until("all are in flight", async () => ((await mock?.seen())?.requests.length ?? 0) === 1000, 90_000);
      // the client's connection and the provider's
      expect(sockets(pid)).toBeLessThanOrEqual(before + 2 * 1000 + 20);
      const began = ticks(pid);
      await new Promise((wake) => setTimeout(wake, 2000));
      expect(ticks(pid) - began, "ticks of a worker whose runs all wait").toBeLessThan(100);
      expect(await running.nginx.get("/chat")).toBe("hello");
      for (const client of clients) client.destroy();
      await aborted(1000);
      await until("the descriptors are closed", () => Promise.resolve(descriptors(pid) <= before + 20));
      expect(running.nginx.problems()).toEqual([]);
    });
  });

  it("that read slowly hold the provider back, and are not taken for gone", async () => {
    const provider = await longAnswer();
    try {
      nginx = await Nginx.start({
        server: content(
          "relay",
          `${agentOf(provider.url)}
           for event in agent:stream("Hi") do
             if event.type == "text_delta" then ngx.print(event.text) ngx.flush(true) end
           end`,
          "lua_check_client_abort on; send_timeout 600s;",
        ),
        http: `init_by_lua_block { llmspell = require("llmspell") }`,
      });
      const pid = worker(nginx);
      const client = ask(nginx, "/relay");
      client.pause();
      const stands = async (): Promise<number> => {
        for (;;) {
          const before = provider.taken();
          await new Promise((wake) => setTimeout(wake, 1500));
          if (before > 0 && provider.taken() === before) return before;
        }
      };
      const held = await stands();
      expect(held).toBeLessThan(60_000_000);
      expect(residentMiB(pid)).toBeLessThan(200);
      let read = 0;
      client.on("data", (bytes) => {
        read += bytes.length;
        if (read > 20_000_000) client.pause();
      });
      client.resume();
      await until("a part was read", () => Promise.resolve(read > 20_000_000), 60_000);
      await stands();
      expect(provider.left()).toBe(false);
      expect(residentMiB(pid)).toBeLessThan(300);
      client.destroy();
      await until("the provider sees the end", () => Promise.resolve(provider.left()));
      expect(nginx.problems()).toEqual([]);
    } finally {
      provider.close();
    }
  });
});
