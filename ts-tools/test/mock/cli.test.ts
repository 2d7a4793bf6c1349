import type { ChildProcess } from "node:child_process";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, it } from "vitest";

const tool = fileURLToPath(new URL("../../bin/ts-tools.js", import.meta.url));
const scenario = "exchanges:\n- respond: {body: hello}\n";
const running: ChildProcess[] = [];

afterEach(() => {
  for (const child of running.splice(0)) child.kill("SIGKILL");
});

function start(command: string, args: string[], input: string): ChildProcess {
  const child = spawn(command, args, { stdio: ["pipe", "pipe", "pipe"] });
  running.push(child);
  child.stdin?.end(input);
  return child;
}

/** The one line that the server prints. */
async function greeting(child: ChildProcess): Promise<{ url: string; port: number; pid: number }> {
  const [line] = (await once(createInterface({ input: child.stdout as NodeJS.ReadableStream }), "line")) as [string];
  return JSON.parse(line) as { url: string; port: number; pid: number };
}

/** Resolves once no process of that number is left. */
async function gone(pid: number): Promise<void> {
  for (;;) {
    try {
      process.kill(pid, 0);
    } catch {
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

describe("ts-tools mock", () => {
  it.each(["SIGTERM", "SIGINT"] as const)("serves a scenario from standard input until %s", async (signal) => {
    const child = start(process.execPath, [tool, "mock", "-"], scenario);
    const { url, port, pid } = await greeting(child);
    expect(pid).toBe(child.pid);
    expect(url).toBe(`http://127.0.0.1:${port}`);
    expect(await (await fetch(url)).text()).toBe("hello");
    child.kill(signal);
    expect(await once(child, "exit")).toEqual([0, null]);
  });

  it("stops with its parent when asked to", async () => {
    const parent = start(
      process.execPath,
      [
        "-e",
        `require("child_process").spawn(process.execPath, [${JSON.stringify(tool)}, "mock", "-", "--exit-with-parent"], {stdio: "inherit"})`,
      ],
      scenario,
    );
    const { pid } = await greeting(parent);
    parent.kill("SIGKILL");
    await gone(pid);
  });

  it("says what is wrong with a scenario, and where", async () => {
    const child = start(process.execPath, [tool, "mock", "-"], "exchanges:\n- respons: {}\n");
    let errors = "";
    child.stderr?.on("data", (piece: Buffer) => {
      errors += piece.toString();
    });
    expect(await once(child, "close")).toEqual([1, null]);
    expect(errors).toContain("<stdin>:2: exchanges[0].respons: unknown key; known are: expect, respond, repeat\n");
  });

  it.each([
    [["no-such-file.yaml"], /^mock: ENOENT.*no-such-file\.yaml.*\n$/],
    [["-", "--port", "http"], /write a number from 0 to 65535/],
  ])("says in a line what is wrong with %j", async (parameters, message) => {
    const child = start(process.execPath, [tool, "mock", ...parameters], scenario);
    let errors = "";
    child.stderr?.on("data", (piece: Buffer) => {
      errors += piece.toString();
    });
    expect(await once(child, "close")).toEqual([1, null]);
    expect(errors).toMatch(message);
  });

  describe("with a command", () => {
    const ask = 'await (await fetch(process.env.OPENAI_BASE_URL + "/x")).text()';

    async function run(program: string, text = scenario): Promise<{ code: unknown; output: string }> {
      const child = start(
        process.execPath,
        [tool, "mock", "-", "--", process.execPath, "--input-type=module", "-e", program],
        text,
      );
      let output = "";
      for (const stream of [child.stdout, child.stderr])
        stream?.on("data", (piece: Buffer) => (output += piece.toString()));
      const [code] = await once(child, "close");
      return { code, output };
    }

    it("runs it with the server's address and a key, and ends when it ends", async () => {
      const { code, output } = await run(`console.log(${ask}, process.env.OPENAI_API_KEY)`);
      expect({ code, output }).toEqual({ code: 0, output: "hello mock-key\n" });
    });

    it("ends with its exit code", async () => {
      expect((await run("process.exit(7)")).code).toBe(7);
    });

    it("fails when answers are left or a request was not expected", async () => {
      expect(await run("")).toEqual({ code: 1, output: "mock: 1 answers of the scenario were not asked for\n" });
      const wrong = await run(ask, "exchanges:\n- expect: {path: /v1/y}\n  respond: {}\n");
      expect(wrong.code).toBe(1);
      expect(wrong.output).toContain('{"at":"path","expected":"/v1/y","got":"/v1/x"}');
    });

    it("says when there is no such command", async () => {
      const child = start(process.execPath, [tool, "mock", "-", "--", "no-such-program-here"], scenario);
      expect(await once(child, "close")).toEqual([127, null]);
    });
  });
});
