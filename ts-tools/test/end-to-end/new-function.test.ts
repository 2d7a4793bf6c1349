import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { emit } from "../../src/generate/emit.js";
import { ir } from "../../src/generate/ir.js";
import { defaultPaths, repositoryRoot } from "../../src/generate/paths.js";
import { runGenerators } from "../../src/generate/run.js";
import { buildRawModule, LUAS, runLua } from "../support/raw-module.js";
import { tempFolder } from "../support/temp.js";

const DECLARATIONS = `
/** Doubles a number.
 * @since 0.1
 */
int32_t llmspell_test_twice(int32_t value);

/** Tells a text the other way round.
 * @borrowed text until the call returns
 * @len text text_len
 * @out reversed
 * @owned reversed llmspell_buf_free
 * @out err
 * @nullable err
 * @owned err llmspell_error_free
 * @since 0.1
 */
llmspell_status llmspell_test_reverse(const char *text, size_t text_len, llmspell_buf **reversed, llmspell_error **err);
`;

const DEFINITIONS = `
#include <stdlib.h>
#include <string.h>
struct llmspell_buf { size_t len; char data[]; };
struct llmspell_error { int unused; };
static llmspell_error refused;
static int freed;
int32_t llmspell_test_twice(int32_t value) { return 2 * value; }
llmspell_status llmspell_test_reverse(const char *text, size_t text_len, llmspell_buf **reversed, llmspell_error **err)
{
    *reversed = NULL;
    if (text_len == 0) {
        *err = &refused;
        return LLMSPELL_E_ARGUMENT;
    }
    *reversed = malloc(sizeof **reversed + text_len);
    (*reversed)->len = text_len;
    for (size_t i = 0; i < text_len; i++)
        (*reversed)->data[i] = text[text_len - 1 - i];
    return LLMSPELL_OK;
}
llmspell_str llmspell_buf_str(const llmspell_buf *buf)
{
    llmspell_str text = {buf->data, buf->len};
    return text;
}
void llmspell_buf_free(llmspell_buf *buf)
{
    freed += buf != NULL;
    free(buf);
}
static llmspell_str lend(const char *text)
{
    llmspell_str lent = {text, strlen(text)};
    return lent;
}
llmspell_str llmspell_error_message(const llmspell_error *error) { return lend("nothing to turn round"); }
llmspell_str llmspell_error_json(const llmspell_error *error) { return lend("{\\"kind\\":\\"argument\\"}"); }
void llmspell_error_free(llmspell_error *error) { freed += error != NULL; }
uint32_t llmspell_abi_version(void) { return (uint32_t)freed; }
`;

const DEFINED = [
  "llmspell_test_twice",
  "llmspell_test_reverse",
  "llmspell_buf_str",
  "llmspell_buf_free",
  "llmspell_error_message",
  "llmspell_error_json",
  "llmspell_error_free",
  "llmspell_abi_version",
];

const PROGRAM = `
local raw = require("rawtest")
print(raw.test_twice(21), raw.VERSION, raw.OK)
print(raw.test_reverse("abc\\0d") == "d\\0cba")
print(raw.test_reverse(""))
print(raw.abi_version())
print(pcall(raw.test_twice, "21"))
print(pcall(raw.test_twice, 2^31))
print(pcall(raw.test_twice, 0.5))
print(pcall(raw.test_twice))
print(pcall(raw.test_reverse, 12))
`;

/** A copy of the real header with documented functions added, and everything that is generated from it. */
async function generatedFrom(declarations: string): Promise<string> {
  const root = tempFolder();
  const header = join(root, defaultPaths.header);
  mkdirSync(dirname(header), { recursive: true });
  copyFileSync(join(repositoryRoot, defaultPaths.header), header);
  const text = readFileSync(header, "utf8");
  const end = text.lastIndexOf("#ifdef __cplusplus");
  writeFileSync(header, text.slice(0, end) + declarations + text.slice(end));
  await runGenerators([ir, emit], root, { header });
  return root;
}

describe("a documented function that is added to the header", () => {
  it.each(LUAS)("can be called from the raw module of $command with no other edit", async ({ command, abi }) => {
    const folder = buildRawModule(await generatedFrom(DECLARATIONS), abi, DEFINITIONS, DEFINED);
    expect(runLua(command, folder, PROGRAM).split("\n")).toEqual([
      "42\t0.1.0\t0",
      "true",
      'nil\tnothing to turn round\t{"kind":"argument"}',
      "2",
      "false\tbad argument #1 to 'test_twice' (value: whole number from -2147483648 to 2147483647 expected, got string)",
      `false\tbad argument #1 to 'test_twice' (value: whole number from -2147483648 to 2147483647 expected, got ${abi === 54 ? "2147483648.0" : "2147483648"})`,
      "false\tbad argument #1 to 'test_twice' (value: whole number from -2147483648 to 2147483647 expected, got 0.5)",
      "false\tbad argument #1 to 'test_twice' (value: whole number from -2147483648 to 2147483647 expected, got no value)",
      "false\tbad argument #1 to 'test_reverse' (text: string expected, got number)",
      "",
    ]);
  });

  it("is in the types and the reference as well", async () => {
    const root = await generatedFrom(DECLARATIONS);
    expect(readFileSync(join(root, defaultPaths.luaMeta), "utf8")).toContain("function raw.test_twice(value) end");
    expect(readFileSync(join(root, defaultPaths.reference), "utf8")).toContain("### llmspell_test_twice");
  });

  it("is refused without a comment, with its line", async () => {
    await expect(generatedFrom("int32_t llmspell_test_twice(int32_t value);\n")).rejects.toThrow(
      /llmspell\.h:\d+: llmspell_test_twice: undocumented function; write a/,
    );
  });
});
