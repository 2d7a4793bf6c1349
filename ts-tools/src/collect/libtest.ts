import type { Failure, Outcome, Skip } from "./types.js";

/**
 * Reads what `cargo test` prints, over all its test programs.
 *
 * Counts come from each program's summary, because a test's own line may be torn apart by what the test prints. A program
 * without a summary crashed.
 */
export function parseLibtest(text: string): Outcome {
  let passed = 0;
  const failures: Failure[] = [];
  const skips: Skip[] = [];
  for (const program of programsOf(text)) {
    const summary = summaryOf(program.text);
    if (!summary) {
      failures.push({ name: program.name, detail: tail(program.text, 20) });
      continue;
    }
    passed += Number(summary[1]);
    const failed = failedNames(program.text);
    for (const name of failed)
      failures.push({ name: `${program.name}: ${name}`, detail: outputOf(program.text, name) });
    for (let i = failed.length; i < Number(summary[2]); i++)
      failures.push({ name: program.name, detail: "a failure without a name" });
    for (const line of program.text.matchAll(/^test (.+?) \.\.\. ignored(?:, (.*))?$/gm)) {
      skips.push({ name: `${program.name}: ${line[1]}`, reason: line[2] ?? "ignored" });
    }
  }
  return { passed, failures, skips };
}

interface Program {
  readonly name: string;
  readonly text: string;
}

function programsOf(text: string): Program[] {
  const heads = [
    ...text.matchAll(/^ *(?:Running (?:unittests )?(\S+) \((?:.*\/)?(\S+?)(?:-[0-9a-f]+)?\)|Doc-tests (\S+))$/gm),
  ];
  return heads.map((head, index) => ({
    name: head[1] === undefined ? `doc ${head[3]}` : `${head[2]} ${head[1]}`,
    text: text.slice(head.index + head[0].length, heads[index + 1]?.index ?? text.length),
  }));
}

/** The summary of as many tests as were begun: a test that runs its program again may print that one's before. */
function summaryOf(text: string): RegExpExecArray | undefined {
  const begun = Number(/^running (\d+) tests?$/m.exec(text)?.[1]);
  return [
    ...text.matchAll(/^test result: \w+\. (\d+) passed; (\d+) failed; (\d+) ignored; (\d+) measured;/gm),
  ].findLast(([, ...counts]) => counts.reduce((sum, count) => sum + Number(count), 0) === begun);
}

/** The indented names of the last `failures:` list. */
function failedNames(text: string): string[] {
  const list = text.split(/^failures:$/m).at(-1) ?? "";
  if (!/^failures:$/m.test(text)) return [];
  return [...(list.split(/^test result:/m)[0] ?? "").matchAll(/^ {4}(\S.*)$/gm)].map((line) => String(line[1]));
}

function outputOf(text: string, name: string): string {
  const start = text.indexOf(`---- ${name} stdout ----`);
  if (start === -1) return "";
  const rest = text.slice(text.indexOf("\n", start) + 1);
  return (rest.split(/^(?:---- .* stdout ----|failures:)$/m)[0] ?? "").trim();
}

function tail(text: string, lines: number): string {
  return text.trim().split("\n").slice(-lines).join("\n");
}
