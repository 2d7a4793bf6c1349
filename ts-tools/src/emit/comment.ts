import { ProblemError } from "../problem.js";

/** What would end a comment of each kind, or begin another in it. */
const FORBIDDEN = {
  c: ["*/", "/*"],
  html: ["-->", "<!--"],
  lua: ["]]"],
} as const;

/**
 * Lines of a text that is about to become a comment.
 *
 * @param item what the text documents, for the message
 * @throws ProblemError when the text would end the comment it is put in
 */
export function commentLines(language: keyof typeof FORBIDDEN, item: string, text: string): string[] {
  const mark = FORBIDDEN[language].find((forbidden) => text.includes(forbidden));
  if (mark !== undefined) {
    const message = `its text contains \`${mark}\`, which would break a ${language} comment; write it without`;
    throw new ProblemError([{ file: "api.json", line: 1, item, message }]);
  }
  return text.split(/\r\n|[\n\r\u2028\u2029]/);
}

/** First sentence of a doc text on one line. */
export function summary(text: string): string {
  const paragraph = (text.split(/\n\s*\n/)[0] ?? "").replace(/\s+/g, " ").trim();
  return /^.*?[.](?=\s|$)/.exec(paragraph)?.[0] ?? paragraph.replace(/:$/, ".");
}
