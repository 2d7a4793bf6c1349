import { type Mode, type NativeAgent, native } from "./native.js";
import type { ActiveRun } from "./run.js";

/** Numbers of a row: run, type, sequence number, step, length of its text. */
const WIDTH = 5;
/** Numbers before the first row: rows, and whether there is more to take. */
const HEAD = 2;
/** Rows that one call of the addon may give, so that one turn of the event loop stays short. */
const ROWS = 512;
/** Set in a type when its text is the event's JSON. */
const AS_JSON = 0x100;

/** An event as the addon tells it. */
export interface Row {
  readonly run: number;
  readonly type: number;
  /** The event's JSON instead of its own text. */
  readonly isJson: boolean;
  readonly seq: number;
  readonly step: number;
  readonly text: string;
}

/** Room for the rows of one call. */
export function newNumbers(): Uint32Array {
  return new Uint32Array(HEAD + ROWS * WIDTH);
}

/** Reads rows, and whether there are more to take. */
export function readRows(numbers: Uint32Array, texts: string, each: (row: Row) => void): boolean {
  const count = numbers[0] as number;
  const more = numbers[1] === 1;
  let from = 0;
  for (let row = 0, at = HEAD; row < count; row++, at += WIDTH) {
    const to = from + (numbers[at + 4] as number);
    const type = numbers[at + 1] as number;
    each({
      run: numbers[at] as number,
      type: type & (AS_JSON - 1),
      isJson: type >= AS_JSON,
      seq: numbers[at + 2] as number,
      step: numbers[at + 3] as number,
      text: count === 1 ? texts : texts.substring(from, to),
    });
    from = to;
  }
  return more;
}

/** The runs of this thread. The addon calls `drain` when there is news, once until all of it was taken. */
class Hub {
  readonly native = new native.Hub(() => this.drain());
  readonly #runs = new Map<number, ActiveRun>();
  readonly #numbers = newNumbers();
  #planned = false;
  #last = 0;

  /** Starts a run and tells it its number and its id. */
  start(run: ActiveRun, agent: NativeAgent, input: string, mode: Mode, credit: number): void {
    const number = this.#next();
    run.begun(number, this.native.start(number, agent, input, mode, credit));
    this.#runs.set(number, run);
  }

  /** The same from a checkpoint. */
  restore(run: ActiveRun, agent: NativeAgent, checkpoint: Uint8Array, mode: Mode, credit: number): void {
    const number = this.#next();
    run.begun(number, this.native.restore(number, agent, checkpoint, mode, credit));
    this.#runs.set(number, run);
  }

  /** Numbers come again only after 2^32 runs. */
  #next(): number {
    do this.#last = (this.#last + 1) >>> 0;
    while (this.#last === 0 || this.#runs.has(this.#last));
    return this.#last;
  }

  forget(number: number): void {
    if (this.#runs.delete(number)) this.native.forget(number);
  }

  /** Asks for more events of a run, or for all that there will be. They never come within the call. */
  want(number: number, more?: number): void {
    if (this.native.want(number, more)) this.plan();
  }

  /** Drains in a later turn of the event loop, so that others have theirs before. */
  plan(): void {
    if (this.#planned) return;
    this.#planned = true;
    setImmediate(() => {
      this.#planned = false;
      this.drain();
    });
  }

  drain(): void {
    const texts = this.native.drain(this.#numbers);
    // What a run's own code does wrong is its own: nothing thrown here may keep the others' events from them.
    if (readRows(this.#numbers, texts, (row) => this.#runs.get(row.run)?.take(row))) this.plan();
  }

  /** The addon has forgotten a run, whose last event it told. */
  ended(number: number): void {
    this.#runs.delete(number);
  }
}

let made: Hub | undefined;

/** The hub of this thread. */
export function hub(): Hub {
  made ??= new Hub();
  return made;
}
