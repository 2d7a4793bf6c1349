import { describe, expect, it, vi } from "vitest";
import { api, apiFacts, header, headerFacts } from "./committed.js";
import { contradictedRoles, disagreements } from "./compare.js";

vi.setConfig({ testTimeout: 120_000 });

describe("clang and the IR", () => {
  it("agree on every function, type and constant of the header", () => {
    expect(disagreements(headerFacts(), apiFacts())).toEqual([]);
  });

  it("agree on the types that the roles of parameters and returned values stand for", () => {
    expect(contradictedRoles(header, api)).toEqual([]);
  });

  it("have looked at the same number of items, and at all of them", () => {
    const places = [...headerFacts().keys()];
    const count = (kind: string): number => places.filter((place) => new RegExp(`^${kind} \\w+$`).test(place)).length;
    expect([count("function"), count("type"), count("constant")]).toEqual([
      api.functions.length,
      api.types.length,
      api.constants.length,
    ]);
    expect(count("declaration")).toBe(0);
  });
});
