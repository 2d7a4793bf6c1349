import { readdirSync, readFileSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { embedDriver } from "../emit/embed.js";
import { generator, orProblem } from "./generator.js";
import { defaultPaths } from "./paths.js";

/** The driver's Lua files as one C file. */
export const embed = generator({
  name: "embed",
  description: "write the Lua driver's files as a C file",
  inputs: { driver: { path: defaultPaths.luaDriver, what: "folder of the driver's Lua files", kind: "folder" } },
  make: ({ driver }) => {
    const files = orProblem(driver, () => readdirSync(driver, { recursive: true, withFileTypes: true }))
      .filter((entry) => entry.isFile() && entry.name.endsWith(".lua"))
      .map((entry) => join(entry.parentPath, entry.name))
      .map((file) => ({ path: relative(driver, file).split(sep).join("/"), bytes: readFileSync(file) }));
    return [{ path: defaultPaths.luaDriverC, text: embedDriver(files) }];
  },
});
