import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import type { MockServer, Scenario, Seen } from "../../src/mock/index.js";
import { startMockServer } from "../../src/mock/index.js";

const running: MockServer[] = [];

afterEach(async () => {
  for (const server of running.splice(0)) await server.close();
});

async function server(): Promise<MockServer> {
  const made = await startMockServer();
  running.push(made);
  return made;
}

const saying = (body: string): Scenario => ({
  exchanges: [{ expect: { path: "/v1/chat/completions" }, respond: { body } }],
});

async function announce(mock: MockServer, scenario: unknown): Promise<{ prefix: string; url: string }> {
  const answer = await fetch(`${mock.url}/__scenario`, { method: "POST", body: JSON.stringify(scenario) });
  expect(answer.status).toBe(201);
  return (await answer.json()) as { prefix: string; url: string };
}

const ask = async (url: string) =>
  await (await fetch(`${url}/v1/chat/completions`, { method: "POST", body: "{}" })).text();
const seenAt = async (url: string) => (await (await fetch(`${url}/__seen`)).json()) as Seen;

describe("a server of many scenarios", () => {
  it("plays each below its prefix, with a report of its own whose paths have none", async () => {
    const mock = await server();
    const [one, two] = [await announce(mock, saying("one")), await announce(mock, saying("two"))];
    expect(one).toEqual({ prefix: "/s/1", url: `${mock.url}/s/1` });
    expect(await ask(two.url)).toBe("two");
    expect(await ask(one.url)).toBe("one");
    expect(await seenAt(one.url)).toMatchObject({
      requests: [{ path: "/v1/chat/completions", exchange: 0, connection: 1 }],
      mismatches: [],
      unused: 0,
    });
    expect((await seenAt(two.url)).requests).toHaveLength(1);
  });

  it("numbers connections by their first requests to a scenario", async () => {
    const mock = await server();
    const one = await announce(mock, { exchanges: [{ respond: {}, repeat: 2 }] });
    const two = await announce(mock, saying("two"));
    await ask(one.url);
    await ask(two.url);
    await ask(one.url);
    const { requests } = await seenAt(one.url);
    expect(requests.map((request) => request.connection)).toEqual([1, 1]);
    expect((await seenAt(two.url)).requests[0]?.connection).toBe(1);
  });

  it("releases the holds of one scenario alone", async () => {
    const mock = await server();
    const held: Scenario = { exchanges: [{ respond: { body: "x", actions: [{ hold: "gate" }] } }] };
    const [one, two] = [mock.add(held), mock.add(held)];
    const answers = [one, two].map(({ url }) => ask(url));
    await Promise.all([one.until({ requests: 1 }), two.until({ requests: 1 })]);
    await fetch(`${two.url}/__release?name=gate`, { method: "POST" });
    expect(await answers[1]).toBe("x");
    let early = false;
    void answers[0]?.then(() => {
      early = true;
    });
    await seenAt(one.url);
    expect(early).toBe(false);
    one.release("gate");
    expect(await answers[0]).toBe("x");
  });

  it("forgets one that is removed, and breaks what it was answering", async () => {
    const mock = await server();
    const stalled = await announce(mock, { exchanges: [{ respond: { body: "x", actions: [{ stall: 0 }] } }] });
    const other = mock.add(saying("other"));
    const pending = ask(stalled.url).then(
      () => "answered",
      () => "broken",
    );
    await fetch(`${stalled.url}/__seen?requests=1`);
    const removed = await fetch(stalled.url, { method: "DELETE" });
    expect(await removed.json()).toEqual({ removed: stalled.prefix });
    expect(await pending).toBe("broken");
    const late = await fetch(`${stalled.url}/v1/x`);
    expect(late.status).toBe(599);
    expect(await late.text()).toContain(`no scenario is played at ${stalled.prefix}`);
    expect(await ask(other.url)).toBe("other");
  });

  it("says that nothing is played at its root", async () => {
    const mock = await server();
    const answer = await fetch(`${mock.url}/v1/x`);
    expect(answer.status).toBe(599);
    expect(await answer.text()).toContain("POST /__scenario");
  });

  it.each([
    ["{", "the scenario must be JSON"],
    ['{"exchanges":[{"respons":{}}]}', "exchanges[0].respons: unknown key; known are: expect, respond, repeat"],
    ["[]", "must be object"],
  ])("refuses %s", async (body, message) => {
    const mock = await server();
    const answer = await fetch(`${mock.url}/__scenario`, { method: "POST", body });
    expect(answer.status).toBe(400);
    expect(((await answer.json()) as { error: { message: string } }).error.message).toContain(message);
  });

  it("finds the cassettes of a scenario that came by POST from its own folder", async () => {
    const folder = mkdtempSync(join(tmpdir(), "mock-"));
    try {
      writeFileSync(
        join(folder, "one.yaml"),
        "when: {path: /v1/chat/completions}\nthen: {status: 200, body: recorded}\n",
      );
      const mock = await server();
      const file = relative(process.cwd(), join(folder, "one.yaml"));
      const { url } = await announce(mock, { exchanges: [{ respond: { cassette: file } }] });
      expect(await ask(url)).toBe("recorded");
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
