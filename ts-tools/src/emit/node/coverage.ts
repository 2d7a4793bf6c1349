import type { NodeCoverage } from "../../node/coverage.js";
import { MarkdownFile } from "../markdown-file.js";

/** The page that tells what of the C API is reached from Node. */
export function coveragePage({ reached, not_reached }: NodeCoverage): string {
  const page = new MarkdownFile(
    "Written by `ts-tools node-coverage` from bindings/node/coverage.yaml; edit that file and run `make gen`.",
  );
  const link = (name: string): string => `[\`${name}\`](c.gen.md#${name})`;
  page.heading(1, "The C API from Node");
  page.line("What of the C API's full layer a Node program reaches, and how; and what it does not need, and why.");
  page.line("");
  page.heading(2, "Reached");
  page.line("| C | Node |\n|---|---|");
  for (const [name, ways] of Object.entries(reached)) page.line(`| ${link(name)} | ${ways.map(way).join(", ")} |`);
  page.line("");
  page.heading(2, "Not reached");
  page.line("| C | why |\n|---|---|");
  for (const { because, functions } of not_reached) page.line(`| ${functions.map(link).join(", ")} | ${because} |`);
  return page.toString();
}

/** `Agent()` is told as people write it. */
function way(text: string): string {
  const [, testing, rest = text] = /^(testing:)?(.*)$/.exec(text) ?? [];
  const called = rest.replace(/^([A-Z]\w*)\(\)$/, "new $1()");
  return testing === undefined ? `\`${called}\`` : `\`${called}\` of \`@rs/llmspell/testing\``;
}
