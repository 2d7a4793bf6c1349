import { describe, expect, it } from "vitest";
import type { Scenario, Seen } from "../../src/mock/index.js";
import { startMock } from "../../src/mock/index.js";
import { post, RawClient, withMock } from "./client.js";

const text = (body: string) => ({ respond: { body } });
const say = async (answer: Promise<Response>) => await (await answer).text();

describe("exchanges", () => {
  it("are used up in order, as often as they repeat", async () => {
    const exchanges = [{ ...text("a"), repeat: 2 }, text("b"), { ...text("c"), repeat: "forever" as const }];
    await withMock({ exchanges }, async (mock) => {
      expect(mock.seen().unused).toBe(4);
      const answers = [];
      for (let i = 0; i < 5; i++) answers.push(await say(post(mock, {})));
      expect(answers).toEqual(["a", "a", "b", "c", "c"]);
      expect(mock.seen().unused).toBe(0);
    });
  });

  it("of match any are found by what they expect, in any order", async () => {
    const about = (word: string) => ({ expect: { body: { q: word } }, ...text(`about ${word}`) });
    await withMock({ match: "any", exchanges: [about("x"), about("y")] }, async (mock) => {
      expect(await say(post(mock, { q: "y" }))).toBe("about y");
      expect(await say(post(mock, { q: "x" }))).toBe("about x");
      expect((await post(mock, { q: "x" })).status).toBe(599);
    });
  });

  it("may follow one that repeats forever, when they expect something else", async () => {
    const exchanges = [
      { expect: { body: { q: "loop" } }, ...text("again"), repeat: "forever" as const },
      { expect: { body: { q: "last" } }, ...text("end") },
    ];
    await withMock({ exchanges }, async (mock) => {
      expect(await say(post(mock, { q: "loop" }))).toBe("again");
      expect(await say(post(mock, { q: "last" }))).toBe("end");
      expect(await say(post(mock, { q: "loop" }))).toBe("again");
    });
  });
});

describe("a request that is not expected", () => {
  it("gets status 599, told what differed, uses nothing up and is on record", async () => {
    const scenario: Scenario = { exchanges: [{ expect: { body: { model: "m", n: 1 } }, respond: { body: "ok" } }] };
    await withMock(scenario, async (mock) => {
      const wrong = await post(mock, { model: "other" });
      expect(wrong.status).toBe(599);
      const differences = [
        { at: "body.model", expected: "m", got: "other" },
        { at: "body.n", expected: 1 },
      ];
      expect(await wrong.json()).toMatchObject({ error: { type: "mock_mismatch", exchange: 0, differences } });
      expect(await say(post(mock, { model: "m", n: 1 }))).toBe("ok");
      expect(mock.seen()).toMatchObject({ mismatches: [{ request: 0, exchange: 0, differences }], unused: 0 });
      expect(mock.seen().requests.map((request) => request.exchange)).toEqual([null, 0]);
    });
  });

  it("is told when nothing is left", async () => {
    await withMock({ exchanges: [] }, async (mock) => {
      expect(await (await post(mock, {})).json()).toMatchObject({
        error: { message: "no exchange of the scenario is left" },
      });
    });
  });

  it("never sees the key that was expected", async () => {
    const exchanges = [{ expect: { headers: { authorization: "Bearer expected-key-1111" } }, respond: {} }];
    await withMock({ exchanges }, async (mock) => {
      const answer = await say(post(mock, {}, { authorization: "Bearer some-other-key-2222" }));
      const report = answer + JSON.stringify(mock.seen());
      expect(report).toContain("Bearer …1111");
      expect(report).toContain("Bearer …2222");
      expect(report).not.toMatch(/expected-key|other-key/);
    });
  });
});

describe("answers", () => {
  it("carry the scenario's status and headers", async () => {
    const respond = {
      status: 429,
      headers: { "Retry-After": "7", "set-cookie": ["a=1", "b=2"] },
      body: { error: { message: "slow down" } },
    };
    await withMock({ exchanges: [{ respond }] }, async (mock) => {
      const answer = await post(mock, {});
      expect(answer.status).toBe(429);
      expect(answer.headers.get("retry-after")).toBe("7");
      expect(answer.headers.getSetCookie()).toEqual(["a=1", "b=2"]);
      expect(answer.headers.get("content-type")).toBe("application/json");
      expect(await answer.json()).toEqual({ error: { message: "slow down" } });
    });
  });

  it("send events as data, wrapped data, raw bytes, and end them unless told otherwise", async () => {
    const events = [
      { choices: [] },
      "verbatim",
      { raw: ": a comment\n\n" },
      { raw: { base64: "ZGF0YTogw6kKCg==" } },
      { data: "two\nlines", event: "note", id: "7" },
      { data: { n: 1 }, repeat: 2 },
    ];
    const sent =
      'data: {"choices":[]}\n\ndata: verbatim\n\n: a comment\n\ndata: é\n\nevent: note\nid: 7\ndata: two\ndata: lines\n\n' +
      'data: {"n":1}\n\ndata: {"n":1}\n\n';
    await withMock({ exchanges: [{ respond: { events } }, { respond: { events, done: false } }] }, async (mock) => {
      expect(await say(post(mock, {}))).toBe(`${sent}data: [DONE]\n\n`);
      expect(await say(post(mock, {}))).toBe(sent);
    });
  });
});

describe("the report", () => {
  it("shows method, path, redacted headers, body and connection", async () => {
    await withMock({ exchanges: [{ ...text("x"), repeat: 3 }] }, async (mock) => {
      const client = await RawClient.open(mock);
      client.request({ n: 1 });
      await client.received("\r\n\r\nx");
      client.request({ n: 2 });
      await client.received("x\x0d\x0a".slice(0, 1));
      expect(await mock.until({ requests: 2 })).toBe(true);
      client.close();
      await (
        await fetch(`${mock.url}/other?a=1`, {
          method: "PUT",
          body: "not json",
          headers: { "x-api-key": "sk-12345678" },
        })
      ).text();
      const seen = (await (await fetch(`${mock.url}/__seen`)).json()) as Seen;
      expect(seen.requests.map((request) => request.connection)).toEqual([1, 1, 2]);
      expect(seen.requests[1]).toMatchObject({
        method: "POST",
        path: "/v1/chat/completions",
        body: { n: 2 },
        aborted: false,
      });
      expect(seen.requests[2]).toMatchObject({
        method: "PUT",
        path: "/other?a=1",
        body: "not json",
        headers: { "x-api-key": "…5678" },
      });
    });
  });

  it("waits for what it is asked to wait for", async () => {
    await withMock({ exchanges: [text("x")] }, async (mock) => {
      const waiting = fetch(`${mock.url}/__seen?requests=1`);
      await say(post(mock, {}));
      expect((await (await waiting).json()) as Seen).toMatchObject({ requests: [{ method: "POST" }] });
      const late = (await (await fetch(`${mock.url}/__seen?requests=9&timeout_ms=20`)).json()) as Seen;
      expect(late.requests.length).toBe(1);
    });
  });

  it("records a client that leaves in the middle of its own request", async () => {
    await withMock({ exchanges: [text("x")] }, async (mock) => {
      const client = await RawClient.open(mock);
      client.socket.write("POST / HTTP/1.1\r\nhost: m\r\ncontent-length: 100\r\n\r\nhalf");
      await new Promise((sent) => client.socket.write("", sent));
      client.socket.destroySoon();
      expect(await mock.until({ aborted: 1 })).toBe(true);
      expect(mock.seen()).toMatchObject({ requests: [{ body: "half", exchange: null, aborted: true }], unused: 1 });
    });
  });

  it("does not call a connection aborted that the server itself cut", async () => {
    await withMock({ exchanges: [{ respond: { body: "abc", actions: [{ close: 1 }] } }] }, async (mock) => {
      const client = await RawClient.open(mock);
      client.request();
      await client.toTheEnd();
      expect(mock.seen().requests[0]?.aborted).toBe(false);
    });
  });
});

describe("startMock", () => {
  it("refuses a scenario that is not one, with the path of each fault", async () => {
    const wrong = { exchanges: [{ respond: { stauts: 200 } }] } as unknown as Scenario;
    await expect(startMock(wrong)).rejects.toThrow(/exchanges\[0\]\.respond\.stauts: unknown key; known are: status/);
  });

  it("serves several clients at once", async () => {
    await withMock({ exchanges: [{ ...text("x"), repeat: "forever" }] }, async (mock) => {
      const answers = await Promise.all(Array.from({ length: 50 }, (_, n) => say(post(mock, { n }))));
      expect(answers).toEqual(Array(50).fill("x"));
    });
  });

  it("closes while an answer is stalled", async () => {
    const mock = await startMock({ exchanges: [{ respond: { body: "x", actions: [{ stall: 0 }] } }] });
    const client = await RawClient.open(mock);
    client.request();
    await client.received("\r\n\r\n");
    await mock.close();
    expect((await client.toTheEnd()).bytes.length).toBeGreaterThan(0);
  });
});
