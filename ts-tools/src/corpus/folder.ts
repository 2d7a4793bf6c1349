import { readdirSync, readFileSync, realpathSync, statSync } from "node:fs";
import { join, relative, sep } from "node:path";
import type { Exchange, Recording } from "../mock/recording.js";
import { readRecording } from "../mock/recording.js";
import type { Problem } from "../problem.js";
import { ProblemError } from "../problem.js";
import type { Expectation } from "./expectation.js";
import type { Format, Target } from "./formats/format.js";
import { formatOf } from "./formats/index.js";
import { endpointOf } from "./scope.js";

/** What an exchange of one of our formats is replayed with. */
export interface Replayed {
  readonly format: Format;
  readonly target: Target;
  /** The provider that an agent asks for it with. */
  readonly provider: string;
  readonly expected: Expectation;
}

/** One recorded exchange and what becomes of it. */
export interface Item {
  /** File (as a user finds it) and number of the exchange, from 0. */
  readonly id: string;
  /** File and line, for messages. */
  readonly place: string;
  readonly exchange: Exchange;
  /** Why it is not replayed, or null. */
  readonly outOfScope: string | null;
  /** Null when it is not replayed. */
  readonly replayed: Replayed | null;
}

/** An exchange that is replayed. */
export type ReplayedItem = Item & { readonly replayed: Replayed };

/** The items that are replayed. */
export function replayedOf(items: readonly Item[]): ReplayedItem[] {
  return items.filter((item): item is ReplayedItem => item.replayed !== null);
}

/** The recordings below one folder: a provider's, where there is one folder for each. */
export interface Shelf {
  readonly name: string;
  readonly files: number;
  readonly items: readonly Item[];
  readonly problems: readonly Problem[];
}

/**
 * Reads every `.yaml` file below a folder; each sub-folder is a shelf of its own, and files beside them are another.
 *
 * @throws ProblemError when the folder cannot be read or holds no such file
 */
export function readShelves(folder: string): Shelf[] {
  const files = yamlFiles(folder);
  if (files.length === 0) {
    const message = "holds no .yaml file; name a folder of recordings (docs/recordings.md)";
    throw new ProblemError([{ file: folder, line: 1, item: "folder", message }]);
  }
  const groups = new Map<string, string[]>();
  for (const file of files) {
    const [first = "", ...below] = relative(folder, file).split(sep);
    const name = below.length > 0 ? first : ".";
    groups.set(name, [...(groups.get(name) ?? []), file]);
  }
  return [...groups].map(([name, members]) => readShelf(name, members));
}

/** In order; links are followed, and a folder that is reached twice is taken once. */
function yamlFiles(folder: string, seen: Set<string> = new Set()): string[] {
  try {
    const real = realpathSync(folder);
    if (seen.has(real)) return [];
    seen.add(real);
    return readdirSync(folder)
      .sort()
      .map((name) => join(folder, name))
      .flatMap((path) => {
        if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) return yamlFiles(path, seen);
        return /\.ya?ml$/i.test(path) ? [path] : [];
      });
  } catch (error) {
    const message = `cannot be read (${(error as NodeJS.ErrnoException).code}); name a folder of recordings`;
    throw new ProblemError([{ file: folder, line: 1, item: "folder", message }]);
  }
}

function readShelf(name: string, files: readonly string[]): Shelf {
  const items: Item[] = [];
  const problems: Problem[] = [];
  for (const file of files) {
    const recording = readFile(file);
    problems.push(...recording.problems);
    recording.exchanges.forEach((exchange, at) => {
      const found = formatOf(exchange);
      const replayed = found
        ? { ...found, provider: found.format.provider(name), expected: found.format.expect(exchange) }
        : null;
      const outOfScope = replayed ? null : endpointOf(exchange);
      items.push({ id: `${file}#${at}`, place: `${file}:${exchange.line}`, exchange, outOfScope, replayed });
    });
  }
  return { name, files: files.length, items, problems };
}

function readFile(file: string): Recording {
  try {
    return readRecording(readFileSync(file, "utf8"), file);
  } catch (error) {
    const message = `cannot be read (${(error as NodeJS.ErrnoException).code}); mend the link or its permissions`;
    return { exchanges: [], problems: [{ file, line: 1, item: "file", message }] };
  }
}
