import type { AgentEvent, ErrorData, Message } from "@rs/llmspell";

const CHAT = "api/chat";

/** The conversation so far, as the server remembers it. */
export interface History {
  readonly model: string;
  readonly messages: readonly Message[];
}

/** What a visitor reads of a failure. */
export function failure({ kind, message }: Pick<ErrorData, "kind" | "message">): Error {
  return new Error(kind === "busy" ? "An answer is still on its way. Try again when it has come." : message);
}

async function checked(response: Promise<Response>): Promise<Response> {
  const answer = await response.catch((error: unknown) => {
    if (error instanceof TypeError) throw new Error("The server cannot be reached. Try again.");
    throw error;
  });
  if (answer.ok) return answer;
  const body = (await answer.json().catch(() => ({}))) as { error?: ErrorData };
  throw body.error ? failure(body.error) : new Error(`The server answered ${answer.status}.`);
}

export async function history(): Promise<History> {
  return (await (await checked(fetch(CHAT))).json()) as History;
}

export async function forget(): Promise<void> {
  await checked(fetch(CHAT, { method: "DELETE" }));
}

/** Asks, and gives the run's events as they come, those that came together in one list. */
export async function* ask(message: string, signal: AbortSignal): AsyncGenerator<AgentEvent[], void> {
  const headers = { "Content-Type": "application/json" };
  const response = await checked(fetch(CHAT, { method: "POST", headers, body: JSON.stringify({ message }), signal }));
  const reader = (response.body as ReadableStream<BufferSource>).pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    const messages = (rest + value).split("\n\n");
    rest = messages.pop() ?? "";
    yield messages.flatMap((text) => {
      const data = /^data: (.*)$/m.exec(text)?.[1];
      return data === undefined ? [] : [JSON.parse(data) as AgentEvent];
    });
  }
}
