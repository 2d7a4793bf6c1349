import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";

const run = promisify(execFile);
const here = fileURLToPath(new URL(".", import.meta.url));

const ESM = `
import { Agent } from "@rs/llmspell";
import * as server from "@rs/llmspell/server";
import { llmspell } from "@rs/llmspell/ai";
import { ChatLlmspell, toLangChainTools } from "@rs/llmspell/langchain";
import { generateText } from "ai";
import { BaseChatModel } from "@langchain/core/language_models/chat_models";
import { StructuredTool } from "@langchain/core/tools";
`;
const CJS = ESM.replaceAll(/import (\* as )?(.*?) from ("[^"]*");/g, "const $2 = require($3);").replaceAll("* as ", "");
const BODY = `
(async () => {
  const response = await server.createHandler(new Agent({ provider: "demo" }))(
    new Request("http://x", { method: "POST", headers: { "content-type": "application/json" }, body: '{"message":"a","stream":false}' }));
  const { text } = await generateText({ model: llmspell("demo/demo-1"), prompt: "b" });
  const model = new ChatLlmspell({ provider: "demo" });
  const [tool] = toLangChainTools([{ name: "x", execute: () => 1 }]);
  console.log((await response.json()).content, "|", text, "|", (await model.invoke("c")).text, "|",
    model instanceof BaseChatModel, tool instanceof StructuredTool);
})();
`;

describe("the entries for servers, the AI SDK and LangChain", () => {
  it.each([
    ["import", "module", ESM],
    ["require", "commonjs", CJS],
  ])("work by %s, with the copy of the peer that the program has", async (_, type, head) => {
    const { stdout } = await run(process.execPath, ["--no-warnings", `--input-type=${type}`, "-e", head + BODY], {
      cwd: here,
    });
    expect(stdout).toBe("You said: a | You said: b | You said: c | true true\n");
  });
});
