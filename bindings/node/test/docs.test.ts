import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { runProgram } from "./process/run.js";

const page = readFileSync(new URL("../../../docs/node.md", import.meta.url), "utf8");

/** The examples of the page: all are programs by themselves. */
const examples = [...page.matchAll(/^```ts\n(.*?)^```$/gms)].map(
  ([, program], index) => [index + 1, program ?? ""] as const,
);

/** What each prints. */
const PRINTED = [
  "You said: Hello\n",
  "Before that you said: Remember 42\n",
  'I asked the tools: price gave {"fruit":"pear","price":2}.\n',
  "Paris 21\n",
  "You said: Tell me a story",
  "I asked the tools: calculator gave 25.\n",
  "rate_limit true 1000\n",
  "The expert says 42.\n",
  "It is 3.\n",
];

test("every example is tried", () => {
  expect(examples).toHaveLength(PRINTED.length);
});

test.each(examples)("example %i of docs/node.md runs as it stands", async (index, program) => {
  const ended = await runProgram(program);
  expect(ended).toEqual({ code: 0, signal: null, out: PRINTED[index - 1], err: "" });
});
