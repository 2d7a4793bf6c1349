import { optionTables } from "../emit/node/option-tables.js";
import { nodeTypes } from "../emit/node/types.js";
import { readSchemas } from "../node/schemas.js";
import { generator, orProblem } from "./generator.js";
import { defaultPaths } from "./paths.js";

/** The types of `@rs/llmspell` and its table of options. */
export const nodeTypesGenerator = generator({
  name: "node-types",
  description: "write the types of the npm package and its table of options from spec/schema",
  inputs: { schemas: { path: defaultPaths.schemas, what: "folder of the JSON Schemas", kind: "folder" } },
  make: (inputs) => {
    const schemas = orProblem(inputs.schemas, () => readSchemas(inputs.schemas));
    return [
      ...nodeTypes(schemas).map(({ name, text }) => ({ path: `${defaultPaths.nodeTypes}/${name}.gen.ts`, text })),
      { path: `${defaultPaths.nodeTypes}/option-tables.gen.ts`, text: optionTables(schemas) },
    ];
  },
});
