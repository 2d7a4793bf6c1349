import type { Document, Node } from "yaml";
import { LineCounter, parseAllDocuments } from "yaml";
import type { Problem } from "../problem.js";

/** A request or an answer as it was recorded. */
export interface RecordedHead {
  /** Names in lower case, in the order of the recording. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: Buffer;
}

/** One exchange of a recording: documents `when` / `then`. */
export interface Exchange {
  /** 1-based line where it begins. */
  readonly line: number;
  readonly request: RecordedHead & { readonly method: string; readonly path: string };
  readonly response: RecordedHead & { readonly status: number };
}

/** What a file of recordings holds, in order, and what cannot be read in it. */
export interface Recording {
  readonly exchanges: readonly Exchange[];
  readonly problems: readonly Problem[];
}

/** Reads the text of a recording. `file` is its name in problems. */
export function readRecording(text: string, file: string): Recording {
  const lines = new LineCounter();
  const documents = parseAllDocuments(text, { lineCounter: lines, prettyErrors: false });
  const exchanges: Exchange[] = [];
  const problems: Problem[] = [];
  for (const document of "empty" in documents ? [] : documents) {
    const at = (offset: number): number => lines.linePos(offset).line;
    const line = at(document.contents?.range?.[0] ?? 0);
    const value = plainValue(document);
    if (value instanceof Broken) {
      problems.push({
        file,
        line: value.offset === undefined ? line : at(value.offset),
        item: "YAML",
        message: value.message,
      });
      continue;
    }
    // Nothing stands behind a last `---`.
    if (value === null) continue;
    const exchange = readExchange(value, line);
    if (typeof exchange !== "string") exchanges.push(exchange);
    else problems.push({ file, line: lineOf(document, exchange, at) ?? line, ...wanted(exchange) });
  }
  if (exchanges.length + problems.length === 0) {
    problems.push({
      file,
      line: 1,
      item: "file",
      message: "holds no exchange; write documents with `when` and `then`",
    });
  }
  return { exchanges, problems };
}

/** Why a document is no YAML value, and where, if that is known. */
class Broken {
  constructor(
    readonly message: string,
    readonly offset?: number,
  ) {}
}

function plainValue(document: Document): unknown {
  const [broken] = document.errors;
  if (broken) return new Broken(broken.message, broken.pos[0]);
  try {
    return document.toJS();
  } catch (error) {
    // An alias that nothing stands behind, or that would grow without end, is found only here.
    return new Broken((error as Error).message);
  }
}

/** What belongs in a part, for who has to mend it. */
function wanted(item: string): { item: string; message: string } {
  return { item, message: `is missing or of another type; write ${described(item)}` };
}

function described(item: string): string {
  if (item === "when") return "the request {path, method, header, body}";
  if (item === "then") return "the answer {status, header, body}";
  if (item === "when.path") return "the path that was asked for, a text";
  if (item === "then.status") return "the HTTP status, a number from 200 to 599";
  if (item.endsWith(".header")) return "a list of {name, value}";
  return "a text, or base64 with `body_encoding: base64`";
}

function lineOf(document: Document, item: string, at: (offset: number) => number): number | undefined {
  if (!document.contents || !("items" in document.contents)) return undefined;
  const node = document.getIn(item.split("."), true) as Node | undefined;
  return node?.range ? at(node.range[0]) : undefined;
}

/** The exchange, or the name of the part that is missing or wrong. */
function readExchange(value: unknown, line: number): Exchange | string {
  const document = object(value);
  const when = object(document?.["when"]);
  const answer = object(document?.["then"]);
  if (!when) return "when";
  if (!answer) return "then";
  const { path, method = "POST" } = when;
  const { status = 200 } = answer;
  if (typeof path !== "string") return "when.path";
  if (!Number.isInteger(status) || Number(status) < 200 || Number(status) > 599) return "then.status";
  const asked = head(when);
  const said = head(answer);
  if (typeof asked === "string") return `when.${asked}`;
  if (typeof said === "string") return `then.${said}`;
  return {
    line,
    request: { method: String(method).toUpperCase(), path, ...asked },
    response: { status: Number(status), ...said },
  };
}

/** Header and body, or the name of the one that is of another type. */
function head(part: { readonly [key: string]: unknown }): RecordedHead | "header" | "body" {
  const { header, body = "", body_encoding: encoding } = part;
  const list = header ?? [];
  if (!Array.isArray(list) || !list.every((entry) => typeof object(entry)?.["name"] === "string")) return "header";
  // In another form it would be taken for empty.
  const isElsewhere = Object.keys(part).some((name) => /^body(?!$|_encoding$)/.test(name));
  const isReadable = body === null || typeof body === "string";
  if (isElsewhere || !isReadable || (encoding ?? "base64") !== "base64") return "body";
  return {
    headers: list.map((entry) => [entry.name.toLowerCase(), String(entry.value ?? "")] as const),
    body: Buffer.from(body ?? "", encoding === "base64" ? "base64" : "utf8"),
  };
}

function object(value: unknown): { readonly [key: string]: unknown } | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as { readonly [key: string]: unknown })
    : undefined;
}
