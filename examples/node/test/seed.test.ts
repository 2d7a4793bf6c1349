import { join } from "node:path";
import { expect, it } from "vitest";
import { examples, Program, repository } from "./support/program.js";

it("the seed's agent with a calculator, as written", async () => {
  const mock = join(repository, "ts-tools/bin/ts-tools.js");
  const scenario = join(repository, "examples/mock/seed_node.yaml");
  await using program = new Program(["node", mock, "mock", scenario, "--", "node", join(examples, "seed/agent.mjs")]);
  // the mock's own status tells whether the requests were those that it expects
  expect([await program.ended, program.output]).toEqual([0, "Agent: The square root of 144 is 12.\n"]);
});
