import { describe, expect, it } from "vitest";
import { apiOf } from "../support/header.js";

async function lastFunction(body: string) {
  const api = await apiOf(body);
  return api.functions.find((fn) => fn.name === "llmspell_f");
}

describe("the meaning of parameters", () => {
  it("text with its length, handle in, handle out, scalar out, bytes out, error", async () => {
    const fn = await lastFunction(`/** F.
 *
 * More.
 *
 * @blocking
 * @borrowed box until the call returns
 * @borrowed text until the call returns
 * @nullable text
 * @len text text_len
 * @out other
 * @owned other llmspell_box_free
 * @out count
 * @out bytes
 * @owned bytes llmspell_buf_free
 * @out err
 * @nullable err
 * @owned err llmspell_error_free
 * @since 0.1
 */
llmspell_status llmspell_f(const llmspell_box *box, const char *text, size_t text_len, int32_t mode, llmspell_box **other,
                           uint64_t *count, llmspell_buf **bytes, llmspell_error **err);`);
    expect(fn).toMatchObject({ layer: "full", since: "0.1", doc: "F.\n\nMore.", blocking: true });
    expect(fn?.params.map(({ role, nullable }) => [role, nullable])).toEqual([
      [{ kind: "handle", type: "llmspell_box", mutable: false }, false],
      [{ kind: "string_in", length: "text_len" }, true],
      [{ kind: "length", of: "text" }, false],
      [{ kind: "scalar", type: "int32_t" }, false],
      [{ kind: "out_handle", type: "llmspell_box" }, false],
      [{ kind: "out_scalar", type: "uint64_t" }, false],
      [{ kind: "out_buffer", type: "llmspell_buf" }, false],
      [{ kind: "error_out", type: "llmspell_error" }, true],
    ]);
    expect(fn?.returns.role).toEqual({ kind: "status" });
    expect(fn?.params[0]?.ownership).toEqual({ kind: "borrowed", until: "until the call returns" });
    expect(fn?.params[4]?.ownership).toEqual({ kind: "owned", free: "llmspell_box_free" });
  });

  it("a status without an error parameter is a number, an alias its scalar", async () => {
    const fn = await lastFunction("/** F. */\nllmspell_status llmspell_f(llmspell_status code);");
    expect(fn?.returns.role).toEqual({ kind: "scalar", type: "int32_t" });
    expect(fn?.params[0]?.role).toEqual({ kind: "scalar", type: "int32_t" });
  });

  it("lent text, and the object that a function belongs to", async () => {
    const api = await apiOf(
      "/** F.\n * @borrowed box until the call returns\n * @borrowed return until box is freed\n */\nllmspell_str llmspell_box_f(const llmspell_box *box);",
    );
    const fn = api.functions.find((candidate) => candidate.name === "llmspell_box_f");
    expect(fn?.object).toBe("llmspell_box");
    expect(fn?.returns).toMatchObject({ role: { kind: "string" }, ownership: { kind: "borrowed" } });
    const box = api.types.find((type) => type.name === "llmspell_box");
    expect(box).toMatchObject({ kind: "opaque", free: "llmspell_box_free" });
  });

  it("the plain layer: structs, callbacks, NUL-terminated text", async () => {
    const api = await apiOf(`/** Thing.
 * @layer plain
 */
typedef struct LLMSpellThing LLMSpellThing;
/** Result.
 * @layer plain
 */
typedef struct {
  /** Failed. */
  bool error;
  /** Answer. */
  const char *response;
} LLMSpellResult;
/** Config.
 * @layer plain
 */
typedef struct {
  /** Things. */
  LLMSpellThing **things;
} LLMSpellConfig;
/** Callback.
 * @borrowed params_json until it returns
 * @borrowed user_data until the thing is destroyed
 * @nullable user_data
 * @borrowed return until it is called again
 * @layer plain
 */
typedef LLMSpellResult (*LLMSpellCallback)(const char *params_json, void *user_data);
/** Makes a thing.
 * @borrowed name until the call returns
 * @borrowed config until the call returns
 * @callback callback
 * @borrowed user_data until destructor is called
 * @callback destructor
 * @nullable destructor
 * @owned return llmspell_thing_destroy
 * @nullable return
 * @layer plain
 */
LLMSpellThing *llmspell_thing_create(const char *name, const LLMSpellConfig *config, LLMSpellCallback callback,
                                     void *user_data, void (*destructor)(void *user_data));
/** Runs.
 * @borrowed thing until the call returns
 * @owned return llmspell_result_free
 * @layer plain
 */
LLMSpellResult llmspell_thing_run(LLMSpellThing *thing);
/** Empties a result.
 * @borrowed result until the call returns
 * @layer plain
 */
void llmspell_result_free(LLMSpellResult *result);
/** Destroys a thing.
 * @consumes thing
 * @layer plain
 */
void llmspell_thing_destroy(LLMSpellThing *thing);`);
    const create = api.functions.find((fn) => fn.name === "llmspell_thing_create");
    expect(create?.object).toBe("LLMSpellThing");
    expect(create?.params.map((param) => param.role)).toEqual([
      { kind: "c_string" },
      { kind: "struct_in", type: "LLMSpellConfig", mutable: false },
      { kind: "callback", type: "LLMSpellCallback" },
      { kind: "user_data" },
      { kind: "callback" },
    ]);
    expect(create?.params.map((param) => param.c_declaration)).toContain("void (*destructor)(void *user_data)");
    const callback = api.types.find((type) => type.name === "LLMSpellCallback");
    expect(callback).toMatchObject({ kind: "callback", layer: "plain", returns: { role: { kind: "struct" } } });
    const config = api.types.find((type) => type.name === "LLMSpellConfig");
    expect(config?.kind === "struct" && config.fields[0]?.c_type).toBe("LLMSpellThing **");
  });
});
