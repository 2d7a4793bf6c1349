import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Program } from "./support/program.js";

interface Answer {
  readonly response: string;
  readonly session: string;
}

describe("the seed's Express server", () => {
  let server: Program;
  let url: string;
  beforeAll(async () => {
    server = new Program(["node", "express/server.mjs"], { PORT: "0" });
    url = (await server.shows(/http:\S+/))[0];
  });
  afterAll(() => server[Symbol.asyncDispose]());

  const post = (body: string) => fetch(url, { method: "POST", headers: { "content-type": "application/json" }, body });

  async function ask(message: string, session?: string): Promise<Answer> {
    const response = await post(JSON.stringify({ message, session }));
    expect(response.status).toBe(200);
    return (await response.json()) as Answer;
  }

  it("keeps the turns of 50 clients apart, who ask at once", async () => {
    const names = Array.from({ length: 50 }, (_, at) => `client ${at}`);
    const first = await Promise.all(names.map((name) => ask(`slowly, I am ${name}`)));
    expect(first.map(({ response }) => response)).toEqual(names.map((name) => `You said: slowly, I am ${name}`));
    expect(new Set(first.map(({ session }) => session)).size).toBe(50);
    const second = await Promise.all(first.map(({ session }) => ask("What did I say?", session)));
    expect(second.map(({ response }) => response)).toEqual(
      names.map((name) => `Before that you said: slowly, I am ${name}`),
    );
    expect(second.map(({ session }) => session)).toEqual(first.map(({ session }) => session));
  });

  it("tells clients what is wrong with a request, and no more than that of what is wrong with a model", async () => {
    const nothing = await post("{}");
    expect([nothing.status, await nothing.json()]).toEqual([400, { error: expect.stringContaining("message") }]);
    expect((await post('{"message": 5}')).status).toBe(400);
    expect((await post("no JSON")).status).toBe(400);
    expect((await post('{"message": "Hello", "session": "mine"}')).status).toBe(400);
    const failed = await post('{"message": "fail with 401"}');
    expect([failed.status, await failed.json()]).toEqual([502, { error: "The model could not be asked." }]);
    await server.shows(/LlmspellError/);
    expect((await ask("say fine")).response).toBe("fine");
  });

  it("forgets a turn whose client left", async () => {
    const { session } = await ask("Hello");
    const left = new AbortController();
    const going = fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ message: `slowly ${"word ".repeat(500)}`, session }),
      signal: left.signal,
    });
    await new Promise((resolve) => setTimeout(resolve, 300));
    left.abort();
    await expect(going).rejects.toThrow();
    // waits for the run before it, which would take ten seconds
    expect((await ask("What did I say?", session)).response).toBe("Before that you said: Hello");
  });
});
