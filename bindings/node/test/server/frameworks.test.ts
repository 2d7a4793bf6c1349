import { connect } from "node:net";
import { Agent, type AgentEvent } from "@rs/llmspell";
import { createHandler } from "@rs/llmspell/server";
import { scripted } from "@rs/llmspell/testing";
import { afterEach, describe, expect, it } from "vitest";
import { gate } from "../support/gate.js";
import { type Running, servers } from "./servers.js";
import { eventsOf, post, readSse, saidBy, until } from "./sse.js";

const MANY_WORDS = Array.from({ length: 2000 }, (_, index) => `w${index}`).join(" ");

let running: Running | undefined;
afterEach(async () => {
  await running?.close();
  running = undefined;
});

describe.each(Object.keys(servers))("%s", (name) => {
  const start = async (agent: Agent, options = {}): Promise<string> => {
    running = await (servers[name] as (typeof servers)[string])(createHandler(agent, options));
    return `${running.url}/chat`;
  };

  it("streams events and answers with a result", async () => {
    const url = await start(new Agent({ provider: "demo" }));
    const response = await fetch(post(url, { message: "Hello" }));
    expect([response.status, response.headers.get("x-own")]).toEqual([200, "1"]);
    expect(response.headers.get("content-type")).toMatch(/^text\/event-stream/);
    expect(saidBy(await eventsOf(response))).toBe("You said: Hello");
    const whole = await fetch(post(url, { message: "Hello", stream: false }));
    expect(await whole.json()).toMatchObject({ content: "You said: Hello" });
  });

  it("takes the handler itself in place of its member", async () => {
    const chat = createHandler(new Agent({ provider: "demo" }));
    const same = { node: chat, express: chat, fastify: chat, hono: chat };
    running = await (servers[name] as (typeof servers)[string])(Object.assign(chat.bind(null), same) as never);
    const whole = await fetch(post(`${running.url}/chat`, { message: "Hello", stream: false }));
    expect(await whole.json()).toMatchObject({ content: "You said: Hello" });
  });

  it("sends each event when it is there", async () => {
    // each call of the tool waits until its event was read here
    const gates = [1, 2, 3].map(() => gate());
    const turns = gates.map((_, at) => ({ toolCalls: [{ name: "wait", arguments: { at } }] }));
    const tool = { name: "wait", execute: ({ at }: { at: number }) => gates[at]?.passed };
    const agent = new Agent({ model: scripted([...turns, "done"]), tools: [tool as never] });
    const url = await start(agent);
    const response = await fetch(post(url, { message: "go" }));
    let calls = 0;
    for await (const { event } of readSse(response)) if (event === "tool_call") gates[calls++]?.open();
    expect(calls).toBe(gates.length);
  });

  it("refuses with a status and words", async () => {
    const url = await start(new Agent({ provider: "demo" }));
    expect((await fetch(url)).status).toBe(405);
    const bad = await fetch(post(url, { massage: "Hello" }));
    expect(bad.status).toBe(400);
    expect(await bad.text()).toContain("massage");
    expect((await fetch(post(url, "{"))).status).toBe(400);
    expect((await fetch(post(url, "x", { headers: { "content-type": "text/plain" } }))).status).toBe(415);
  });

  it("refuses what is too large, and goes on", async () => {
    const url = await start(new Agent({ provider: "demo" }), { maxBodyBytes: 1000 });
    expect((await fetch(post(url, { message: "x".repeat(50_000) }))).status).toBe(413);
    expect((await fetch(post(url, { message: "Hello" }))).status).toBe(200);
  });

  it("cancels the run of a client that leaves in mid-stream or before", async () => {
    let begun = false;
    const ends: string[] = [];
    const onEvent = ({ type }: AgentEvent): void => {
      begun ||= type === "run_start";
      if (["done", "cancelled", "error"].includes(type)) ends.push(type);
    };
    const url = await start(new Agent({ provider: "demo", hooks: { onEvent } }));
    for (const stream of [true, false]) {
      ends.length = 0;
      begun = false;
      const gone = new AbortController();
      const answer = fetch(post(url, { message: `slowly say ${MANY_WORDS}`, stream }, { signal: gone.signal }));
      if (stream) await ((await answer).body as ReadableStream<Uint8Array>).getReader().read();
      else await until(() => begun);
      gone.abort();
      await answer.catch(() => undefined);
      await until(() => ends.length > 0);
      expect(ends).toEqual(["cancelled"]);
    }
  });

  it("survives connections that are reset", async () => {
    const url = new URL(await start(new Agent({ provider: "demo" })));
    const body = JSON.stringify({ message: `slowly say ${MANY_WORDS}` });
    await Promise.all(
      Array.from({ length: 10 }, (_, index) => {
        const socket = connect(Number(url.port), url.hostname);
        socket.on("error", () => undefined);
        socket.write(
          `POST /chat HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n`,
        );
        // Some leave in the middle of their request.
        socket.write(index % 2 === 0 ? body : body.slice(0, 20));
        return new Promise((resolve) => setTimeout(() => resolve(socket.resetAndDestroy()), 50 + index * 10));
      }),
    );
    expect((await fetch(post(String(url), { message: "Hello" }))).status).toBe(200);
  });

  it("holds back the run of a client that does not read", async () => {
    let seen = 0;
    const agent = new Agent({ provider: "demo", hooks: { onEvent: () => void seen++ } });
    const words = Array.from({ length: 8000 }, (_, index) => `${index}`.padEnd(4000, "w")).join(" ");
    const url = new URL(await start(agent, { input: () => `say ${words}` }));
    const socket = connect(Number(url.port), url.hostname);
    socket.on("error", () => undefined);
    socket.pause();
    socket.write("POST /chat HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}");
    await until(() => seen > 0);
    for (let before = -1; before !== seen; await new Promise((resolve) => setTimeout(resolve, 1000))) before = seen;
    // What the sockets and the run's queue have room for.
    expect(seen).toBeLessThan(6000);
    socket.resetAndDestroy();
  });

  it("answers 50 clients at once, each with what is theirs", async () => {
    const url = await start(new Agent({ provider: "demo" }));
    const said = await Promise.all(
      Array.from({ length: 50 }, async (_, index) =>
        saidBy(await eventsOf(await fetch(post(url, { message: `say slowly client ${index} speaks` })))),
      ),
    );
    expect(said).toEqual(Array.from({ length: 50 }, (_, index) => `slowly client ${index} speaks`));
  });
});
