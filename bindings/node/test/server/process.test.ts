import { expect, it } from "vitest";
import { runProgram } from "../process/run.js";

const PROGRAM = `
  import { Agent } from "@rs/llmspell";
  import { createHandler, createOpenAIHandler } from "@rs/llmspell/server";
  const agent = new Agent({ provider: "demo" });
  const text = "say " + Array.from({ length: 20000 }, (_, index) => "w" + index).join(" ");
  const ask = async (handler, body) => {
    const gone = new AbortController();
    const headers = { "content-type": "application/json" };
    const request = new Request("http://x/chat/completions", { method: "POST", headers, body: JSON.stringify(body), signal: gone.signal });
    const reader = (await handler(request)).body.getReader();
    await reader.read();
    await new Promise((resolve) => setTimeout(resolve, 200));
    gone.abort();
  };
  await ask(createHandler(agent), { message: text });
  await ask(createOpenAIHandler({ m: agent }), { model: "m", stream: true, messages: [{ role: "user", content: text }] });
  console.log("left");
`;

it("clients that leave with much unread keep no run, and so no process alive", async () => {
  expect(await runProgram(PROGRAM)).toEqual({ code: 0, signal: null, out: "left\n", err: "" });
});
