import { describe, expect, it } from "vitest";
import { column, interleave } from "../src/rounds.js";

describe("interleave", () => {
  it("gives every variant one turn a round, and the first turn to each in order", async () => {
    const order: string[] = [];
    const variant = (name: string): [string, () => Promise<Record<string, number>>] => [
      name,
      async () => ({ at: order.push(name) }),
    ];
    const series = await interleave(3, new Map(["a", "b", "c"].map(variant)));
    expect(order.join("")).toBe("abcbcacab");
    expect(column(series, "a", "at")).toEqual([1, 6, 8]);
  });

  it("names what is missing", async () => {
    const series = await interleave(1, new Map([["a", async () => ({ cpu: 1 })]]));
    expect(() => column(series, "b", "cpu")).toThrow("no variant b");
    expect(() => column(series, "a", "wall")).toThrow("a has no wall");
  });
});
