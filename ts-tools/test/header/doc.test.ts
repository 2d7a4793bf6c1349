import { describe, expect, it } from "vitest";
import { parseDoc } from "../../src/header/doc.js";
import { Report } from "../../src/header/report.js";

function parse(comment: string) {
  const report = new Report("t.h");
  const doc = parseDoc(comment, 10, "item", report);
  return { doc, problems: report.problems.map(({ line, message }) => `${line}: ${message}`) };
}

describe("parseDoc", () => {
  it("splits prose from tags and keeps paragraphs", () => {
    const { doc, problems } = parse(
      "/**\n * First line,\n * second.\n *\n * - a list\n *\n * @since 0.1\n * @len a b\n */",
    );
    expect(doc.text).toBe("First line,\nsecond.\n\n- a list");
    expect(doc.tags).toEqual([
      { name: "since", words: ["0.1"], line: 16 },
      { name: "len", words: ["a", "b"], line: 17 },
    ]);
    expect(problems).toEqual([]);
  });

  it("reads a comment of one line", () => {
    expect(parse("/** Short. */").doc).toEqual({ text: "Short.", tags: [] });
  });

  it("keeps indentation inside the prose", () => {
    expect(parse("/**\n * A:\n *\n *     code\n */").doc.text).toBe("A:\n\n    code");
  });

  it("refuses an unknown tag and lists the known ones", () => {
    expect(parse("/** Text.\n * @param x it\n */").problems).toEqual([
      "11: unknown tag @param; write one of @borrowed @owned @consumes @out @nullable @len @callback @blocking @since @layer",
    ]);
  });

  it.each(["constructor", "toString", "hasOwnProperty", "__proto__"])("knows no tag @%s", (name) => {
    const { doc, problems } = parse(`/** Text.\n * @${name} x\n */`);
    expect(doc.tags).toEqual([]);
    expect(problems).toEqual([expect.stringContaining(`11: unknown tag @${name}; write one of @borrowed `)]);
  });

  it("refuses a tag inside a line and text after the tags", () => {
    expect(parse("/** Text. @since 0.1 */").problems).toEqual([
      "10: @since inside a line of text; write each tag on a line of its own, after the text",
    ]);
    expect(parse("/** Text.\n * @since 0.1\n * more\n */").problems).toEqual([
      "12: text after the tags; write it before the first tag",
    ]);
  });

  it("takes an address with @ as text", () => {
    expect(parse("/** Write to someone@example.org. */").problems).toEqual([]);
  });
});
