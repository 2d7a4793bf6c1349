import { ProblemError } from "../problem.js";
import { commentLines } from "./comment.js";
import { PrintedFile, Sym } from "./print.js";

/** A Markdown file: printing a link makes sure that its heading exists. */
export class MarkdownFile extends PrintedFile {
  private readonly anchors = new Set<string>();

  constructor(private readonly banner: string) {
    super();
  }

  /** Prints a heading that links can point to; `level` 1 to 6. */
  heading(level: number, text: string): void {
    this.anchors.add(anchor(text));
    this.line(`${"#".repeat(level)} ${text}`);
    this.line("");
  }

  /** A link to the heading with this text. */
  link(text: string, heading: string = text): Sym {
    return new Sym(`[${text}](#${anchor(heading)})`, anchor(heading));
  }

  override toString(): string {
    const missing = [...this.sources].filter((target) => !this.anchors.has(target));
    if (missing.length > 0) {
      const problem = (item: string) => ({
        file: "api.json",
        line: 1,
        item,
        message: "linked to, but it has no heading",
      });
      throw new ProblemError(missing.map(problem));
    }
    return `<!-- ${commentLines("html", "banner", this.banner).join("\n")} -->\n\n${this.body().trimEnd()}\n`;
  }
}

/** The anchor that Markdown renderers give a heading. */
function anchor(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^a-z0-9 _-]/g, "")
    .replace(/ /g, "-");
}
