import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { embedDriver, moduleName } from "../../src/emit/embed.js";
import { backEnds } from "../../src/emit/index.js";
import { luaRaw } from "../../src/emit/lua/raw.js";
import { apiOf } from "../support/header.js";
import { tempFolder } from "../support/temp.js";

/** One function of each shape that the raw module translates. */
const SHAPES = `/** Limit. */
#define LLMSPELL_LIMIT 7
/** Name. */
#define LLMSPELL_NAME "box"
/** What a box can be seen as. */
typedef struct llmspell_view llmspell_view;
/** Shows a box.
 * @borrowed box until the call returns
 * @borrowed return until box is freed
 * @nullable return
 */
const llmspell_view *llmspell_box_as_view(const llmspell_box *box);
/** Looks: all kinds of inputs and outputs. And more.
 * @borrowed view until the call returns
 * @borrowed text until the call returns
 * @nullable text
 * @len text text_len
 * @out copy
 * @owned copy llmspell_box_free
 * @out bytes
 * @owned bytes llmspell_buf_free
 * @out count
 * @out err
 * @nullable err
 * @owned err llmspell_error_free
 * @since 0.2
 */
llmspell_status llmspell_look(const llmspell_view *view, const char *text, size_t text_len, bool deep, uint16_t L,
                              llmspell_box **copy, llmspell_buf **bytes, int64_t *count, llmspell_error **err);
/** Tells a box's label.
 * @borrowed box until the call returns
 * @borrowed return until box is freed
 */
llmspell_str llmspell_box_label(const llmspell_box *box);
/** Halves.
 * @blocking
 */
double llmspell_half(double value);
/** Does nothing. */
void llmspell_nothing(void);
/** Takes a box in.
 * @consumes box
 * @out err
 * @nullable err
 * @owned err llmspell_error_free
 */
llmspell_status llmspell_take(llmspell_box *box, llmspell_error **err);
/** Plain.
 * @layer plain
 */
void llmspell_plain(void);
`;

describe("the back ends", () => {
  it.each(backEnds.map((backEnd) => [backEnd.output, backEnd.print] as const))("%s", async (_output, print) => {
    const api = await apiOf(SHAPES);
    expect(print(api)).toMatchSnapshot();
    expect(print(api)).toBe(print(api));
  });

  it.each(backEnds.map((backEnd) => [backEnd.output, backEnd.print] as const))(
    "%s refuses text that breaks it",
    async (output, print) => {
      const breaking = output === "luaMeta" ? "Ends ]] early." : "Ends */ early.";
      const api = await apiOf("/** F. */\nvoid llmspell_f(void);");
      const functions = api.functions.map((fn) => (fn.name === "llmspell_f" ? { ...fn, doc: breaking } : fn));
      const broken = () => print({ ...api, functions });
      if (output === "abiTest" || output === "luaLibrary") expect(broken()).not.toContain(breaking);
      else if (output === "reference") expect(broken()).toContain(breaking);
      else expect(broken).toThrow(/^api\.json:1: llmspell_f: its text contains /);
    },
  );

  it("every function of the full layer is in the raw module or named with a reason", async () => {
    const api = await apiOf(SHAPES);
    const text = luaRaw(api);
    for (const fn of api.functions) expect(text).toContain(fn.name);
  });
});

describe("the raw Lua module in C", () => {
  it("does not compile where the shim keeps too few buffers", async () => {
    const api = await apiOf(SHAPES);
    const folder = tempFolder();
    const check = (limit: number): string => {
      const header = `#define LS_MAX_BUFFERS ${limit}\n`;
      for (const [name, text] of [
        ["raw_support.h", header],
        ["lua_api.h", ""],
        ["llmspell.h", ""],
        ["raw.c", luaRaw(api)],
      ] as const) {
        writeFileSync(join(folder, name), text);
      }
      return spawnSync("cc", ["-E", `-I${folder}`, join(folder, "raw.c")], { encoding: "utf8" }).stderr;
    };
    expect(check(1)).toBe("");
    expect(check(0)).toContain("LS_MAX_BUFFERS in raw_support.h must be at least 1");
  });
});

describe("the embedded driver", () => {
  const file = (path: string, text: string) => ({ path, bytes: Buffer.from(text) });

  it("is ordered by module name, whatever the order of the files", () => {
    const files = [file("llmspell/init.lua", "return 1\n"), file("llmspell/agent.lua", "-- ü")];
    expect(embedDriver(files)).toMatchSnapshot();
    expect(embedDriver([...files].reverse())).toBe(embedDriver(files));
  });

  it("names modules by their path", () => {
    expect(moduleName("llmspell/init.lua")).toBe("llmspell");
    expect(moduleName("llmspell/loop/plain.lua")).toBe("llmspell.loop.plain");
  });

  it("refuses an empty file and two files of one module", () => {
    expect(() => embedDriver([file("a.lua", "")])).toThrow("a.lua:1: a: is empty; write what it returns, or remove it");
    expect(() => embedDriver([file("a.lua", "1"), file("a/init.lua", "2")])).toThrow(
      /^a\/?.*lua:1: a: has a second file; write it once$/,
    );
  });
});
