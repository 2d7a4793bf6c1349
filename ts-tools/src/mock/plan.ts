import type { Payload } from "./payload.js";
import { toBuffer } from "./payload.js";
import type { Action, Point } from "./types.js";

/** One thing that is done while an answer goes out. */
export type Step =
  | { readonly kind: "head" }
  | { readonly kind: "write"; readonly from: number; readonly to: number }
  | { readonly kind: "delay"; readonly ms: number }
  /** Lets the bytes written so far leave as a packet of their own. */
  | { readonly kind: "breathe" }
  | { readonly kind: "hold"; readonly name: string }
  | { readonly kind: "stall" }
  | { readonly kind: "reset" }
  | { readonly kind: "close" }
  | { readonly kind: "garbage"; readonly bytes: Buffer }
  | { readonly kind: "end" };

/** Where the head stands in the order of things: before offset 0. */
const HEAD = -1;

/** Turns an answer and its actions into steps. An answer without actions is one write, as a quick server would send it. */
export function plan(payload: Payload, actions: readonly Action[]): Step[] {
  const stops = actions.flatMap((action) => stopsOf(action, payload)).sort((a, b) => a.at - b.at);
  const cuts = new Map<number, Step>();
  for (const action of actions) for (const [at, pause] of cutsOf(action, payload)) cuts.set(at, pause);

  const steps: Step[] = stops.filter((stop) => stop.at === HEAD).map((stop) => stop.step);
  steps.push({ kind: "head" });
  let position = 0;
  const places = [...new Set([...stops.map((stop) => stop.at), ...cuts.keys()])]
    .filter((at) => at >= 0)
    .sort((a, b) => a - b);
  for (const place of places) {
    if (place > position) steps.push({ kind: "write", from: position, to: place });
    position = place;
    const pause = cuts.get(place);
    if (pause) steps.push(pause);
    steps.push(...stops.filter((stop) => stop.at === place).map((stop) => stop.step));
  }
  if (position < payload.body.length) steps.push({ kind: "write", from: position, to: payload.body.length });
  steps.push({ kind: "end" });
  return upToTheLast(steps);
}

interface Stop {
  readonly at: number;
  readonly step: Step;
}

function stopsOf(action: Action, payload: Payload): Stop[] {
  const at = offsetOf(action.at ?? "head", payload);
  if (action.delay_ms !== undefined) return [{ at, step: { kind: "delay", ms: action.delay_ms } }];
  if (action.hold !== undefined) return [{ at, step: { kind: "hold", name: action.hold } }];
  if (action.garbage !== undefined) return [{ at, step: { kind: "garbage", bytes: toBuffer(action.garbage) } }];
  if (action.stall !== undefined) return [{ at: offsetOf(action.stall, payload), step: { kind: "stall" } }];
  if (action.reset !== undefined) return [{ at: offsetOf(action.reset, payload), step: { kind: "reset" } }];
  if (action.close !== undefined) return [{ at: offsetOf(action.close, payload), step: { kind: "close" } }];
  return [];
}

function cutsOf(action: Action, payload: Payload): [number, Step][] {
  const length = payload.body.length;
  if (action.trickle) {
    const { bytes = 1, every_ms: ms } = action.trickle;
    return multiples(bytes, length).map((at) => [at, { kind: "delay", ms }]);
  }
  if (action.split_at === undefined) return [];
  const offsets =
    action.split_at === "every"
      ? multiples(1, length)
      : action.split_at === "events"
        ? payload.eventEnds
        : action.split_at;
  return offsets.filter((at) => at < length).map((at) => [at, { kind: "breathe" }]);
}

function multiples(step: number, below: number): number[] {
  return Array.from({ length: Math.max(0, Math.ceil(below / step) - 1) }, (_, index) => (index + 1) * step);
}

function offsetOf(point: Point, payload: Payload): number {
  const { body, eventEnds } = payload;
  if (point === "head") return HEAD;
  if (point === "end") return body.length;
  if (typeof point === "number") return Math.min(point, body.length);
  if (eventEnds.length === 0 && point.event > 0) {
    throw new Error(
      `{event: ${point.event}} needs an answer made of events that is not compressed; give a byte offset`,
    );
  }
  return point.event === 0 ? 0 : (eventEnds[Math.min(point.event, eventEnds.length) - 1] ?? body.length);
}

/** What follows a step that ends the answer never happens. */
function upToTheLast(steps: Step[]): Step[] {
  const last = steps.findIndex((step) => ["stall", "reset", "close", "garbage", "end"].includes(step.kind));
  return steps.slice(0, last + 1);
}
