import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import { tempFolder } from "../support/temp.js";
import { factsOf } from "./clang.js";
import { apiFacts, header } from "./committed.js";
import { disagreements } from "./compare.js";

vi.setConfig({ testTimeout: 120_000 });

const headerText = readFileSync(header, "utf8");

/** Disagreements about a copy of the header in which `from` reads `to`. */
function withHeader(from: string | RegExp, to: string): string[] {
  const text = headerText.replace(from, to);
  expect(text, `the header has no ${from}`).not.toBe(headerText);
  const file = join(tempFolder(), "llmspell.h");
  writeFileSync(file, text);
  return disagreements(factsOf(file), apiFacts());
}

const START = /(llmspell_status llmspell_run_start\()([^;]*)\);/;
const END = /\n#endif[^\n]*\n*$/;

describe("a header that the IR does not describe (any more)", () => {
  it.each<[string, string | RegExp, string, string[]]>([
    [
      "a changed type",
      /(llmspell_run_start\([^;]*)size_t input_len/,
      "$1uint32_t input_len",
      [
        "function llmspell_run_start: parameter 4: the header has uint32_t named input_len, the IR size_t named input_len",
      ],
    ],
    ["a dropped function", START, "", ["function llmspell_run_start: the header has nothing, the IR declared"]],
    [
      "a new function",
      END,
      "\nvoid llmspell_extra(int a);$&",
      ["function llmspell_extra: the header has declared, the IR nothing"],
    ],
    [
      "an added parameter",
      START,
      "$1$2, int more);",
      [
        "function llmspell_run_start: number of parameters: the header has 7, the IR 6",
        "function llmspell_run_start: parameter 7: the header has int named more, the IR nothing",
      ],
    ],
    [
      "any further arguments",
      START,
      "$1$2, ...);",
      ["function llmspell_run_start: number of parameters: the header has 6 and any more, the IR 6"],
    ],
    [
      "const dropped",
      /(llmspell_run_start\([^;]*)const llmspell_target/,
      "$1llmspell_target",
      [
        "function llmspell_run_start: parameter 2: the header has llmspell_target * named target, the IR const llmspell_target * named target",
      ],
    ],
    [
      "a pointer more",
      /(llmspell_run_start\([^;]*)llmspell_run \*\*/,
      "$1llmspell_run ***",
      [
        "function llmspell_run_start: parameter 5: the header has llmspell_run *** named run, the IR llmspell_run ** named run",
      ],
    ],
    [
      "another returned type",
      "uint32_t llmspell_abi_version(",
      "int32_t llmspell_abi_version(",
      ["function llmspell_abi_version: returned type: the header has int32_t, the IR uint32_t"],
    ],
    [
      "an attribute",
      /(uint32_t llmspell_abi_version\(void\));/,
      "$1 __attribute__((const));",
      ["function llmspell_abi_version: attribute ConstAttr: the header has there, the IR nothing"],
    ],
    [
      "a function of its own",
      /(uint32_t llmspell_abi_version\(void\));/,
      "static inline $1 { return 1; }",
      ["function llmspell_abi_version: storage: the header has inline, the IR nothing"],
    ],
    [
      "fields in another order",
      /const char \*data;([\s\S]*?)size_t len;/,
      "size_t len;$1const char *data;",
      [
        "type llmspell_str: field 1: the header has size_t named len, the IR const char * named data",
        "type llmspell_str: field 2: the header has const char * named data, the IR size_t named len",
      ],
    ],
    [
      "a packed struct",
      "} llmspell_str;",
      "} __attribute__((packed)) llmspell_str;",
      ["type llmspell_str: attribute PackedAttr: the header has there, the IR nothing"],
    ],
    [
      "a bit field",
      "int32_t type;",
      "int32_t type : 8;",
      ["type llmspell_json_token: field 2: the header has int32_t (some bits) named type, the IR int32_t named type"],
    ],
    [
      "a handle that shows what is in it",
      "typedef struct llmspell_run llmspell_run;",
      "typedef struct llmspell_run { int a; } llmspell_run;",
      [
        "type llmspell_run: the header has struct with fields, the IR opaque struct",
        "type llmspell_run: number of fields: the header has 1, the IR nothing",
        "type llmspell_run: field 1: the header has int named a, the IR nothing",
      ],
    ],
    [
      "a handle that shows it later",
      END,
      "\nstruct llmspell_run { int a; };$&",
      [
        "type llmspell_run: the header has struct with fields, the IR opaque struct",
        "type llmspell_run: number of fields: the header has 1, the IR nothing",
        "type llmspell_run: field 1: the header has int named a, the IR nothing",
      ],
    ],
    [
      "a wider scalar",
      "typedef int32_t llmspell_status;",
      "typedef int64_t llmspell_status;",
      ["type llmspell_status: the header has typedef of int64_t, the IR typedef of int32_t"],
    ],
    [
      "another callback",
      "(*LLMSpellToolCallback)(const char *params_json",
      "(*LLMSpellToolCallback)(char *params_json",
      [
        "type LLMSpellToolCallback: the header has typedef of LLMSpellResult (*)(char *, void *), the IR typedef of LLMSpellResult (*)(const char *, void *)",
      ],
    ],
    [
      "a changed constant",
      "#define LLMSPELL_E_BUSY 5004",
      "#define LLMSPELL_E_BUSY 5014",
      ["constant LLMSPELL_E_BUSY: the header has int 5014, the IR int 5004"],
    ],
    [
      "a constant of another type",
      "#define LLMSPELL_E_BUSY 5004",
      "#define LLMSPELL_E_BUSY 5004L",
      ["constant LLMSPELL_E_BUSY: the header has long 5004, the IR int 5004"],
    ],
    [
      "a dropped constant",
      "#define LLMSPELL_E_BUSY 5004",
      "",
      ["constant LLMSPELL_E_BUSY: the header has nothing, the IR int 5004"],
    ],
    [
      "a new constant",
      END,
      "\n#define LLMSPELL_EXTRA 0x10$&",
      ["constant LLMSPELL_EXTRA: the header has int 16, the IR nothing"],
    ],
    [
      "a macro with arguments",
      END,
      "\n#define LLMSPELL_TWICE(x) (2 * (x))$&",
      ["constant LLMSPELL_TWICE: the header has a macro with arguments, the IR nothing"],
    ],
    [
      "a variable",
      END,
      "\nextern int llmspell_count;$&",
      ["declaration llmspell_count: the header has VarDecl, the IR nothing"],
    ],
    [
      "a struct without a typedef",
      END,
      "\nstruct llmspell_loose { int a; };$&",
      ["declaration llmspell_loose: the header has RecordDecl, the IR nothing"],
    ],
  ])("%s", (_what, from, to, expected) => {
    expect(withHeader(from, to)).toEqual(expected);
  });

  it("but not one that says the same in other words", () => {
    expect(withHeader("#define LLMSPELL_E_BUSY 5004", "#define LLMSPELL_E_BUSY (5000 + 4)")).toEqual([]);
    expect(withHeader(/const char \*/g, "char const *")).toEqual([]);
  });
});
