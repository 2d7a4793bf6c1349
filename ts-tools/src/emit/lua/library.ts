import type { Api } from "../../ir/types.js";
import { CFile } from "../c-file.js";

const BANNER = `What the Lua module needs of libllmspell.

Written by \`ts-tools emit\` from llmspell-c-api/abi/api.json; change the C API and run \`make gen\`. Comes after
llmspell.h, which may be another release's when the library was installed apart from the module.`;

const STRONG = "llmspell_abi_version";

/** Prints the header by which the Lua module recognises a library, or a llmspell.h, that is not of its release. */
export function luaLibrary(api: Api): string {
  const file = new CFile(BANNER);
  const value = (name: string) => api.constants.find((constant) => constant.name === name)?.value ?? 0;
  file.print`#define LS_ABI_NEEDED ${value("LLMSPELL_ABI_VERSION")}`;
  file.print``;
  file.print`#if LLMSPELL_ABI_VERSION + 0 < LS_ABI_NEEDED || LLMSPELL_ABI_MIN > LS_ABI_NEEDED`;
  const wrong = `this llmspell.h is not that of llmspell ${value("LLMSPELL_VERSION")}, to which this Lua module belongs`;
  file.print`#error "${wrong}; install the library of the same release, and name its folder with LLMSPELL_DIR"`;
  file.print`#endif`;
  file.print``;
  file.comment("list", "Every function of the library.");
  file.print`#define LS_LIBRARY_FUNCTIONS(X) \\`;
  for (const [index, { name }] of api.functions.entries()) {
    file.print`    X(${name})${index + 1 < api.functions.length ? " \\" : ""}`;
  }
  file.print``;
  file.comment(
    "weak",
    "Linked to a shared library, the module loads even when a function is missing there, and tells which (library.c). " +
      "One stays strong: without it a linker that drops libraries which nobody needs would drop this one.",
  );
  file.print`#ifdef LS_SHARED_LIBRARY`;
  for (const { name } of api.functions) if (name !== STRONG) file.print`#pragma weak ${name}`;
  file.print`#endif`;
  return file.toString();
}
