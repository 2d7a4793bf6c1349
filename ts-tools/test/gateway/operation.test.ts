import { spawnSync } from "node:child_process";
import {
  appendFileSync,
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { get, request } from "node:http";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { repositoryRoot } from "../../src/generate/paths.js";
import { startMock } from "../../src/mock/index.js";
import { freePort, until } from "../../src/nginx/nginx.js";
import { Gateway, KEYS, keyLine } from "./support/gateway.js";
import { faults } from "./support/prometheus.js";

const MODEL = "demo/demo-1";

describe("a gateway at work", () => {
  let gateway: Gateway;
  beforeAll(async () => {
    gateway = await Gateway.start({ MODEL });
  });
  afterAll(() => gateway.stop());

  const ask = (content: string, more: object = {}, key = KEYS.alice) =>
    fetch(`${gateway.url}/v1/chat/completions`, {
      method: "POST",
      headers: { authorization: `Bearer ${key}` },
      body: JSON.stringify({ model: MODEL, messages: [{ role: "user", content }], ...more }),
    });

  it("answers many at once, each its own", async () => {
    const numbers = Array.from({ length: 60 }, (_, at) => `number ${at}`);
    const answers = await Promise.all(
      numbers.map(async (number, at) => {
        const response = await ask(number, { stream: at % 2 === 0 });
        const text = await response.text();
        if (at % 2 !== 0) return JSON.parse(text).choices[0].message.content;
        return [...text.matchAll(/"content":"([^"]*)"/g)].map((found) => found[1]).join("");
      }),
    );
    expect(answers).toEqual(numbers.map((number) => `You said: ${number}`));
    await gateway.inFlight(0);
  });

  it("knows a new client after a reload", async () => {
    expect((await ask("Hello", {}, "sk-carol")).status).toBe(401);
    appendFileSync(join(gateway.folder, "keys"), keyLine("carol", "sk-carol", 10));
    gateway.reload();
    await until("the new key is known", async () => (await ask("Hello", {}, "sk-carol")).status === 200);
  });

  it("answers a visitor whose worker was killed in the middle of an answer", async () => {
    const question = (message: string) => ({
      method: "POST",
      headers: { "content-type": "application/json", cookie: `gateway_session=${"b".repeat(32)}` },
      body: JSON.stringify({ message }),
    });
    const url = `${gateway.url}/api/chat`;
    const broken = fetch(url, question(`slowly ${"word ".repeat(1000)}`)).then((response) => response.text());
    broken.catch(() => undefined);
    await gateway.inFlight(1);
    expect((await fetch(url, question("Hello"))).status).toBe(409);
    for (const worker of gateway.workers()) process.kill(worker, "SIGKILL");
    await expect(broken).rejects.toThrow();
    await gateway.inFlight(0);
    // of two that ask at once, one takes the place
    const leave = new AbortController();
    const told = await Promise.all(
      ["a", "b"].map((word) => fetch(url, { ...question(`slowly ${`${word} `.repeat(1000)}`), signal: leave.signal })),
    );
    expect(told.map(({ status }) => status).sort()).toEqual([200, 409]);
    leave.abort();
    await gateway.inFlight(0);
  });

  it("answers to its own names alone", async () => {
    const { port } = new URL(gateway.url);
    const status = (host: string) =>
      new Promise((done, failed) => {
        const headers = { host };
        get({ port, host: "127.0.0.1", headers }, (response) => done(response.resume().statusCode)).on("error", failed);
      });
    expect(await status(`localhost:${port}`)).toBe(200);
    expect(await status(`127.0.0.1:${port}`)).toBe(200);
    expect(await status(`evil.example:${port}`)).toBe(421);
  });

  it("counts a request that nginx itself refuses", async () => {
    const refused = 'gateway_requests_total{route="page",client="",status="400"}';
    const before = await gateway.figure(refused);
    const socket = connect(Number(new URL(gateway.url).port), "127.0.0.1");
    socket.write("GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: many\r\n\r\n");
    expect(await text(socket)).toContain("400 Bad Request");
    await until("it is counted", async () => (await gateway.figure(refused)) === before + 1);
    expect(gateway.problems().join()).not.toContain("uninitialized");
  });

  it("keeps a visitor's conversation, however many another begins", async () => {
    const call = (localAddress: string, visitor: string, path: string, body?: string) =>
      new Promise<string>((done, failed) => {
        const headers = { "content-type": "application/json", cookie: `gateway_session=${visitor}` };
        const options = { localAddress, method: body ? "POST" : "GET", headers };
        request(`${gateway.url}${path}`, options, (response) => text(response).then(done, failed))
          .on("error", failed)
          .end(body);
      });
    const visitor = (number: number) => number.toString(16).padStart(32, "0");
    const remembers = async (number: number, address = "127.0.0.2") =>
      JSON.parse(await call(address, visitor(number), "/api/history")).messages.length > 0;
    await call("127.0.0.3", visitor(0), "/api/chat", '{"message":"Hello"}');
    const long = JSON.stringify({ message: `say "fine" ${"x".repeat(32_000)}` });
    for (let number = 1; number <= 300; number++) await call("127.0.0.2", visitor(number), "/api/chat", long);
    expect(await remembers(0, "127.0.0.3")).toBe(true);
    expect(await remembers(300)).toBe(true);
    expect(await remembers(1)).toBe(false);
  });

  it("survives a worker that is killed", async () => {
    const workers = gateway.workers();
    const broken = ask(`slowly ${"word ".repeat(1000)}`, { stream: true }).then((response) => response.text());
    broken.catch(() => undefined);
    await gateway.inFlight(1);
    for (const worker of workers) process.kill(worker, "SIGKILL");
    await expect(broken).rejects.toThrow();
    await gateway.inFlight(0);
    await until("it answers again", async () => (await ask("Hello")).status === 200);
    // nginx itself tells of the kills
    expect(gateway.problems().filter((line) => !/exited on signal 9/.test(line))).toEqual([]);
  });

  it("counts a visitor's questions by address, and refuses strangers to the page's own ways", async () => {
    const post = (headers: Record<string, string>) =>
      fetch(`${gateway.url}/api/chat`, { method: "POST", headers, body: '{"message":"Hello"}' });
    const json = { "content-type": "application/json" };
    const cookie = `gateway_session=${"a".repeat(32)}`;
    expect((await post({ "content-type": "text/plain", cookie })).status).toBe(415);
    expect((await post(json)).status).toBe(400);
    expect((await post({ ...json, cookie: "gateway_session=../../x" })).status).toBe(400);
    expect((await fetch(`${gateway.url}/api/chat`)).status).toBe(405);
    expect((await post({ ...json, cookie })).status).toBe(200);
  });
});

describe("a gateway that has limits", () => {
  it("lets an address ask on the page as often as it is told", async () => {
    const gateway = await Gateway.start({ MODEL, PAGE_REQUESTS_PER_MINUTE: "2" });
    try {
      const headers = { "content-type": "application/json", cookie: `gateway_session=${"a".repeat(32)}` };
      const told = [];
      for (let asked = 0; asked < 3; asked++) {
        const response = await fetch(`${gateway.url}/api/chat`, { method: "POST", headers, body: '{"message":"Hi"}' });
        await response.text();
        told.push(response.status);
      }
      expect(told).toEqual([200, 200, 429]);
    } finally {
      await gateway.stop();
    }
  });

  it("counts tools that a model makes up as one", async () => {
    const mock = await startMock({
      exchanges: [
        { respond: { chat: { tool_calls: [{ id: "1", name: 'a"b\nc', arguments: {} }] } } },
        { respond: { chat: { text: "Sorry." } } },
      ],
    });
    const env = { MODEL: "openai/gpt-4o", OPENAI_API_KEY: "sk-provider-secret", OPENAI_BASE_URL: `${mock.url}/v1` };
    const gateway = await Gateway.start(env);
    try {
      const headers = { "content-type": "application/json", cookie: `gateway_session=${"a".repeat(32)}` };
      const asked = await fetch(`${gateway.url}/api/chat`, { method: "POST", headers, body: '{"message":"Hi"}' });
      expect(await asked.text()).toContain("Sorry.");
      expect(faults(await gateway.metrics())).toEqual([]);
      expect(await gateway.figure('gateway_tool_calls_total{tool="unknown",failed="true"}')).toBe(1);
    } finally {
      await gateway.stop();
      await mock.close();
    }
  });
});

describe("a gateway that is told nonsense", () => {
  it.each([
    ["a model that there is not", { MODEL: "nobody/nothing" }, /nobody/, undefined],
    ["keys that are no hashes", {}, /keys: expected a name, 64 hexadecimal digits/, "alice sk-in-the-clear 60\n"],
    ["a limit that is no number", { PAGE_REQUESTS_PER_MINUTE: "many" }, /PAGE_REQUESTS_PER_MINUTE/, undefined],
    ["no file of keys", { GATEWAY_KEYS: "/nowhere/keys" }, /nowhere/, undefined],
  ])("does not start: %s", async (_, env, words, keys) => {
    const folder = mkdtempSync(join(tmpdir(), "llmspell-gateway-"));
    chmodSync(folder, 0o755);
    try {
      if (keys) writeFileSync(join(folder, "keys"), keys);
      const build = resolve(repositoryRoot, process.env["BUILD"] ?? "build/ci");
      const run = spawnSync("examples/openresty/gateway/start", [folder, String(await freePort())], {
        cwd: repositoryRoot,
        env: { PATH: process.env["PATH"] ?? "", BUILD: build, ...env },
        encoding: "utf8",
        timeout: 60_000,
      });
      expect(run.status).toBe(1);
      const log = run.stderr + readFileSync(join(folder, "logs/error.log"), "utf8");
      expect(log).toMatch(words);
      expect(log).not.toContain("in-the-clear");
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

describe("start", () => {
  it("serves a folder that is closed to others, as one below root's home is", async () => {
    const gateway = await Gateway.start({}, 0o700);
    try {
      for (const path of ["/", "/chat.js"]) expect((await fetch(gateway.url + path)).status, path).toBe(200);
      expect(
        (await fetch(`${gateway.url}/v1/models`, { headers: { authorization: `Bearer ${KEYS.alice}` } })).status,
      ).toBe(200);
      expect(gateway.problems()).toEqual([]);
    } finally {
      await gateway.stop();
    }
  });

  it("leaves a folder alone that is not a gateway's, and others' files in one that is", async () => {
    const folder = mkdtempSync(join(tmpdir(), "llmspell-gateway-"));
    const mine = join(folder, "lua/mine.lua");
    mkdirSync(join(folder, "lua"));
    writeFileSync(mine, "return 1");
    const start = async (env: Record<string, string>) =>
      spawnSync("examples/openresty/gateway/start", [folder, String(await freePort())], {
        cwd: repositoryRoot,
        env: {
          PATH: process.env["PATH"] ?? "",
          BUILD: resolve(repositoryRoot, process.env["BUILD"] ?? "build/ci"),
          ...env,
        },
        encoding: "utf8",
        timeout: 60_000,
      });
    try {
      const refused = await start({});
      expect([refused.status, refused.stderr]).toEqual([1, expect.stringContaining("name a new or an empty folder")]);
      expect(readdirSync(folder)).toEqual(["lua"]);
      writeFileSync(join(folder, "keys"), keyLine("alice", "sk-alice", 60));
      // it has no such model, so it ends at once
      expect((await start({ MODEL: "nobody/nothing" })).stderr).toContain("nobody");
      expect(readFileSync(mine, "utf8")).toBe("return 1");
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

describe("the calculator", () => {
  const cases: [string, string][] = [
    ["15 * 23", "345"],
    ["(1 + 2) / 4", "0.75"],
    ["2 + 3 * 4 ^ 2", "50"],
    ["2 ^ 3 ^ 2", "512"],
    ["-2 ^ 2", "-4"],
    ["2 ^ -1", "0.5"],
    ["10 - 3 - 2", "5"],
    [".5 + 1.", "1.5"],
    ["0.1 + 0.2", "0.3"],
    ["1 / 0", "nil the result is no number"],
    ["2 +", "nil expected a number at character 4"],
    ["(2", "nil expected ) at character 3"],
    ["2 2", "nil cannot read on at character 2"],
    ["os.exit()", "nil expected a number at character 1"],
    ["", "nil expected a number at character 1"],
    ["(".repeat(200), "nil expected a number at character 201"],
  ];
  it.each(["luajit", "lua5.4"])("calculates and refuses, in %s", (lua) => {
    const program = `
      package.path = "examples/openresty/gateway/lua/?.lua"
      local execute = require("gateway.calculator").execute
      for line in io.lines() do
        local value, problem = execute{ expression = line }
        print(value or "nil " .. problem)
      end`;
    const run = spawnSync(lua, ["-e", program], {
      cwd: repositoryRoot,
      input: cases.map(([text]) => `${text}\n`).join(""),
      encoding: "utf8",
    });
    expect(run.stderr).toBe("");
    expect(run.stdout.trimEnd().split("\n")).toEqual(cases.map(([, wanted]) => wanted));
  });
});
