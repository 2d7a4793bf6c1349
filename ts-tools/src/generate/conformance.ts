import { loadHosts } from "../conformance/hosts.js";
import { loadCases } from "../conformance/load.js";
import { conformancePage } from "../conformance/page.js";
import { GENERATED, NODE_TESTS, writeTests } from "../conformance/write.js";
import { generator } from "./generator.js";

/** The tests of every language from the conformance cases, and the page about them. */
export const conformance = generator({
  name: "conformance",
  description: "check the conformance cases and write each language's tests from them",
  inputs: {
    cases: { path: "spec/cases", what: "folder of cases", kind: "folder" },
    hosts: { path: "spec/conformance/hosts.yaml", what: "list of hosts", kind: "file" },
  },
  owns: [GENERATED, NODE_TESTS],
  make: (inputs) => {
    const cases = loadCases(inputs.cases);
    return [...writeTests(cases), conformancePage(cases, loadHosts(inputs.hosts))];
  },
});
