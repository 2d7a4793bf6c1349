import { loadCases } from "../conformance/load.js";
import { GENERATED, writeTests } from "../conformance/write.js";
import { generator } from "./generator.js";

/** The tests of every language from the conformance cases. */
export const conformance = generator({
  name: "conformance",
  description: "check the conformance cases and write each language's tests from them",
  inputs: { cases: { path: "spec/cases", what: "folder of cases", kind: "folder" } },
  owns: [GENERATED],
  make: (inputs) => writeTests(loadCases(inputs.cases)),
});
