import { copyFileSync, cpSync, mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Agent } from "@rs/llmspell";
import { createHandler } from "@rs/llmspell/server";
import { played, type scripted } from "@rs/llmspell/testing";
import { afterAll, expect, test } from "vitest";

const folder = mkdtempSync(join(tmpdir(), "llmspell-copy-"));
const from = fileURLToPath(new URL("..", import.meta.url));
cpSync(join(from, "dist/cjs"), join(folder, "dist/cjs"), { recursive: true });
copyFileSync(join(from, "llmspell.node"), join(folder, "llmspell.node"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const load = createRequire(join(folder, "x.js"));
const other = load("./dist/cjs/index.js") as { Agent: typeof Agent };
const testing = load("./dist/cjs/testing/index.js") as { scripted: typeof scripted };

const foreign = (): Agent => new other.Agent({ provider: "demo" });
const COPY = / of another copy of @rs\/llmspell/;

test.each([
  ["a scripted model", () => new Agent({ model: testing.scripted(["x"]) }), /model must be .*got a scripted model/],
  [
    "an agent's tool",
    () => new Agent({ provider: "demo", tools: [foreign().asTool()] }),
    /tools\[0\]: .*an agent's tool/,
  ],
  ["an agent for hand-offs", () => new Agent({ provider: "demo", handoffs: [foreign()] }), /handoffs\[0\].*an agent/],
  ["a server's agent", () => createHandler(foreign()), /must be an Agent.*an agent/],
  ["an agent that is asked what it played", () => played(foreign()), /expected an agent, got an agent/],
])("%s of another copy is refused with these words", (_, use, words) => {
  expect(use).toThrow(TypeError);
  expect(use).toThrow(new RegExp(words.source + COPY.source));
});
