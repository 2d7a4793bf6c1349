import type { Exchange } from "../mock/recording.js";
import { segmentsOf } from "./formats/format.js";

/** The endpoint of an exchange that is none of our formats, as a reason to leave it out. */
export function endpointOf(exchange: Exchange): string {
  const segments = segmentsOf(exchange).filter((segment) => !isVersion(segment));
  return `${exchange.request.method} ${segments.map(anonymous).join("/") || "/"}`;
}

/** The part of a path that is in front of every endpoint: `/v1`, `/api`. */
function isVersion(segment: string): boolean {
  return segment === "api" || /^v\d+\w*$/.test(segment);
}

/** The segment, with `*` in place of what names one thing of many: it has a digit in it. A verb after `:` stays. */
function anonymous(segment: string): string {
  const [name = "", verb] = segment.split(":", 2);
  const shown = /\d|REDACTED/.test(name) || verb !== undefined ? "*" : name;
  return verb === undefined ? shown : `${shown}:${verb}`;
}
