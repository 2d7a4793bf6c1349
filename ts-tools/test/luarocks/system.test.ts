import { renameSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { installVariables, makeInstall, type OtherLibrary, otherLibrary, prefixWithHeader } from "./support/prefix.js";
import { quickStart } from "./support/readme.js";
import { ROCK_VERSION, ROCKSPEC } from "./support/release.js";
import { LUAS, type Outcome, Sandbox } from "./support/sandbox.js";

const PROJECT = inject("project");
const { program, prints } = quickStart("lua");

let sandbox: Sandbox;
let prefix: string;

beforeAll(async () => {
  sandbox = new Sandbox();
  prefix = sandbox.path("opt/spells");
  await makeInstall(sandbox, "install", installVariables(prefix));
});
afterAll(() => sandbox.remove());

/** `luarocks make` with the rockspec for an installed library. */
function make(lua: string, variables: string[], env: Record<string, string> = {}): Promise<Outcome> {
  return sandbox.luarocks(lua, ["make", `rockspec/system/${ROCKSPEC}`, ...variables], {
    cwd: PROJECT,
    env,
  });
}

async function installed(lua: string): Promise<void> {
  const { code, output } = await make(lua, [`LLMSPELL_DIR=${prefix}`]);
  expect(code, output).toBe(0);
}

describe("luarocks make against a library in a prefix of its own", () => {
  it.each(LUAS)("installs the module for Lua %s, the quick start runs, and remove leaves nothing", async (lua) => {
    await installed(lua);
    const rock = `lib/luarocks/rocks-${lua}/llmspell/${ROCK_VERSION}`;
    const files = sandbox.files();
    expect(files).toContain(`lib/lua/${lua}/llmspell.so`);
    expect(files).toContain(`${rock}/bindings/lua/meta/llmspell.lua`);
    expect(files.filter((path) => path.endsWith(".lua") && !path.startsWith(rock))).toEqual([]);
    for (const host of lua === "5.1" ? ["lua5.1", "luajit"] : [`lua${lua}`]) {
      expect(await sandbox.lua(lua, program, { program: host }), host).toEqual({ code: 0, output: prints });
    }
    const exported = await sandbox.ok("nm", ["-D", "--defined-only", join(sandbox.tree, `lib/lua/${lua}/llmspell.so`)]);
    expect(exported.trim().split(/\s+/).slice(2)).toEqual(["luaopen_llmspell"]);
    await sandbox.luarocksOk(lua, ["remove", "llmspell"]);
    expect(sandbox.files()).toEqual([]);
  });

  it("keeps the library with a linker that drops those which nobody needs", async () => {
    await installed("5.4");
    const objects = ["open", "library", "shim_51", "shim_52", "shim_53", "shim_54", "shim_55", "driver.gen"];
    const module = join(sandbox.tree, "lib/lua/5.4/llmspell.so");
    const paths = objects.map((name) => `bindings/lua/src/${name}.o`);
    const flags = ["-shared", "-Wl,--as-needed", `-L${prefix}/lib`, `-Wl,-rpath,${prefix}/lib`, "-lllmspell", "-lm"];
    await sandbox.ok("cc", ["-o", module, ...paths, ...flags], { cwd: PROJECT });
    expect(await sandbox.lua("5.4", program)).toEqual({ code: 0, output: prints });
  });
});

describe("luarocks make against a library says", () => {
  it("what is missing when there is none", async () => {
    const { code, output } = await make("5.4", [`LLMSPELL_DIR=${sandbox.path("empty")}`]);
    expect(code).not.toBe(0);
    expect(output).toContain("Could not find header file for LLMSPELL");
    expect(output).toContain(`No file llmspell.h in ${sandbox.path("empty")}/include`);
    expect(output).toContain("pass LLMSPELL_DIR");
  });

  it.each([
    [
      "older",
      (header: string) => header.replace(/(LLMSPELL_ABI_VERSION) 1/, "$1 0").replace(/(LLMSPELL_ABI_MIN) 1/, "$1 0"),
    ],
    [
      "newer",
      (header: string) => header.replace(/(LLMSPELL_ABI_VERSION) 1/, "$1 2").replace(/(LLMSPELL_ABI_MIN) 1/, "$1 2"),
    ],
    ["without a version", (header: string) => header.replaceAll("LLMSPELL_ABI_", "LLMSPELL_OTHER_")],
  ])("that llmspell.h is not of the module's release: %s", async (what, change) => {
    const other = sandbox.path(`header ${what}`.replaceAll(" ", "-"));
    prefixWithHeader(prefix, other, change);
    const { code, output } = await make("5.4", [`LLMSPELL_DIR=${other}`]);
    expect(code).not.toBe(0);
    expect(output).toMatch(
      /#error "this llmspell\.h is not that of llmspell [\d.]+, .*; install the library of the same release/,
    );
  });

  it("which function an older llmspell.h of the same ABI lacks", async () => {
    const other = sandbox.path("header-lacks");
    prefixWithHeader(prefix, other, (header) => header.replaceAll("llmspell_run_reply(", "llmspell_run_replied("));
    const { code, output } = await make("5.4", [`LLMSPELL_DIR=${other}`]);
    expect(code).not.toBe(0);
    expect(output).toMatch(/library\.gen\.h:\d+:\d+: error: .llmspell_run_reply. undeclared/);
  });
});

describe("the module says at require, when its library was replaced by one", () => {
  const opened = async (folder: string): Promise<string> => {
    const script = 'print(select(2, pcall(require, "llmspell")))';
    return (await sandbox.lua("5.4", script, { env: { LD_LIBRARY_PATH: folder } })).output;
  };

  beforeAll(() => installed("5.4"));

  it.each<[string, OtherLibrary, string]>([
    ["that lacks a function", { without: "llmspell_run_reply" }, "its library has no function llmspell_run_reply"],
    ["that is older", { abi: 0, oldestAbi: 0 }, "it needs version 1 of its library's interface, and this one has 0"],
    [
      "that is older than any with a lower bound",
      { abi: 0, without: "llmspell_abi_min" },
      "has no function llmspell_abi_min",
    ],
    [
      "that is newer",
      { abi: 3, oldestAbi: 2 },
      "it needs version 1 of its library's interface, and this one serves 2 and newer",
    ],
  ])("%s", async (what, other, message) => {
    const folder = sandbox.path(what.replaceAll(" ", "-"));
    await otherLibrary(sandbox, folder, other);
    const output = await opened(folder);
    expect(output).toContain(message);
    expect(output).toContain("cannot open llmspell: ");
    expect(output).toContain("; install module and library of one release");
  });

  it("but takes a newer one that still serves it", async () => {
    const folder = sandbox.path("compatible");
    await otherLibrary(sandbox, folder, { abi: 2 });
    expect(await opened(folder)).not.toContain("one release");
  });

  it("and the loader names a library that is gone", async () => {
    renameSync(prefix, `${prefix}-gone`);
    expect(await opened("")).toContain("libllmspell.so.0: cannot open shared object file");
    renameSync(`${prefix}-gone`, prefix);
  });
});
