import type { AgentEvent } from "@rs/llmspell";

/** A message of server-sent events. */
export interface SseMessage {
  readonly id?: string;
  readonly event?: string;
  readonly data: string;
}

/** Reads server-sent events, and counts comments. */
export async function* readSse(response: Response, comments: string[] = []): AsyncGenerator<SseMessage> {
  let text = "";
  for await (const piece of (response.body as ReadableStream<Uint8Array>).pipeThrough(new TextDecoderStream())) {
    text += piece;
    for (let end = text.indexOf("\n\n"); end >= 0; end = text.indexOf("\n\n")) {
      const lines = text.slice(0, end).split("\n");
      text = text.slice(end + 2);
      const fields = new Map(
        lines.map((line) => [line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 1).trim()]),
      );
      if (fields.has("")) comments.push(fields.get("") as string);
      const data = fields.get("data");
      if (data === undefined) continue;
      const [id, event] = [fields.get("id"), fields.get("event")];
      yield { ...(id !== undefined && { id }), ...(event !== undefined && { event }), data };
    }
  }
}

export async function eventsOf(response: Response): Promise<AgentEvent[]> {
  const events: AgentEvent[] = [];
  for await (const { data } of readSse(response)) events.push(JSON.parse(data) as AgentEvent);
  return events;
}

/** The text that a run's events say. */
export function saidBy(events: readonly AgentEvent[]): string {
  return events.map((event) => (event.type === "text_delta" ? event.text : "")).join("");
}

/** A request with a JSON body. */
export function post(url: string, body: unknown, init: RequestInit = {}): Request {
  const headers = { "content-type": "application/json", ...(init.headers as Record<string, string>) };
  return new Request(url, {
    method: "POST",
    body: typeof body === "string" ? body : JSON.stringify(body),
    ...init,
    headers,
  });
}

/** Waits until something holds. */
export async function until(holds: () => boolean, ms = 20_000): Promise<void> {
  for (const end = Date.now() + ms; !holds(); ) {
    if (Date.now() > end) throw new Error("it did not come to hold in time");
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
