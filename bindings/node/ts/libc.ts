import { closeSync, openSync, readSync } from "node:fs";

/**
 * Which C library this process runs on, where that makes a difference.
 *
 * The program's own file says so: its dynamic linker is named in the first bytes. A report of Node would say the same, but takes
 * milliseconds and looks at the network.
 *
 * @returns undefined elsewhere than on Linux
 */
export function libc(): "glibc" | "musl" | undefined {
  if (process.platform !== "linux") return undefined;
  return head(process.execPath).includes("/ld-musl-") ? "musl" : "glibc";
}

/** The start of a file, as text; empty when it cannot be read. */
function head(path: string): string {
  let file: number | undefined;
  try {
    file = openSync(path, "r");
    const bytes = Buffer.alloc(4096);
    return bytes.toString("latin1", 0, readSync(file, bytes, 0, bytes.length, 0));
  } catch {
    return "";
  } finally {
    if (file !== undefined) closeSync(file);
  }
}
