import { describe, expect, it } from "vitest";
import { absolute, compared } from "../src/figure.js";
import { summary, table } from "../src/report.js";

const about = { row: "chat", what: "CPU a chat", unit: "µs" };
const ours = [30, 31, 29];

function beside(how: "times" | "times less" | "added", target: { most: number } | { least: number }) {
  return compared({ ...about, target }, ours, { name: "bare C", samples: [10, 10, 10], how });
}

describe("a comparison", () => {
  it("is judged by its result, not by the figure", () => {
    expect(beside("times", { most: 3 })).toMatchObject({ met: true, against: { result: { median: 3 } } });
    expect(beside("times", { most: 2.9 }).met).toBe(false);
    expect(beside("added", { most: 20 })).toMatchObject({ met: true, against: { result: { median: 20 } } });
    expect(beside("added", { most: 19 }).met).toBe(false);
  });

  it("counts how many times less it takes", () => {
    const slow = compared({ ...about, target: { least: 100 } }, ours, {
      name: "curl",
      samples: [3000, 3100, 2900],
      how: "times less",
    });
    expect(slow).toMatchObject({ met: true, against: { result: { median: 100 } } });
  });

  it("takes ratios within a round, so that noise of a round falls out", () => {
    const noisy = compared(about, [10, 100, 20], { name: "bare C", samples: [5, 50, 10], how: "times" });
    expect(noisy.against?.result).toEqual({ median: 2, low: 2, high: 2 });
  });

  it("has no verdict without a target", () => {
    expect(absolute(about, ours).met).toBeUndefined();
  });
});

describe("the report", () => {
  it("shows figure, comparison, target and verdict, and lists what was missed", () => {
    const figures = [beside("times", { most: 2 }), absolute({ ...about, target: { most: 40 } }, ours)];
    const [, , first, second] = table(figures);
    expect(first).toMatch(/^chat +CPU a chat +30\.0 µs +3\.00× \(2\.95–3\.05\) · bare C 10\.0 +≤ 2 +NOT MET$/);
    expect(second).toMatch(/30\.0 µs +\(29\.5–30\.5\) +≤ 40 +met$/);
    expect(summary(figures)).toEqual([expect.stringMatching(/^not met: chat: CPU a chat/), "1 of 2 targets met"]);
  });
});
