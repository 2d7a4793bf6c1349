import { describe, expect, it } from "vitest";
import { problemsOf } from "../support/header.js";

const ERR = " * @out err\n * @nullable err\n * @owned err llmspell_error_free\n";

describe("the API's own rules", () => {
  const cases: [string, string, string[]][] = [
    [
      "a constant's name",
      "/** C. */\n#define LIMIT 1",
      ["2: LIMIT: the name of a constant; write `LLMSPELL_` and capitals"],
    ],
    [
      "a function's name",
      "/** F. */\nvoid spell_f(void);",
      ["2: spell_f: the name of a function; write `llmspell_` and small letters"],
    ],
    [
      "a function that Lua could not name",
      "/** F. */\nvoid llmspell_repeat(void);\n/** G.\n * @layer plain\n */\nvoid llmspell_until(void);",
      [
        "2: llmspell_repeat: in the module llmspell.raw the name `repeat` is a keyword of Lua; write another name, such as `llmspell_repeat_all`",
      ],
    ],
    [
      "parameters that a language could not name",
      "/** F. */\nvoid llmspell_f(int32_t end, int32_t type);\n/** G.\n * @layer plain\n */\nvoid llmspell_g(bool not, bool this);",
      [
        "2: llmspell_f: parameter `end` is a keyword of Lua; write another name, such as `end_value`",
        "6: llmspell_g: parameter `not` is a keyword of Lua and C++; write another name, such as `not_value`",
        "6: llmspell_g: parameter `this` is a keyword of C++ and TypeScript; write another name, such as `this_value`",
      ],
    ],
    [
      "names in structs and callbacks",
      "/** S.\n * @layer plain\n */\ntypedef struct llmspell_s {\n  /** F. */\n  int32_t template;\n  /** G. */\n  int32_t end;\n} llmspell_s;\n/** C.\n * @layer plain\n */\ntypedef void (*llmspell_c)(int32_t var);",
      [
        "4: llmspell_s: field `template` is a keyword of C++; write another name, such as `template_value`",
        "13: llmspell_c: parameter `var` is a keyword of TypeScript; write another name, such as `var_value`",
      ],
    ],
    [
      "a free function that does not exist",
      `/** F.\n * @out box\n * @owned box llmspell_box_drop\n${ERR} */\nllmspell_status llmspell_f(llmspell_box **box, llmspell_error **err);`,
      ["8: llmspell_f: @owned box names `llmspell_box_drop`, which is no function here; write its free function"],
    ],
    [
      "a free function that frees nothing",
      `/** F.\n * @out box\n * @owned box llmspell_g\n${ERR} */\nllmspell_status llmspell_f(llmspell_box **box, llmspell_error **err);\n/** G. */\nvoid llmspell_g(void);`,
      ["8: llmspell_f: @owned box names `llmspell_g`, which frees nothing; write one that takes it by @consumes"],
    ],
    [
      "the free function of another type",
      `/** F.\n * @out box\n * @owned box llmspell_buf_free\n${ERR} */\nllmspell_status llmspell_f(llmspell_box **box, llmspell_error **err);`,
      [
        "8: llmspell_f: @owned box names `llmspell_buf_free`, which frees a `llmspell_buf`; write the one for `llmspell_box`",
      ],
    ],
    [
      "two free functions of one type",
      `/** G.\n * @consumes box\n */\nvoid llmspell_g(llmspell_box *box);\n/** F.\n * @out box\n * @owned box llmspell_g\n${ERR} */\nllmspell_status llmspell_f(llmspell_box **box, llmspell_error **err);`,
      [
        "20: llmspell_box_new: @owned box names `llmspell_box_free`, elsewhere it is `llmspell_g`; write one for each type",
      ],
    ],
    [
      "an error that is not the last",
      `/** F.\n${ERR} */\nllmspell_status llmspell_f(llmspell_error **err, int32_t n);`,
      ["6: llmspell_f: the error parameter is not the last; write it last"],
    ],
    [
      "an error without a status",
      `/** F.\n${ERR} */\nvoid llmspell_f(llmspell_error **err);`,
      ["6: llmspell_f: has an error parameter but no status; write `llmspell_status` as what it returns"],
    ],
    [
      "an output that cannot fail",
      "/** F.\n * @out n\n */\nvoid llmspell_f(int32_t *n);",
      ["4: llmspell_f: has outputs but cannot fail; write `llmspell_status` and `llmspell_error **err`"],
    ],
    [
      "an input after an output",
      `/** F.\n * @out n\n${ERR} */\nllmspell_status llmspell_f(int32_t *n, int32_t m, llmspell_error **err);`,
      ["7: llmspell_f: an input comes after an output; write inputs, then outputs, then the error"],
    ],
    [
      "text without a length",
      "/** F.\n * @borrowed text until then\n */\nvoid llmspell_f(const char *text);",
      ["4: llmspell_f: `text` is text without a length; write `size_t` after it and `@len text …`"],
    ],
    [
      "a struct",
      "/** F.\n * @borrowed s until then\n */\nvoid llmspell_f(const llmspell_str *s);",
      ["4: llmspell_f: `s` is a struct; write JSON text, or @layer plain or shim"],
    ],
    [
      "a callback",
      "/** F.\n * @callback c\n * @borrowed d until then\n */\nvoid llmspell_f(void (*c)(void *d), void *d);",
      [
        "5: llmspell_f: `c` is a callback's; write an event or request, or @layer plain or shim",
        "5: llmspell_f: `d` is a callback's; write an event or request, or @layer plain or shim",
      ],
    ],
    [
      "NUL-terminated text as a result",
      "/** F.\n * @borrowed return until then\n */\nconst char *llmspell_f(void);",
      ["4: llmspell_f: returns `const char *`; write `llmspell_str`, or @layer plain or shim"],
    ],
    [
      "an object as a result",
      "/** F.\n * @owned return llmspell_box_free\n */\nllmspell_box *llmspell_f(void);",
      [
        "4: llmspell_f: returns a `llmspell_box`; write an output `llmspell_box **`, or a view named `llmspell_x_as_box`",
      ],
    ],
    [
      "a type of another layer",
      "/** P.\n * @layer shim\n */\ntypedef struct llmspell_p llmspell_p;\n/** F.\n * @consumes p\n */\nvoid llmspell_f(llmspell_p *p);",
      ["8: llmspell_f: uses `llmspell_p` of the shim layer; write @layer shim"],
    ],
    [
      "an object that nothing gives",
      "/** P. */\ntypedef struct llmspell_p llmspell_p;\n/** F.\n * @borrowed p until then\n */\nvoid llmspell_f(llmspell_p *p);",
      ["6: llmspell_f: takes a `llmspell_p`, which nothing gives; write a function with an output of it, or a view"],
    ],
  ];
  it.each(cases)("%s", async (_what, body, expected) => {
    expect(await problemsOf(body)).toEqual(expected);
  });
});
