import { rustCodes, rustKinds } from "../errors/rust.js";
import { parseErrorTable } from "../errors/table.js";
import { typescriptKinds } from "../errors/typescript.js";
import { generator, readInput } from "./generator.js";
import { defaultPaths } from "./paths.js";

/** The Rust enum, the C constants and the types of TypeScript from the table of error kinds. */
export const errors = generator({
  name: "errors",
  description: "write the Rust enum of error kinds, the C constants and the types of TypeScript from spec/errors.yaml",
  inputs: { errors: { path: defaultPaths.errors, what: "table of error kinds", kind: "file" } },
  make: (inputs) => {
    const kinds = parseErrorTable(readInput(inputs.errors), inputs.errors);
    return [
      { path: defaultPaths.rustKinds, text: rustKinds(kinds) },
      { path: defaultPaths.rustCodes, text: rustCodes(kinds) },
      { path: defaultPaths.nodeKinds, text: typescriptKinds(kinds) },
    ];
  },
});
