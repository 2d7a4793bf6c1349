import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Agent, createTool } from "@rs/llmspell";
import { assertDone, scripted } from "@rs/llmspell/testing";
import { describe, expect, it } from "vitest";

const shout = createTool({
  name: "shout",
  schema: { type: "object", properties: { text: { type: "string" } }, required: ["text"] },
  execute: ({ text }: { text: string }) => text.toUpperCase(),
});

describe("a fork", () => {
  it("has other options where some are given, and the conversation and tools of its agent", async () => {
    const agent = new Agent({ provider: "demo", systemPrompt: "Be kind", name: "first" });
    agent.addTool(shout);
    await agent.chat("I am Ann");
    const fork = agent.fork({ name: "second" });
    expect([fork.name, fork.provider, fork.model]).toEqual(["second", "demo", "demo-1"]);
    expect(await fork.chat("What did I say?")).toContain("I am Ann");
    expect(await fork.chat('shout "hey"')).toContain("HEY");
    expect(agent.getState().messages).toHaveLength(2);
  });

  it("has its own conversation and tools where those are given, also as the fork of a fork", async () => {
    const agent = new Agent({ provider: "demo" });
    agent.addTool(shout);
    await agent.chat("I am Ann");
    const state = new Agent({ provider: "demo" }).getState();
    const fork = agent.fork().fork({ state });
    expect(await fork.chat("What did I say?")).toBe("You said nothing before that.");
    expect(await fork.chat('shout "hey"')).toContain("HEY");
    expect(await agent.fork({ tools: [] }).chat('shout "hey"')).toBe('You said: shout "hey"');
  });

  it("goes on with its agent's script", async () => {
    const model = scripted(["one", "two"]);
    const agent = new Agent({ model });
    expect([await agent.fork({ name: "a" }).chat("x"), await agent.fork({ name: "b" }).chat("x")]).toEqual([
      "one",
      "two",
    ]);
    model.assertDone();
  });

  it("goes on with its agent's cassette", async () => {
    const cassette = join(mkdtempSync(join(tmpdir(), "llmspell-")), "two.yaml");
    const recorded = new Agent({ provider: "demo", record: cassette });
    await recorded.fork().chat("one");
    await recorded.fork().chat("two");
    recorded.close();
    const agent = new Agent({ provider: "replay", cassette });
    expect(await agent.fork({ name: "a" }).chat("one")).toBe("You said: one");
    expect(await agent.fork({ name: "b" }).chat("two")).toBe("You said: two");
    assertDone(agent);
  });

  it("refuses options that are none", () => {
    const agent = new Agent({ provider: "demo" });
    expect(() => agent.fork({ systemPromt: "x" } as object)).toThrow(/systemPrompt/);
    expect(() => agent.fork("x" as never)).toThrow(/agent.fork/);
  });
});
