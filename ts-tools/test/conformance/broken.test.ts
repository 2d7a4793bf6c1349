import { join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import type { Host } from "../../src/conformance/hosts.js";
import type { Cell } from "../../src/conformance/judge.js";
import { loadCases } from "../../src/conformance/load.js";
import { runHosts } from "../../src/conformance/run.js";
import { repositoryRoot } from "../../src/generate/paths.js";
import { tempFolder } from "../support/temp.js";

vi.setConfig({ testTimeout: 240_000 });

/** The Lua host with a part of its adapter replaced. */
function broken(name: string): Host {
  const helper = name === "sound" ? "" : `-l ts-tools/test/conformance/broken/${name} `;
  const lua = `lua5.4 ${helper}spec/conformance/lua/hosts/plain.lua`;
  return { name, about: "Lua", format: "tap", run: `LUA_CPATH="$PWD/\${BUILD:-build/ci}/lua/?.so;;" ${lua}` };
}

/** Which cases failed in a host beside one that is sound, and why. */
async function failures(name: string, only: readonly string[]): Promise<Map<string, string>> {
  const options = { folder: tempFolder(), root: repositoryRoot, only };
  const { cells } = await runHosts(loadCases(join(repositoryRoot, "spec/cases")), ["sound", name].map(broken), options);
  const failed = (host: string) => cells.filter((cell: Cell) => cell.host === host && cell.verdict === "failed");
  expect(failed("sound")).toEqual([]);
  return new Map(failed(name).map(({ id, why = "" }) => [id, why]));
}

describe("the conformance cases fail with an adapter that", () => {
  it("loses an event", async () => {
    const found = await failures("drops_event", ["stream/", "chat/plain"]);
    expect([...found.keys()]).toEqual(expect.arrayContaining(["stream/text", "stream/read_in_parts"]));
    expect(found.has("chat/plain")).toBe(false);
  });

  it("reports another kind of error", async () => {
    const found = await failures("wrong_kind", ["errors/rate_limit", "errors/auth_refused", "errors/provider"]);
    expect([...found.keys()]).toEqual(["errors/auth_refused", "errors/rate_limit"]);
    expect(found.get("errors/rate_limit")).toContain("rate_limit");
  });

  it("swaps a text and accepts everything, because the runner matches once more", async () => {
    const found = await failures("lenient", ["chat/plain"]);
    expect(found.get("chat/plain")).toContain("its adapter accepts a record that does not fit");
  });

  it("drifts where no case looks, because its canonical log is another one", async () => {
    const found = await failures("drifts", ["stream/read_in_parts"]);
    expect(found.get("stream/read_in_parts")).toContain("its canonical log differs from that of sound");
  });
});
