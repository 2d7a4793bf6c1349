import { join } from "node:path";
import type { Command } from "commander";
import { readInput } from "../generate/generator.js";
import { repositoryRoot } from "../generate/paths.js";
import { writeIfChanged } from "../generate/run.js";
import type { Listed } from "../models/table.js";
import { modelTable } from "../models/table.js";
import { runReporting } from "./output.js";

interface Flags {
  readonly source: string;
  readonly date: string;
  readonly out: string;
}

/** Adds `ts-tools models`. */
export function register(program: Command): void {
  program
    .command("models")
    .description(
      "write the data file of models from LiteLLM's table (model_prices_and_context_window.json in its package)",
    )
    .argument("<table>", "LiteLLM's file")
    .requiredOption("--source <words>", "where it comes from, such as 'LiteLLM 1.109.1 (PyPI)'")
    .requiredOption("--date <day>", "day on which it was read, as 2026-11-21")
    .option("--out <file>", "the data file", join(repositoryRoot, "crates/llmspell/data/models.json"))
    .action((table: string, { source, date, out }: Flags) =>
      runReporting(() => {
        const listed = JSON.parse(readInput(table)) as Record<string, Listed>;
        writeIfChanged(out, modelTable(listed, { source, date }));
      }),
    );
}
