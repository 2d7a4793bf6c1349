import { cpSync, readFileSync, renameSync, utimesSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { afterEach, beforeEach, describe, expect, inject, it } from "vitest";
import { installVariables, makeInstall } from "./support/prefix.js";
import { quickStart } from "./support/readme.js";
import { VERSION } from "./support/release.js";
import { filesBelow, Sandbox } from "./support/sandbox.js";

const { program, prints } = quickStart("c");
const FILES = [
  "include/llmspell.h",
  "lib/libllmspell.a",
  "lib/libllmspell.so",
  "lib/libllmspell.so.0",
  `lib/libllmspell.so.${VERSION}`,
  "lib/pkgconfig/llmspell.pc",
  "share/doc/llmspell/LICENSE-APACHE",
  "share/doc/llmspell/LICENSE-MIT",
];

let sandbox: Sandbox;
beforeEach(() => {
  sandbox = new Sandbox();
  writeFileSync(sandbox.path("hello.c"), program);
});
afterEach(() => sandbox.remove());

/** What pkg-config tells of the library, as arguments. */
async function pkgConfig(libdir: string, ...questions: string[]): Promise<string[]> {
  const env = { PKG_CONFIG_PATH: join(libdir, "pkgconfig") };
  return (await sandbox.ok("pkg-config", [...questions, "llmspell"], { env })).trim().split(/\s+/);
}

async function compileAndRun(flags: string[], env: Record<string, string> = {}): Promise<void> {
  await sandbox.ok("cc", ["-o", sandbox.path("hello"), sandbox.path("hello.c"), ...flags]);
  expect(await sandbox.run(sandbox.path("hello"), [], { env })).toEqual({ code: 0, output: prints });
}

describe("make install", () => {
  it("puts library, header and pkg-config file into a prefix, and make uninstall leaves nothing", async () => {
    const prefix = sandbox.path("prefix");
    await makeInstall(sandbox, "install", installVariables(prefix));
    expect(filesBelow(prefix)).toEqual(FILES);
    await makeInstall(sandbox, "uninstall", installVariables(prefix));
    expect(filesBelow(sandbox.root).filter((path) => path.startsWith("prefix"))).toEqual([]);
    await expect(sandbox.run("test", ["-e", prefix])).resolves.toMatchObject({ code: 1 });
  });

  it("leaves what others have put into the prefix", async () => {
    const prefix = sandbox.path("prefix");
    await makeInstall(sandbox, "install", installVariables(prefix));
    writeFileSync(join(prefix, "lib/other.so"), "");
    await makeInstall(sandbox, "uninstall", installVariables(prefix));
    expect(filesBelow(prefix)).toEqual(["lib/other.so"]);
  });

  it("serves C programs by pkg-config: shared, static library, and all static", async () => {
    const prefix = sandbox.path("prefix");
    await makeInstall(sandbox, "install", installVariables(prefix));
    const lib = join(prefix, "lib");
    expect(await pkgConfig(lib, "--modversion")).toEqual([VERSION]);
    expect(await pkgConfig(lib, "--cflags", "--libs")).toEqual([`-I${prefix}/include`, `-L${lib}`, "-lllmspell"]);
    await compileAndRun(await pkgConfig(lib, "--cflags", "--libs"), { LD_LIBRARY_PATH: lib });
    const linked = await sandbox.ok("readelf", ["-d", sandbox.path("hello")]);
    expect(linked).toContain("[libllmspell.so.0]");

    const parts = await pkgConfig(lib, "--static", "--cflags", "--libs");
    await compileAndRun(parts.flatMap((part) => (part === "-lllmspell" ? ["-l:libllmspell.a"] : [part])));
    expect(await sandbox.ok("readelf", ["-d", sandbox.path("hello")])).not.toContain("libllmspell");
    await compileAndRun(["-static", ...parts]);
  });

  it("writes DESTDIR into no file, and its pkg-config file may move with the tree", async () => {
    const [stage, prefix] = [sandbox.path("stage"), "/opt/spells"];
    const variables = [...installVariables(prefix), `DESTDIR=${stage}`, "LIBDIR=/opt/spells/lib/multi"];
    await makeInstall(sandbox, "install", variables);
    const moved = sandbox.path("moved");
    renameSync(join(stage, prefix), moved);
    const text = readFileSync(join(moved, "lib/multi/pkgconfig/llmspell.pc"), "utf8");
    expect(text).not.toContain(stage);
    expect(text).toMatch(/^prefix=\/opt\/spells$/m);
    const flags = await pkgConfig(
      join(moved, "lib/multi"),
      "--define-variable",
      `prefix=${moved}`,
      "--cflags",
      "--libs",
    );
    expect(flags).toEqual([`-I${moved}/include`, `-L${moved}/lib/multi`, "-lllmspell"]);
    await compileAndRun(flags, { LD_LIBRARY_PATH: join(moved, "lib/multi") });
  });

  it("may be staged in a folder that is named from here", async () => {
    const stage = relative(inject("project"), sandbox.path("stage"));
    const variables = [...installVariables("/opt/spells"), `DESTDIR=${stage}`];
    await makeInstall(sandbox, "install", variables);
    expect(filesBelow(sandbox.path("stage/opt/spells"))).toEqual(FILES);
    await makeInstall(sandbox, "uninstall", variables);
    expect(filesBelow(sandbox.path("stage"))).toEqual([]);
  });

  it("refuses a relative prefix", async () => {
    const { code, output } = await sandbox.run("make", ["install", "PROFILE=ci", "PREFIX=here"], {
      cwd: inject("project"),
    });
    expect(code).not.toBe(0);
    expect(output).toMatch(/PREFIX is `here`; write an absolute path, like PREFIX=\//);
  });

  it("needs no cargo when nothing has changed since the build, and builds when something has", async () => {
    const project = sandbox.path("project");
    cpSync(inject("project"), project, { recursive: true, preserveTimestamps: true, verbatimSymlinks: true });
    const install = () =>
      sandbox.run("make", ["install", "PROFILE=ci", "CARGO=no-cargo-here", `PREFIX=${sandbox.path("prefix")}`], {
        cwd: project,
      });
    expect(await install()).toMatchObject({ code: 0 });
    const later = new Date(Date.now() + 5000);
    utimesSync(join(project, "crates/llmspell/src/lib.rs"), later, later);
    const { code, output } = await install();
    expect(code).not.toBe(0);
    expect(output).toContain("there is no program `no-cargo-here` that runs");
  });
});

describe("make install-lua", () => {
  it("puts the module where a Lua looks, and make uninstall-lua leaves nothing", async () => {
    const prefix = sandbox.path("prefix");
    const variables = [...installVariables(prefix), "LUA_VERSION=5.1"];
    await makeInstall(sandbox, "install-lua", variables);
    expect(filesBelow(prefix)).toEqual(["lib/lua/5.1/llmspell.so"]);
    const lua = quickStart("lua");
    const env = { LUA_CPATH: join(prefix, "lib/lua/5.1/?.so") };
    expect(await sandbox.run("lua5.1", ["-e", lua.program], { env })).toEqual({ code: 0, output: lua.prints });
    await makeInstall(sandbox, "uninstall-lua", variables);
    await expect(sandbox.run("test", ["-e", prefix])).resolves.toMatchObject({ code: 1 });
  });
});
