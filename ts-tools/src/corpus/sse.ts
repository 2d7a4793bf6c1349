/** One event of a stream. */
export interface StreamEvent {
  /** What its last `event` line says; empty when there is none. */
  readonly name: string;
  /** Its `data` lines, joined. */
  readonly data: string;
  /** The stream ended without the blank line that ends an event, so it may be cut. */
  readonly open: boolean;
}

/**
 * Reads a whole stream of server-sent events.
 *
 * Source: WHATWG HTML, "Server-sent events". Written for reading a recording at once, apart from the decoder that it is
 * compared with.
 */
export function readEvents(text: string): StreamEvent[] {
  const lines = text.replace(/^\uFEFF/, "").split(/\r\n|\r|\n/);
  const events: StreamEvent[] = [];
  let data: string[] = [];
  let name = "";
  const dispatch = (open: boolean) => {
    if (data.length > 0) events.push({ name, data: data.join("\n"), open });
    data = [];
    name = "";
  };
  // What stands behind the last line break is no line unless something is there.
  if (lines.at(-1) === "") lines.pop();
  for (const line of lines) {
    if (line === "") dispatch(false);
    else if (line.startsWith("event:")) name = line.slice(6).replace(/^ /, "");
    else if (line === "data" || line.startsWith("data:")) data.push(line.slice(5).replace(/^ /, ""));
  }
  dispatch(true);
  return events;
}

/** Whether a body without an event may be a stream that broke off, not a page or a notice. */
export function beginsStream(body: string): boolean {
  return /^[\s\uFEFF]*($|:|(data|event|id|retry):|(d(a(ta?)?)?|e(v(e(nt?)?)?)?|id?|r(e(t(ry?)?)?)?)([\r\n]|$))/.test(
    body,
  );
}
