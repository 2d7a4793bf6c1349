import { mkdirSync, writeFileSync } from "node:fs";
import { cpus, loadavg } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { type Context, openContext, root } from "./context.js";
import { EFFORTS, type Effort } from "./effort.js";
import type { Figure } from "./figure.js";
import { summary, table } from "./report.js";
import type { Row } from "./row.js";
import { rows } from "./rows/index.js";
import { smoke } from "./smoke.js";

const USAGE = `usage: main.js [--quick | --smoke] [--rounds N] [--build FOLDER] [--list] [row…]
rows: ${rows.map((row) => row.name).join(" ")}`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    quick: { type: "boolean", default: false },
    smoke: { type: "boolean", default: false },
    list: { type: "boolean", default: false },
    rounds: { type: "string" },
    build: { type: "string", default: "build/dist" },
    work: { type: "string", default: "build/bench" },
  },
});

/** Ends with a message about the command line. */
function refuse(message: string): never {
  process.stderr.write(`bench: ${message}\n${USAGE}\n`);
  process.exit(2);
}

function chosenRows(): readonly Row[] {
  for (const name of positionals) {
    if (!rows.some((row) => row.name === name)) refuse(`no row ${name}`);
  }
  return positionals.length === 0 ? rows : rows.filter((row) => positionals.includes(row.name));
}

function chosenEffort(): Effort {
  const effort = EFFORTS[values.smoke ? "smoke" : values.quick ? "quick" : "full"];
  if (values.rounds === undefined || values.rounds === "") return effort;
  const rounds = Number(values.rounds);
  if (!Number.isInteger(rounds) || rounds < 1) refuse(`--rounds takes a number from 1, not ${values.rounds}`);
  return { ...effort, rounds };
}

async function measureAll(context: Context, chosen: readonly Row[]): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const row of chosen) {
    context.say(`${row.name}: ${row.about}`);
    figures.push(...(await row.measure(context)));
  }
  return figures;
}

function report(context: Context, figures: readonly Figure[]): void {
  const { name, rounds } = context.effort;
  const file = join(context.work, "results.json");
  const machine = { cpu: cpus()[0]?.model, cores: cpus().length, load: loadavg() };
  mkdirSync(context.work, { recursive: true });
  writeFileSync(file, `${JSON.stringify({ effort: name, rounds, build: context.build, machine, figures }, null, 2)}\n`);
  const lines = [
    "",
    ...table(figures),
    "",
    `Medians of ${rounds} rounds (${name}), variants taking turns in each round; in brackets the quartiles.`,
    `The machine is shared and noisy (load ${machine.load.map((load) => load.toFixed(1)).join(" ")}): trust the ratios, not the figures.`,
    ...summary(figures),
    `figures: ${file}`,
  ];
  process.stdout.write(`${lines.join("\n")}\n`);
}

process.chdir(root);
const chosen = chosenRows();
if (values.list) {
  process.stdout.write(rows.map((row) => `${row.name}\t${row.about}\n`).join(""));
} else {
  const effort = chosenEffort();
  const say = (line: string) => process.stderr.write(`${line}\n`);
  const { context, close } = await openContext({ build: values.build, work: values.work, effort, say });
  try {
    if (values.smoke) process.exitCode = (await smoke(context, chosen)) ? 0 : 1;
    else report(context, await measureAll(context, chosen));
  } finally {
    await close();
  }
}
