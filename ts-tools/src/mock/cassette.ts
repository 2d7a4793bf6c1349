import { readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { parseAllDocuments } from "yaml";
import type { CassetteRef } from "./types.js";

/** An answer as it was recorded. */
export interface Recorded {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** What the recording's own transport did; the bodies are stored decoded and whole. */
const transport = new Set(["content-length", "content-encoding", "transfer-encoding", "connection", "keep-alive"]);

/**
 * The answer of one exchange of a cassette (documents `when` / `then`).
 *
 * `base` is the scenario's file, which relative names start from. Throws when the file or the exchange is not there.
 */
export function readCassette(reference: string | CassetteRef, base: string): Recorded {
  const { file, exchange = 0 } = typeof reference === "string" ? { file: reference } : reference;
  const path = cassettePath(file, base);
  const answers = parseAllDocuments(readFileSync(path, "utf8"))
    .map((document) => (document.toJS() as { then?: RecordedYaml } | null)?.then)
    .filter((then) => then !== undefined);
  const answer = answers[exchange];
  if (!answer)
    throw new Error(
      `${path}: has ${answers.length} exchanges, so there is no exchange ${exchange} (they count from 0)`,
    );
  const headers = (answer.header ?? []).filter((header) => !transport.has(header.name.toLowerCase()));
  return {
    status: answer.status ?? 200,
    headers: Object.fromEntries(headers.map((header) => [header.name.toLowerCase(), header.value])),
    body: answer.body ?? "",
  };
}

interface RecordedYaml {
  readonly status?: number;
  readonly header?: readonly { readonly name: string; readonly value: string }[];
  readonly body?: string;
}

function cassettePath(file: string, base: string): string {
  if (!file.startsWith("corpus:")) return resolve(dirname(base), file);
  const corpus = process.env["LLMSPELL_CORPUS"];
  if (!corpus) throw new Error(`cassette ${file}: set LLMSPELL_CORPUS to the folder that holds the recordings`);
  return join(corpus, file.slice("corpus:".length));
}
