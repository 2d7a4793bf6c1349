import { describe, expect, it } from "vitest";
import { problemsOf } from "../support/header.js";

/** A function `llmspell_f` with these tags; its prototype stands in the line after them. */
const fn = (tags: string[], params: string, returns = "void"): string =>
  `/** F.\n${tags.map((tag) => ` * ${tag}\n`).join("")} */\n${returns} llmspell_f(${params});`;

const ERR = ["@out err", "@nullable err", "@owned err llmspell_error_free"];

describe("tags that do not fit", () => {
  const cases: [string, string, string[]][] = [
    [
      "a pointer without an owner",
      fn([], "const llmspell_box *box"),
      [
        "3: llmspell_f: pointer parameter `box` has no ownership tag; write `@borrowed box <until when or by whom>` or `@consumes box`",
      ],
    ],
    [
      "an output without an owner",
      fn(["@out box", ...ERR], "llmspell_box **box, llmspell_error **err", "llmspell_status"),
      ["7: llmspell_f: pointer parameter `box` has no ownership tag; write `@owned box <free function>`"],
    ],
    [
      "a returned pointer without an owner",
      fn(["@layer plain"], "void", "const char *"),
      [
        "4: llmspell_f: the returned value has no ownership tag; write `@borrowed return <until when or by whom>` or `@owned return <free function>`",
      ],
    ],
    [
      "a lent text without an owner",
      fn([], "void", "llmspell_str"),
      [
        "3: llmspell_f: the returned value has no ownership tag; write `@borrowed return <until when or by whom>` or `@owned return <free function>`",
      ],
    ],
    [
      "two owners",
      fn(["@borrowed box until then", "@consumes box"], "llmspell_box *box"),
      ["3: llmspell_f: `box` has a second ownership tag; write exactly one of @borrowed, @owned, @consumes"],
    ],
    [
      "an input given away",
      fn(["@owned box llmspell_box_free"], "llmspell_box *box"),
      [
        "4: llmspell_f: pointer parameter `box` cannot be owned; write `@borrowed box <until when or by whom>` or `@consumes box`",
      ],
    ],
    [
      "an owner for a number",
      fn(["@borrowed n until then"], "int32_t n"),
      ["4: llmspell_f: `n` has an ownership tag but is no pointer; remove the tag"],
    ],
    [
      "a parameter that does not exist",
      fn(["@borrowed bax until then", "@nullable x"], "llmspell_box *box"),
      [
        "2: llmspell_f: @borrowed names `bax`, which is no parameter; write one of box",
        "3: llmspell_f: @nullable names `x`, which is no parameter; write one of box",
        "5: llmspell_f: pointer parameter `box` has no ownership tag; write `@borrowed box <until when or by whom>` or `@consumes box`",
      ],
    ],
    [
      "a tag without its words",
      fn(["@borrowed box", "@len text", "@since"], "void"),
      [
        "2: llmspell_f: @borrowed is not as it should be; write `@borrowed <parameter|return> <until when or by whom>`",
        "3: llmspell_f: @len is not as it should be; write `@len <pointer parameter> <length parameter>`",
        "4: llmspell_f: @since is not as it should be; write `@since <version>`",
      ],
    ],
    [
      "a length that is no size_t",
      fn(["@borrowed text until then", "@len text n"], "const char *text, int32_t n"),
      ["5: llmspell_f: @len names `n` as a length; write `size_t n`"],
    ],
    [
      "a length for something that is no text",
      fn(["@borrowed box until then", "@len box n"], "const llmspell_box *box, size_t n"),
      ["5: llmspell_f: @len names `box`, which is no text; write `const char *box`"],
    ],
    [
      "one length for two texts",
      fn(
        ["@borrowed a until then", "@len a n", "@borrowed b until then", "@len b n"],
        "const char *a, const char *b, size_t n",
      ),
      ["7: llmspell_f: `n` is the length of both `a` and `b`; write one length each"],
    ],
    [
      "an output that is none",
      fn(["@out box", "@borrowed box until then"], "llmspell_box *box"),
      ["5: llmspell_f: @out names `box`, which gives nothing back; write `T **` for an object, or remove the tag"],
    ],
    [
      "an output without its tag",
      fn(["@owned box llmspell_box_free", ...ERR], "llmspell_box **box, llmspell_error **err", "llmspell_status"),
      ["7: llmspell_f: parameter `box` gives a `llmspell_box *`; write `@out box`"],
    ],
    [
      "a pointer to a number without a meaning",
      fn([], "int32_t *n"),
      ["3: llmspell_f: parameter `n` is a pointer to `int32_t` without a meaning; write `@out n` or `@len n …`"],
    ],
    [
      "a callback without its tag",
      fn(["@layer plain"], "void (*gone)(void *data)"),
      ["4: llmspell_f: parameter `gone` is a function; write `@callback gone`"],
    ],
    [
      "a callback that is none",
      fn(["@callback n"], "int32_t n"),
      ["4: llmspell_f: @callback names `n`, which is no function pointer; remove the tag"],
    ],
    [
      "NULL for a number",
      fn(["@nullable n"], "int32_t n"),
      ["4: llmspell_f: @nullable names `n`, which is no pointer; remove the tag"],
    ],
    ["a tag twice", fn(["@since 0.1", "@since 0.2"], "void"), ["3: llmspell_f: @since is there twice; write it once"]],
    [
      "an unknown layer",
      fn(["@layer thin"], "void"),
      ["2: llmspell_f: @layer is not as it should be; write `@layer full|plain|shim`"],
    ],
    [
      "a function's tag on a type",
      "/** T.\n * @blocking\n */\ntypedef struct llmspell_t llmspell_t;",
      ["2: llmspell_t: @blocking is for functions; write it there"],
    ],
    [
      "a struct by value",
      fn([], "llmspell_str text"),
      ["3: llmspell_f: parameter `text` is `llmspell_str` by value; write `const llmspell_str *text`"],
    ],
    [
      "a pointer that means nothing",
      fn([], "const char **names"),
      ["3: llmspell_f: parameter `names` is `const char **names`; write a pointer to a type of this header"],
    ],
    [
      "a result that means nothing",
      fn([], "void", "int32_t *"),
      [
        "3: llmspell_f: returns `int32_t *`, which has no meaning here; write void, a scalar, llmspell_str, a struct of this header or a pointer to one of its types",
      ],
    ],
    [
      "a typedef in a circle",
      "/** A. */\ntypedef llmspell_b llmspell_a;\n/** B. */\ntypedef llmspell_a llmspell_b;",
      [
        "2: llmspell_a: a typedef of something that is no scalar; write e.g. `int32_t`",
        "4: llmspell_b: a typedef of something that is no scalar; write e.g. `int32_t`",
      ],
    ],
  ];
  it.each(cases)("%s", async (_what, body, expected) => {
    expect(await problemsOf(body)).toEqual(expected);
  });
});
