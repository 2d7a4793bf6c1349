#!/usr/bin/env node
// A chat in the terminal: node chat.mjs [provider/model]. Ctrl-C stops an answer; where none is under way, it leaves.
import { createInterface } from "node:readline";
import { Writable } from "node:stream";
import { Agent } from "@rs/llmspell";
import { calculator } from "../calculator.mjs";

const { stdin, stdout } = process;
const model = process.argv[2] ?? process.env.MODEL ?? "demo/demo-1";
let agent;
try {
  agent = new Agent({ model, systemPrompt: "You are a helpful assistant", tools: [calculator] });
} catch (error) {
  console.error(error.message);
  process.exit(2);
}

const colors = stdout.isTTY && !process.env.NO_COLOR;
const dim = (text) => (colors ? `\x1b[2m${text}\x1b[22m` : text);
const red = (text) => (colors ? `\x1b[31m${text}\x1b[39m` : text);
/** A model's words without what would steer the terminal. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken out
const tame = (text) => text.replace(/[\x00-\x08\x0b-\x1f\x7f-\x9f]/g, "");

const isTerminal = stdin.isTTY && stdout.isTTY;
/** Stops the answer that is under way. */
let answering;
/** Questions that came during an answer. */
const waiting = [];
let isClosed = false;

// What is typed during an answer shows after it, so readline's echo waits.
const echo = new Writable({
  write(chunk, _, done) {
    if (!answering) stdout.write(chunk);
    done();
  },
});
Object.defineProperty(echo, "columns", { get: () => stdout.columns });
stdout.on("resize", () => echo.emit("resize"));
const lines = createInterface({ input: stdin, output: echo, terminal: isTerminal, prompt: isTerminal ? "you> " : "" });

/** Shows one answer: its words as they come, tools and what they gave. */
async function answer(question) {
  let atStart = true;
  const print = (text) => {
    if (text === "") return;
    stdout.write(text);
    atStart = text.endsWith("\n");
  };
  const line = (text) => print(`${atStart ? "" : "\n"}${text}\n`);
  let waits = isTerminal;
  if (waits) stdout.write(dim("…"));
  for await (const event of agent.stream(question, { signal: answering.signal })) {
    if (waits && event.type !== "run_start" && event.type !== "step_start") {
      stdout.write("\r\x1b[K");
      waits = false;
    }
    if (event.type === "text_delta") print(tame(event.text));
    if (event.type === "reasoning_delta") print(dim(tame(event.text)));
    if (event.type === "tool_call") line(dim(`  ${event.name} ${tame(JSON.stringify(event.arguments))} …`));
    if (event.type === "tool_result")
      line(dim(`  ${event.name} ${event.is_error ? "failed:" : "→"} ${tame(event.content)}`));
    if (event.type === "retry") line(dim(event.discard ? "  once more, from the beginning" : "  once more"));
    if (event.type === "error") line(red(tame(event.error.message)));
    if (event.type === "cancelled") line(dim("  stopped; Ctrl-C leaves"));
  }
  line("");
}

async function ask(question) {
  if (question.trim() !== "") {
    answering = new AbortController();
    await answer(question);
    answering = undefined;
  }
  const next = waiting.shift();
  if (next === undefined && isClosed) return leave();
  lines.prompt();
  if (next === undefined) return;
  // It was not seen when it was typed.
  if (isTerminal) stdout.write(`${next}\n`);
  await ask(next);
}

function interrupt() {
  if (answering && !answering.signal.aborted) answering.abort();
  else leave();
}

function leave() {
  if (isTerminal) stdout.write("\n");
  process.exit();
}

// A terminal in raw mode tells readline of Ctrl-C; a signal comes from elsewhere, and where no terminal is.
lines.on("SIGINT", interrupt);
process.on("SIGINT", interrupt);
lines.on("line", (question) => {
  if (answering) waiting.push(question);
  else ask(question);
});
lines.on("close", () => {
  isClosed = true;
  if (!answering) leave();
});

console.log(`${model}. Sums go to a calculator: try "What is 15 * 23?"`);
lines.prompt();
