import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { runProgram } from "./process/run.js";

/** The first program of a page. */
function programOf(page: string): string {
  const text = readFileSync(new URL(`../../../docs/${page}`, import.meta.url), "utf8");
  return /```(?:js|ts)\n(.*?)```/s.exec(text)?.[1] as string;
}

async function printed(program: string): Promise<string> {
  const { out, err } = await runProgram(program);
  expect(err).toBe("");
  return out;
}

it("the program of docs/node-ai-sdk.md runs", async () => {
  expect(await printed(programOf("node-ai-sdk.md"))).toBe(
    "I asked the tools: add gave 5.\nI asked the tools: add gave 9.\n",
  );
});

it("the program of docs/node-langchain.md runs", async () => {
  expect(await printed(programOf("node-langchain.md"))).toBe("I asked the tools: add gave 5.\n{ a: 4, b: 5 }\n");
});

it("the program of docs/node-server.md runs", async () => {
  const server = programOf("node-server.md")
    .replace('"openai/gpt-4o"', '"demo/demo-1"')
    .replace("createServer(chat.node)", "const server = createServer(chat.node)");
  const client = `
    const { address, port } = server.on("error", console.error).address() ?? await new Promise((r) => server.once("listening", () => r(server.address())));
    const response = await fetch("http://127.0.0.1:" + port, {
      method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ message: "Hello" }) });
    console.log((await response.text()).includes('"content":"You said: Hello"'));
    server.close(); server.closeAllConnections();`;
  expect(await printed(server.replace(".listen(3000)", ".listen(0)") + client)).toBe("true\n");
});
