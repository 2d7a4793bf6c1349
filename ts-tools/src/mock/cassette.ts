import { readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { failOnProblems } from "../problem.js";
import type { Exchange } from "./recording.js";
import { readRecording } from "./recording.js";
import type { CassetteRef } from "./types.js";

/** An answer as it is served. */
export interface Recorded {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/**
 * The answer of one exchange of a cassette (documents `when` / `then`).
 *
 * `base` is the scenario's file, which relative names start from. Throws when the file or the exchange is not there, or
 * cannot be read.
 */
export function readCassette(reference: string | CassetteRef, base: string): Recorded {
  const { file, exchange = 0 } = typeof reference === "string" ? { file: reference } : reference;
  const path = cassettePath(file, base);
  const { exchanges, problems } = readRecording(readFileSync(path, "utf8"), path);
  failOnProblems(problems);
  const recorded = exchanges[exchange];
  if (!recorded)
    throw new Error(
      `${path}: has ${exchanges.length} exchanges, so there is no exchange ${exchange} (they count from 0)`,
    );
  return served(recorded);
}

/** What the recording's own transport did; the bodies are stored decoded and whole. */
const transport = new Set([
  "content-length",
  "content-encoding",
  "transfer-encoding",
  "connection",
  "keep-alive",
  "trailer",
  "upgrade",
]);

/** The answer of an exchange without what belonged to the connection that it came over. */
export function served({ response }: Exchange): Recorded {
  const headers = response.headers.filter(([name]) => !transport.has(name));
  return { status: response.status, headers: Object.fromEntries(headers), body: response.body };
}

function cassettePath(file: string, base: string): string {
  if (!file.startsWith("corpus:")) return resolve(dirname(base), file);
  const corpus = process.env["LLMSPELL_CORPUS"];
  if (!corpus) throw new Error(`cassette ${file}: set LLMSPELL_CORPUS to the folder that holds the recordings`);
  return join(corpus, file.slice("corpus:".length));
}
