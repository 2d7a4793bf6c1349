import type { Problem } from "../problem.js";

/** Collects the problems of one header, so that a run shows all of them. */
export class Report {
  readonly problems: Problem[] = [];

  constructor(readonly file: string) {}

  /** Notes that `item` in `line` is wrong; `message` says how and ends with what to write. */
  add(line: number, item: string, message: string): void {
    this.problems.push({ file: this.file, line, item, message });
  }
}
