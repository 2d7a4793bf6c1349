import { cpSync, createReadStream, existsSync, mkdirSync, statSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { basename, join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { installVariables, makeInstall } from "./support/prefix.js";
import { quickStart } from "./support/readme.js";
import { ROCKSPEC, VERSION } from "./support/release.js";
import { Sandbox } from "./support/sandbox.js";

const ADDRESS = "https://llmspell.invalid/llmspell.git";
const { program, prints } = quickStart("lua");

let sandbox: Sandbox;
let files: Server;
/** Makes git take the rockspec's address for a repository in the sandbox. */
let redirect: Record<string, string>;

beforeAll(async () => {
  sandbox = new Sandbox();
  await makeInstall(sandbox, "install", installVariables(sandbox.path("opt")));
  redirect = await publish();
  for (const kind of ["source", "system"]) await makeServer(kind);
  files = createServer((request, response) => {
    const path = sandbox.path("server", decodeURI(request.url ?? "").replace(/^\/+/, ""));
    const there = !path.includes("..") && existsSync(path) && statSync(path).isFile();
    response.writeHead(there ? 200 : 404, { connection: "close" });
    if (there) createReadStream(path).pipe(response);
    else response.end();
  });
  await new Promise<void>((done) => files.listen(0, "127.0.0.1", done));
});

afterAll(async () => {
  if (files !== undefined) await new Promise((done) => files.close(done));
  sandbox.remove();
});

/** Commits the project's files as the release that the rockspecs name. */
async function publish(): Promise<Record<string, string>> {
  const repository = sandbox.path("repository");
  cpSync(inject("project"), repository, { recursive: true, filter: (path) => !/\.o$|\/(build|target)$/.test(path) });
  const git = (...args: string[]) => sandbox.ok("git", args, { cwd: repository });
  await git("init", "-q", "-b", "main");
  await git("add", "-A");
  const author = ["-c", "user.name=Tester", "-c", "user.email=tester@localhost"];
  await git(...author, "-c", "commit.gpgsign=false", "commit", "-q", "-m", "All of it");
  await git("tag", `v${VERSION}`);
  return {
    GIT_CONFIG_COUNT: "1",
    GIT_CONFIG_KEY_0: `url.file://${repository}.insteadOf`,
    GIT_CONFIG_VALUE_0: ADDRESS,
  };
}

/** A folder with the source rock of one kind and a manifest. */
async function makeServer(kind: string): Promise<void> {
  const folder = sandbox.path("server", kind);
  mkdirSync(folder, { recursive: true });
  const rockspec = join(inject("project"), "rockspec", kind, ROCKSPEC);
  await sandbox.luarocksOk("5.4", ["pack", rockspec], { cwd: folder, env: redirect });
  cpSync(rockspec, join(folder, basename(rockspec)));
  await sandbox.ok("luarocks-admin-5.4", ["make_manifest", folder]);
}

function address(): string {
  return `http://127.0.0.1:${(files.address() as AddressInfo).port}`;
}

describe.each(["5.1", "5.4"])("luarocks install llmspell for Lua %s", (lua) => {
  it.each([
    ["from source, out of a folder", "source", () => sandbox.path("server/source"), () => []],
    [
      "against a library, out of a folder",
      "system",
      () => sandbox.path("server/system"),
      () => [`LLMSPELL_DIR=${sandbox.path("opt")}`],
    ],
    [
      "against a library, over HTTP",
      "system",
      () => `${address()}/system`,
      () => [`LLMSPELL_DIR=${sandbox.path("opt")}`],
    ],
  ])("%s: the quick start runs, and remove leaves nothing", async (_what, _kind, server, variables) => {
    const output = await sandbox.luarocksOk(lua, [`--only-server=${server()}`, "install", "llmspell", ...variables()]);
    expect(output).toContain(ROCKSPEC.replace(/rockspec$/, "src.rock"));
    for (const host of lua === "5.1" ? ["lua5.1", "luajit"] : [`lua${lua}`]) {
      expect(await sandbox.lua(lua, program, { program: host }), host).toEqual({ code: 0, output: prints });
    }
    await sandbox.luarocksOk(lua, ["remove", "llmspell"]);
    expect(sandbox.files()).toEqual([]);
  });
});

describe("a rockspec", () => {
  it.each(["5.1", "5.2", "5.3", "5.4"])("passes luarocks lint of Lua %s", async (lua) => {
    for (const path of [
      `rockspec/source/${ROCKSPEC}`,
      `rockspec/system/${ROCKSPEC}`,
      "bindings/lua/llmspell-scm-1.rockspec",
    ])
      await sandbox.luarocksOk(lua, ["lint", join(inject("project"), path)]);
  });

  it("builds from its repository's address", async () => {
    const path = join(inject("project"), "rockspec/system", ROCKSPEC);
    await sandbox.luarocksOk("5.4", ["build", path, `LLMSPELL_DIR=${sandbox.path("opt")}`], { env: redirect });
    expect(await sandbox.lua("5.4", program)).toEqual({ code: 0, output: prints });
    await sandbox.luarocksOk("5.4", ["remove", "llmspell"]);
  });
});
