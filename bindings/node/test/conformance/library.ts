/** `@rs/llmspell` as the host under test loads it: by `import`, or by `require` where LLMSPELL_NODE_MODULE is `cjs`. */
import { createRequire } from "node:module";

type Library = typeof import("@rs/llmspell");
type Testing = typeof import("@rs/llmspell/testing");

const require = createRequire(import.meta.url);
const isCommonJs = process.env["LLMSPELL_NODE_MODULE"] === "cjs";

const library = (isCommonJs ? require("@rs/llmspell") : await import("@rs/llmspell")) as Library;
const testing = (isCommonJs ? require("@rs/llmspell/testing") : await import("@rs/llmspell/testing")) as Testing;

export const { Agent } = library;
export const { played, scripted } = testing;
