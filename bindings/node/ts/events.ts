import { passOver } from "./handler.js";
import { hub } from "./hub.js";
import type { ActiveRun, LastEvent, RequestEvent, Sink } from "./run.js";
import { resultOf } from "./run.js";
import type { AgentEvent } from "./types/event.gen.js";
import type { Result } from "./types/result.gen.js";

/** Events of a stream that may wait in JavaScript for its reader; the others stay in the run's queue. */
export const CREDIT = 256;

interface Waiter {
  resolve(result: IteratorResult<AgentEvent, undefined>): void;
  reject(error: unknown): void;
}

/** An event, or what serves a request in its place among them. */
type Item = AgentEvent | (() => void);

/** Runs whose streams are collected before their end are cancelled. */
const abandoned = new FinalizationRegistry<Events>((events) => {
  events.leave().catch(() => {});
});

/** The events of a stream on their way to its reader. It knows the run, and nothing here knows the stream: so that one is collected. */
export class Events implements Sink {
  run!: ActiveRun;
  /** Whether requests that nothing serves go to the reader, and wait for an answer however long that takes. */
  readonly #byHand: boolean;
  #waiting: Item[] = [];
  #read = 0;
  #taken = 0;
  #waiters: Waiter[] = [];
  #asked: RequestEvent | undefined;
  #last: LastEvent | undefined;
  #error: { readonly error: unknown } | undefined;
  #left = false;
  #flows = false;
  #isWatched = false;
  #ends: (() => void)[] = [];

  constructor(byHand: boolean) {
    this.#byHand = byHand;
  }

  /** Has the run cancelled when its stream is collected: until it ends, or somebody else sees to that. */
  watch(stream: object): void {
    if (this.run.ended) return;
    abandoned.register(stream, this, this);
    this.#isWatched = true;
  }

  /** The opposite. What is not watched any more is collected by the next small collection, not by the next large one. */
  unwatch(): void {
    if (this.#isWatched) abandoned.unregister(this);
    this.#isWatched = false;
  }

  takes(request: RequestEvent): boolean {
    return !this.#left && (this.#byHand || request.kind === "approval" || request.kind === "tool");
  }

  /** A tool is not asked before the reader has seen its call, and can leave or take a checkpoint there. */
  serve(begin: () => void): void {
    if (this.#waiters.length === 0 && !this.#flows && !this.#left) return void this.#waiting.push(begin);
    this.#took();
    begin();
  }

  event(event: AgentEvent): void {
    if (this.#left) return;
    if (this.#isOver(event)) return void this.#took();
    const waiter = this.#waiters.shift();
    if (waiter === undefined) this.#waiting.push(event);
    else waiter.resolve({ value: this.#given(event), done: false });
  }

  end(last: LastEvent | string): void {
    if (typeof last === "string") throw new Error("llmspell: a stream ended with a text");
    this.#last = last;
    this.unwatch();
    if (this.#error !== undefined) this.#failWaiters();
    else this.event(last);
    for (const waiter of this.#waiters.splice(0)) waiter.resolve({ value: undefined, done: true });
    for (const end of this.#ends.splice(0)) end();
  }

  fail(error: unknown): void {
    this.#error ??= { error };
    this.#waiting = [];
    this.#read = 0;
  }

  #failWaiters(): void {
    const waiter = this.#waiters.shift();
    if (waiter === undefined || this.#error === undefined) return;
    waiter.reject(this.#error.error);
    this.#left = true;
  }

  /** The next event; done after the last. */
  next(): Promise<IteratorResult<AgentEvent, undefined>> {
    if (this.#asked !== undefined) this.#passOver(this.#asked);
    while (this.#read < this.#waiting.length) {
      const item = this.#waiting[this.#read++] as Item;
      if (this.#read === this.#waiting.length) {
        this.#waiting = [];
        this.#read = 0;
      }
      if (typeof item !== "function" && !this.#isOver(item)) {
        return Promise.resolve({ value: this.#given(item), done: false });
      }
      this.#took();
      if (typeof item === "function") item();
    }
    if (this.#error !== undefined && this.#last !== undefined && !this.#left) {
      this.#left = true;
      return Promise.reject(this.#error.error);
    }
    if (this.#last !== undefined || this.#left) return Promise.resolve({ value: undefined, done: true });
    return new Promise((resolve, reject) => {
      this.#waiters.push({ resolve, reject });
    });
  }

  #given(event: AgentEvent): AgentEvent {
    if (event.type === "request" && event.kind === "approval" && !this.#byHand) this.#asked = event;
    this.#took();
    return event;
  }

  /** Whether it is a request that nobody waits for any more. */
  #isOver(event: AgentEvent): boolean {
    const { run } = this;
    return event.type === "request" && (run.ended || !hub().native.awaits(run.number, event.id));
  }

  #took(): void {
    this.#taken += 1;
    // Asked for in halves, so that neither side waits for the other with each event.
    if (this.#taken >= CREDIT / 2 && !this.run.ended) {
      hub().want(this.run.number, this.#taken);
      this.#taken = 0;
    }
  }

  #passOver(request: RequestEvent): void {
    this.#asked = undefined;
    passOver(this.run, request);
  }

  /** A request was answered. */
  answered(id: string): void {
    if (this.#asked?.id === id) this.#asked = undefined;
  }

  /** The last event is next, whatever comes before it. */
  stop(): void {
    this.#asked = undefined;
    this.#waiting = [];
    this.#read = 0;
    this.flow();
  }

  /** All events come, whether they are read or not. */
  flow(): void {
    this.#flows = true;
    const waiting = this.#waiting.splice(0).slice(this.#read);
    this.#read = 0;
    this.#waiting = waiting.filter((item) => typeof item !== "function");
    for (const item of waiting) if (typeof item === "function") item();
    if (!this.run.ended) hub().want(this.run.number);
  }

  /** The reader has left: the run is cancelled. Resolves when it has ended. */
  async leave(reason?: unknown): Promise<void> {
    this.#left = true;
    this.#waiting = [];
    this.#read = 0;
    this.#asked = undefined;
    for (const waiter of this.#waiters.splice(0)) waiter.resolve({ value: undefined, done: true });
    if (this.#last !== undefined || this.run.ended) return;
    this.run.cancel(reason);
    this.flow();
    await new Promise<void>((resolve) => {
      this.#ends.push(resolve);
    });
  }

  /** What the run comes to. */
  async result(): Promise<Result> {
    if (this.#last === undefined) {
      this.flow();
      await new Promise<void>((resolve) => {
        this.#ends.push(resolve);
      });
    }
    if (this.#error !== undefined) throw this.#error.error;
    return resultOf(this.#last as LastEvent, this.run.reason);
  }
}
