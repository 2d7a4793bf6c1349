import { readFileSync } from "node:fs";
import { join } from "node:path";
import { defaultPaths, repositoryRoot } from "../../src/generate/paths.js";
import { readApi } from "../../src/ir/validate.js";
import { type Facts, factsOf } from "./clang.js";
import { factsOfApi } from "./compare.js";

/** The committed header and its IR. */
export const header = join(repositoryRoot, defaultPaths.header);
export const api = readApi(readFileSync(join(repositoryRoot, defaultPaths.api), "utf8"), defaultPaths.api);

/** What clang reads in them; each is asked once. */
export const headerFacts = once(() => factsOf(header));
export const apiFacts = once(() => factsOfApi(api));

function once(read: () => Facts): () => Facts {
  let facts: Facts | undefined;
  return () => {
    facts ??= read();
    return facts;
  };
}
