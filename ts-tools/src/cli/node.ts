import { resolve } from "node:path";
import type { Command } from "commander";
import { writeEsm } from "../node/esm.js";
import { hostTarget } from "../node/host.js";
import { packNode } from "../node/pack.js";
import { runReporting } from "./output.js";

/** Adds what builds the npm package. */
export function register(program: Command): void {
  program
    .command("node-esm <package>")
    .description("write the ESM side of a package that is compiled to CommonJS, entry by entry of its exports")
    .action((folder: string) => runReporting(() => writeEsm(folder)));
  program
    .command("node-pack")
    .description("pack the npm package and that of a platform, from what `make node` built")
    .requiredOption("--addon <file>", "the platform's addon")
    .requiredOption("--out <folder>", "folder for the tarballs; what is in it is removed")
    .option("--target <platform>", "the addon's platform", hostTarget())
    .action(({ addon, out, target }: Record<"addon" | "out" | "target", string>) =>
      runReporting(() => {
        const packed = packNode(resolve(addon), target, resolve(out));
        process.stdout.write(`${packed.main}\n${packed.platform}\n`);
      }),
    );
}
