/** The nearest name that providers take for a form or a function: letters, digits, _ and -, at most 64. */
export function plainName(given: string): string {
  return given
    .replaceAll(/[^A-Za-z0-9_-]/g, "_")
    .replace(/^(?![A-Za-z_])/, "_")
    .slice(0, 64);
}
