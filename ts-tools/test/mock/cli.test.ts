import type { ChildProcess } from "node:child_process";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
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

interface Greeting {
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  readonly scenarios?: readonly { readonly file: string; readonly prefix: string; readonly url: string }[];
}

/** The one line that the server prints. */
async function greeting(child: ChildProcess): Promise<Greeting> {
  const [line] = (await once(createInterface({ input: child.stdout as NodeJS.ReadableStream }), "line")) as [string];
  return JSON.parse(line) as Greeting;
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

  it("plays no scenario but those that are posted, when it is given no file", async () => {
    const { url } = await greeting(start(process.execPath, [tool, "mock"], ""));
    const made = await fetch(`${url}/__scenario`, {
      method: "POST",
      body: '{"exchanges":[{"respond":{"body":"posted"}}]}',
    });
    const { url: below } = (await made.json()) as { url: string };
    expect(await (await fetch(`${below}/x`)).text()).toBe("posted");
  });

  it("plays several files, each below a prefix", async () => {
    const folder = mkdtempSync(join(tmpdir(), "mock-"));
    try {
      const files = ["one", "two"].map((name) => {
        const file = join(folder, `${name}.yaml`);
        writeFileSync(file, `exchanges:\n- respond: {body: ${name}}\n`);
        return file;
      });
      const { scenarios = [] } = await greeting(start(process.execPath, [tool, "mock", ...files], ""));
      expect(scenarios.map(({ file, prefix }) => [file, prefix])).toEqual([
        [files[0], "/s/1"],
        [files[1], "/s/2"],
      ]);
      const answers = scenarios.map(async ({ url }) => await (await fetch(`${url}/x`)).text());
      expect(await Promise.all(answers)).toEqual(["one", "two"]);
    } finally {
      rmSync(folder, { recursive: true });
    }
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

    it("tells it the server's address when it posts its own scenarios", async () => {
      const child = start(
        process.execPath,
        [tool, "mock", "--", process.execPath, "-e", "console.log(typeof process.env.LLMSPELL_MOCK)"],
        "",
      );
      let output = "";
      child.stdout?.on("data", (piece: Buffer) => (output += piece.toString()));
      expect(await once(child, "close")).toEqual([0, null]);
      expect(output).toBe("string\n");
    });

    it("runs against one scenario only", async () => {
      const child = start(process.execPath, [tool, "mock", "a.yaml", "b.yaml", "--", "true"], "");
      let errors = "";
      child.stderr?.on("data", (piece: Buffer) => (errors += piece.toString()));
      expect(await once(child, "close")).toEqual([1, null]);
      expect(errors).toContain("give one file or none before --");
    });

    it("says when there is no such command", async () => {
      const child = start(process.execPath, [tool, "mock", "-", "--", "no-such-program-here"], scenario);
      expect(await once(child, "close")).toEqual([127, null]);
    });
  });
});
