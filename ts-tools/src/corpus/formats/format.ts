import type { Exchange } from "../../mock/recording.js";
import type { Ask, JsonObject } from "../ask.js";
import type { Expectation } from "../expectation.js";

/** Where an exchange was sent, for asking again below another address. */
export interface Target {
  /** What stands in front of the path that the codec adds; it becomes the end of `base_url`. */
  readonly base: string;
  /** The path that the codec asks for, without `base`. */
  readonly path: string;
}

/** One change of a body that makes recorded and sent bodies comparable; `spec/requests/<format>.yaml` says why. */
export type Step = (body: JsonObject, side: "recorded" | "sent") => JsonObject;

/**
 * A wire format: how its recorded exchanges are found, asked for again, and read.
 *
 * To add one: a folder beside this file with an object of this type, a line in `index.ts`, its differences in
 * `spec/requests/<name>.yaml`, and its codec's name in `crates/llmspell-core/src/codec/mod.rs`.
 */
export interface Format {
  /** Also the name of the file of differences. */
  readonly name: string;
  /** The codec, as the core names it. */
  readonly codec: string;
  /** The provider that an agent is made with; `shelf` is the recording's folder. */
  provider(shelf: string): string;
  /** Undefined when the exchange is none of this format. */
  target(exchange: Exchange): Target | undefined;
  /** How an agent is asked so that it sends this request. `provider` is whose turns `raw` may hold. */
  ask(exchange: Exchange, provider: string): Ask;
  /** What the answer must come out as: a second reading, apart from the codec's. */
  expect(exchange: Exchange): Expectation;
  /** The sent body without the question that we asked ourselves. */
  withoutQuestion(sent: JsonObject): JsonObject;
  /** By the names that the file of differences gives. */
  readonly steps: Readonly<Record<string, Step>>;
  /** The plain answer that a recorded stream amounts to, where the stream says so itself. */
  plainOf?(exchange: Exchange): Buffer | undefined;
}

/** The parts of a path without the query. */
export function segmentsOf({ request }: Exchange): string[] {
  return (request.path.split("?")[0] ?? "").split("/").filter((segment) => segment !== "");
}

/** The target of a POST whose path ends in these segments. */
export function endsWith(exchange: Exchange, ...ending: readonly string[]): Target | undefined {
  const segments = segmentsOf(exchange);
  const isThere = ending.every((segment, at) => segments.at(at - ending.length) === segment);
  if (exchange.request.method !== "POST" || !isThere) return undefined;
  const front = segments.slice(0, segments.length - ending.length);
  return { base: front.map((segment) => `/${segment}`).join(""), path: `/${ending.join("/")}` };
}
