import { readFileSync } from "node:fs";
import { join } from "node:path";
import { repositoryRoot } from "../../../src/generate/paths.js";

const README = readFileSync(join(repositoryRoot, "README.md"), "utf8");

/** A quick start of README.md: its program, and what the page says that it prints. */
export interface QuickStart {
  readonly program: string;
  readonly prints: string;
}

/** The quick start in a language: the first block of it and the first `text` block after that. */
export function quickStart(language: "lua" | "c"): QuickStart {
  const after = README.slice(README.indexOf(`\n\`\`\`${language}\n`));
  return { program: block(after, language), prints: block(after, "text") };
}

function block(text: string, language: string): string {
  const found = new RegExp(`\\n\`\`\`${language}\\n(.*?)\`\`\`\\n`, "s").exec(text)?.[1];
  if (found === undefined) throw new Error(`README.md has no \`\`\`${language} block where one is expected`);
  return found;
}
