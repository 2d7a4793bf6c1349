import { readdirSync } from "node:fs";
import { join } from "node:path";
import { repositoryRoot } from "../../../src/generate/paths.js";

/** Name of the rockspecs of the release that this is. */
export const ROCKSPEC = String(readdirSync(join(repositoryRoot, "rockspec/source"))[0]);

/** Its version as LuaRocks sees it, with the packaging's number, like `0.1.0-1`. */
export const ROCK_VERSION = ROCKSPEC.replace(/^llmspell-|\.rockspec$/g, "");

/** The release, like `0.1.0`. */
export const VERSION = ROCK_VERSION.replace(/-\d+$/, "");
