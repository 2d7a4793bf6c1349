import { coveragePage } from "../emit/node/coverage.js";
import { readApi } from "../ir/validate.js";
import { readNodeCoverage } from "../node/coverage.js";
import { generator, readInput } from "./generator.js";
import { defaultPaths } from "./paths.js";

/** The page about what of the C API is reached from Node. */
export const nodeCoverage = generator({
  name: "node-coverage",
  description: "write the page about what of the C API Node reaches, and fail for a function that it says nothing of",
  inputs: {
    coverage: { path: defaultPaths.nodeCoverage, what: "list of what reaches each C function", kind: "file" },
    api: { path: defaultPaths.api, what: "IR of the C API", kind: "file", generated: true },
  },
  make: (inputs) => {
    const api = readApi(readInput(inputs.api), inputs.api);
    const coverage = readNodeCoverage(readInput(inputs.coverage), inputs.coverage, api);
    return [{ path: defaultPaths.nodeCoveragePage, text: coveragePage(coverage) }];
  },
});
