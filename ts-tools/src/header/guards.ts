const OPEN = /^[ \t]*#[ \t]*ifdef __cplusplus[^\n]*\n[ \t]*extern "C" \{[^\n]*\n[ \t]*#[ \t]*endif[^\n]*$/gm;
const CLOSE = /^[ \t]*#[ \t]*ifdef __cplusplus[^\n]*\n[ \t]*\}[^\n]*\n[ \t]*#[ \t]*endif[^\n]*$/gm;

/** Blanks the two `extern "C"` guards that C++ needs and a C parser cannot read; line numbers stay as they are. */
export function stripCppGuards(text: string): string {
  const blank = (match: string): string => match.replace(/[^\n]/g, "");
  return text.replace(OPEN, blank).replace(CLOSE, blank);
}
