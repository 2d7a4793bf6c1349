import { backEnds } from "../emit/index.js";
import { readApi } from "../ir/validate.js";
import { generator, readInput } from "./generator.js";
import { defaultPaths } from "./paths.js";

/** Every file that is made from `api.json`. */
export const emit = generator({
  name: "emit",
  description: "write from api.json the raw Lua module, its types, the reference and the ABI test",
  inputs: { api: { path: defaultPaths.api, what: "IR of the C API", kind: "file", generated: true } },
  make: (inputs) => {
    const api = readApi(readInput(inputs.api), inputs.api);
    return backEnds.map(({ output, print }) => ({ path: defaultPaths[output], text: print(api) }));
  },
});
