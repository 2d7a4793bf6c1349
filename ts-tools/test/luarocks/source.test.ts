import { cpSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it } from "vitest";
import { quickStart } from "./support/readme.js";
import { LUAS, Sandbox } from "./support/sandbox.js";

const CHECKOUT = mkdtempSync(join(tmpdir(), "llmspell-checkout-"));
const BINDING = join(CHECKOUT, "bindings/lua");
const { program, prints } = quickStart("lua");

beforeAll(() => cpSync(inject("project"), CHECKOUT, { recursive: true, filter: (path) => !path.endsWith("/build") }));
afterAll(() => rmSync(CHECKOUT, { recursive: true, force: true }));

let sandbox: Sandbox;
beforeEach(() => {
  sandbox = new Sandbox();
});
afterEach(() => sandbox.remove());

describe("luarocks make in bindings/lua, from source", () => {
  it.each(LUAS)("installs the module for Lua %s, the quick start runs, and remove leaves nothing", async (lua) => {
    await sandbox.luarocksOk(lua, ["make"], { cwd: BINDING });
    const rock = `lib/luarocks/rocks-${lua}/llmspell/scm-1`;
    expect(sandbox.files()).toEqual(
      [
        `lib/lua/${lua}/llmspell.so`,
        ...["README.md", "LICENSE-MIT", "LICENSE-APACHE", "lua.md"].map((name) => `${rock}/doc/${name}`),
        ...readdirSync(join(BINDING, "meta")).map((name) => `${rock}/meta/${name}`),
        `${rock}/llmspell-scm-1.rockspec`,
        `${rock}/rock_manifest`,
      ].sort(),
    );
    for (const host of lua === "5.1" ? ["lua5.1", "luajit"] : [`lua${lua}`]) {
      expect(await sandbox.lua(lua, program, { program: host }), host).toEqual({ code: 0, output: prints });
    }
    await sandbox.luarocksOk(lua, ["remove", "llmspell"]);
    expect(sandbox.files()).toEqual([]);
  });

  it("compiles the C files with LuaRocks' compiler and flags", async () => {
    const config = sandbox.path("flags.lua");
    const flags = 'CFLAGS = "-O1 -fPIC -DMARK", LD = "gcc -pipe", LIBFLAG = "-shared -Wl,--build-id=none"';
    writeFileSync(config, `rocks_servers = {}\nvariables = { CC = "gcc -pipe", ${flags} }\n`);
    await sandbox.ok("touch", ["src/open.c"], { cwd: BINDING });
    const output = await sandbox.luarocksOk("5.4", ["make"], { cwd: BINDING, env: { LUAROCKS_CONFIG: config } });
    expect(output).toMatch(/^gcc -pipe .*-O1 -fPIC -DMARK -c -o \S*open\.o /m);
    expect(output).toMatch(/^gcc -pipe -shared -Wl,--build-id=none .*-o \S*llmspell\.so /m);
  });
});

describe("luarocks make says what is missing:", () => {
  const nothingInstalled = async (args: string[], env: Record<string, string> = {}): Promise<string> => {
    const { code, output } = await sandbox.luarocks("5.4", ["make", ...args], { cwd: BINDING, env });
    expect(code).not.toBe(0);
    expect(output).toContain("Error: Build error: Failed building.");
    expect(sandbox.files()).toEqual([]);
    return output;
  };

  const fake = async (name: string, prints: string): Promise<string> => {
    const path = sandbox.path(name);
    await sandbox.ok("sh", ["-c", `printf '#!/bin/sh\\necho "${prints}"\\n' >${path} && chmod +x ${path}`]);
    return path;
  };

  it("cargo", async () => {
    const output = await nothingInstalled([], { CARGO: "no-cargo-here" });
    expect(output).toMatch(/needs cargo and rustc \d+\.\d+ or newer; there is no program `no-cargo-here` that runs\./);
    expect(output).toContain("Install Rust (https://rustup.rs, or on Debian: apt-get install rustc-web cargo-web)");
    expect(output).toContain("docs/install.md");
  });

  it("a cargo that is new enough", async () => {
    const cargo = await fake("old-cargo", "cargo 1.63.0 (fd9c4297c 2022-07-01)");
    expect(await nothingInstalled([], { CARGO: cargo })).toMatch(/or newer; \S*old-cargo is 1\.63\.0\./);
  });

  it("a rustc that is new enough", async () => {
    const rustc = await fake("old-rustc", "rustc 1.63.0 (4b91a6ea7 2022-08-08)");
    expect(await nothingInstalled([], { RUSTC: rustc })).toMatch(/or newer; \S*old-rustc is 1\.63\.0\./);
  });

  it("a C compiler", async () => {
    const output = await nothingInstalled(["CC=no-compiler-here"]);
    expect(output).toContain("needs a C compiler, and there is no program `no-compiler-here`.");
    expect(output).toContain("apt-get install gcc libc6-dev");
  });
});
