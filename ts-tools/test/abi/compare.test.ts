import { describe, expect, it } from "vitest";
import { compareAbi } from "../../src/abi/compare.js";
import type { Api } from "../../src/ir/types.js";
import { apiOf } from "../support/header.js";

const BODY = `/** Limit. */
#define LLMSPELL_LIMIT 7
/** Version. */
#define LLMSPELL_ABI_VERSION 1
/** Version. */
#define LLMSPELL_VERSION "0.1.0"
/** A point. */
typedef struct llmspell_point {
  /** X. */
  int32_t x;
  /** Y. */
  double y;
} llmspell_point;
/** Grows.
 * @layer shim
 */
typedef struct llmspell_growing {
  /** Size. */
  uint32_t struct_size;
  /** First. */
  int32_t first;
} llmspell_growing;
/** Is called.
 * @borrowed text until the callback returns
 * @layer shim
 */
typedef int32_t (*llmspell_call)(const char *text);
/** Makes a copy.
 * @borrowed box until the call returns
 * @borrowed text until the call returns
 * @nullable text
 * @len text text_len
 * @out copy
 * @owned copy llmspell_box_free
 * @out err
 * @nullable err
 * @owned err llmspell_error_free
 */
llmspell_status llmspell_box_copy(const llmspell_box *box, const char *text, size_t text_len, llmspell_box **copy, llmspell_error **err);
/** Tells a label.
 * @borrowed box until the call returns
 * @borrowed return until box is freed
 */
llmspell_str llmspell_box_label(const llmspell_box *box);
/** Counts. */
int32_t llmspell_count(void);
`;

async function changes(
  from: string | RegExp,
  to: string,
): Promise<{ breaks: readonly string[]; additions: readonly string[] }> {
  const body = BODY.replace(from, to);
  expect(body, `${from} is not there`).not.toBe(BODY);
  return compareAbi(await apiOf(BODY), await apiOf(body));
}

describe("what breaks programs", () => {
  it.each<[string, string | RegExp, string, string[]]>([
    ["a removed function", /\/\*\* Counts[^;]*;\n/, "", ["llmspell_count: the function is gone"]],
    ["a renamed function", "llmspell_count(", "llmspell_count_all(", ["llmspell_count: the function is gone"]],
    [
      "another returned type",
      "int32_t llmspell_count",
      "int64_t llmspell_count",
      ["llmspell_count: the returned type was `int32_t`, is `int64_t`"],
    ],
    [
      "a parameter more",
      "llmspell_count(void)",
      "llmspell_count(int32_t kind)",
      ["llmspell_count: the number of parameters was `0`, is `1`"],
    ],
    [
      "const lost",
      "llmspell_box_copy(const llmspell_box *box",
      "llmspell_box_copy(llmspell_box *box",
      ["llmspell_box_copy: the type of parameter 1 (`box`) was `const llmspell_box *`, is `llmspell_box *`"],
    ],
    [
      "an argument that may not be NULL any more",
      " * @nullable text\n",
      "",
      ["llmspell_box_copy: parameter 2 (`text`) may not be NULL any more"],
    ],
    ["a removed constant", /\/\*\* Limit[\s\S]*?LIMIT 7\n/, "", ["LLMSPELL_LIMIT: the constant is gone"]],
    ["another value", "LIMIT 7", "LIMIT 8", ["LLMSPELL_LIMIT: the value was `7`, is `8`"]],
    ["another kind of value", "LIMIT 7", 'LIMIT "7"', ['LLMSPELL_LIMIT: the value was `7`, is `"7"`']],
    ["a removed type", /\/\*\* A point[\s\S]*?llmspell_point;\n/, "", ["llmspell_point: the type is gone"]],
    [
      "fields in another order",
      /( {2}\/\*\* X[^;]*;\n)( {2}\/\*\* Y[^;]*;\n)/,
      "$2$1",
      [
        "llmspell_point: field 1 was `x`, is `y`",
        "llmspell_point: the type of field 1 (`x`) was `int32_t`, is `double`",
        "llmspell_point: field 2 was `y`, is `x`",
        "llmspell_point: the type of field 2 (`y`) was `double`, is `int32_t`",
      ],
    ],
    ["a removed field", / {2}\/\*\* Y[^;]*;\n/, "", ["llmspell_point: field 2 (`y`) is gone"]],
    [
      "another field type",
      "int32_t x;",
      "int64_t x;",
      ["llmspell_point: the type of field 1 (`x`) was `int32_t`, is `int64_t`"],
    ],
    [
      "a field more in a struct of fixed size",
      "double y;",
      "double y;\n  /** Z. */\n  double z;",
      ["llmspell_point: has a new field `z`: callers made room for the old struct"],
    ],
    [
      "a field more in the middle of one that tells its size",
      "uint32_t struct_size;",
      "uint32_t struct_size;\n  /** New. */\n  int32_t fresh;",
      ["llmspell_growing: field 2 was `first`, is `fresh`"],
    ],
    [
      "another callback",
      "(*llmspell_call)(const char *text)",
      "(*llmspell_call)(char *text)",
      ["llmspell_call: the type of parameter 1 (`text`) was `const char *`, is `char *`"],
    ],
  ])("%s", async (_what, from, to, expected) => {
    expect((await changes(from, to)).breaks).toEqual(expected);
  });

  it.each<[string, string, string, string]>([
    [
      "an argument that is taken over",
      '"name":"box","c_declaration":"const llmspell_box *box","nullable":false,"ownership":{"kind":"borrowed","until":"until the call returns"}',
      '"name":"box","c_declaration":"const llmspell_box *box","nullable":false,"ownership":{"kind":"consumed"}',
      "llmspell_box_copy: the ownership of parameter 1 (`box`) was `borrowed`, is `consumed`",
    ],
    [
      "another function that frees",
      '"kind":"owned","free":"llmspell_box_free"',
      '"kind":"owned","free":"llmspell_box_drop"',
      "llmspell_box_copy: the ownership of parameter 4 (`copy`) was `the caller's, freed by llmspell_box_free`, is `the caller's, freed by llmspell_box_drop`",
    ],
    [
      "another meaning of an argument",
      '"role":{"kind":"length","of":"text"}',
      '"role":{"kind":"scalar","type":"size_t"}',
      "llmspell_box_copy: the meaning of parameter 3 (`text_len`) was `length`, is `scalar`",
    ],
    [
      "a returned value that may be NULL now",
      '"c_type":"llmspell_str","nullable":false',
      '"c_type":"llmspell_str","nullable":true',
      "llmspell_box_label: the returned value may be NULL now",
    ],
    [
      "another scalar behind a name",
      '"type":"int32_t"}',
      '"type":"int64_t"}',
      "llmspell_status: the type was `int32_t`, is `int64_t`",
    ],
    [
      "a handle that is a number now",
      '{"kind":"opaque","name":"llmspell_box"',
      '{"kind":"alias","type":"int32_t","name":"llmspell_box"',
      "llmspell_box: the kind of type was `opaque`, is `alias`",
    ],
  ])("%s", async (_what, from, to, expected) => {
    const old = await apiOf(BODY);
    const text = JSON.stringify(old);
    expect(text).toContain(from);
    const now = JSON.parse(text.replace(from, to)) as Api;
    expect(compareAbi(old, now).breaks).toContain(expected);
  });

  it("each item of the API that is gone", async () => {
    const old = await apiOf(BODY);
    const names = [...old.functions, ...old.types, ...old.constants].map(({ name }) => name);
    const { breaks } = compareAbi(old, { ...old, functions: [], types: [], constants: [] });
    expect(breaks.map((line) => line.replace(/:.*/, ""))).toEqual(names);
  });
});

describe("what breaks nothing", () => {
  it.each<[string, string | RegExp, string, string[]]>([
    [
      "a new function",
      "/** Counts. */",
      "/** New. */\nvoid llmspell_fresh(void);\n/** Counts. */",
      ["llmspell_fresh: new function"],
    ],
    [
      "a new constant",
      "/** Limit. */",
      "/** New. */\n#define LLMSPELL_FRESH 1\n/** Limit. */",
      ["LLMSPELL_FRESH: new constant"],
    ],
    [
      "a new type",
      "/** Limit. */",
      "/** New. */\ntypedef int32_t llmspell_fresh;\n/** Limit. */",
      ["llmspell_fresh: new type"],
    ],
    ["another order", /(\/\*\* Tells[^;]*;\n)(\/\*\* Counts[^;]*;\n)/, "$2$1", []],
    ["other words in a comment", "/** Counts. */", "/** Counts all. */", []],
    ["another name of a parameter", /\btext_len\b/g, "text_size", []],
    ["an argument that may be NULL by now", " * @len text text_len", " * @nullable box\n * @len text text_len", []],
    ["a value that is lent for longer", "return until box is freed", "return for ever and a day", []],
    ["a name for the same scalar", "int32_t llmspell_count", "llmspell_status llmspell_count", []],
    [
      "a field more in a struct that tells its size",
      "int32_t first;",
      "int32_t first;\n  /** New. */\n  double fresh;",
      [],
    ],
    ["a new version", "ABI_VERSION 1", "ABI_VERSION 2", []],
    ["a new release", '"0.1.0"', '"0.2.0"', []],
  ])("%s", async (_what, from, to, additions) => {
    expect(await changes(from, to)).toEqual({ breaks: [], additions });
  });
});
