import { existsSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { numbersOf } from "../src/command.js";
import { program, root } from "../src/context.js";
import { type Server, startServer } from "../src/server.js";

const binary = program(`${root}/build/bench`, "server");
let server: Server;

beforeAll(async () => {
  if (!existsSync(binary)) throw new Error(`${binary} is missing; make bench-tools builds it`);
  server = await startServer(binary, undefined);
});

afterAll(() => server.stop());

function post(shape: string, body: unknown): Promise<Response> {
  const url = `http://127.0.0.1:${server.port}/${shape}/v1/chat/completions`;
  return fetch(url, { method: "POST", body: JSON.stringify(body) });
}

/** The payloads of a stream. */
async function events(response: Response): Promise<string[]> {
  const text = await response.text();
  return text
    .trim()
    .split("\n\n")
    .map((event) => event.replace(/^data: /, ""));
}

/** The only choice of a plain answer. */
// biome-ignore lint/suspicious/noExplicitAny: the test says what must be in it
async function choice(shape: string, body: unknown): Promise<any> {
  const answer = (await (await post(shape, body)).json()) as { choices: unknown[] };
  return answer.choices[0];
}

const result = (content: string) => ({ role: "tool", tool_call_id: "call_bench_1", content });

describe("the benchmark server", () => {
  it("streams as many deltas as the path says", async () => {
    const payloads = await events(await post("d3", { stream: true }));
    expect(payloads.at(-1)).toBe("[DONE]");
    const texts = payloads.slice(0, -1).map((payload) => JSON.parse(payload).choices[0]?.delta.content);
    expect(texts).toEqual(["", " w0000", " w0001", " w0002", undefined, undefined]);
  });

  it("answers with one document when no stream is asked for", async () => {
    expect((await choice("d3", {})).message.content).toBe(" w0000 w0001 w0002");
  });

  it("waits between deltas when it is told to", async () => {
    const began = performance.now();
    await events(await post("d5g20000", { stream: true }));
    expect(performance.now() - began).toBeGreaterThan(95);
  });

  it("asks for a tool until it has the results, and refuses a wrong one", async () => {
    const first = await choice("d1s2", { messages: [] });
    expect(first.message.tool_calls[0].function).toEqual({ name: "add", arguments: '{"a": 2, "b": 40}' });
    const second = await choice("d1s2", { messages: [result("42")] });
    expect(second.finish_reason).toBe("tool_calls");
    const third = await choice("d1s2", { messages: [result("42"), result("42")] });
    expect(third.message.content).toBe(" w0000");
    expect((await post("d1s2", { messages: [result("41")] })).status).toBe(400);
  });

  it("leaves a stream open when it is told to", async () => {
    const response = await post("d1h1", { stream: true });
    const reader = (response.body as ReadableStream<Uint8Array>).getReader();
    let seen = "";
    while (!seen.includes("w0000")) seen += new TextDecoder().decode((await reader.read()).value);
    expect(seen).not.toContain("[DONE]");
    await reader.cancel();
  });

  it("refuses what it cannot serve", async () => {
    expect((await fetch(`http://127.0.0.1:${server.port}/d1`)).status).toBe(400);
  });
});

describe("numbersOf", () => {
  it("takes the numbers of the last line", async () => {
    expect(await numbersOf({ argv: ["sh", "-c", `echo noise; echo '{"a": 1.5}'`] })).toEqual({ a: 1.5 });
  });

  it("fails when the client does, with what it said", async () => {
    await expect(numbersOf({ argv: ["sh", "-c", "echo wrong answer >&2; exit 3"] })).rejects.toThrow(
      /status 3:\nwrong answer/,
    );
  });

  it("fails when a number is none", async () => {
    await expect(numbersOf({ argv: ["echo", '{"cpu_us": null}'] })).rejects.toThrow("cpu_us is null");
  });
});
