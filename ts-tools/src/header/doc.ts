import type { Doc, DocTag } from "./model.js";
import type { Report } from "./report.js";

/** True for the comments that document: two stars open them; `/*` and `/***` do not count. */
export function isDocComment(text: string): boolean {
  return text.startsWith("/**") && !text.startsWith("/***") && text !== "/**/";
}

/** Every tag and what must follow it, for messages. */
export const TAG_USAGE: ReadonlyMap<string, string> = new Map([
  ["borrowed", "@borrowed <parameter|return> <until when or by whom>"],
  ["owned", "@owned <parameter|return> <free function>"],
  ["consumes", "@consumes <parameter>"],
  ["out", "@out <parameter>"],
  ["nullable", "@nullable <parameter|return>"],
  ["len", "@len <pointer parameter> <length parameter>"],
  ["callback", "@callback <parameter>"],
  ["blocking", "@blocking"],
  ["since", "@since <version>"],
  ["layer", "@layer full|plain|shim"],
]);

const KNOWN_TAGS = [...TAG_USAGE.keys()].map((name) => `@${name}`);

/**
 * Splits a doc comment into prose and tags.
 *
 * @param comment the comment with its delimiters
 * @param firstLine line where it begins
 * @param item name of what it documents, for messages
 */
export function parseDoc(comment: string, firstLine: number, item: string, report: Report): Doc {
  const prose: string[] = [];
  const tags: DocTag[] = [];
  const body = comment.replace(/^\/\*\*/, "").replace(/\*\/$/, "");
  for (const [index, rawLine] of body.split("\n").entries()) {
    const line = firstLine + index;
    const text = index === 0 ? rawLine.trim() : rawLine.replace(/^\s*\*? ?/, "").trimEnd();
    const tag = /^@([A-Za-z_]+)(?:\s+(.*))?$/.exec(text.trim());
    if (tag?.[1] !== undefined) {
      if (!TAG_USAGE.has(tag[1])) {
        report.add(line, item, `unknown tag @${tag[1]}; write one of ${KNOWN_TAGS.join(" ")}`);
        continue;
      }
      tags.push({ name: tag[1], words: tag[2]?.trim().split(/\s+/) ?? [], line });
      continue;
    }
    const inner = /(?:^|\s)@([a-z]+)\b/.exec(text);
    if (inner?.[1] !== undefined) {
      report.add(line, item, `@${inner[1]} inside a line of text; write each tag on a line of its own, after the text`);
    }
    if (text.trim() !== "" && tags.length > 0) {
      report.add(line, item, `text after the tags; write it before the first tag`);
    }
    prose.push(text);
  }
  return { text: trimBlankLines(prose).join("\n"), tags };
}

function trimBlankLines(lines: readonly string[]): string[] {
  const isText = (line: string): boolean => line.trim() !== "";
  const first = lines.findIndex(isText);
  if (first < 0) return [];
  return lines.slice(first, lines.findLastIndex(isText) + 1);
}
