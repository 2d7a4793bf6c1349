import { Command } from "commander";
import { register as registerCollect } from "./collect.js";
import { register as registerEmbed } from "./embed.js";
import { register as registerEmit } from "./emit.js";
import { register as registerErrors } from "./errors.js";
import { register as registerGen } from "./gen.js";
import { register as registerIr } from "./ir.js";
import { register as registerMock } from "./mock.js";

/** Builds the `ts-tools` command line; each subcommand lives in its own file beside this one. */
export function createProgram(): Command {
  const program = new Command("ts-tools")
    .description("llmspell's own tools: generators, the mock provider server, the test collector")
    .showHelpAfterError();
  registerCollect(program);
  registerErrors(program);
  registerIr(program);
  registerEmit(program);
  registerEmbed(program);
  registerGen(program);
  registerMock(program);
  return program;
}
