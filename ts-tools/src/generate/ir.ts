import { relative } from "node:path";
import { parseHeader } from "../header/parse.js";
import { buildApi } from "../ir/build.js";
import { printApi, validateApi } from "../ir/validate.js";
import { generator, readInput } from "./generator.js";
import { defaultPaths } from "./paths.js";

/** `api.json` from the C header. */
export const ir = generator({
  name: "ir",
  description: "write api.json from the C header",
  inputs: { header: { path: defaultPaths.header, what: "C header", kind: "file" } },
  make: async (inputs) => {
    const shown = relative(process.cwd(), inputs.header);
    const file = shown.startsWith("..") ? inputs.header : shown;
    const api = buildApi(await parseHeader(readInput(inputs.header), file));
    return [{ path: defaultPaths.api, text: printApi(validateApi(api, defaultPaths.api)) }];
  },
});
