import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import { SCALAR_TYPES } from "../../src/header/model.js";
import { parseHeader } from "../../src/header/parse.js";
import { buildApi } from "../../src/ir/build.js";
import type { Api } from "../../src/ir/types.js";
import { headerWith } from "../support/header.js";
import { tempFolder } from "../support/temp.js";
import { factsOf } from "./clang.js";
import { api, header } from "./committed.js";
import { contradictedRoles, disagreements, factsOfApi } from "./compare.js";

vi.setConfig({ testTimeout: 120_000 });

const headerText = readFileSync(header, "utf8");

/** What our own parser makes of a header, after clang had nothing against it. */
async function agreedApi(text: string): Promise<Api> {
  const file = join(tempFolder(), "llmspell.h");
  writeFileSync(file, text);
  const read = buildApi(await parseHeader(text, file));
  expect(disagreements(factsOf(file), factsOfApi(read))).toEqual([]);
  expect(contradictedRoles(file, read)).toEqual([]);
  return read;
}

/** Changes what is code in the header and leaves comments, preprocessor lines and the guards for C++. */
function inCode(change: (code: string) => string): string {
  const parts = headerText.split(/(\/\*[\s\S]*?\*\/|^#ifdef __cplusplus\n[^#]*#endif.*\n|^#.*\n)/m);
  return parts.map((part, index) => (index % 2 === 0 ? change(part) : part)).join("");
}

describe("the parser and clang read the header alike, however it is written", () => {
  it.each<[string, (code: string) => string]>([
    ["const after the type", (code) => code.replace(/const (\w+)/g, "$1 const")],
    ["stars at the type", (code) => code.replace(/ (\*+)(?=\w)/g, "$1 ")],
    ["stars apart", (code) => code.replace(/\*/g, " * ")],
    ["one token a line", (code) => code.replace(/([(),;*])/g, "\n$1\n")],
    ["each item on one line", (code) => code.replace(/\n +/g, " ")],
    ["comments inside", (code) => code.replace(/\*/g, "/* to */ *").replace(/,/g, ", /* and */")],
    ["tabs", (code) => code.replace(/ /g, "\t")],
  ])("%s", async (_what, change) => {
    const text = inCode(change);
    expect(text).not.toBe(headerText);
    expect(await agreedApi(text)).toEqual(api);
  });

  it("structs with a tag", async () => {
    const text = headerText.replace(/typedef struct \{([\s\S]*?\n)\} (\w+);/g, "typedef struct $2 {$1} $2;");
    expect(text).not.toBe(headerText);
    expect(await agreedApi(text)).toEqual(api);
  });
});

it("the parser and clang read every scalar alike, wherever it may stand", async () => {
  const each = (line: (type: string) => string): string => SCALAR_TYPES.map(line).join("");
  const read = await agreedApi(
    headerWith(
      [
        each((type) => `/** A name. */\ntypedef ${type} llmspell_${type}_name;\n`),
        each((type) => `/** Same. */\n${type} llmspell_same_${type}(${type} value);\n`),
        each((type) => `/** Same. */\nllmspell_${type}_name llmspell_named_${type}(llmspell_${type}_name value);\n`),
        each(
          (type) =>
            `/** Gives.\n * @out value\n * @out err\n * @nullable err\n * @owned err llmspell_error_free\n */\n` +
            `llmspell_status llmspell_give_${type}(${type} *value, llmspell_error **err);\n`,
        ),
        `/** All of them. */\ntypedef struct {\n${each((type) => `/** One. */\n${type} a_${type};\n/** Lent. */\nconst ${type} *p_${type};\n`)}} llmspell_all;\n`,
        "/** Least. */\n#define LLMSPELL_LEAST -2147483647\n/** Most. */\n#define LLMSPELL_MOST 9007199254740991\n",
        '/** Text. */\n#define LLMSPELL_TEXT "a b, c"\n/** Empty. */\n#define LLMSPELL_EMPTY ""\n',
      ].join(""),
    ).replace("<stdint.h>", "<stdint.h>\n#include <stdbool.h>\n#include <stddef.h>"),
  );
  expect(read.functions.length).toBeGreaterThan(3 * SCALAR_TYPES.length);
});
