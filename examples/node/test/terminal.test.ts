import { expect, it } from "vitest";
import { Program } from "./support/program.js";

const CTRL_C = "\x03";
const CTRL_D = "\x04";

/** The chat in a terminal of its own, which `script` makes. */
async function opened(): Promise<Program> {
  const terminal = new Program(["script", "-qefc", "node terminal/chat.mjs", "/dev/null"], { TERM: "xterm" });
  await terminal.shows(/you> /);
  return terminal;
}

/** What is there without the terminal's own marks. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they begin the marks
const plain = (text: string): string => text.replace(/\x1b\[[0-9;?]*[A-Za-z]/g, "");

it("shows an answer while it comes, and calls of tools", async () => {
  await using terminal = await opened();
  let from = terminal.output.length;
  terminal.write("What is 15 * 23?\r");
  await terminal.shows(/gave 345[\s\S]*you> /, from);
  expect(plain(terminal.output.slice(from))).toMatch(
    /calculator \{"expression":"15 \* 23"\} …\r\n {2}calculator → 345\r\nI asked the tools: calculator gave 345\.\r\n/,
  );
  from = terminal.output.length;
  terminal.write(`slowly ${Array.from({ length: 30 }, (_, at) => `word${at}`).join(" ")}\r`);
  await terminal.shows(/You said: slowly word0[\s\S]*word29\r\n[\s\S]*you> /, from);
  from = terminal.output.length;
  terminal.write(`slowly ${Array.from({ length: 1000 }, (_, at) => `word${at}`).join(" ")}\r`);
  await terminal.shows(/You said: slowly word0/, from);
  expect(terminal.output.slice(from)).not.toMatch(/You said[\s\S]*word999/);
  terminal.write(CTRL_C);
  await terminal.shows(/stopped[\s\S]*you> /, from);
});

it("stops an answer by Ctrl-C, goes on, and leaves by a second one", async () => {
  await using terminal = await opened();
  terminal.write("say before\r");
  await terminal.shows(/before\r\n[\s\S]*you> /);
  let from = terminal.output.length;
  terminal.write(`slowly ${"word ".repeat(1000)}\r`);
  await terminal.shows(/You said: slowly word/, from);
  terminal.write(CTRL_C);
  await terminal.shows(/stopped; Ctrl-C leaves[\s\S]*you> /, from);
  from = terminal.output.length;
  terminal.write("What did I say?\r");
  await terminal.shows(/Before that you said: say before\r\n[\s\S]*you> /, from);
  terminal.write(CTRL_C);
  expect(await terminal.ended).toBe(0);
});

it("leaves by two of them during an answer, too", async () => {
  await using terminal = await opened();
  terminal.write(`slowly ${"word ".repeat(1000)}\r`);
  await terminal.shows(/You said: slowly word/);
  terminal.write(CTRL_C + CTRL_C);
  expect(await terminal.ended).toBe(0);
});

it("keeps what is typed during an answer for after it", async () => {
  await using terminal = await opened();
  terminal.write(`slowly ${"word ".repeat(30)}end\r`);
  await terminal.shows(/You said: slowly word/);
  terminal.write("say typed meanwhile\r");
  await terminal.shows(/word end\r\n[\s\S]*you> [\s\S]*typed meanwhile\r\n[\s\S]*you> /);
  terminal.write(CTRL_D);
  expect(await terminal.ended).toBe(0);
});

it("tells of failures, and lets no answer steer the terminal", async () => {
  await using terminal = await opened();
  let from = terminal.output.length;
  terminal.write("fail with 401\r");
  await terminal.shows(/demo[\s\S]*you> /, from);
  expect(terminal.output.slice(from)).toContain("\x1b[31m");
  from = terminal.output.length;
  terminal.write("What is 1 / 0?\r");
  await terminal.shows(/calculator failed: the result is no number[\s\S]*you> /, from);
});

it("reads questions from a pipe", async () => {
  await using program = new Program(["node", "terminal/chat.mjs"]);
  program.write("say one\nWhat is 2 + 3?\nsay \x1b]0;title\x07three\n");
  program.close();
  expect(await program.ended).toBe(0);
  expect(program.output).toMatch(/\none\n[\s\S]*calculator gave 5\.\n[\s\S]*\]0;titlethree\n/);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: what steers a terminal
  expect(program.output).not.toMatch(/[\x07\x1b]/);
});

it("says what is wrong with its argument", async () => {
  await using program = new Program(["node", "terminal/chat.mjs", "opnai/zz"]);
  expect(await program.ended).toBe(2);
  expect(program.output).toMatch(/^new Agent: model: unknown provider "opnai".*\n$/);
});
