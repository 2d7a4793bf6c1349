import { Command } from "commander";
import { register as registerAbi } from "./abi.js";
import { register as registerCollect } from "./collect.js";
import { register as registerCorpus } from "./corpus.js";
import { register as registerFuzz } from "./fuzz.js";
import { register as registerGenerate } from "./generate.js";
import { register as registerMock } from "./mock.js";
import { register as registerModels } from "./models.js";
import { register as registerNode } from "./node.js";
import { register as registerOpenrestyHost } from "./openresty-host.js";
import { register as registerRunConformance } from "./run-conformance.js";

/** Builds the `ts-tools` command line; each subcommand lives in its own file beside this one. */
export function createProgram(): Command {
  const program = new Command("ts-tools")
    .description("llmspell's own tools: generators, the mock provider server, the test collector")
    .showHelpAfterError();
  registerAbi(program);
  registerCollect(program);
  registerCorpus(program);
  registerFuzz(program);
  registerGenerate(program);
  registerMock(program);
  registerModels(program);
  registerNode(program);
  registerOpenrestyHost(program);
  registerRunConformance(program);
  return program;
}
