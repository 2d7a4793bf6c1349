import type { ErrorKind } from "./table.js";

/** The type `ErrorKind` and the table of codes, for `@rs/llmspell`. */
export function typescriptKinds(kinds: readonly ErrorKind[]): string {
  const entries = kinds.map(({ kind, code, doc }) => `  /** ${doc} */\n  ${kind}: ${code},\n`);
  return `// Written by \`ts-tools errors\` from spec/errors.yaml; edit that file and run \`make gen\`.

/** Every kind of error with its number, which stays the same for ever. */
export const errorCodes = {
${entries.join("")}} as const;

/** What went wrong: decide by it (or by its number), never by a message. */
export type ErrorKind = keyof typeof errorCodes;

/** The number of a kind of error, as \`errorCodes\` has it. */
export type ErrorCode = (typeof errorCodes)[ErrorKind];
`;
}
