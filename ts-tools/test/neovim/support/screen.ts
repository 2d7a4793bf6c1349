/** The screen that Neovim draws for a user interface with `ext_linegrid`, as lines of text. */
export class Screen {
  private rows: string[][];

  constructor(
    private width: number,
    private height: number,
  ) {
    this.rows = this.empty();
  }

  /** Takes a notification `redraw`: a list of events, each with its name and one or more lists of arguments. */
  redraw(events: readonly (readonly [string, ...unknown[][]])[]): void {
    for (const [name, ...calls] of events) for (const call of calls) this.event(name, call);
  }

  lines(): string[] {
    return this.rows.map((row) => row.join("").trimEnd());
  }

  text(): string {
    return this.lines().join("\n");
  }

  private event(name: string, args: unknown[]): void {
    if (name === "grid_resize") {
      [this.width, this.height] = [args[1] as number, args[2] as number];
      this.rows = this.empty();
    } else if (name === "grid_clear") {
      this.rows = this.empty();
    } else if (name === "grid_line") {
      this.line(args[1] as number, args[2] as number, args[3] as [string, number?, number?][]);
    } else if (name === "grid_scroll") {
      const [, top, bottom, left, right, by] = args as number[];
      this.scroll(top ?? 0, bottom ?? 0, left ?? 0, right ?? 0, by ?? 0);
    }
  }

  private line(row: number, column: number, cells: readonly [string, number?, number?][]): void {
    const cellsOf = this.rows[row];
    let at = column;
    for (const [text, , times = 1] of cells) {
      for (let count = 0; count < times; count++) if (cellsOf) cellsOf[at++] = text;
    }
  }

  private scroll(top: number, bottom: number, left: number, right: number, by: number): void {
    const before = this.rows.map((row) => [...row]);
    for (let row = top; row < bottom; row++) {
      const from = before[row + by];
      if (row + by < top || row + by >= bottom || !from) continue;
      for (let column = left; column < right; column++) (this.rows[row] as string[])[column] = from[column] ?? " ";
    }
  }

  private empty(): string[][] {
    return Array.from({ length: this.height }, () => Array.from({ length: this.width }, () => " "));
  }
}
