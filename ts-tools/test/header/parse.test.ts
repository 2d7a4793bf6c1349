import { describe, expect, it } from "vitest";
import { printDeclarator } from "../../src/header/model.js";
import { parseHeader } from "../../src/header/parse.js";
import { FIRST_LINE, headerWith, problemsOf } from "../support/header.js";

async function declarations(body: string) {
  const { declarations, report } = await parseHeader(headerWith(body), "test.h");
  expect(report.problems).toEqual([]);
  return declarations.filter((item) => item.line >= FIRST_LINE && item.name !== "llmspell_box_new");
}

describe("what a header may hold", () => {
  it("reads constants", async () => {
    const found = await declarations(
      '/** One. */\n#define LLMSPELL_A -1\n/** Two. */\n#define LLMSPELL_B "two"  /* so */\n',
    );
    expect(found.map((item) => item.kind === "constant" && [item.name, item.value, item.line - FIRST_LINE])).toEqual([
      ["LLMSPELL_A", -1, 1],
      ["LLMSPELL_B", "two", 3],
    ]);
  });

  it("reads structs without a tag, with comments on their fields", async () => {
    const [found] = await declarations(
      "/** S. */\ntypedef struct {\n  /** A. */\n  bool a;\n  /** B. */\n  llmspell_box **b;\n} LLMSpellS;\n",
    );
    expect(found?.kind === "struct" && found.fields.map((field) => [field.name, field.doc?.text])).toEqual([
      ["a", "A."],
      ["b", "B."],
    ]);
    expect(found?.kind === "struct" && found.fields.map((field) => printDeclarator(field.type, field.name))).toEqual([
      "bool a",
      "llmspell_box **b",
    ]);
  });

  it("reads callbacks, as a type and as a parameter", async () => {
    const source = "/** C. */\ntypedef llmspell_str (*LLMSpellC)(const char *json, void *user_data);\n";
    const [callback, fn] = await declarations(
      `${source}/** F. */\nvoid llmspell_f(LLMSpellC c, void (*gone)(void *user_data));\n`,
    );
    expect(callback?.kind).toBe("callback");
    expect(fn?.kind === "function" && printDeclarator(fn.type, fn.name)).toBe(
      "void llmspell_f(LLMSpellC c, void (*gone)(void *user_data))",
    );
  });

  it("prints types as C writes them", async () => {
    const [fn] = await declarations("/** F. */\nconst char *llmspell_f(const char *const *a, size_t n, double d);\n");
    expect(fn?.kind === "function" && printDeclarator(fn.type, fn.name)).toBe(
      "const char *llmspell_f(const char *const *a, size_t n, double d)",
    );
  });
});

describe("what a header may not hold", () => {
  const cases: [string, string, string[]][] = [
    [
      "an undocumented function",
      "void llmspell_f(void);",
      ["1: llmspell_f: undocumented function; write a `/** … */` comment right before it"],
    ],
    [
      "a plain comment in place of a doc comment",
      "/* F. */\nvoid llmspell_f(void);",
      ["2: llmspell_f: undocumented function; write a `/** … */` comment right before it"],
    ],
    [
      "tags without prose",
      "/**\n * @since 0.1\n */\nvoid llmspell_f(void);",
      ["4: llmspell_f: undocumented function; write a `/** … */` comment right before it"],
    ],
    [
      "an undocumented type",
      "typedef struct llmspell_x llmspell_x;",
      ["1: llmspell_x: undocumented type; write a `/** … */` comment right before it"],
    ],
    [
      "an undocumented field",
      "/** S. */\ntypedef struct {\n  /** A. */\n  bool a;\n  bool b;\n} LLMSpellS;",
      ["5: LLMSpellS.b: undocumented field; write a `/** … */` comment right before it"],
    ],
    [
      "an undocumented constant",
      "#define LLMSPELL_X 1",
      ["1: LLMSPELL_X: undocumented constant; write a `/** … */` comment right before it"],
    ],
    [
      "a comment that documents nothing",
      "/** Lost. */\n/** F. */\nvoid llmspell_f(void);",
      ["1: comment: documents nothing; write `/*`, or put it right before an item"],
    ],
    [
      "an unknown type",
      "/** F. */\nllmspell_thing llmspell_f(void);",
      [
        "2: llmspell_f: unknown type `llmspell_thing`; write a typedef of this header or one of void, char, bool, int8_t, int16_t, int32_t, int64_t, uint8_t, uint16_t, uint32_t, uint64_t, size_t, float, double",
      ],
    ],
    [
      "an unknown type of a parameter",
      "/** F. */\nvoid llmspell_f(int32_t a,\n                int b);",
      [
        "3: llmspell_f: unknown type `int`; write a typedef of this header or one of void, char, bool, int8_t, int16_t, int32_t, int64_t, uint8_t, uint16_t, uint32_t, uint64_t, size_t, float, double",
      ],
    ],
    [
      "a type of several words",
      "/** F. */\nvoid llmspell_f(unsigned long a);",
      [
        "2: llmspell_f: unknown type `unsigned long`; write a typedef of this header or one of void, char, bool, int8_t, int16_t, int32_t, int64_t, uint8_t, uint16_t, uint32_t, uint64_t, size_t, float, double",
      ],
    ],
    [
      "an enum",
      "/** E. */\ntypedef enum { A } llmspell_e;",
      [
        "2: typedef enum { A } llmspell_e;: cannot read `enum { A }` (enum_specifier); write plain C99: names, pointers, prototypes",
      ],
    ],
    [
      "a macro with arguments",
      "#define LLMSPELL_F(x) x",
      [
        "1: header: cannot read `#define LLMSPELL_F(x) x` (preproc_function_def); write a constant, a typedef or a prototype",
      ],
    ],
    [
      "a computed constant",
      "/** X. */\n#define LLMSPELL_X (1 + 1)",
      ['2: LLMSPELL_X: value `(1 + 1)` is not a constant; write a whole number or a "text"'],
    ],
    [
      "a condition",
      "#ifdef X\n/** F. */\nvoid llmspell_f(void);\n#endif",
      [
        "1: header: cannot read `#ifdef X /** F. */ void llmspell_f(void); #endif` (preproc_ifdef); write a constant, a typedef or a prototype",
      ],
    ],
    [
      "a variable",
      "/** V. */\nint32_t llmspell_v;",
      ["2: llmspell_v: a variable in a header; write a function or a constant"],
    ],
    [
      "an array",
      "/** F. */\nvoid llmspell_f(const char names[2]);",
      ["2: llmspell_f: cannot read `names[2]` (array_declarator); write plain C99: names, pointers, prototypes"],
    ],
    [
      "variable arguments",
      "/** F. */\nvoid llmspell_f(int32_t n, ...);",
      ["2: llmspell_f: cannot read `...` (variadic_parameter); write plain C99: names, pointers, prototypes"],
    ],
    [
      "empty parentheses",
      "/** F. */\nvoid llmspell_f();",
      ["2: llmspell_f: `()` takes any arguments in C; write `(void)`"],
    ],
    [
      "a parameter without a name",
      "/** F. */\nvoid llmspell_f(int32_t);",
      ["2: llmspell_f: parameter `int32_t` has no name; write one"],
    ],
    [
      "struct as a word in a type",
      "/** F.\n * @borrowed b until the call returns\n */\nvoid llmspell_f(struct llmspell_box *b);",
      ["4: llmspell_f: `struct llmspell_box` as a type; write the typedef's name"],
    ],
    [
      "another name in the struct's tag",
      "/** S. */\ntypedef struct other llmspell_s;",
      ["2: llmspell_s: struct tag `other` differs from the type's name; write `struct llmspell_s`"],
    ],
    [
      "a pointer hidden in a typedef",
      "/** P. */\ntypedef llmspell_box *llmspell_p;",
      ["2: llmspell_p: a typedef of a pointer hides it; write the `*` where the type is used"],
    ],
    [
      "the same name twice",
      "/** F. */\nvoid llmspell_f(void);\n/** F. */\nvoid llmspell_f(void);",
      [`4: llmspell_f: already declared in line ${FIRST_LINE + 1}; write it once`],
    ],
  ];
  it.each(cases)("%s", async (_what, body, expected) => {
    expect(await problemsOf(body)).toEqual(expected);
  });

  it("a comment that ends too early", async () => {
    const [first] = await problemsOf("/** Ends */ here. */\nvoid llmspell_f(void);");
    expect(first).toMatch(/^1: syntax: cannot parse `.*`; write plain C99 \(a comment that holds `\*\/` ends there\)$/);
  });

  it("a missing parenthesis", async () => {
    expect(await problemsOf("/** F. */\nvoid llmspell_f(int32_t n;")).toEqual([
      "2: syntax: `)` is missing here; write it",
    ]);
  });

  it("tells every problem, in the order of the lines", async () => {
    const body = "#define LLMSPELL_X 1\n/** F. */\nfoo llmspell_f(void);\nvoid llmspell_g(void);";
    expect((await problemsOf(body)).map((line) => line.split(":").slice(0, 2).join(":"))).toEqual([
      "1: LLMSPELL_X",
      "3: llmspell_f",
      "4: llmspell_g",
    ]);
  });
});
