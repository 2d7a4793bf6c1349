import { Agent, LlmspellTypeError } from "@rs/llmspell";
import { RUN_OPTIONS } from "../types/option-tables.gen.js";
import { foreignKind, isRecord, kindOf, wrongNames } from "../words.js";

/** What was given in place of what was expected. */
export function mistaken(where: string, expected: string, given: unknown): LlmspellTypeError {
  return new LlmspellTypeError(`${where} must be ${expected}, got ${kindOf(given)}`);
}

/** @throws LlmspellTypeError for a name that is not known */
export function checkNames(given: unknown, known: readonly string[], where: string): void {
  const problem = wrongNames(given, known);
  if (problem !== undefined) throw new LlmspellTypeError(`${where}: ${problem}`);
}

/** @throws LlmspellTypeError for what is no agent of this copy */
export function checkAgent(given: unknown, where: string): void {
  if (!(given instanceof Agent)) throw new LlmspellTypeError(`${where} must be an Agent, got ${foreignKind(given)}`);
}

const { input: _input, events: _events, ...SETTINGS } = RUN_OPTIONS;
const RUN_NAMES = [...Object.keys(SETTINGS), "signal", "onApproval", "onEvent"];

/** Holds the names of a run's options to those that there are; agents look at their values. */
export function checkRun(given: unknown, where: string): void {
  if (given !== undefined) checkNames(given, RUN_NAMES, where);
}

/** @throws LlmspellTypeError for what is no list, or has an item that is not what it must be */
export function checkList(
  given: unknown,
  is: (item: Record<string, unknown>) => boolean,
  expected: string,
  where: string,
): void {
  if (!Array.isArray(given)) throw mistaken(where, `a list, of ${expected}`, given);
  for (const [index, item] of given.entries())
    if (!isRecord(item) || !is(item)) throw mistaken(`${where}[${index}]`, expected, item);
}
