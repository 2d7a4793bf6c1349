import { describe, expect, it } from "vitest";
import { geometricMean, paired, quantile, spread } from "../src/stats.js";

describe("quantile", () => {
  it("interpolates between the samples beside it", () => {
    expect(quantile([4, 1, 3, 2], 0.5)).toBe(2.5);
    expect(quantile([1, 2, 3], 0)).toBe(1);
    expect(quantile([1, 2, 3], 1)).toBe(3);
  });

  it("refuses to make a figure from nothing", () => {
    expect(() => quantile([], 0.5)).toThrow("no samples");
  });
});

describe("spread", () => {
  it("does not move its middle for one wild sample", () => {
    expect(spread([10, 11, 9, 10, 1000])).toEqual({ median: 10, low: 10, high: 11 });
  });
});

describe("paired", () => {
  it("combines what was measured in the same round", () => {
    expect(paired([2, 6, 12], [1, 2, 3], (our, their) => our / their)).toEqual([2, 3, 4]);
  });

  it("refuses series of different rounds", () => {
    expect(() => paired([1], [1, 2], (our) => our)).toThrow("1 samples beside 2");
  });
});

describe("geometricMean", () => {
  it("treats twice as fast and twice as slow alike", () => {
    expect(geometricMean([2, 0.5])).toBeCloseTo(1);
  });
});
