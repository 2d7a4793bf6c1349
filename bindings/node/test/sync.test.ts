import { Agent, type LlmspellError } from "@rs/llmspell";
import { scripted } from "@rs/llmspell/testing";
import { expect, test } from "vitest";

const call = { toolCalls: [{ name: "act", arguments: { n: 1 } }] };

/** The kind of what is thrown. */
function kindOf(work: () => unknown): string | undefined {
  try {
    work();
  } catch (error) {
    return (error as LlmspellError).kind;
  }
  return undefined;
}

test("a blocking call behind a run of the same conversation is busy at once; elsewhere it goes on", async () => {
  const agent = new Agent({ provider: "demo" });
  const stream = agent.stream(Array(5000).fill("word").join(" "));
  await stream.next();
  expect(kindOf(() => agent.chatSync("Hello"))).toBe("busy");
  expect(agent.chatSync("Hello", { session: "other" })).toBe("You said: Hello");
  expect(agent.fork().chatSync("Hello")).toBe("You said: Hello");
  await stream.return();
  expect(agent.chatSync("Hello")).toBe("You said: Hello");
});

test("a blocking call from a handler: of the same conversation it is busy, of another agent it goes on", () => {
  const seen: unknown[] = [];
  const agent: Agent = new Agent({
    model: scripted([call, "done"]),
    tools: [
      {
        name: "act",
        execute: () => {
          seen.push(kindOf(() => agent.chatSync("again")));
          return new Agent({ provider: "demo" }).chatSync("inner");
        },
      },
    ],
  });
  expect(agent.executeSync("go").tool_calls[0]?.result).toBe("You said: inner");
  expect(seen).toEqual(["busy"]);
});

test("hooks, guardrails and approvals that answer at once serve a blocking call; promises are told at once", () => {
  const tool = { name: "act", execute: () => "did it", needsApproval: true };
  const hooks = { beforeModel: () => null, afterTool: () => ({ result: "changed" }) };
  const agent = new Agent({ model: scripted([call, "done"]), tools: [tool], onApproval: () => true, hooks });
  expect(agent.executeSync("go").tool_calls[0]?.result).toBe("changed");
  const asks = new Agent({ model: scripted([call, "done"]), tools: [tool], onApproval: async () => true });
  expect(asks.executeSync("go").tool_calls[0]?.result).toContain("agent.chat");
  const slow = new Agent({ provider: "demo", hooks: { beforeModel: async () => null } });
  expect(kindOf(() => slow.chatSync("go"))).toBe("policy");
});

test("a blocking call has its limits, and what is in flight elsewhere comes afterwards", async () => {
  const waiting = new Agent({ provider: "demo" }).chat("meanwhile");
  const late = new Agent({ model: scripted([{ text: "late", delayMs: 60_000 }]), timeoutMs: 100 });
  expect(kindOf(() => late.chatSync("go"))).toBe("timeout");
  expect(await waiting).toBe("You said: meanwhile");
});
