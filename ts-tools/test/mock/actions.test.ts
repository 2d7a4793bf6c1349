import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import type { Action, Mock, Response as Respond } from "../../src/mock/index.js";
import { post, RawClient, withMock } from "./client.js";

const events = ["one", "two", "three"];

function play<T>(respond: Respond, use: (mock: Mock) => Promise<T>): Promise<T> {
  return withMock({ exchanges: [{ respond }] }, use);
}

/** What a raw client sees of a text body under these actions. */
function wire(body: string, ...actions: Action[]) {
  return play({ body, actions }, async (mock) => {
    const client = await RawClient.open(mock);
    client.request();
    return await client.toTheEnd();
  });
}

describe("close", () => {
  it("ends the connection at a byte offset, after the promised length was longer", async () => {
    const { bytes, ending } = await wire("0123456789", { close: 4 });
    expect(ending).toBe("end");
    expect(bytes.toString()).toMatch(/content-length: 10\r\n[\s\S]*\r\n\r\n0123$/);
  });

  it("can come before anything was sent", async () => {
    const { bytes, ending } = await wire("0123456789", { close: "head" });
    expect(ending).toBe("end");
    expect(bytes.length).toBe(0);
  });

  it("ends a stream of events without its last chunk", async () => {
    await play({ events, actions: [{ close: { event: 2 } }] }, async (mock) => {
      const client = await RawClient.open(mock);
      client.request();
      const { bytes } = await client.toTheEnd();
      expect(bytes.toString()).toContain("data: two\n\n");
      expect(bytes.toString()).not.toContain("three");
      expect(bytes.toString()).not.toMatch(/0\r\n\r\n$/);
    });
  });
});

describe("reset", () => {
  it("breaks the connection with a RST after what was sent before", async () => {
    // The hold lets the client read the bytes first: Node takes data and RST in one poll for an ordinary end.
    await play({ body: "0123456789", actions: [{ hold: "read", at: 4 }, { reset: 4 }] }, async (mock) => {
      const client = await RawClient.open(mock);
      client.request();
      await client.received("\r\n\r\n0123");
      mock.release("read");
      const { bytes, ending } = await client.toTheEnd();
      expect(ending).toBe("ECONNRESET");
      expect(bytes.toString()).toMatch(/0123$/);
    });
  });

  it("can come instead of the head", async () => {
    const { bytes, ending } = await wire("0123456789", { reset: "head" });
    expect(ending).toBe("ECONNRESET");
    expect(bytes.length).toBe(0);
  });
});

describe("stall", () => {
  it("keeps the connection open and silent, and notices that the client gave up", async () => {
    await play({ body: "0123456789", actions: [{ stall: 4 }] }, async (mock) => {
      const client = await RawClient.open(mock);
      client.request();
      await client.received("\r\n\r\n0123");
      expect(mock.seen().requests[0]?.aborted).toBe(false);
      client.close();
      expect(await mock.until({ aborted: 1 })).toBe(true);
      expect(client.text()).toMatch(/0123$/);
    });
  });

  it("can withhold the head as well", async () => {
    await play({ body: "x", actions: [{ stall: "head" }] }, async (mock) => {
      const client = await RawClient.open(mock);
      client.request();
      expect(await mock.until({ requests: 1 })).toBe(true);
      client.close();
      expect(await mock.until({ aborted: 1 })).toBe(true);
      expect(client.reads).toEqual([]);
    });
  });
});

describe("garbage", () => {
  it("replaces the answer, head and all", async () => {
    const { bytes, ending } = await wire("never", { garbage: { base64: "AAEC/w==" } });
    expect([...bytes]).toEqual([0, 1, 2, 255]);
    expect(ending).toBe("end");
  });

  it("replaces the rest of the answer from an offset", async () => {
    const { bytes } = await wire("0123456789", { garbage: "%%%", at: 2 });
    expect(bytes.toString()).toMatch(/\r\n\r\n01%%%$/);
  });
});

describe("delay_ms", () => {
  it("waits at its place and then sends the rest", async () => {
    await play({ body: "abcdefghij", actions: [{ delay_ms: 1000, at: 5 }] }, async (mock) => {
      const client = await RawClient.open(mock);
      const start = performance.now();
      client.request();
      await client.received("\r\n\r\nabcde");
      expect(client.text()).not.toContain("fghij");
      await client.received("fghij");
      expect(performance.now() - start).toBeGreaterThan(990);
      client.close();
    });
  });

  it("before the head by default", async () => {
    await play({ body: "x", actions: [{ delay_ms: 100 }] }, async (mock) => {
      const start = performance.now();
      expect(await (await post(mock, {})).text()).toBe("x");
      expect(performance.now() - start).toBeGreaterThan(90);
    });
  });
});

describe("hold", () => {
  it("waits until it is released, by HTTP or by the library", async () => {
    await play({ events, actions: [{ hold: "gate", at: { event: 1 } }] }, async (mock) => {
      const client = await RawClient.open(mock);
      client.request();
      await client.received("data: one\n\n");
      expect(client.text()).not.toContain("two");
      const released = await fetch(`${mock.url}/__release?name=gate`, { method: "POST" });
      expect(await released.json()).toEqual({ released: "gate" });
      await client.received("[DONE]");
      client.close();
    });
  });
});

describe("split_at", () => {
  it("writes a chunked body in pieces of those lengths", async () => {
    const respond = {
      body: "0123456789",
      headers: { "transfer-encoding": "chunked" },
      actions: [{ split_at: [1, 4] }],
    };
    await play(respond, async (mock) => {
      const client = await RawClient.open(mock);
      client.request();
      await client.received("0\r\n\r\n");
      expect(client.chunks()).toEqual(["0", "123", "456789"]);
      client.close();
    });
  });

  it("writes one byte at a time with every", async () => {
    const respond: Respond = {
      body: "abcd",
      headers: { "transfer-encoding": "chunked" },
      actions: [{ split_at: "every" }],
    };
    await play(respond, async (mock) => {
      const client = await RawClient.open(mock);
      client.request();
      await client.received("0\r\n\r\n");
      expect(client.chunks()).toEqual(["a", "b", "c", "d"]);
      client.close();
    });
  });

  it("writes one event at a time with events", async () => {
    await play({ events, actions: [{ split_at: "events" }] }, async (mock) => {
      const client = await RawClient.open(mock);
      client.request();
      await client.received("0\r\n\r\n");
      expect(client.chunks()).toEqual([...events, "[DONE]"].map((data) => `data: ${data}\n\n`));
      client.close();
    });
  });
});

describe("trickle", () => {
  it("sends the whole body in small pieces with time between them", async () => {
    const respond = {
      body: "abcdef",
      headers: { "transfer-encoding": "chunked" },
      actions: [{ trickle: { bytes: 2, every_ms: 20 } }],
    };
    await play(respond, async (mock) => {
      const start = performance.now();
      expect(await (await post(mock, {})).text()).toBe("abcdef");
      expect(performance.now() - start).toBeGreaterThan(35);
    });
  });
});

describe("gzip", () => {
  it("compresses the body and says so", async () => {
    await play({ body: { hello: "x".repeat(1000) }, actions: [{ gzip: true }] }, async (mock) => {
      const client = await RawClient.open(mock);
      client.request();
      await client.received("\r\n\r\n");
      const length = Number(/content-length: (\d+)/.exec(client.text())?.[1]);
      expect(client.text()).toContain("content-encoding: gzip");
      const start = () => Buffer.concat(client.reads).indexOf("\r\n\r\n") + 4;
      while (Buffer.concat(client.reads).length < start() + length)
        await new Promise((next) => client.socket.once("data", next));
      expect(JSON.parse(gunzipSync(Buffer.concat(client.reads).subarray(start())).toString())).toEqual({
        hello: "x".repeat(1000),
      });
      client.close();
    });
  });
});
