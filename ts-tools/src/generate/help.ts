import { helpFile } from "../emit/help/help.js";
import { readLuaCats } from "../emit/help/luacats.js";
import { generator, readInput } from "./generator.js";
import { defaultPaths } from "./paths.js";

/** Neovim's help file from the types of the module and what is written by hand. */
export const help = generator({
  name: "help",
  description: "write Neovim's help file from the types of the Lua module",
  inputs: {
    types: { path: defaultPaths.luaTypes, what: "the types of the Lua module", kind: "file" },
    intro: { path: defaultPaths.helpIntro, what: "the help that is written by hand", kind: "file" },
  },
  owns: ["bindings/neovim/doc"],
  make: (inputs) => {
    const items = readLuaCats(inputs.types, readInput(inputs.types));
    return [{ path: defaultPaths.help, text: helpFile(readInput(inputs.intro), items) }];
  },
});
