import { readFileSync } from "node:fs";
import * as main from "@rs/llmspell";
import * as server from "@rs/llmspell/server";
import * as testing from "@rs/llmspell/testing";
import { expect, test } from "vitest";
import { parse } from "yaml";

const { reached } = parse(readFileSync(new URL("../coverage.yaml", import.meta.url), "utf8")) as {
  reached: Record<string, string[]>;
};

/** Members of plain data, which only types have: from the schemas. */
const schema = (name: string): string =>
  readFileSync(new URL(`../../../spec/schema/${name}.schema.json`, import.meta.url), "utf8");

const ENTRIES = { main, testing, server };

/** What is wrong with a way of coverage.yaml, if anything. */
function problem(way: string): string | undefined {
  const [, from = "main", name = "", member, call] = /^(?:(testing|server):)?(\w+)(?:\.(\w+))?(\(\))?$/.exec(way) ?? [];
  if (/^[a-z]/.test(name) && member !== undefined)
    return schema(name).includes(`"${member}": {`) ? undefined : `${name} has no ${member}`;
  const value = ENTRIES[from as keyof typeof ENTRIES][name as never] as unknown;
  if (typeof value !== "function") return `${name} is not exported`;
  if (member === undefined) return call === undefined ? "write ()" : undefined;
  const { prototype } = value as { prototype: object };
  const found = Object.getOwnPropertyDescriptor(prototype, member);
  if (call !== undefined) return typeof found?.value === "function" ? undefined : `${name} has no method ${member}`;
  if (found?.get !== undefined) return undefined;
  if (name !== "LlmspellError") return `${name} has no ${member}`;
  return member in new main.LlmspellError({ kind: "tool", message: "" }) ? undefined : `${name} has no ${member}`;
}

test.each(Object.entries(reached))("%s is reached as %s", (_, ways) => {
  expect(ways.map(problem)).toEqual(ways.map(() => undefined));
});

test("a way that there is not is found out", () => {
  for (const way of [
    "Agent.gone()",
    "gone()",
    "Agent.chat",
    "AgentStream.gone",
    "event.gone",
    "testing:gone()",
    "LlmspellError.gone",
  ])
    expect(problem(way), way).toBeTypeOf("string");
});
