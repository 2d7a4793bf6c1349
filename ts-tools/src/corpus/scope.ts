import type { Exchange } from "../mock/recording.js";

/** Why an exchange is none of the Chat wire format, or undefined when it is one. */
export function outOfScope({ request }: Exchange): string | undefined {
  const segments =
    request.path
      .split("?")[0]
      ?.split("/")
      .filter((segment) => segment !== "") ?? [];
  const isChat = segments.at(-2) === "chat" && segments.at(-1) === "completions";
  if (isChat && request.method === "POST") return undefined;
  return `${request.method} ${
    segments
      .filter((segment) => !isVersion(segment))
      .map(anonymous)
      .join("/") || "/"
  }`;
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
