import { parseHeader } from "../../src/header/parse.js";
import { buildApi } from "../../src/ir/build.js";
import type { Api } from "../../src/ir/types.js";
import { ProblemError } from "../../src/problem.js";

/** A header with a handle, an error and a text, fully documented: 34 lines, so that a test's own text begins in line 35. */
export const PREAMBLE = `#ifndef LLMSPELL_H
#define LLMSPELL_H
#include <stdint.h>
#ifdef __cplusplus
extern "C" {
#endif  // __cplusplus
/** Outcome of a call. */
typedef int32_t llmspell_status;
/** The call succeeded. */
#define LLMSPELL_OK 0
/** What went wrong. */
typedef struct llmspell_error llmspell_error;
/** Bytes. */
typedef struct llmspell_buf llmspell_buf;
/** A box. */
typedef struct llmspell_box llmspell_box;
/** Text that is lent. */
typedef struct llmspell_str {
  /** First byte. */
  const char *data;
  /** Bytes. */
  size_t len;
} llmspell_str;
/** Frees an error.
 * @consumes error
 */
void llmspell_error_free(llmspell_error *error);
/** Frees bytes.
 * @consumes buf
 */
void llmspell_buf_free(llmspell_buf *buf);
/** Frees a box.
 * @consumes box
 */
void llmspell_box_free(llmspell_box *box);
`;

const BOX_NEW = `/** Makes a box.
 * @out box
 * @owned box llmspell_box_free
 * @out err
 * @nullable err
 * @owned err llmspell_error_free
 */
llmspell_status llmspell_box_new(llmspell_box **box, llmspell_error **err);
`;

const END = `#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus
#endif
`;

/** The line that a test's own text begins in. */
export const FIRST_LINE = PREAMBLE.split("\n").length;

/** A whole header around `body`. */
export function headerWith(body: string): string {
  return `${PREAMBLE}${body}\n${BOX_NEW}${END}`;
}

/** The API of a header with `body` in it. */
export async function apiOf(body: string): Promise<Api> {
  return buildApi(await parseHeader(headerWith(body), "test.h"));
}

/** The problems of a header with `body` in it, one per line of the answer, with lines counted from the body's first. */
export async function problemsOf(body: string): Promise<string[]> {
  try {
    await apiOf(body);
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
    return error.problems.map(({ line, item, message }) => `${line - FIRST_LINE + 1}: ${item}: ${message}`);
  }
  return [];
}
