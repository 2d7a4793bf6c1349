/** Something wrong in an input file, with the place to look at and what to write instead. */
export interface Problem {
  /** File as the user named it. */
  readonly file: string;
  /** 1-based line. */
  readonly line: number;
  /** The item it is about, e.g. `llmspell_agent_new` or `LLMSpellResult.error`. */
  readonly item: string;
  /** What is wrong, and what to write. */
  readonly message: string;
}

/** One line in the form editors and CI logs understand: `file:line: item: message`. */
export function formatProblem(problem: Problem): string {
  return `${problem.file}:${problem.line}: ${problem.item}: ${problem.message}`;
}

/** Every problem found in one input, in the order of the file. */
export class ProblemError extends Error {
  override readonly name = "ProblemError";

  constructor(readonly problems: readonly Problem[]) {
    super(problems.map(formatProblem).join("\n"));
  }
}

/** Throws a {@link ProblemError} with the problems sorted by line, if there are any. */
export function failOnProblems(problems: readonly Problem[]): void {
  if (problems.length === 0) return;
  throw new ProblemError([...problems].sort((a, b) => a.file.localeCompare(b.file) || a.line - b.line));
}
