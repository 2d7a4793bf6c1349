import { describe, expect, it } from "vitest";
import type { Expectation, Json } from "../../src/mock/index.js";
import { compare } from "../../src/mock/match.js";

const request = {
  method: "POST",
  path: "/v1/chat/completions",
  query: new URLSearchParams("a=1"),
  headers: { authorization: "Bearer k", "x-one": "1" },
  body: { model: "m", messages: [{ role: "user", content: "hi" }], stream: true } as Json,
};

const differences = (expected: Expectation) => compare(expected, request);

describe("an expectation", () => {
  it("matches anything when it is absent or empty", () => {
    expect(compare(undefined, request)).toEqual([]);
    expect(differences({})).toEqual([]);
  });

  it("matches when every part that it gives is there", () => {
    expect(
      differences({
        method: "POST",
        path: "/v1/chat/completions",
        query: { a: "1" },
        headers: { "X-One": "1", "X-Two": null },
        body: { messages: [{ role: "user" }] },
      }),
    ).toEqual([]);
  });

  it.each<[string, Expectation, string]>([
    ["method", { method: "GET" }, "method"],
    ["path", { path: "/v1" }, "path"],
    ["query", { query: { a: "2" } }, "query.a"],
    ["header", { headers: { "x-one": "2" } }, "headers.x-one"],
    ["header that must be absent", { headers: { "x-one": null } }, "headers.x-one"],
    ["value deep in the body", { body: { messages: [{ role: "system" }] } }, "body.messages[0].role"],
    ["key that is missing", { body: { tools: [] } }, "body.tools"],
    ["array of another length", { body: { messages: [] } }, "body.messages.length"],
    ["kind of value", { body: { messages: "hi" } }, "body.messages"],
    ["object where there is none", { body: { model: { name: "m" } } }, "body.model"],
  ])("names a different %s", (_what, expected, at) => {
    expect(differences(expected).map((difference) => difference.at)).toEqual([at]);
  });

  it.each<[Json, boolean]>([
    [{ model: { $regex: "^m$" } }, true],
    [{ model: { $regex: "^x" } }, false],
    [{ stream: { $regex: "true" } }, false],
    [{ tools: { $absent: true } }, true],
    [{ model: { $absent: true } }, false],
    [{ model: { $any: true } }, true],
    [{ tools: { $any: true } }, false],
    [{ messages: { $length: 1 } }, true],
    [{ messages: { $length: 2 } }, false],
    [{ messages: { $last: { content: "hi" } } }, true],
    [{ messages: { $last: { content: "ho" } } }, false],
    [{ model: { $last: "m" } }, false],
    [{ messages: { $contains: { role: "user" } } }, true],
    [{ messages: { $contains: { role: "tool" } } }, false],
  ])("%j matches: %s", (body, matches) => {
    expect(differences({ body }).length === 0).toBe(matches);
  });
});

describe("a matcher of conformance cases", () => {
  const delta = (text: string): Json => ({ type: "text_delta", text });
  const events: Json = [{ type: "run_start" }, delta("a"), delta("b"), { type: "done" }];

  it.each<[Json, Json, boolean]>([
    [{ $bytes: 6 }, "grüße".slice(1, 5), true],
    [{ $bytes: 4 }, "rüße", false],
    [{ $has: "b" }, "abc", true],
    [{ $has: "d" }, "abc", false],
    [{ $has: "1" }, 1, false],
    [{ $min: 2 }, 2, true],
    [{ $min: 2 }, 1.5, false],
    [{ $min: 2 }, "3", false],
    [{ $in: [1, { a: 1 }] }, { a: 1, b: 2 }, true],
    [{ $in: [1, 2] }, 3, false],
    [{ $all: [{ $length: 4 }, { $last: { type: "done" } }] }, events, true],
    [{ $all: [{ $length: 4 }, { $last: { type: "error" } }] }, events, false],
    [{ $types: ["run_start", "text_delta", "done"] }, events, true],
    [{ $types: ["run_start", "text_delta", "text_delta", "done"] }, events, false],
    [{ $types: ["done"] }, "done", false],
    [{ $text: "ab" }, events, true],
    [{ $text: "a" }, events, false],
    [{ $text: "" }, {}, false],
    [{ $repeat: ["ab", 3] }, "ababab", true],
    [{ $repeat: ["ab", 3] }, "abab", false],
  ])("%j takes %j: %s", (matcher, got, fits) => {
    expect(compare({ body: { got: matcher } }, { ...request, body: { got } }).length === 0).toBe(fits);
  });
});
